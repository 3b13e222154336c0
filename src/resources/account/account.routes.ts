/** Signing in: /iam/auth/jwt/login and refresh for everyone, and choosing another account of one's own. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { SystemSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { json, refused } from '../../http/schema.ts'
import { isPassword } from '../../lib/passwords.ts'
import type { SigningKeys } from '../../lib/signing-keys.ts'
import { findClient } from '../clients/clients.queries.ts'
import { findByEmail, findSubject, recordLogin } from './account.queries.ts'
import { beginSession, refreshSession } from './account.rules.ts'
import { LoginRequest, RefreshRequest, TokenPair } from './account.schema.ts'

const tags = ['Account']
/** One answer, in the same time, for an unknown email, a wrong password, a blocked and an unconfirmed user. */
const noSuchAccount = () => errors.invalid({ errors: ['No active account found with the given credentials.'] })

export const account: Resource<Handles & { system: SystemSql; keys: SigningKeys }> = (app, { scope, system, keys }) => {
  app.post(
    '/iam/auth/jwt/login',
    {
      config: { access: access.public },
      schema: {
        tags,
        operationId: 'login',
        summary: 'Sign in',
        description: 'Answers tokens for the account the user began in, or the first one where that is gone.',
        body: LoginRequest,
        response: { 200: json(TokenPair, 'The tokens.'), ...refused(400) },
      },
    },
    async (request) => {
      const { username, password } = request.body
      const from = request.ip // the connection may be gone before the password is checked
      const user = await findByEmail(system, username)
      const proven = await isPassword(user?.password_hash, password)
      // Two-step verification cannot be completed yet, so its users cannot sign in by password alone.
      const subject = user?.client_id && proven && !user.has_totp ? await findSubject(system, user.user_id, user.client_id) : undefined
      await recordLogin(system, {
        reseller_id: user?.reseller_id ?? null,
        client_id: user?.client_id ?? null,
        user_id: user?.user_id ?? null,
        is_successful: subject !== undefined,
        auth_type: 'password',
        ip_address: from,
        user_agent: userAgent(request),
      })
      if (!subject) throw noSuchAccount()
      return beginSession(system, keys, subject, null)
    },
  )

  app.post(
    '/iam/auth/jwt/refresh',
    {
      config: { access: access.public },
      schema: {
        tags,
        operationId: 'refresh',
        summary: 'Next tokens of a session',
        description: 'A refresh token works once. Used again much later it ends its session, for somebody else may hold it.',
        body: RefreshRequest,
        response: { 200: json(TokenPair, 'The tokens.'), ...refused(400, 401) },
      },
    },
    async (request) => {
      const token = request.body.refresh ?? request.body.token
      if (token === undefined) throw errors.invalid({ refresh: ['This field is required.'] })
      return refreshSession(system, keys, token)
    },
  )

  app.get(
    '/iam/auth/jwt/clients/:clientId/login',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'selectAccount',
        summary: 'Work in another account',
        description: 'For the session of a user who belongs to that account. An API token stays in its own.',
        params: Type.Object({ clientId: id('Account.') }),
        response: { 200: json(TokenPair, 'Tokens for that account.'), ...refused(401, 403, 404) },
      },
    },
    async ({ caller, params: { clientId } }) => {
      const seen = await scope.read(caller, (db) => findClient(db, caller, clientId))
      if (!seen) throw errors.notFound()
      if (caller.credential.type !== 'session') throw errors.forbidden()
      const subject = await findSubject(system, caller.userId, clientId)
      if (!subject) throw errors.forbidden()
      return beginSession(system, keys, subject, caller.actorId)
    },
  )
}

const userAgent = (request: FastifyRequest) => (request.headers['user-agent'] ?? '').toWellFormed().slice(0, 1000)
