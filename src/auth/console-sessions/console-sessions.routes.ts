/** /reeve/session: sessions of the console. The page receives access tokens; the refresh token is in a cookie that no script can read. */

import type { FastifyRequest } from 'fastify'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { assertSameOrigin } from '../../http/same-origin.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import type { Verifier } from '../../http/verifier.ts'
import { actAsAdministrator, actAsUser, LONGEST } from '../act-as/act-as.rules.ts'
import { PasskeyLogin } from '../passkeys/passkeys.schema.ts'
import { signInByPasskey } from '../passkeys/passkeys.sign-in.ts'
import type { Expiry } from '../passwords/passwords.expiry.ts'
import type { Signable } from '../sessions/sessions.rules.ts'
import { selectAccount, signIn } from '../sign-in/sign-in.rules.ts'
import { LoginRequest } from '../sign-in/sign-in.schema.ts'
import { readCookies } from './console-sessions.cookies.ts'
import {
  endFromCookie,
  handOver,
  handOverSignIn,
  refreshFromCookie,
  type SessionHandles,
  type SignOutElsewhere,
} from './console-sessions.rules.ts'
import { AccountChoice, ActAsRequest, ConsoleSession, SignOut } from './console-sessions.schema.ts'

const tags = ['Console']
const own = json(ConsoleSession, 'The session. The refresh token is in the cookie `reeve_session`.')
const fromPages = 'For pages of this server only.'

export const consoleSessions: Resource<
  Handles & SessionHandles & { verifier: Verifier; expiry: Expiry; signOutElsewhere: SignOutElsewhere }
> = (app, handles) => {
  const { scope, system, verifier, expiry, mail, signOutElsewhere } = handles
  const onRequest = async (request: FastifyRequest) => assertSameOrigin(request, mail.addresses.url)
  const config = { access: access.public }

  app.post(
    '/reeve/session/login',
    {
      config,
      onRequest,
      schema: {
        tags,
        operationId: 'consoleLogin',
        summary: 'Sign in to the console',
        description: `${fromPages} The rules, limits and refusals are those of POST /iam/auth/jwt/login.`,
        body: LoginRequest,
        response: { 200: own, ...errorResponses(400, 403) },
      },
    },
    async (request, reply) => {
      const session = await signIn({ system, verifier, expiry }, request, request.body)
      if (!session) throw errors.noSuchAccount()
      return handOverSignIn(handles, reply, session)
    },
  )

  app.post(
    '/reeve/session/passkey',
    {
      config,
      onRequest,
      bodyLimit: 24 * 1024, // what PasskeyLogin allows
      schema: {
        tags,
        operationId: 'consolePasskeyLogin',
        summary: 'Sign in to the console with a passkey',
        description: `${fromPages} As POST /reeve/auth/passkeys/login.`,
        body: PasskeyLogin,
        response: { 200: own, ...errorResponses(400, 403) },
      },
    },
    async (request, reply) => {
      const session = await signInByPasskey(system, request, request.body)
      if (!session) throw errors.noSuchAccount()
      return handOverSignIn(handles, reply, session)
    },
  )

  app.post(
    '/reeve/session/refresh',
    {
      config,
      onRequest,
      schema: {
        tags,
        operationId: 'refreshConsoleSession',
        summary: 'The next access token of the console',
        description:
          'Takes the refresh token from the cookie and replaces it. An acting session has precedence. When that has ended, the answer is the own session, with `acting_ended`.',
        response: { 200: own, ...errorResponses(401, 403) },
      },
    },
    (request, reply) => refreshFromCookie(handles, reply, readCookies(request)),
  )

  app.post(
    '/reeve/session/account',
    {
      config: { access: access.everyone, leavesCallers: true },
      onRequest,
      schema: {
        tags,
        operationId: 'selectConsoleAccount',
        summary: 'Work in another account in the console',
        description: 'As GET /iam/auth/jwt/clients/{clientId}/login. The cookie then holds the session in that account.',
        body: AccountChoice,
        response: { 200: own, ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      assertSession(request)
      const session = await selectAccount({ scope, system }, request, request.body.client_id)
      return handOver(handles, reply, request.caller.actorId === null ? 'own' : 'acting', session)
    },
  )

  app.post(
    '/reeve/session/act_as',
    {
      config: { access: access.staff },
      onRequest,
      schema: {
        tags,
        operationId: 'actInConsole',
        summary: 'Log in as somebody in the console',
        description: `As GET /iam/auth/jwt/clients/{clientId}/admin_token or GET /iam/auth/jwt/users/{userId}/token. The acting session is in a cookie of its own, \`reeve_acting\`, beside the session of the one who acts.`,
        body: ActAsRequest,
        response: { 200: own, ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      assertSession(request)
      const { client_id, user_id, duration = LONGEST, read_only = false } = request.body
      const limits = { minutes: duration, readOnly: read_only }
      const begin = (db: ScopedSql): Promise<Signable> => {
        if (client_id !== undefined && user_id === undefined) return actAsAdministrator(db, request, client_id, limits)
        if (user_id !== undefined && client_id === undefined) return actAsUser(db, request, user_id, limits)
        throw errors.invalid({ errors: ['Exactly one of client_id and user_id is required.'] })
      }
      const session = await change(scope, request, reply, ({ subject }: Signable) => subject.client_id, begin)
      return handOver(handles, reply, 'acting', session)
    },
  )

  app.post(
    '/reeve/session/stop_acting',
    {
      config,
      onRequest,
      schema: {
        tags,
        operationId: 'stopActingInConsole',
        summary: 'Stop acting as somebody in the console',
        description: 'Ends the acting session and returns to the own one.',
        response: { 200: own, ...errorResponses(401, 403) },
      },
    },
    async (request, reply) => {
      await endFromCookie(handles, request, reply, 'acting')
      return refreshFromCookie(handles, reply, { ...readCookies(request), acting: undefined })
    },
  )

  app.post(
    '/reeve/session/sign_out',
    {
      config,
      onRequest,
      schema: {
        tags,
        operationId: 'signOutOfConsole',
        summary: 'Sign out of the console',
        description: 'Ends the session of this browser, with those of accounts that it switched to, and an acting one. Always succeeds.',
        response: {
          200: json(SignOut, 'Nobody is signed in here. The identity provider has a sign-out of its own.'),
          204: noContent('Nobody is signed in in this browser.'),
          ...errorResponses(403),
        },
      },
    },
    async (request, reply) => {
      reply.code(204)
      await endFromCookie(handles, request, reply, 'acting')
      const user = await endFromCookie(handles, request, reply, 'own')
      const url = user && (await signOutElsewhere(user, request.host))
      if (url === undefined) return
      reply.code(200)
      return { url }
    },
  )
}

/** @throws 403 for an API token: it is in no browser */
function assertSession({ caller }: FastifyRequest) {
  if (caller.credential.type !== 'session') throw errors.forbidden('This takes a session, not an API token.', 'session_required')
}
