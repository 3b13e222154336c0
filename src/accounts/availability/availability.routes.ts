/** Availability of products under /iam/products/availability: a reseller's defaults, the settings of single accounts, and their reset. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import type { Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import { findAccount } from '../clients/clients.queries.ts'
import { availabilityOf, defaultsOf } from './availability.queries.ts'
import { changeDefault, changePersonal, resetAll, resetOne } from './availability.rules.ts'
import { ProductAvailability, ProductsInUse, Reset } from './availability.schema.ts'

const tags = ['Availability']
const inUse = { 403: json(ProductsInUse, 'The product is in use, or the caller may not do this.') }
const ofClient = Type.Object({ clientId: id('Account.') })

export const availability: Resource = (app, { scope }) => {
  app.get(
    '/iam/products/availability/defaults',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'getDefaultAvailability',
        summary: 'Products that the reseller offers by default',
        response: { 200: json(Type.Array(ProductAvailability), 'Each product.'), ...errorResponses(401, 403) },
      },
    },
    ({ caller }) => scope.read(caller, (db) => defaultsOf(db, caller.resellerId)),
  )

  app.patch(
    '/iam/products/availability/defaults',
    {
      config: { access: access.resellers },
      schema: {
        tags,
        operationId: 'setDefaultAvailability',
        summary: 'Set whether a product is available by default',
        description: 'Applies to every account without a personal setting for the product.',
        body: ProductAvailability,
        response: { 200: json(ProductAvailability, 'The default as it is now.'), ...errorResponses(400, 401), ...inUse },
      },
    },
    (request, reply) => change(scope, request, reply, null, (db) => changeDefault(db, request.caller, request.body)),
  )

  app.get(
    '/iam/products/availability/clients/:clientId',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'getClientAvailability',
        summary: 'Products that are available to an account',
        params: ofClient,
        response: { 200: json(Type.Array(ProductAvailability), 'Each product.'), ...errorResponses(401, 403, 404) },
      },
    },
    ({ caller, params }) =>
      scope.read(caller, async (db) => {
        const account = await findAccount(db, params.clientId)
        if (!account) throw errors.notFound()
        return availabilityOf(db, account)
      }),
  )

  app.patch(
    '/iam/products/availability/clients/:clientId',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'setClientAvailability',
        summary: 'Set whether a product is available to an account',
        description: 'Creates a personal setting, which no longer follows the default until it is reset.',
        params: ofClient,
        body: ProductAvailability,
        response: { 200: json(ProductAvailability, 'The setting as it is now.'), ...errorResponses(400, 401, 404), ...inUse },
      },
    },
    (request, reply) => {
      const { clientId } = request.params
      return change(scope, request, reply, clientId, (db) => changePersonal(db, request.caller, clientId, request.body))
    },
  )

  app.delete(
    '/iam/products/availability/clients/:clientId',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'resetClientAvailability',
        summary: 'Reset an account to the defaults',
        params: ofClient,
        body: Reset,
        response: { 204: noContent('The personal settings for these products were removed.'), ...errorResponses(400, 401, 404), ...inUse },
      },
    },
    async (request, reply) => {
      const { clientId } = request.params
      reply.code(204)
      await change(scope, request, reply, clientId, (db) => resetOne(db, request.caller, clientId, request.body.product_names))
    },
  )

  app.delete(
    '/iam/products/availability/clients',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'resetAllAvailability',
        summary: 'Reset all accounts to the defaults',
        body: Reset,
        response: {
          204: noContent('The personal settings of all accounts for these products were removed.'),
          ...errorResponses(400, 401),
          ...inUse,
        },
      },
    },
    async (request, reply) => {
      reply.code(204)
      await change(scope, request, reply, null, (db) => resetAll(db, request.caller, request.body.product_names))
    },
  )
}
