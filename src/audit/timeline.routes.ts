/** GET /reeve/clients/{clientId}/timeline: all that happened to an account. Beyond the contract. */
import { Type } from 'typebox'
import { access } from '../http/access.ts'
import { id, ParameterError, parameter } from '../http/parameters.ts'
import { type Resource, sendDocument } from '../http/resource.ts'
import { errorResponses, json } from '../http/schema.ts'
import { cursorPage, cursorParameters } from '../lists/cursors.ts'
import { audienceIn } from './activity.rules.ts'
import { TimelineEntry } from './activity.schema.ts'
import { type TimelinePosition, timelineAfter, timelineStart } from './timeline.rules.ts'

const cursor = parameter<TimelinePosition>(
  { type: 'string', description: '`next_cursor` of the previous page; absent for the first.' },
  (value) => {
    try {
      const read = JSON.parse(Buffer.from(value, 'base64url').toString())
      const isPosition = (one: unknown) => one === null || (Number.isSafeInteger(one) && (one as number) >= 0)
      if (Array.isArray(read) && read.length === timelineStart.length && read.every(isPosition)) return read
    } catch {}
    throw new ParameterError('This is not a valid cursor.')
  },
)

export const timeline: Resource = (app, { scope }) => {
  app.get(
    '/reeve/clients/:clientId/timeline',
    {
      config: { access: access.staff },
      schema: {
        tags: ['Activity'],
        operationId: 'walkTimeline',
        summary: 'All that happened to an account',
        description:
          'Requests by its users and by others to it, sign-ins of its users, and changes of its status, also those that time made, newest first. ' +
          'What a request changed is in `data`: the body that was sent, without secrets.',
        params: Type.Object({ clientId: id('Account.') }),
        querystring: Type.Object({ limit: cursorParameters.limit, cursor }),
        response: { 200: json(cursorPage('TimelineWalk', TimelineEntry), 'A page.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async ({ caller, params, query: { limit = 100, cursor = timelineStart } }, reply) => {
      const read = scope.read(
        caller,
        async (db) => timelineAfter(db, await audienceIn(db, caller, params.clientId), cursor, limit),
        'custom',
      )
      const { documents, position } = await read
      const next = documents.length === limit ? `"${Buffer.from(JSON.stringify(position)).toString('base64url')}"` : 'null'
      return sendDocument(reply, Buffer.from(`{"results":[${documents.join(',')}],"next_cursor":${next}}`))
    },
  )
}
