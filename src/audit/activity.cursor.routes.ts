/** Logs by cursor, beyond the contract: GET /reeve/activity lists changes, GET /reeve/logins sign-ins and attempts, both with filters. */
import { Type } from 'typebox'
import { access } from '../http/access.ts'
import { flag, instant, integer, oneOf, text } from '../http/parameters.ts'
import { type Resource, sendDocument } from '../http/resource.ts'
import { errorResponses, json } from '../http/schema.ts'
import { cursorPage, cursorParameters, cursorText, type KeysetOrder, positionIn } from '../lists/cursors.ts'
import { loginsAfter, requestsAfter } from './activity.queries.ts'
import { audienceOf } from './activity.rules.ts'
import { CountedLogin, LoggedRequest } from './activity.schema.ts'
import { authTypes } from './logins.queries.ts'

const newestFirst: KeysetOrder = { column: 'id', descending: true }

export const activityByCursor: Resource = (app, { scope }) => {
  app.get(
    '/reeve/activity',
    {
      config: { access: access.everyone },
      schema: {
        tags: ['Activity'],
        operationId: 'walkRequests',
        summary: 'List requests by cursor',
        description:
          'The requests of `/iam/activity_log/requests`, newest first. All filters combine with AND. `affected_client_id` alone shows who ' +
          'changed an account, change sets included, whose entries name no account themselves. Each entry that exists at the start appears exactly once.',
        querystring: Type.Object({
          ...cursorParameters,
          affected_client_id: integer('The account that was affected.'),
          user_id: integer('The user.'),
          actor_id: integer('The person who acted: the user, or somebody logged in as the user.'),
          token_id: integer('The API token used.'),
          method: oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], 'Method.'),
          path: text('Beginning of the path.'),
          status_code: integer('Status of the response.'),
          requested_at_gte: instant('At this time or later (ISO 8601; a bare date is midnight UTC).'),
          requested_at_lte: instant('At this time or earlier.'),
        }),
        response: { 200: json(cursorPage('RequestsWalk', LoggedRequest), 'A page.'), ...errorResponses(400, 401) },
      },
    },
    async ({ caller, query }, reply) => {
      const { limit = 100, cursor, ...filters } = query
      const position = positionIn(newestFirst, cursor)
      const rows = await scope.read(caller, (db) => requestsAfter(db, audienceOf(caller), filters, position?.id, limit), 'custom')
      const documents = rows.map(({ document }) => [document])
      return sendDocument(reply, cursorText(documents, newestFirst, limit, rows.at(-1)))
    },
  )
  app.get(
    '/reeve/logins',
    {
      config: { access: access.everyone },
      schema: {
        tags: ['Activity'],
        operationId: 'walkLogins',
        summary: 'List sign-ins by cursor',
        description:
          'The entries of `/iam/activity_log/logins`, newest first, each with its number of attempts. All filters combine with AND.',
        querystring: Type.Object({
          ...cursorParameters,
          user_id: integer('The user.'),
          is_successful: flag('Whether the sign-in succeeded.'),
          auth_type: oneOf(authTypes, 'Way to sign in.'),
          ip_address: text('Beginning of the IP address.'),
          login_at_gte: instant('At this time or later (ISO 8601; a bare date is midnight UTC).'),
          login_at_lte: instant('At this time or earlier.'),
        }),
        response: { 200: json(cursorPage('LoginsWalk', CountedLogin), 'A page.'), ...errorResponses(400, 401) },
      },
    },
    async ({ caller, query }, reply) => {
      const { limit = 100, cursor, ...filters } = query
      const position = positionIn(newestFirst, cursor)
      const rows = await scope.read(caller, (db) => loginsAfter(db, audienceOf(caller), filters, position?.id, limit), 'custom')
      const documents = rows.map(({ document }) => [document])
      return sendDocument(reply, cursorText(documents, newestFirst, limit, rows.at(-1)))
    },
  )
}
