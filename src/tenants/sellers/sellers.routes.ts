/** Sellers under /iam/admin/sellers: read by staff, changed by their reseller; blocked and unblocked under /reeve/sellers. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id, ordering } from '../../http/parameters.ts'
import type { Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { parametersOf } from '../../lists/filters.ts'
import { type ListHandles, pageParameters } from '../../lists/paging.ts'
import { countSellers, findSeller, listedSellers, sellerFilters, sellerOrders, sellerRows } from './sellers.queries.ts'
import { blockSeller, changeSeller, createSeller, deleteSeller } from './sellers.rules.ts'
import { ListedSellers, NewSeller, Seller, SellerChanges, SellerState, SellerStateChange, Sellers } from './sellers.schema.ts'

const tags = ['Sellers']
const params = Type.Object({ sellerId: id('Seller.') })
/** The account that a change to a seller affects. */
const home = ({ client_id }: { client_id: number }) => client_id

export const sellers: Resource<ListHandles & { cipher: Cipher }> = (app, { scope, sendList, cipher }) => {
  app.get(
    '/iam/admin/sellers',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'listSellers',
        summary: 'List sellers',
        description: 'All filters combine with AND. Without `limit`, the response is an array of all matches.',
        querystring: Type.Object({
          ...pageParameters,
          ordering: ordering(
            sellerOrders,
            `Fields separated by commas, \`-\` before one descends: ${Object.keys(sellerOrders).join(', ')}.`,
          ),
          ...parametersOf(sellerFilters),
        }),
        response: { 200: json(Sellers, 'The sellers.'), ...errorResponses(400, 401, 403) },
      },
    },
    (request, reply) => {
      const { limit, offset, ordering = [], ...filters } = request.query
      const page = { limit, offset }
      return sendList(request, reply, page, {
        alwaysEnvelope: false,
        filters,
        costly: false,
        count: (db) => countSellers(db, request.caller, filters),
        rows: (db, slice, more) => sellerRows(db, request.caller, filters, ordering, slice, more),
      })
    },
  )

  app.post(
    '/iam/admin/sellers',
    {
      config: { access: access.resellers },
      schema: {
        tags,
        operationId: 'createSeller',
        summary: 'Create a seller',
        description: 'Creates a seller of your reseller, who gets a link to set a password. The link works for 24 hours.',
        body: NewSeller,
        response: { 200: json(Seller, 'The seller.'), ...errorResponses(400, 401, 403) },
      },
    },
    (request, reply) => change(scope, request, reply, home, (db) => createSeller(db, cipher, request.caller, request.body)),
  )

  app.get(
    '/iam/admin/sellers/:sellerId',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'getSeller',
        summary: 'One seller',
        params,
        response: { 200: json(Seller, 'The seller.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params: { sellerId } }) => {
      const seller = await scope.read(caller, (db) => findSeller(db, caller, sellerId))
      if (!seller) throw errors.notFound()
      return seller
    },
  )

  app.patch(
    '/iam/admin/sellers/:sellerId',
    {
      config: { access: access.resellers },
      schema: {
        tags,
        operationId: 'updateSeller',
        summary: 'Change a seller',
        description: 'A new email ends the sessions of the seller. A seller without a password gets a new link.',
        params,
        body: SellerChanges,
        response: { 200: json(Seller, 'The seller as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => {
      const { body, params } = request
      return change(scope, request, reply, home, (db) => changeSeller(db, cipher, request, params.sellerId, body))
    },
  )

  app.delete(
    '/iam/admin/sellers/:sellerId',
    {
      config: { access: access.resellers },
      schema: {
        tags,
        operationId: 'deleteSeller',
        summary: 'Delete a seller',
        description: 'Its accounts stay, without a seller. Its sessions and API tokens stop working at once.',
        params,
        response: { 204: noContent('The account was deleted.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      reply.code(204)
      await change(scope, request, reply, home, (db) => deleteSeller(db, request.caller, request.params.sellerId))
    },
  )

  app.get(
    '/reeve/sellers',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'listSellersWithState',
        summary: 'List sellers with their state',
        description: 'As `/iam/admin/sellers`, with whether each is blocked and when it was invited.',
        querystring: Type.Object({
          ...pageParameters,
          ordering: ordering(sellerOrders, 'As in `/iam/admin/sellers`.'),
          ...parametersOf(sellerFilters),
        }),
        response: { 200: json(ListedSellers, 'A page, of 100 without `limit`, with the exact count.'), ...errorResponses(400, 401, 403) },
      },
    },
    ({ caller, query }) => {
      const { limit = 100, offset = 0, ordering = [], ...filters } = query
      return scope.read(caller, async (db) => ({
        count: await countSellers(db, caller, filters),
        results: await listedSellers(db, caller, filters, ordering, { limit, offset }),
      }))
    },
  )

  app.patch(
    '/reeve/sellers/:sellerId',
    {
      config: { access: access.resellers },
      schema: {
        tags,
        operationId: 'blockSeller',
        summary: 'Block or unblock a seller',
        description: 'A blocked seller cannot sign in or use its API tokens, and its sessions end. It keeps its accounts.',
        params,
        body: SellerStateChange,
        response: { 200: json(SellerState, 'The seller as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => {
      const { caller, body, params } = request
      return change(scope, request, reply, home, (db) => blockSeller(db, caller, params.sellerId, body.is_active))
    },
  )
}
