/** Log in as: tokens of a user, or of an Administrator of an account, for staff. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { json, refused } from '../../http/schema.ts'
import type { SigningKeys } from '../../lib/signing-keys.ts'
import { actAsAdministrator, actAsUser } from './account.as.ts'
import { type Signable, signPair } from './account.rules.ts'
import { TokenPair } from './account.schema.ts'

const tags = ['Account']

export const logInAs: Resource<Handles & { keys: SigningKeys }> = (app, { scope, keys }) => {
  app.get(
    '/iam/auth/jwt/clients/:clientId/admin_token',
    {
      config: { access: access.staff, changes: true },
      schema: {
        tags,
        operationId: 'getClientAdminToken',
        summary: 'Log in as an Administrator of an account',
        description: 'The tokens say in `act` who really acts, and the activity names both. Such a session cannot ask for another one.',
        params: Type.Object({ clientId: id('Account.') }),
        response: { 200: json(TokenPair, 'Tokens of an active Administrator, in that account.'), ...refused(401, 403, 404) },
      },
    },
    (request, reply) => answerAs(request, reply, (db) => actAsAdministrator(db, request.caller, request.params.clientId)),
  )

  app.get(
    '/iam/auth/jwt/users/:userId/token',
    {
      config: { access: access.staff, changes: true },
      schema: {
        tags,
        operationId: 'getUserToken',
        summary: 'Log in as a user',
        description: 'As with the Administrator of an account; never into more rights than one has oneself.',
        params: Type.Object({ userId: id('User.') }),
        response: { 200: json(TokenPair, 'Tokens of the user, in the account it began in.'), ...refused(401, 403, 404) },
      },
    },
    (request, reply) => answerAs(request, reply, (db) => actAsUser(db, request.caller, request.params.userId)),
  )

  /** That somebody began to act as another is in the activity of both, though the method is GET. */
  async function answerAs(request: FastifyRequest, reply: FastifyReply, begin: (db: ScopedSql) => Promise<Signable>) {
    const session = await change(scope, request, reply, ({ subject }: Signable) => subject.client_id, begin)
    reply.header('cache-control', 'no-store')
    return signPair(keys, session)
  }
}
