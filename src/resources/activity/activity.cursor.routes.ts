/** GET /reeve/activity: who changed what, by cursor and with filters. Beyond the contract. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { cursorPage, cursorParameters, cursorText, type KeysetOrder, positionIn } from '../../http/cursors.ts'
import { instant, integer, oneOf, text } from '../../http/parameters.ts'
import { type Resource, sendDocument } from '../../http/resource.ts'
import { json, refused } from '../../http/schema.ts'
import { requestsBehind } from './activity.queries.ts'
import { audienceOf } from './activity.rules.ts'
import { LoggedRequest } from './activity.schema.ts'

const newestFirst: KeysetOrder = { column: 'id', descending: true }

export const activityByCursor: Resource = (app, { scope }) => {
  app.get(
    '/reeve/activity',
    {
      config: { access: access.everyone },
      schema: {
        tags: ['Account'],
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
}
