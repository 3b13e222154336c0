/** Sends long responses as they are read: no faster than the reader takes them, and no slower than others can wait for. */
import type { FastifyReply, FastifyRequest } from 'fastify'

/** How slow a reader may be before it is disconnected: it holds a snapshot of the database and a permit. */
export interface Slowest {
  /** Milliseconds for a piece of some hundred kilobytes, and for the time over which `rate` is averaged. */
  timeout: number
  /** Bytes per second. */
  rate: number
}

export const SLOWEST: Slowest = { timeout: 30_000, rate: 32 * 1024 }

/** Returns a signal that aborts when the reply has been sent or the reader has disconnected. */
export function signalOfClose({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController()
  raw.once('close', () => closed.abort())
  return closed.signal
}

/**
 * Sends `pieces`, each in parts, as the body of the reply. Copies a piece, and waits until the reader has taken it, before requesting the
 * next. All pieces use the same buffer, because discarded buffers burden the process until they are collected. If the reader is too slow or
 * leaves, or reading fails, the response ends incomplete.
 */
export async function sendPieces(request: FastifyRequest, reply: FastifyReply, pieces: AsyncIterable<Buffer[]>, slowest: Slowest) {
  const { raw } = reply.hijack()
  const gone = new Promise((resolve) => raw.once('close', resolve))
  const cut = () => {
    request.log.info('a list is cut, for its reader is too slow')
    raw.destroy()
  }
  let memory = Buffer.alloc(0)
  let [bytes, waited] = [0, 0] // the database's time does not count against the reader
  try {
    raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
    for await (const parts of pieces) {
      if (raw.destroyed) return // a write would fail with an error that nobody handles
      const length = parts.reduce((sum, part) => sum + part.length, 0)
      if (length > memory.length) memory = Buffer.allocUnsafeSlow(length)
      let end = 0
      for (const part of parts) end += part.copy(memory, end)
      const begun = performance.now()
      const taken = new Promise((resolve) => raw.write(memory.subarray(0, end), resolve))
      const late = setTimeout(cut, slowest.timeout)
      await Promise.race([taken, gone])
      clearTimeout(late)
      bytes += end
      waited += performance.now() - begun
      if (waited < slowest.timeout) continue
      if (bytes < (slowest.rate * waited) / 1000) return cut()
      bytes = waited = 0
    }
    raw.end()
  } catch (error) {
    request.log.warn({ err: error }, 'a list was not sent to its end')
    raw.destroy()
  }
}
