/** Activity logs under /iam/activity_log: sign-ins, changes of accounts' status, and requests. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { access } from '../http/access.ts'
import { integer, numericId, ordering } from '../http/parameters.ts'
import { type Resource, sendDocument } from '../http/resource.ts'
import { errorResponses, json, logEnvelope } from '../http/schema.ts'
import { type ListHandles, pageParameters } from '../lists/paging.ts'
import { countEntries, entries, type Log, logins, requests, statusChanges } from './activity.queries.ts'
import { audienceIn, audienceOf, requestInSight } from './activity.rules.ts'
import { LoggedRequest, Login, StatusChange } from './activity.schema.ts'

const querystring = Type.Object({
  ...pageParameters,
  client_id: integer('Only entries about this account.'),
  ordering: ordering({ id: 'id' }, '`-id`, the default, is newest first. With `id`, pages stay stable while entries are added.'),
})
const tags = ['Account']
const common = { querystring, description: 'Newest first. Users see their own, Administrators the account’s, staff the reseller’s.' }

export const activity: Resource<ListHandles> = (app, { scope, sendList }) => {
  app.get(
    '/iam/activity_log/logins',
    {
      config: { access: access.everyone },
      schema: {
        ...common,
        tags,
        operationId: 'listLogins',
        summary: 'List sign-ins, including failed ones',
        response: { 200: json(logEnvelope('LoginsPage', Login), 'Attempts to sign in.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => sendLog(logins, request, reply),
  )

  app.get(
    '/iam/activity_log/account_status_changes',
    {
      config: { access: access.staff },
      schema: {
        ...common,
        tags,
        operationId: 'listStatusChanges',
        summary: 'List status changes of accounts',
        description: 'Newest first, of all accounts of the reseller.',
        response: { 200: json(logEnvelope('StatusChangesPage', StatusChange), 'The changes.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => sendLog(statusChanges, request, reply),
  )

  app.get(
    '/iam/activity_log/requests',
    {
      config: { access: access.everyone },
      schema: {
        ...common,
        tags,
        operationId: 'listRequests',
        summary: 'List requests that changed something or tried to',
        response: { 200: json(logEnvelope('RequestsPage', LoggedRequest), 'The requests.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => sendLog(requests, request, reply),
  )

  app.get(
    '/iam/activity_log/requests/:id',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'getRequest',
        summary: 'One request that changed something',
        params: Type.Object({ id: numericId('Number of the entry.') }),
        response: { 200: json(LoggedRequest, 'The request.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async ({ caller, params }, reply) => sendDocument(reply, await scope.read(caller, (db) => requestInSight(db, caller, params.id))),
  )

  async function sendLog(log: Log, request: FastifyRequest<{ Querystring: Static<typeof querystring> }>, reply: FastifyReply) {
    const { caller, query } = request
    const { client_id, ordering: [order] = [] } = query
    const audience = client_id === undefined ? audienceOf(caller) : await scope.read(caller, (db) => audienceIn(db, caller, client_id))
    return sendList(request, reply, query, {
      alwaysEnvelope: true,
      filters: {},
      costly: false,
      log: true,
      count: (db) => countEntries(db, log, audience),
      rows: (db, page) => entries(db, log, audience, order?.descending ?? true, page),
    })
  }
}
