/** Resellers under /reeve/resellers: the platform lists, creates, changes, deletes and restores them. Beyond the contract. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import type { Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { parametersOf } from '../../lists/filters.ts'
import { type ListHandles, pageParameters } from '../../lists/paging.ts'
import { countResellers, findReseller, resellerFilters, resellerRows } from './resellers.queries.ts'
import { changeReseller, createReseller } from './resellers.rules.ts'
import { NewReseller, Reseller, ResellerChanges, Resellers } from './resellers.schema.ts'

const tags = ['Resellers']
const config = { access: access.platform }
const params = Type.Object({ resellerId: id('Reseller.') })
/** The account that a change to a reseller affects. */
const home = ({ technical_client_id }: { technical_client_id: number }) => technical_client_id

export const resellers: Resource<ListHandles & { cipher: Cipher }> = (app, { scope, sendList, cipher }) => {
  app.get(
    '/reeve/resellers',
    {
      config,
      schema: {
        tags,
        operationId: 'listResellers',
        summary: 'List resellers',
        querystring: Type.Object({ ...pageParameters, ...parametersOf(resellerFilters) }),
        response: { 200: json(Resellers, 'The resellers, in order of id.'), ...errorResponses(400, 401, 403) },
      },
    },
    (request, reply) => {
      const { limit, offset, ...filters } = request.query
      const page = { limit, offset }
      return sendList(request, reply, page, {
        alwaysEnvelope: true,
        filters,
        costly: false,
        count: (db) => countResellers(db, request.caller, filters),
        rows: (db, slice, more) => resellerRows(db, request.caller, filters, slice, more),
      })
    },
  )

  app.post(
    '/reeve/resellers',
    {
      config,
      schema: {
        tags,
        operationId: 'createReseller',
        summary: 'Create a reseller',
        description: 'Also creates its own account and its first user, who gets a link to set a password. The link works for 24 hours.',
        body: NewReseller,
        response: { 201: json(Reseller, 'The reseller.'), ...errorResponses(400, 401, 403) },
      },
    },
    (request, reply) => {
      reply.code(201)
      return change(scope, request, reply, home, (db) => createReseller(db, cipher, request.body))
    },
  )

  app.get(
    '/reeve/resellers/:resellerId',
    {
      config,
      schema: {
        tags,
        operationId: 'getReseller',
        summary: 'One reseller',
        params,
        response: { 200: json(Reseller, 'The reseller.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params: { resellerId } }) => {
      const reseller = await scope.read(caller, (db) => findReseller(db, resellerId))
      if (!reseller) throw errors.notFound()
      return reseller
    },
  )

  app.patch(
    '/reeve/resellers/:resellerId',
    {
      config,
      schema: {
        tags,
        operationId: 'updateReseller',
        summary: 'Rename, delete or restore a reseller',
        params,
        body: ResellerChanges,
        response: { 200: json(Reseller, 'The reseller as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => change(scope, request, reply, home, (db) => changeReseller(db, request.params.resellerId, request.body)),
  )
}
