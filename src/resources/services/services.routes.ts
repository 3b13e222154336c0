/** The services of an account under /iam/clients/{clientId}/services: staff change them. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { id } from '../../http/parameters.ts'
import type { Resource } from '../../http/resource.ts'
import { json, refused } from '../../http/schema.ts'
import { changeService } from './services.changes.ts'
import { Service, ServiceChanges } from './services.schema.ts'

const tags = ['Services']

export const services: Resource = (app, { scope }) => {
  app.put(
    '/iam/clients/:clientId/services/:serviceId',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'updateService',
        summary: 'Change a service',
        description: 'The present status leaves it as it is; another one must be one that it leads to. The status of the account follows.',
        params: Type.Object({ clientId: id('Account.'), serviceId: id('Service.') }),
        body: ServiceChanges,
        response: { 200: json(Service, 'The service as it is now.'), ...refused(400, 401, 403, 404) },
      },
    },
    (request, reply) => {
      const { caller, body } = request
      const { clientId, serviceId } = request.params
      return change(scope, request, reply, clientId, (db) => changeService(db, caller, clientId, serviceId, body))
    },
  )
}
