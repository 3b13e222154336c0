/** /reeve/scim_directory, /reeve/scim_tokens and /reeve/scim_requests: an Administrator manages the directory of the account, a reseller its own. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { flag, id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Addresses } from '../../mail/brand.ts'
import { SCIM } from '../directory.ts'
import { deleteToken, findDirectory, listRequests, listTokens, ownerOf } from './directories.queries.ts'
import { changeDirectory, createToken } from './directories.rules.ts'
import { Directory, DirectoryChanges, NewScimToken, ScimRequest, ScimToken, ScimTokenRequest } from './directories.schema.ts'

const tags = ['Directory Sync']
const config = { access: access.resellersAndAdministrators }

/** The account, or the reseller that is not one account of its own. */
const affectedBy = (caller: Caller) => ownerOf(caller).client_id ?? { client: null, reseller: caller.resellerId }

export const directories: Resource<Handles & { mail: { addresses: Addresses } }> = (app, { scope, mail }) => {
  const url = `${mail.addresses.url}${SCIM}`

  app.get(
    '/reeve/scim_directory',
    {
      config,
      schema: {
        tags,
        operationId: 'getDirectory',
        summary: 'The directory of the account, or of the reseller',
        response: { 200: json(Directory, 'The directory.'), ...errorResponses(401, 403) },
      },
    },
    async ({ caller }) => ({ url, ...(await scope.read(caller, (db) => findDirectory(db, ownerOf(caller)))) }),
  )

  app.patch(
    '/reeve/scim_directory',
    {
      config,
      schema: {
        tags,
        operationId: 'updateDirectory',
        summary: 'Change the directory',
        description: 'The users of the directory get the roles that follow from its rules.',
        body: DirectoryChanges,
        response: { 200: json(Directory, 'The directory as it is now.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => ({
      url,
      ...(await change(scope, request, reply, affectedBy(request.caller), (db) => changeDirectory(db, request, request.body))),
    }),
  )

  app.get(
    '/reeve/scim_tokens',
    {
      config,
      schema: {
        tags,
        operationId: 'listScimTokens',
        summary: 'List the tokens of the directory',
        response: { 200: json(Type.Array(ScimToken), 'The tokens, in order of id.'), ...errorResponses(401, 403) },
      },
    },
    ({ caller }) => scope.read(caller, (db) => listTokens(db, ownerOf(caller))),
  )

  app.post(
    '/reeve/scim_tokens',
    {
      config,
      schema: {
        tags,
        operationId: 'createScimToken',
        summary: 'Create a token of the directory',
        description:
          'It works under `/scim/v2/` and nowhere else, until it is deleted. A directory has at most two, so that one can replace the other. In a session this takes a proof of identity from the last 15 minutes (POST /reeve/sessions/current/proof).',
        body: ScimTokenRequest,
        response: { 201: json(NewScimToken, 'The token, with its secret.'), ...errorResponses(400, 401, 403, 409) },
      },
    },
    (request, reply) => {
      reply.code(201)
      return change(scope, request, reply, affectedBy(request.caller), (db) => createToken(db, request, request.body.name))
    },
  )

  app.delete(
    '/reeve/scim_tokens/:tokenId',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteScimToken',
        summary: 'Delete a token of the directory',
        params: Type.Object({ tokenId: id('Token.') }),
        response: { 204: noContent('The token no longer works.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params } = request
      reply.code(204)
      await change(scope, request, reply, affectedBy(caller), async (db) => {
        if (!(await deleteToken(db, ownerOf(caller), params.tokenId))) throw errors.notFound()
      })
    },
  )

  app.get(
    '/reeve/scim_requests',
    {
      config,
      schema: {
        tags,
        operationId: 'listScimRequests',
        summary: 'What the directory did last, and what failed',
        description: 'The last 200 changes, and the last 200 requests that failed, newest first. Each is here within seconds.',
        querystring: Type.Object({ failed: flag('`true` only what failed, `false` only the rest.') }),
        response: { 200: json(Type.Array(ScimRequest), 'The requests.'), ...errorResponses(400, 401, 403) },
      },
    },
    ({ caller, query }) => scope.read(caller, (db) => listRequests(db, ownerOf(caller), query.failed)),
  )
}
