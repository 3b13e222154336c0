/** Bodies of HTML forms, where browsers and other systems send them. */
import type { App } from './resource.ts'

export const FORM = 'application/x-www-form-urlencoded'

/** Registers a part of the application that accepts forms only; the rest accepts none. Of fields with one name the last counts. */
export async function registerForms(app: App, declare: (part: App) => void): Promise<void> {
  await app.register(async (part) => {
    part.removeAllContentTypeParsers()
    part.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(body as string))),
    )
    // Browsers send a form without fields as an empty body.
    part.addHook('preValidation', async (request) => {
      request.body ??= {}
    })
    declare(part as App)
  })
}
