/** GET /reeve/clients/export: all matching accounts as CSV or NDJSON, streamed from one snapshot. Beyond the contract. */
import { Type } from 'typebox'
import { access } from '../../../http/access.ts'
import { flag, oneOf, ordering, someOf } from '../../../http/parameters.ts'
import type { Handles, Resource } from '../../../http/resource.ts'
import { errorResponses } from '../../../http/schema.ts'
import { rawBatches } from '../../../lists/batches.ts'
import { parametersOf } from '../../../lists/filters.ts'
import type { SendStream } from '../../../lists/streaming.ts'
import { exportRows } from '../clients.queries.ts'
import { countClients } from './list.counts.ts'
import { defaultColumns, exportColumns, exportFormats, formats } from './list.export.ts'
import { clientFilters, clientOrders } from './list.filters.ts'

const table = (example: string) => ({ schema: { type: 'string', examples: [example] } })
const withTotal = {
  description: 'One line for each account, after a header line in CSV. `X-Total-Count` has the number of accounts.',
  headers: {
    'X-Total-Count': { type: 'integer', description: 'Exact number of accounts.' },
    'Content-Disposition': { type: 'string', description: 'Name of the file, such as `accounts-2026-01-31.csv`.' },
  },
  content: {
    'text/csv': table('id,company_name\r\n7,Lovelace Analytics\r\n'),
    'application/x-ndjson': table('{"id":7,"company_name":"Lovelace Analytics"}\n'),
  },
}

export const clientExport: Resource<Handles & { sendStream: SendStream }> = (app, { sendStream }) => {
  app.get(
    '/reeve/clients/export',
    {
      config: { access: access.staff },
      schema: {
        tags: ['Clients'],
        operationId: 'exportClients',
        summary: 'Export clients as CSV or NDJSON',
        description:
          'Takes the filters and the order of `/iam/clients`. CSV is RFC 4180 in UTF-8. A cell that a spreadsheet would run as a formula gets an ' +
          'apostrophe in front.',
        querystring: Type.Object({
          format: oneOf(exportFormats, 'Format, by default `csv`.'),
          columns: someOf(
            exportColumns,
            `Columns separated by commas, by default ${defaultColumns.join(', ')}. Others: ${exportColumns.slice(defaultColumns.length).join(', ')}.`,
          ),
          bom: flag('Whether CSV begins with a byte order mark, which some spreadsheets need to read UTF-8.'),
          ordering: ordering(
            clientOrders,
            `Fields separated by commas, \`-\` before one descends: ${Object.keys(clientOrders).join(', ')}.`,
          ),
          ...parametersOf(clientFilters),
        }),
        response: { 200: withTotal, ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { caller } = request
      const { format = 'csv', columns, bom = false, ordering = [], ...filters } = request.query
      const names = [...new Set(columns ?? defaultColumns)]
      const { type, selection, header, line } = formats[format]
      reply.type(type)
      if (request.method === 'HEAD') return reply.send()
      return sendStream(request, reply, async function* (db, turn) {
        const total = await countClients(db, caller, filters)
        const [now] = await db<{ day: string }[]>`SELECT (reeve_now() AT TIME ZONE 'UTC')::date::text AS day`
        reply.headers({ 'x-total-count': total, 'content-disposition': `attachment; filename="accounts-${now?.day}.${format}"` })
        yield [Buffer.from(header(names, bom))]
        yield* rawBatches(db, exportRows(db, caller, filters, ordering, selection(db, names)), (row) => line(row), turn)
      })
    },
  )
}
