/** Sends a body that is read from one snapshot batch by batch, in constant memory, whatever its format. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Scope, ScopedSql } from '../db/scope.ts'
import { ownerOf } from '../lib/owner.ts'
import type { Semaphore } from '../lib/semaphore.ts'
import { type Slowest, sendPieces, signalOfClose } from './streams.ts'

/** Runs the reading of a batch once it has a permit: see rawBatches. */
export type Turn = (read: () => Promise<Buffer[][]>) => Promise<Buffer[][]>

/** Sends what `make` yields as the response. Until the first piece, `make` can still set headers, and an error becomes the response. */
export type SendStream = (
  request: FastifyRequest,
  reply: FastifyReply,
  make: (db: ScopedSql, turn: Turn) => AsyncIterable<Buffer[]>,
) => Promise<FastifyReply>

export interface StreamDeps {
  scope: Scope
  /** Limit the open streams, and the batches read for streams. */
  streams: Semaphore
  batches: Semaphore
  /** How slow the reader of a stream may be. */
  slowest: Slowest
}

export function createSendStream({ scope, streams, batches, slowest }: StreamDeps): SendStream {
  return async function sendStream(request, reply, make) {
    const owner = ownerOf(request.caller)
    const release = await streams.acquire(owner, { signal: signalOfClose(reply) })
    const pieces = scope.stream(request.caller, (db) => make(db, (read) => batches.run(owner, read)))
    /** Closes the stream, wherever it stopped. */
    const close = () =>
      pieces
        .return()
        .catch((error: Error) => request.log.warn({ err: error }, 'a list did not close well'))
        .finally(release)
    try {
      // Most errors occur before the first piece, while the response can still have their status.
      const first = await pieces.next()
      void sendPieces(request, reply, following(first, pieces), slowest).finally(close)
      return reply
    } catch (error) {
      await close()
      throw error
    }
  }
}

async function* following(first: IteratorResult<Buffer[], void>, rest: AsyncGenerator<Buffer[], void>) {
  if (first.done) return
  yield first.value
  yield* rest
}
