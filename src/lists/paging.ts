/**
 * Sends lists: a small page as one buffer, cached until the data changes; everything else streamed in constant memory from one snapshot.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Scope, ScopedSql } from '../db/scope.ts'
import { count } from '../http/parameters.ts'
import type { Handles } from '../http/resource.ts'
import { seesTenant } from '../lib/caller.ts'
import { ownerOf } from '../lib/owner.ts'
import type { Semaphore } from '../lib/semaphore.ts'
import { rawBatches } from './batches.ts'
import type { ListCache } from './cache.ts'
import { contextOf, countOf, documentOf, type List } from './list.ts'
import { createPageReader, documents } from './page-reader.ts'
import { FAR_OFFSET, type Slice } from './slices.ts'
import type { SendStream } from './streaming.ts'
import { listText, pageText } from './text.ts'

/** The page that a request asks for. Without `limit` it is the whole list. */
export interface Page {
  limit?: number | undefined
  offset?: number | undefined
}

export const pageParameters = {
  limit: count('How many to answer at most. With it the answer is an envelope with the exact count; without it everything is sent.'),
  offset: count('How many to pass over.'),
}

/** Sends a list as the response to a request. */
export type SendList = <F>(request: FastifyRequest, reply: FastifyReply, page: Page, list: List<F>) => Promise<FastifyReply>

/** The handles of a resource with lists. */
export interface ListHandles extends Handles {
  /** The only way to respond with a list. */
  sendList: SendList
}

/** Pages up to this size are read with one query and sent with a Content-Length; larger ones are streamed. */
export const MAX_BUFFERED_PAGE = 1000

export interface ListDeps {
  scope: Scope
  cache: ListCache
  /** Limits the costly pages in progress. */
  costly: Semaphore
  sendStream: SendStream
}

export function createSendList({ scope, cache, costly, sendStream }: ListDeps): SendList {
  const reader = createPageReader(scope, cache)

  const sendWhole = <F>(request: FastifyRequest, reply: FastifyReply, list: List<F>, wanted: Slice) =>
    sendStream(request, reply, async function* (db, turn) {
      const enveloped = list.alwaysEnvelope || wanted.limit !== undefined
      const slice = enveloped ? { ...wanted, ...(await countOf(list, db)) } : wanted
      const document = documentOf(list, await contextOf(list, db))
      yield* listText(request.url, slice, rawBatches(db, list.rows(db, slice, db``), document, turn), list.log)
    })

  return async function sendList(request, reply, { limit, offset = 0 }, list) {
    reply.type('application/json; charset=utf-8')
    if (request.method === 'HEAD') return reply.send()
    const slice = { limit, offset }
    if (limit === undefined || limit > MAX_BUFFERED_PAGE) return sendWhole(request, reply, list, slice)

    const { caller, url } = request
    const isCostly = list.costly || (offset >= FAR_OFFSET && !list.anyOffset)
    const owner = ownerOf(caller)
    if (!seesTenant(caller) || list.log) {
      const read = async (db: ScopedSql) => {
        const counted = { ...slice, ...(await countOf(list, db)) }
        return pageText(url, counted, await documents(db, list, counted, await contextOf(list, db)), list.log)
      }
      const page = () => scope.read(caller, read, 'custom')
      return reply.send(await (isCostly ? costly.run(owner, page) : page()))
    }
    const wanted = { caller, route: request.routeOptions.url ?? '', url, slice, list }
    const { etag, body } = await cache.page(`${caller.userId} ${url}`, caller.resellerId, (version) => {
      if (isCostly) return costly.run(owner, () => reader.fromSnapshot(wanted))
      return list.onReadModel ? reader.fromCacheOrSnapshot(wanted, version) : reader.fromSnapshot(wanted)
    })
    reply.headers({ etag, 'cache-control': 'private, no-cache', vary: 'authorization' })
    return request.headers['if-none-match']?.includes(etag) ? reply.code(304).send() : reply.send(body)
  }
}
