/** API tokens of an account, under /iam/v2 and, deprecated, under /iam: the same except for the separator of id and secret. */
import type { onRequestAsyncHookHandler } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { deletedFlag, id, integer, ParameterError, parameter } from '../../http/parameters.ts'
import type { App, Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import { roles } from '../../lib/roles.ts'
import { hashSecret, newSecret } from '../../lib/secrets.ts'
import { notifySecurityChange } from '../../people/users/users.notices.ts'
import { deleteToken, findToken, insertToken, listTokens } from './tokens.queries.ts'
import { assertTokenAllowed, tokensInSight } from './tokens.rules.ts'
import { CreatedToken, Token, TokenRequest } from './tokens.schema.ts'

const tags = ['API Tokens']
const inAccount = { clientId: id('Account.') }
const oneToken = Type.Object({ ...inAccount, tokenId: id('Token.') })
/** When the older endpoints were deprecated (RFC 9745: seconds since 1970). */
const DEPRECATED_AT = '@1778803200'

const filters = Type.Object({
  role: parameter({ type: 'string', description: 'Id or name of a role.' }, (value) => {
    const role = roles.find(({ id, name }) => String(id) === value || name === value)
    if (!role) throw new ParameterError(`Must be one of: ${roles.map(({ id, name }) => `${id}, ${name}`).join(', ')}.`)
    return role.id
  }),
  issued_by: integer('User who created them.'),
  not_issued_by: integer('User who did not create them.'),
  deleted: deletedFlag('`true` only deleted tokens, `false` only others, anything else all.'),
})

export const tokens: Resource = (app, handles) => {
  declare(app, handles, { path: '/iam/v2/clients/:clientId/tokens', separator: '_', deprecated: false })
  declare(app, handles, { path: '/iam/clients/:clientId/tokens', separator: '$', deprecated: true })
}

function declare(
  app: App,
  { scope }: Handles,
  { path, separator, deprecated }: { path: string; separator: '_' | '$'; deprecated: boolean },
) {
  const name = (operation: string) => ({ tags, deprecated, operationId: deprecated ? `${operation}V1` : operation })
  const config = { access: access.everyone }
  const onRequest: onRequestAsyncHookHandler = async (_request, reply) => {
    if (deprecated) reply.headers({ deprecation: DEPRECATED_AT, link: '</iam/v2/>; rel="successor-version"' })
  }

  app.get(
    path,
    {
      config,
      onRequest,
      schema: {
        ...name('listTokens'),
        summary: 'List API tokens',
        params: Type.Object(inAccount),
        querystring: filters,
        response: { 200: json(Type.Array(Token), 'The tokens, in order of id.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request) =>
      scope.read(request.caller, async (db) =>
        listTokens(db, await tokensInSight(db, request.caller, request.params.clientId), request.query),
      ),
  )

  app.post(
    path,
    {
      config,
      onRequest,
      schema: {
        ...name('createToken'),
        summary: 'Create an API token',
        description: `Ids and secret are joined by \`${separator}\`; either sign works. A token created with another token expires no later than that one, is deleted with it, and without \`exp_date\` takes its end. In a session, a token that never expires or has the role Administrators takes a proof of identity from the last 15 minutes (POST /reeve/sessions/current/proof). The user gets an email about every token created in a session.`,
        params: Type.Object(inAccount),
        body: TokenRequest,
        response: { 200: json(CreatedToken, 'The token, with its secret.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const { clientId } = request.params
      const secret = newSecret('hex')
      return change(scope, request, reply, clientId, async (db) => {
        const { role, exp_date, origin_token, provider_id } = await assertTokenAllowed(db, caller, clientId, body)
        const tokenId = await insertToken(db, {
          client_id: clientId,
          reseller_id: caller.resellerId,
          user_id: caller.userId,
          role_id: role.id,
          name: body.name,
          description: body.description ?? '',
          secret_hash: hashSecret(secret),
          exp_date,
          origin_token,
          provider_id,
        })
        if (caller.credential.type === 'session') await notifySecurityChange(db, request, 'token_added', undefined, { token: body.name })
        return { token: `${tokenId}${separator}${secret}`, ...(await findToken(db, { clientId, ofUser: caller.userId }, tokenId)) }
      })
    },
  )

  app.get(
    `${path}/:tokenId`,
    {
      config,
      onRequest,
      schema: {
        ...name('getToken'),
        summary: 'One API token',
        params: oneToken,
        response: { 200: json(Token, 'The token.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params }) => {
      const token = await scope.read(caller, async (db) => findToken(db, await tokensInSight(db, caller, params.clientId), params.tokenId))
      if (!token) throw errors.notFound()
      return token
    },
  )

  app.delete(
    `${path}/:tokenId`,
    {
      config,
      onRequest,
      schema: {
        ...name('deleteToken'),
        summary: 'Delete an API token',
        description: 'Tokens created with it are deleted too, and sessions begun with it end.',
        params: oneToken,
        response: { 204: noContent('The token no longer works.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { clientId, tokenId } = request.params
      reply.code(204)
      await change(scope, request, reply, clientId, async (db) => {
        const deleted = await deleteToken(db, await tokensInSight(db, request.caller, clientId), tokenId)
        if (!deleted) throw errors.notFound()
      })
    },
  )
}
