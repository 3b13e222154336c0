/** Signing in, refreshing tokens, and switching to another account. */

import { Type } from 'typebox'
import type { SystemSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import type { SigningKeys } from '../../http/signing-keys.ts'
import type { Verifier } from '../../http/verifier.ts'
import type { Expiry } from '../passwords/passwords.expiry.ts'
import { refreshSession, signPair } from '../sessions/sessions.rules.ts'
import { TokenPair } from '../sessions/sessions.schema.ts'
import { selectAccount, signIn } from './sign-in.rules.ts'
import { LoginRequest, RefreshRequest } from './sign-in.schema.ts'

const tags = ['Account']

export const signInRoutes: Resource<Handles & { system: SystemSql; keys: SigningKeys; verifier: Verifier; expiry: Expiry }> = (
  app,
  { scope, system, keys, verifier, expiry },
) => {
  app.post(
    '/iam/auth/jwt/login',
    {
      config: { access: access.public },
      schema: {
        tags,
        operationId: 'login',
        summary: 'Sign in',
        description:
          'Answers tokens for the account the user began in, or the first one where that is gone. Where two-step verification is on and nothing but the code is missing, the 400 names `one_time_password`: sign in again with it. Where an identity provider is required, a right password is answered by 403, with where to begin. Who failed often of late from an address is told to wait, by 429 and Retry-After.',
        body: LoginRequest,
        response: { 200: json(TokenPair, 'The tokens.'), ...errorResponses(400, 403) },
      },
    },
    async (request) => {
      const session = await signIn({ system, verifier, expiry }, request, request.body)
      if (!session) throw errors.noSuchAccount()
      return signPair(keys, session)
    },
  )

  app.post(
    '/iam/auth/jwt/refresh',
    {
      config: { access: access.public },
      schema: {
        tags,
        operationId: 'refresh',
        summary: 'Refresh the tokens of a session',
        description: 'A refresh token works once. Used again much later it ends its session, for somebody else may hold it.',
        body: RefreshRequest,
        response: { 200: json(TokenPair, 'The tokens.'), ...errorResponses(400, 401) },
      },
    },
    async (request) => {
      const token = request.body.refresh ?? request.body.token
      if (token === undefined) throw errors.invalid({ refresh: ['This field is required.'] })
      return signPair(keys, await refreshSession(system, keys, token))
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
        description:
          'For the session of a user who belongs to that account. An API token stays in its own. The new session ends with the present one, for whatever reason that is revoked.',
        params: Type.Object({ clientId: id('Account.') }),
        response: { 200: json(TokenPair, 'Tokens for that account.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request) => {
      const session = await selectAccount({ scope, system }, request, request.params.clientId)
      return signPair(keys, session)
    },
  )
}
