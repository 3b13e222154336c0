/**
 * English in disguise: “Šååvéé” for “Save”. Longer by about a third, as German and Russian are, and with accents, so that what is still
 * plain was never given to a translator. Made from the built catalogs as a page fetches them.
 */
import { basename, join } from 'node:path'
import type { Page } from 'playwright-core'

const plain = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const accented = [...'åƀçðéƒĝĥíĵķļɱñóþǫŕšţúṽŵẋýžÅƁÇÐÉƑĜĤÍĴĶĻṀÑÓÞǪŔŠŢÚṼŴẊÝŽ']

/** Leaves alone what stands in tags, such as <0>. */
export const disguise = (text: string) =>
  text.replace(/<[^>]*>|[a-z]/gi, (found) => {
    const letter = accented[plain.indexOf(found)]
    if (letter === undefined || found.startsWith('<')) return found
    return /[aeiou]/.test(found) ? letter + letter : letter
  })

/** A compiled message: texts, and places as [name], [name, format] or [name, 'plural', {one: message, other: message}]. */
type Part = string | [name: string, format?: string, forms?: string | Record<string, Message>]
type Message = Part[]

const disguised = (message: Message): Message =>
  message.map((part): Part => {
    if (typeof part === 'string') return part === '#' ? part : disguise(part)
    const [name, format = '', forms] = part
    if (typeof forms !== 'object') return part
    return [name, format, Object.fromEntries(Object.entries(forms).map(([form, one]) => [form, disguised(one)]))]
  })

const assets = join(import.meta.dirname, '../../dist/console/assets')

/** From now on English is in disguise on this page. */
export async function disguiseEnglish(page: Page) {
  await page.route(/\/assets\/en-[^/]+\.js$/, async (route) => {
    const catalog: Record<string, Record<string, Message>> = await import(join(assets, basename(new URL(route.request().url()).pathname)))
    const exported = Object.entries(catalog).map(([name, messages]) => {
      const all = Object.fromEntries(Object.entries(messages).map(([id, message]) => [id, disguised(message)]))
      return `const ${name}=${JSON.stringify(all)};export{${name}}`
    })
    await route.fulfill({ contentType: 'text/javascript', body: exported.join(';') })
  })
}
