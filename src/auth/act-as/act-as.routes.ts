/** Log in as: gives staff the tokens of a user, or of an Administrator of an account. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { flag, id, ParameterError, parameter } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import type { SigningKeys } from '../../http/signing-keys.ts'
import { type Signable, signPair } from '../sessions/sessions.rules.ts'
import { TokenPair } from '../sessions/sessions.schema.ts'
import { actAsAdministrator, actAsUser, type Limits, LONGEST } from './act-as.rules.ts'

const tags = ['Account']
/** The activity log stores the query of each request, so it keeps `reason`. */
const how = Type.Object({
  reason: parameter<string>({ type: 'string', maxLength: 500, description: 'Why, for the log of the account.' }, (value) => {
    if (value.length > 500) throw new ParameterError('At most 500 characters are allowed.')
    return value
  }),
  duration: parameter<number>(
    {
      type: 'integer',
      minimum: 1,
      maximum: LONGEST,
      default: LONGEST,
      description: 'For how many minutes; a refresh does not prolong it.',
    },
    (value) => {
      if (!/^\d{1,3}$/.test(value) || Number(value) < 1 || Number(value) > LONGEST)
        throw new ParameterError(`A whole number of minutes from 1 to ${LONGEST} is required.`)
      return Number(value)
    },
  ),
  read_only: flag('Whether the session may only read: every change is then refused.'),
})
const limitsOf = ({ duration = LONGEST, read_only = false }: Static<typeof how>): Limits => ({ minutes: duration, readOnly: read_only })

export const logInAs: Resource<Handles & { keys: SigningKeys }> = (app, { scope, keys }) => {
  app.get(
    '/iam/auth/jwt/clients/:clientId/admin_token',
    {
      config: { access: access.staff, changes: true },
      schema: {
        tags,
        operationId: 'getClientAdminToken',
        summary: 'Log in as an Administrator of an account',
        description:
          'The tokens say in `act` who really acts, and the activity names both. Such a session cannot ask for another one, issues no API tokens, and ends with the API token or session that asks for it.',
        params: Type.Object({ clientId: id('Account.') }),
        querystring: how,
        response: { 200: json(TokenPair, 'Tokens of an active Administrator, in that account.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => answerAs(request, reply, (db) => actAsAdministrator(db, request, request.params.clientId, limitsOf(request.query))),
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
        querystring: how,
        response: { 200: json(TokenPair, 'Tokens of the user, in the account it began in.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => answerAs(request, reply, (db) => actAsUser(db, request, request.params.userId, limitsOf(request.query))),
  )

  /** Records the start in the activity log of both accounts, although the method is GET. */
  async function answerAs(request: FastifyRequest, reply: FastifyReply, begin: (db: ScopedSql) => Promise<Signable>) {
    const session = await change(scope, request, reply, ({ subject }: Signable) => subject.client_id, begin)
    return signPair(keys, session)
  }
}
