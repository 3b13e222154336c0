/** GET /reeve/clients: the list of clients by cursor, for reading all of it while it changes. Beyond the contract. */
import { Type } from 'typebox'
import { access } from '../../../http/access.ts'
import { errors } from '../../../http/errors.ts'
import { ordering } from '../../../http/parameters.ts'
import { type Resource, sendDocument } from '../../../http/resource.ts'
import { errorResponses, json } from '../../../http/schema.ts'
import { cursorPage, cursorParameters, cursorText, type KeysetOrder, positionIn } from '../../../lists/cursors.ts'
import { parametersOf } from '../../../lists/filters.ts'
import { clientsAfter } from '../clients.queries.ts'
import { Client } from '../clients.schema.ts'
import { clientFilters, clientOrders } from './list.filters.ts'

const byId: KeysetOrder = { column: 'id', descending: false }

export const clientsByCursor: Resource = (app, { scope }) => {
  app.get(
    '/reeve/clients',
    {
      config: { access: access.everyone },
      schema: {
        tags: ['Clients'],
        operationId: 'walkClients',
        summary: 'List clients by cursor',
        description:
          'Takes the filters of `/iam/clients` and one field to order by. Every page costs the same, however deep, and each row that exists ' +
          'throughout appears exactly once. There is no count.',
        querystring: Type.Object({
          ...cursorParameters,
          ordering: ordering(clientOrders, `One field, \`-\` before it descends: ${Object.keys(clientOrders).join(', ')}.`),
          ...parametersOf(clientFilters),
        }),
        response: { 200: json(cursorPage('ClientsWalk', Client), 'A page.'), ...errorResponses(400, 401) },
      },
    },
    async (request, reply) => {
      const { limit = 100, cursor, ordering: [order = byId, ...others] = [], ...filters } = request.query
      if (others.length > 0) throw errors.invalid({ ordering: ['Only one field is supported here.'] })
      const position = positionIn(order, cursor)
      const { rows, last } = await scope.read(
        request.caller,
        (db) => clientsAfter(db, request.caller, filters, order, position, limit),
        'custom',
      )
      return sendDocument(reply, cursorText(rows, order, limit, last))
    },
  )
}
