/** The JSON text of lists: documents, and what is before, between and after them. */
import type { Slice } from './slices.ts'

/** Returns a page as one buffer, from the documents of the slice, each in parts. The slice must have its total. */
export const pageText = (url: string, slice: Slice, documents: Buffer[][], log = false): Buffer =>
  Buffer.concat([...separated(opening(url, slice, log), documents), Buffer.from(closing(slice))])

/** Yields a list batch by batch: an envelope if its slice has a total, else a bare array. */
export async function* listText(
  url: string,
  slice: Slice,
  batches: AsyncIterable<Buffer[][]>,
  log = false,
): AsyncGenerator<Buffer[], void> {
  let before = opening(url, slice, log)
  for await (const batch of batches) {
    if (batch.length === 0) continue
    yield separated(before, batch)
    before = ','
  }
  yield [Buffer.from(before === ',' ? closing(slice) : before + closing(slice))]
}

const comma = Buffer.from(',')

function separated(before: string, documents: Buffer[][]): Buffer[] {
  const parts: Buffer[] = [Buffer.from(before)]
  for (const document of documents) {
    if (parts.length > 1) parts.push(comma)
    parts.push(...document)
  }
  return parts
}

const closing = ({ total }: Slice) => (total === undefined ? ']' : ']}')

function opening(url: string, { limit, offset, total }: Slice, log: boolean): string {
  if (total === undefined) return '['
  const hasNext = limit !== undefined && limit > 0 && offset + limit < total
  const hasPrevious = limit !== undefined && limit > 0 && offset > 0
  const next = hasNext ? link(url, limit, offset + limit) : null
  const previous = hasPrevious ? link(url, limit, Math.max(0, offset - limit)) : null
  return `{"count":${total},"next":${JSON.stringify(next)},"previous":${JSON.stringify(previous)},"${log ? 'result' : 'results'}":[`
}

/** Returns the link to another page, with all other parameters unchanged. */
function link(url: string, limit: number, offset: number): string {
  const [path = '', query = ''] = url.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.set('limit', String(limit))
  parameters.set('offset', String(offset))
  return `${path}?${parameters}`
}
