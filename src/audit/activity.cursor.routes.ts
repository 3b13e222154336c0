/** Logs by cursor, beyond the contract: GET /reeve/activity lists changes, with filters; GET /reeve/logins lists sign-ins and attempts. */
import { Type } from 'typebox'
import { access } from '../http/access.ts'
import { instant, integer, oneOf, text } from '../http/parameters.ts'
import { type Resource, sendDocument } from '../http/resource.ts'
import { json, refused } from '../http/schema.ts'
import { cursorPage, cursorParameters, cursorText, type KeysetOrder, positionIn } from '../lists/cursors.ts'
import { loginsBehind, requestsBehind } from './activity.queries.ts'
import { audienceOf } from './activity.rules.ts'
import { CountedLogin, LoggedRequest } from './activity.schema.ts'

const newestFirst: KeysetOrder = { column: 'id', descending: true }

export const activityByCursor: Resource = (app, { scope }) => {
  app.get(
    '/reeve/activity',
    {
      config: { access: access.everyone },
      schema: {
        tags: ['Activity'],
        operationId: 'walkRequests',
        summary: 'Who changed what, by cursor',
        description:
          'The requests of `/iam/activity_log/requests`, newest first. All filters combine with and; `affected_client_id` alone answers who ' +
          'changed an account. A walk meets every entry that was there when it began exactly once.',
        querystring: Type.Object({
          ...cursorParameters,
          affected_client_id: integer('The account that it was done to.'),
          user_id: integer('In whose name.'),
          actor_id: integer('Who really acted: the user, or whoever had logged in as the user.'),
          token_id: integer('The API token used.'),
          method: oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], 'Method.'),
          path: text('What the path begins with.'),
          status_code: integer('Status that was answered.'),
          requested_at_gte: instant('Then or later (ISO 8601; a bare date is midnight UTC).'),
          requested_at_lte: instant('Then or earlier.'),
        }),
        response: { 200: json(cursorPage('RequestsWalk', LoggedRequest), 'A page.'), ...refused(400, 401) },
      },
    },
    async ({ caller, query }, reply) => {
      const { limit = 100, cursor, ...filters } = query
      const position = positionIn(newestFirst, cursor)
      const rows = await scope.read(caller, (db) => requestsBehind(db, audienceOf(caller), filters, position?.id, limit), 'custom')
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
        summary: 'Sign-ins, by cursor',
        description: 'The entries of `/iam/activity_log/logins`, newest first, each with the number of attempts that it stands for.',
        querystring: Type.Object(cursorParameters),
        response: { 200: json(cursorPage('LoginsWalk', CountedLogin), 'A page.'), ...refused(400, 401) },
      },
    },
    async ({ caller, query: { limit = 100, cursor } }, reply) => {
      const position = positionIn(newestFirst, cursor)
      const rows = await scope.read(caller, (db) => loginsBehind(db, audienceOf(caller), position?.id, limit), 'custom')
      const documents = rows.map(({ document }) => [document])
      return sendDocument(reply, cursorText(documents, newestFirst, limit, rows.at(-1)))
    },
  )
}
