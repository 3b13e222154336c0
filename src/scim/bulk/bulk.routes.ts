/** /scim/v2/Bulk: many changes in one request. Each is a transaction of its own, with its own entry in the activity. */
import { access } from '../../http/access.ts'
import type { App } from '../../http/resource.ts'
import { SCIM } from '../directory.ts'
import { schemas, scimErrors, scimJson, sendScim, urn } from '../messages.ts'
import type { ResourceHandles } from '../resources.ts'
import { bulkOf, perform } from './bulk.rules.ts'

export function bulk(app: App, { scope, base }: ResourceHandles) {
  app.post(
    `${SCIM}/Bulk`,
    {
      config: { access: access.scim },
      schema: {
        tags: ['SCIM'],
        operationId: 'scimBulk',
        summary: 'Many changes at once',
        description:
          'At most 1,000 operations and 1 MB. Each succeeds or fails by itself, in order; `bulkId:` refers to what an earlier one created. `failOnErrors` stops after so many failures.',
        body: schemas.Bulk,
        response: { 200: scimJson(schemas.Document, 'What became of each operation.'), ...scimErrors(400, 401) },
      },
    },
    async (request, reply) => {
      const { operations, failOnErrors } = bulkOf(request.body)
      const results = await perform({ scope, base }, request, reply, operations, failOnErrors)
      return sendScim(reply, { schemas: [urn.bulk], Operations: results })
    },
  )
}
