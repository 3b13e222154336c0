/** The results of a change set as CSV, page by page, so that a million of them are never held at once. */
import { csvCell } from '../../../../src/lib/csv.ts'
import type { ChangeResult, ChangeResultsWalk } from '../../api/types.ts'

const columns = ['client_id', 'company', 'outcome', 'code', 'message'] as const satisfies readonly (keyof ChangeResult)[]
const line = (cells: readonly string[]) => `${cells.map(csvCell).join(',')}\r\n`
const BYTE_ORDER_MARK = '\uFEFF' // without it spreadsheets take UTF-8 for something else

/**
 * @param read reads the page at a cursor
 * @param onRows called with how many rows were written
 */
export function csvOf(read: (cursor: string | undefined) => Promise<ChangeResultsWalk>, onRows: (rows: number) => void) {
  const encoder = new TextEncoder()
  let cursor: string | undefined
  let rows = 0
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(encoder.encode(BYTE_ORDER_MARK + line(columns))),
    async pull(controller) {
      const { results, next_cursor } = await read(cursor)
      const lines = results.map((result) => line(columns.map((name) => String(result[name] ?? ''))))
      controller.enqueue(encoder.encode(lines.join('')))
      rows += results.length
      onRows(rows)
      if (next_cursor === null) controller.close()
      else cursor = next_cursor
    },
  })
}
