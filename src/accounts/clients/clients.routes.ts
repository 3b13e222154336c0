/** Accounts under /iam/clients: every signed-in caller lists and reads those visible to it, staff change them. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id, ordering } from '../../http/parameters.ts'
import { type Resource, sendDocument } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { parametersOf } from '../../lists/filters.ts'
import { type ListHandles, pageParameters } from '../../lists/paging.ts'
import { findClient } from './clients.queries.ts'
import { changeAccount } from './clients.rules.ts'
import { Client, ClientChanges, Clients } from './clients.schema.ts'
import { clientFilters, clientOrders } from './list/list.filters.ts'
import { clientList } from './list/list.rules.ts'

const tags = ['Clients']

export const clients: Resource<ListHandles> = (app, { scope, sendList }) => {
  app.get(
    '/iam/clients',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'listClients',
        summary: 'List clients',
        description: 'All filters combine with AND. Without `limit`, an array of all matches is streamed.',
        querystring: Type.Object({
          ...pageParameters,
          ordering: ordering(
            clientOrders,
            `Fields separated by commas, \`-\` before one descends: ${Object.keys(clientOrders).join(', ')}.`,
          ),
          ...parametersOf(clientFilters),
        }),
        response: { 200: json(Clients, 'The clients.'), ...errorResponses(400, 401) },
      },
    },
    (request, reply) => {
      const { limit, offset, ordering = [], ...filters } = request.query
      return sendList(request, reply, { limit, offset }, clientList(request.caller, filters, ordering))
    },
  )

  app.get(
    '/iam/clients/me',
    {
      config: { access: access.everyone },
      schema: {
        tags: ['Account'],
        operationId: 'getOwnClient',
        summary: 'The account of the caller',
        response: { 200: json(Client, 'The account.'), ...errorResponses(401) },
      },
    },
    (request, reply) => sendClient(request.caller.clientId, request, reply),
  )

  app.get(
    '/iam/clients/:clientId',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'getClient',
        summary: 'One client',
        params: Type.Object({ clientId: id('Account.') }),
        response: { 200: json(Client, 'The client.'), ...errorResponses(401, 404) },
      },
    },
    (request, reply) => sendClient(request.params.clientId, request, reply),
  )

  app.patch(
    '/iam/clients/:clientId',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'updateClient',
        summary: 'Change a client',
        params: Type.Object({ clientId: id('Account.') }),
        body: ClientChanges,
        response: { 200: json(Client, 'The client as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const { clientId } = request.params
      const document = await change(scope, request, reply, clientId, async (db) => {
        await changeAccount(db, caller, clientId, body)
        return (await findClient(db, caller, clientId)) as Buffer
      })
      return sendDocument(reply, document)
    },
  )

  async function sendClient(clientId: number, request: FastifyRequest, reply: FastifyReply) {
    const document = await scope.read(request.caller, (db) => findClient(db, request.caller, clientId))
    if (!document) throw errors.notFound()
    return sendDocument(reply, document)
  }
}
