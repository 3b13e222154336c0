/** GET /reeve/users: the list of users by cursor, in order of id. Beyond the contract. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { type Resource, sendDocument } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { cursorPage, cursorParameters, cursorText, type KeysetOrder, positionIn } from '../../lists/cursors.ts'
import { usersAfter } from './users.queries.ts'
import { User } from './users.schema.ts'

const byId: KeysetOrder = { column: 'id', descending: false }

export const usersByCursor: Resource = (app, { scope }) => {
  app.get(
    '/reeve/users',
    {
      config: { access: access.everyone },
      schema: {
        tags: ['Users'],
        operationId: 'walkUsers',
        summary: 'List users by cursor',
        querystring: Type.Object(cursorParameters),
        response: { 200: json(cursorPage('UsersWalk', User), 'A page.'), ...errorResponses(400, 401) },
      },
    },
    async (request, reply) => {
      const { limit = 100, cursor } = request.query
      const position = positionIn(byId, cursor)
      const rows = await scope.read(request.caller, (db) => usersAfter(db, request.caller, position?.id ?? 0, limit))
      return sendDocument(
        reply,
        cursorText(
          rows.map(({ document }) => [document]),
          byId,
          limit,
          rows.at(-1),
        ),
      )
    },
  )
}
