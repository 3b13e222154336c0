/** GET /reeve/statistics: the figures of the dashboard, for staff. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { integer } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import type { Semaphore } from '../../lib/semaphore.ts'
import type { MailNetwork } from '../../mail/servers.ts'
import { createStatistics } from './statistics.rules.ts'
import { Statistics } from './statistics.schema.ts'

export const statistics: Resource<Handles & { costly: Semaphore; mail: { network: MailNetwork } }> = (app, { scope, costly, mail }) => {
  const read = createStatistics({ scope, costly, sharedMail: () => mail.network.shared !== undefined })

  app.get(
    '/reeve/statistics',
    {
      config: { access: access.staff },
      schema: {
        tags: ['Console'],
        operationId: 'getStatistics',
        summary: 'Figures of the dashboard',
        description: 'Exact. Days before today are read at most an hour ago.',
        querystring: Type.Object({ reseller_id: integer('For operators: one reseller instead of all.') }),
        response: { 200: json(Statistics, 'The figures.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    ({ caller, query }) => read(caller, query.reseller_id),
  )
}
