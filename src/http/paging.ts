/** How every list is sent: whole in one piece where the page is small, else streamed in constant memory from one snapshot. */
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PendingQuery, Row } from 'postgres'
import type { Scope, ScopedSql } from '../db/scope.ts'
import { count } from './parameters.ts'

export interface Page {
  limit?: number
  offset?: number
}

export const pageParameters = {
  limit: count('How many to answer at most. With it the answer is an envelope with the exact count; without it everything is sent.'),
  offset: count('How many to pass over.'),
}

export interface List {
  /** Whether an answer without `limit` is an envelope too; else it is a bare array. */
  alwaysEnvelope: boolean
  count(db: ScopedSql): Promise<number>
  /** The rows from `offset` in batches of JSON texts; at most `limit` where it is given. */
  rows(db: ScopedSql, page: { limit: number | undefined; offset: number }): AsyncIterable<Buffer[]>
}

/** Pages up to this size are read with one query and sent with a Content-Length; larger ones are streamed. */
export const SMALL_PAGE = 1000
const CHUNK = 64 * 1024
const CURSOR = 200 // rows fetched at a time while streaming

export async function sendList(request: FastifyRequest, reply: FastifyReply, scope: Scope, list: List) {
  const { limit, offset = 0 } = request.query as Page
  const pieces = chunks(scope.stream(request.caller, (db) => answer(db, request.url, { limit, offset }, list)))
  reply.type('application/json; charset=utf-8')
  if (request.method === 'HEAD') return reply.send()
  if (limit !== undefined && limit <= SMALL_PAGE) return reply.send(Buffer.concat(await Array.fromAsync(pieces)))
  // Whatever can fail has mostly failed before the first piece, while an error can still have its status.
  const first = await pieces.next()
  return reply.send(Readable.from(following(first, pieces), { objectMode: false, highWaterMark: CHUNK }))
}

async function* answer(
  db: ScopedSql,
  url: string,
  page: { limit: number | undefined; offset: number },
  list: List,
): AsyncGenerator<Buffer, void> {
  const enveloped = list.alwaysEnvelope || page.limit !== undefined
  yield Buffer.from(enveloped ? opening(url, page, await list.count(db)) : '[')
  let separator = ''
  if (page.limit !== 0) {
    for await (const batch of list.rows(db, page)) {
      for (const row of batch) {
        if (separator) yield comma
        yield row
        separator = ','
      }
    }
  }
  yield Buffer.from(enveloped ? ']}' : ']')
}

const comma = Buffer.from(',')

function opening(url: string, { limit, offset }: { limit: number | undefined; offset: number }, total: number): string {
  const hasNext = limit !== undefined && limit > 0 && offset + limit < total
  const hasPrevious = limit !== undefined && limit > 0 && offset > 0
  const next = hasNext ? link(url, limit, offset + limit) : null
  const previous = hasPrevious ? link(url, limit, Math.max(0, offset - limit)) : null
  return `{"count":${total},"next":${JSON.stringify(next)},"previous":${JSON.stringify(previous)},"results":[`
}

/** The same path with every other parameter kept. */
function link(url: string, limit: number, offset: number): string {
  const [path = '', query = ''] = url.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.set('limit', String(limit))
  parameters.set('offset', String(offset))
  return `${path}?${parameters}`
}

/** Gathers small pieces into chunks worth a write. */
async function* chunks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let gathered: Buffer[] = []
  let size = 0
  for await (const piece of pieces) {
    gathered.push(piece)
    size += piece.length
    if (size < CHUNK) continue
    yield Buffer.concat(gathered)
    gathered = []
    size = 0
  }
  yield Buffer.concat(gathered)
}

async function* following(first: IteratorResult<Buffer, void>, rest: AsyncGenerator<Buffer, void>) {
  try {
    if (first.done) return
    yield first.value
    yield* rest
  } finally {
    await rest.return() // also where the reader left before taking the first piece: the snapshot must not stay open
  }
}

/** Rows as bytes by column, in batches: all at once for a small page, else from a cursor. */
export async function* rawBatches(query: PendingQuery<Row[]>, limit: number | undefined): AsyncGenerator<Buffer[][], void> {
  if (limit !== undefined && limit <= SMALL_PAGE) yield (await query.raw()) as unknown as Buffer[][]
  else yield* query.raw().cursor(CURSOR) as AsyncIterable<Buffer[][]>
}
