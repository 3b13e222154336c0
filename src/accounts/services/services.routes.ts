/** The services of an account under /iam/clients/{clientId}/services: staff read and change them. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import type { Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { findAccount } from '../clients/clients.queries.ts'
import { changeService } from './services.changes.ts'
import { findServices } from './services.queries.ts'
import { Service, ServiceChanges, ServicePatch } from './services.schema.ts'

const tags = ['Services']
const ofClient = Type.Object({ clientId: id('Account.') })
const oneService = Type.Object({ clientId: id('Account.'), serviceId: id('Service.') })

export const services: Resource = (app, { scope }) => {
  app.get(
    '/iam/clients/:clientId/services',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'listServices',
        summary: 'The services of an account',
        params: ofClient,
        response: { 200: json(Type.Array(Service), 'One of each product.'), ...errorResponses(401, 403, 404) },
      },
    },
    ({ caller, params: { clientId } }) =>
      scope.read(caller, async (db) => {
        if (!(await findAccount(db, clientId))) throw errors.notFound()
        return findServices(db, clientId)
      }),
  )

  app.get(
    '/iam/clients/:clientId/services/:serviceId',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'getService',
        summary: 'One service',
        params: oneService,
        response: { 200: json(Service, 'The service.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params: { clientId, serviceId } }) => {
      const [service] = await scope.read(caller, (db) => findServices(db, clientId, serviceId))
      if (!service) throw errors.notFound()
      return service
    },
  )

  /** Settings can hold many long texts. This much is parsed and checked within a few milliseconds. */
  const bodyLimit = 64 * 1024
  const description =
    'The status must be the present one or an allowed transition from it. The status of the account is derived from its services.'
  const answers = { 200: json(Service, 'The service as it is now.'), ...errorResponses(400, 401, 403, 404) }
  app.put(
    '/iam/clients/:clientId/services/:serviceId',
    {
      config: { access: access.staff },
      bodyLimit,
      schema: {
        tags,
        operationId: 'updateService',
        summary: 'Change a service',
        description,
        params: oneService,
        body: ServiceChanges,
        response: answers,
      },
    },
    (request, reply) => {
      const { caller, body } = request
      const { clientId, serviceId } = request.params
      return change(scope, request, reply, clientId, (db) => changeService(db, caller, clientId, serviceId, body))
    },
  )

  app.patch(
    '/iam/clients/:clientId/services/:serviceId',
    {
      config: { access: access.staff },
      bodyLimit,
      schema: {
        tags,
        operationId: 'patchService',
        summary: 'Replace a service',
        description,
        deprecated: true,
        params: oneService,
        body: ServicePatch,
        response: answers,
      },
    },
    (request, reply) => {
      const { caller, body } = request
      const { clientId, serviceId } = request.params
      return change(scope, request, reply, clientId, (db) => changeService(db, caller, clientId, serviceId, body))
    },
  )
}
