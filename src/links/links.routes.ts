/** The pages behind mailed links, at /reeve/links/{token}. Only the form uses a link up: mail scanners open the page too. */
import { randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { SystemSql } from '../db/scope.ts'
import { access } from '../http/access.ts'
import { FORM, registerForms } from '../http/forms.ts'
import type { App } from '../http/resource.ts'
import type { Cipher } from '../lib/encryption.ts'
import { hashSecret } from '../lib/secrets.ts'
import { type Addresses, brandOf } from '../mail/brand.ts'
import { donePage, formPage, gonePage, type Page } from './links.pages.ts'
import { findOpenLink } from './links.queries.ts'
import { asksForPassword, follow, isSuccess, refusalOf } from './links.rules.ts'

const tags = ['Links']
const page = (description: string) => ({ description, content: { 'text/html': { schema: Type.String() } } })
const params = Type.Object({ token: Type.String({ description: 'What the mailed link ends with.' }) })
const gone = page('The link never was, was followed already, or has ended.')
const config = { access: access.public, secretPath: true } as const

export async function linkPages(
  app: App,
  { system, cipher, mail }: { system: SystemSql; cipher: Cipher; mail: { addresses: Addresses } },
): Promise<void> {
  await registerForms(app, declare)

  function declare(part: App) {
    part.get(
      '/reeve/links/:token',
      {
        config,
        schema: {
          tags,
          operationId: 'showLink',
          summary: 'The page of a mailed link',
          description: 'For people, in the language of the user. It changes nothing, however often it is opened.',
          params,
          response: { 200: page('A form: what the link is for.'), 404: gone },
        },
      },
      async ({ params: { token }, headers }, reply) => {
        const link = await findOpenLink(system, hashSecret(token))
        if (!link) return send(reply, 404, gonePage(headers['accept-language']))
        return send(reply, 200, formPage(link, await brandOf(system, link.resellerId, mail.addresses)))
      },
    )

    part.post(
      '/reeve/links/:token',
      {
        config,
        schema: {
          tags,
          operationId: 'followLink',
          summary: 'Follow a mailed link',
          description:
            'The form of that page. Invitations, activations and resets take a password, twice; a notice of a change of email that staff asked for takes a decision; the others take nothing.',
          consumes: [FORM],
          params,
          body: Type.Object({
            password: Type.Optional(Type.String({ description: 'The new password.' })),
            password_again: Type.Optional(Type.String({ description: 'The same.' })),
            decision: Type.Optional(Type.String({ description: '`allow` allows the change; anything else stops it.' })),
          }),
          response: { 200: page('It is done.'), 400: page('The form again, with what was wrong.'), 404: gone },
        },
      },
      async (request, reply) => {
        const { params, body, headers } = request
        const link = await findOpenLink(system, hashSecret(params.token))
        if (!link) return send(reply, 404, gonePage(headers['accept-language']))
        const refusal = asksForPassword(link.purpose) ? await refusalOf(request, link, body) : undefined
        const { outcome, endAccess } = refusal ? { outcome: refusal } : await follow({ system, cipher }, request, link, body)
        if (outcome === 'gone') return send(reply, 404, gonePage(headers['accept-language']))
        const brand = await brandOf(system, link.resellerId, mail.addresses)
        return isSuccess(outcome)
          ? send(reply, 200, donePage(link, brand, outcome, endAccess))
          : send(reply, 400, formPage(link, brand, outcome))
      },
    )
  }
}

/** The page loads nothing, runs nothing and cannot be framed. */
function send(reply: FastifyReply, status: number, { render }: Page) {
  const nonce = randomBytes(16).toString('base64')
  reply.headers({
    'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'x-robots-tag': 'noindex',
  })
  return reply.code(status).type('text/html; charset=utf-8').send(render(nonce))
}
