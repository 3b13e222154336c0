/** Details of an account that staff keep beyond the contract, under /reeve/clients/{clientId}. */
import { Type } from 'typebox'
import { access } from '../../../http/access.ts'
import { change } from '../../../http/activity.ts'
import { errors } from '../../../http/errors.ts'
import { id } from '../../../http/parameters.ts'
import type { Resource } from '../../../http/resource.ts'
import { errorResponses, json } from '../../../http/schema.ts'
import { findDetails } from './details.queries.ts'
import { changeDetails } from './details.rules.ts'
import { ClientDetails, ClientDetailsChanges } from './details.schema.ts'

const tags = ['Clients']
const config = { access: access.staff }
const params = Type.Object({ clientId: id('Account.') })

export const clientDetails: Resource = (app, { scope }) => {
  app.get(
    '/reeve/clients/:clientId',
    {
      config,
      schema: {
        tags,
        operationId: 'getClientDetails',
        summary: "Get an account's details beyond the contract",
        params,
        response: { 200: json(ClientDetails, 'The details.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params: { clientId } }) => {
      const details = await scope.read(caller, (db) => findDetails(db, clientId))
      if (!details) throw errors.notFound()
      return details
    },
  )

  app.patch(
    '/reeve/clients/:clientId',
    {
      config,
      bodyLimit: 32 * 1024, // a hundred hostnames
      schema: {
        tags,
        operationId: 'updateClientDetails',
        summary: "Change an account's billing, promo code, hostnames, traffic, country and website",
        params,
        body: ClientDetailsChanges,
        response: { 200: json(ClientDetails, 'The details as they are now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => {
      const { caller, body } = request
      const { clientId } = request.params
      return change(scope, request, reply, clientId, (db) => changeDetails(db, caller, clientId, body))
    },
  )
}
