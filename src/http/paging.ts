/** How every list is sent: a small page in one piece, remembered while nothing changes; else streamed in constant memory from one snapshot. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PendingQuery, Row } from 'postgres'
import { rawBatches } from '../db/batches.ts'
import type { Scope, ScopedSql } from '../db/scope.ts'
import type { Caller } from '../lib/caller.ts'
import type { Gate } from './gate.ts'
import type { ListMemory } from './list-memory.ts'
import { count } from './parameters.ts'
import type { Slice } from './slices.ts'
import { sendPieces } from './streams.ts'

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
  /** What the count depends on, beside the tenant: the filters. */
  filters: object
  /** Whether reading it may take the database long: such lists run a few at a time. */
  costly: boolean
  count(db: ScopedSql): Promise<number>
  /** The rows of the slice in batches, each row as the pieces of its JSON text. */
  rows(db: ScopedSql, slice: Slice): AsyncIterable<Buffer[][]>
}

/** Sends a list to whoever asked for it. */
export type SendList = (request: FastifyRequest, reply: FastifyReply, list: List) => Promise<FastifyReply>

/** Pages up to this size are read with one query and sent with a Content-Length; larger ones are streamed. */
export const SMALL_PAGE = 1000
/** An offset from here on makes a page costly. */
export const FAR = 10_000

export interface ListHandles {
  scope: Scope
  memory: ListMemory
  /** Costly pages that run at once, and streams. */
  costly: Gate
  streams: Gate
  /** How long the reader of a stream may take nothing, in milliseconds. */
  patience: number
}

export function createSendList({ scope, memory, costly, streams, patience }: ListHandles): SendList {
  return async function sendList(request, reply, list) {
    const { limit, offset = 0 } = request.query as Page
    reply.type('application/json; charset=utf-8')
    if (request.method === 'HEAD') return reply.send()
    if (limit === undefined || limit > SMALL_PAGE) return sendStream(request, reply, list, { limit, offset })

    const { caller, url } = request
    /** In one snapshot, so that count and rows are of one moment, the one that the version names. */
    const inSnapshot = async (db: ScopedSql) => {
      const version = isTenant(caller) ? await currentVersion(db, caller) : ''
      const counted = `${caller.resellerId} ${list.alwaysEnvelope} ${JSON.stringify(list.filters)}`
      const total = isTenant(caller) ? await memory.count(counted, version, () => list.count(db)) : await list.count(db)
      return { version, body: Buffer.concat((await Array.fromAsync(answer(db, url, { limit, offset, total }, list))).flat()) }
    }
    const gate = list.costly || offset >= FAR ? costly : undefined
    const read = () => through(gate, () => scope.read(caller, inSnapshot, 'custom'))
    if (!isTenant(caller)) return reply.send((await read()).body)
    const { etag, body } = await memory.page(`${caller.userId} ${url}`, await memory.versionOf(caller.resellerId), read)
    reply.headers({ etag, 'cache-control': 'private, no-cache', vary: 'authorization' })
    return request.headers['if-none-match']?.includes(etag) ? reply.code(304).send() : reply.send(body)
  }

  async function sendStream(request: FastifyRequest, reply: FastifyReply, list: List, slice: Slice) {
    const leave = await streams.enter()
    const pieces = scope.stream(request.caller, async function* (db) {
      const enveloped = list.alwaysEnvelope || slice.limit !== undefined
      yield* answer(db, request.url, enveloped ? { ...slice, total: await list.count(db) } : slice, list)
    })
    /** However far it came. */
    const close = () =>
      pieces
        .return()
        .catch((error: Error) => request.log.warn({ err: error }, 'a list did not close well'))
        .finally(leave)
    try {
      // Whatever can fail has mostly failed before the first piece, while an error can still have its status.
      const first = await pieces.next()
      void sendPieces(request, reply, following(first, pieces), patience).finally(close)
      return reply
    } catch (error) {
      await close()
      throw error
    }
  }
}

/** Those whose lists are one reseller's data, whole: their answers can be remembered by its version. */
const isTenant = (caller: Caller) => caller.kind === 'reseller' || caller.kind === 'seller'

/** In the snapshot of `db`, so that what is read there is what this version names. */
async function currentVersion(db: ScopedSql, caller: Caller): Promise<string> {
  const [row] = await db<{ version: string }[]>`SELECT tenant_version(${caller.resellerId})::text AS version`
  return row?.version ?? ''
}

async function through<T>(gate: Gate | undefined, run: () => Promise<T>): Promise<T> {
  const leave = await gate?.enter()
  try {
    return await run()
  } finally {
    leave?.()
  }
}

/** With a total the envelope, without it a bare array; a batch after the other, each in its parts. */
async function* answer(db: ScopedSql, url: string, page: Slice, list: List): AsyncGenerator<Buffer[], void> {
  let before = page.total === undefined ? '[' : opening(url, page, page.total)
  if (page.limit !== 0) {
    for await (const batch of list.rows(db, page)) {
      if (batch.length === 0) continue
      yield separated(before, batch)
      before = ','
    }
  }
  yield [Buffer.from(`${before === ',' ? '' : before}${page.total === undefined ? ']' : ']}'}`)]
}

function separated(before: string, batch: Buffer[][]): Buffer[] {
  const parts: Buffer[] = []
  for (const row of batch) parts.push(comma, ...row)
  parts[0] = Buffer.from(before)
  return parts
}

const comma = Buffer.from(',')

function opening(url: string, { limit, offset }: Slice, total: number): string {
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

async function* following(first: IteratorResult<Buffer[], void>, rest: AsyncGenerator<Buffer[], void>) {
  if (first.done) return
  yield first.value
  yield* rest
}

/** Rows as bytes by column, in batches: all at once for a small page, else from a cursor. */
export async function* rawRows(db: ScopedSql, query: PendingQuery<Row[]>, limit: number | undefined): AsyncGenerator<Buffer[][], void> {
  if (limit !== undefined && limit <= SMALL_PAGE) yield (await query.raw()) as unknown as Buffer[][]
  else yield* rawBatches(db, query)
}
