/** Signing in by an identity provider: discovery and buttons, the way there and back under /reeve/sso, SAML's at the vendor's address. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { handOverSignIn, type SessionHandles } from '../../auth/console-sessions/console-sessions.rules.ts'
import { ConsoleSession } from '../../auth/console-sessions/console-sessions.schema.ts'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import { FORM, registerForms } from '../../http/forms.ts'
import { parameter } from '../../http/parameters.ts'
import type { App, Handles } from '../../http/resource.ts'
import { assertSameOrigin } from '../../http/same-origin.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { Confirmation, type Verifier } from '../../http/verifier.ts'
import { domainOf } from '../../lib/email.ts'
import { hashSecret } from '../../lib/secrets.ts'
import { setBrowser } from './sign-in.cookies.ts'
import { join, pendingOf } from './sign-in.join.ts'
import { placeOf } from './sign-in.places.ts'
import { buttonsOf, keepAnswer, providerOfDomain } from './sign-in.queries.ts'
import { CALLBACK, type Ended, finish, newTicket, receivedContext, type SsoHandles, START, start } from './sign-in.rules.ts'
import { Buttons, Discovery, PendingJoin, Start } from './sign-in.schema.ts'

const tags = ['Single Sign-On']
const config = { access: access.public }
/** An answer of SAML, encoded twice over. */
const LARGEST = 400 * 1024

const text = (description: string) => parameter<string>({ type: 'string', description }, (value) => value)
const elsewhere = { description: 'The browser goes on to the address in Location.', type: 'null' } as const

export async function ssoSignIn(app: App, handles: SsoHandles & SessionHandles & Handles & { verifier: Verifier }): Promise<void> {
  const { system, cipher, mail, verifier } = handles
  const onRequest = async (request: FastifyRequest) => assertSameOrigin(request, mail.addresses.url)

  app.post(
    '/reeve/sso/discover',
    {
      config,
      schema: {
        tags,
        operationId: 'discoverSso',
        summary: 'Find the identity provider of a company',
        description:
          'The answer is the same for every domain. Following its address shows whether somebody has the domain, as it must: it leads to the provider, or back to the sign-in page.',
        body: Discovery,
        response: { 200: json(Start, 'Where the browser is to go.'), ...errorResponses(400) },
      },
    },
    async (request) => {
      const domain = domainOf(request.body.domain).trim().toLowerCase()
      const { reseller } = await placeOf(system, mail.addresses, request.host)
      const provider = (await providerOfDomain(system, domain, reseller)) ?? 0
      return { url: newTicket(handles, { provider, purpose: 'sign_in', user: null }).url }
    },
  )

  app.get(
    '/reeve/sso/providers',
    {
      config,
      schema: {
        tags,
        operationId: 'listSsoButtons',
        summary: 'The identity providers of this host',
        description: 'By the host of the request: those of its reseller that are on.',
        response: { 200: json(Buttons, 'The buttons of the sign-in page.') },
      },
    },
    async (request) => {
      const { reseller } = await placeOf(system, mail.addresses, request.host)
      const rows = await buttonsOf(system, reseller)
      return rows.map(({ key, ...row }) => ({ ...row, url: `${START}?provider=${key}` }))
    },
  )

  app.get(
    START,
    {
      config,
      schema: {
        tags,
        operationId: 'startSso',
        summary: 'Go to an identity provider',
        description: 'For browsers. Sets a cookie that the answer must come back with.',
        querystring: Type.Object({
          to: text('From POST /reeve/sso/discover.'),
          provider: text('From GET /reeve/sso/providers.'),
          again: text('Set once the browser was sent to the right host.'),
        }),
        response: { 302: elsewhere },
      },
    },
    async (request, reply) => go(reply, 302, await start(handles, request, reply, request.query)),
  )

  app.get(
    CALLBACK,
    {
      config,
      schema: {
        tags,
        operationId: 'finishSso',
        summary: 'Come back from an identity provider',
        description: 'For browsers: redirect_uri of OpenID Connect, Google and GitHub, and where SAML goes on after its answer was posted.',
        querystring: Type.Object({ state: text('Of the request.'), code: text('OpenID Connect: the code.') }),
        response: { 302: elsewhere },
      },
    },
    async (request, reply) => {
      const [, query = ''] = request.url.split(/\?(.*)/s, 2)
      return signedIn(reply, await finish(handles, request, reply, new URLSearchParams(query)))
    },
  )

  app.get(
    '/reeve/sso/join',
    {
      config,
      schema: {
        tags,
        operationId: 'getSsoJoin',
        summary: 'Whose password a sign-in waits for',
        description: 'By the cookie of the browser that came back from the provider.',
        response: { 200: json(PendingJoin, 'What waits.'), ...errorResponses(400) },
      },
    },
    async (request) => {
      const { email, provider_name: provider, has_totp: code } = await pendingOf(system, request)
      return { email, provider, code }
    },
  )

  app.post(
    '/reeve/sso/join',
    {
      config,
      onRequest,
      schema: {
        tags,
        operationId: 'joinSso',
        summary: 'Join an identity to a user by the password, once',
        description: 'For pages of this server only. Limits and refusals are those of a sign-in by password.',
        body: Confirmation,
        response: {
          200: json(ConsoleSession, 'The session. The refresh token is in the cookie `reeve_session`.'),
          ...errorResponses(400, 403),
        },
      },
    },
    async (request, reply) => {
      const session = await join({ system, verifier }, request, request.body)
      if (!session) throw errors.noSuchAccount()
      setBrowser(reply, mail.addresses.url, '')
      return handOverSignIn(handles, reply, session)
    },
  )

  await registerForms(app, declareSaml)

  function declareSaml(part: App) {
    part.post(
      '/iam/auth/saml2/acs',
      {
        config,
        bodyLimit: LARGEST,
        schema: {
          tags,
          operationId: 'receiveSaml',
          summary: 'Take the answer of a SAML provider',
          description:
            'The provider makes the browser post it. It is kept until the browser comes for it with its cookie, which another site’s form does not send.',
          consumes: [FORM],
          body: Type.Object({
            SAMLResponse: Type.String({ description: 'The answer, in base64.' }),
            RelayState: Type.Optional(Type.String({ description: 'What the request named.' })),
          }),
          response: { 303: elsewhere, ...errorResponses(400) },
        },
      },
      async (request, reply) => {
        const { SAMLResponse, RelayState = '' } = request.body
        const state = RelayState.replace(/^_/, '')
        const hash = hashSecret(state)
        const kept = cipher.encrypt(Buffer.from(JSON.stringify({ SAMLResponse, RelayState })), receivedContext(hash))
        const origin = await keepAnswer(system, hash, kept)
        return go(
          reply,
          303,
          origin === undefined ? '/sign-in?sso_error=expired' : `${origin}${CALLBACK}?state=${encodeURIComponent(state)}`,
        )
      },
    )
  }

  async function signedIn(reply: FastifyReply, { to, session }: Ended) {
    if (session) await handOverSignIn(handles, reply, session)
    return go(reply, 302, to)
  }
}

const go = (reply: FastifyReply, status: 302 | 303, to: string) => reply.code(status).header('location', to).send()
