/** Long answers, sent as they are read: no faster than the reader takes them, and no slower than others can wait for. */
import type { FastifyReply, FastifyRequest } from 'fastify'

/** How slow a reader may be before it is cut: until then it keeps a snapshot of the database and a permit from others. */
export interface Slowest {
  /** Milliseconds for one piece of some hundred kilobytes, and for as much as `rate` is averaged over. */
  timeout: number
  /** Bytes a second. */
  rate: number
}

export const SLOWEST: Slowest = { timeout: 30_000, rate: 32 * 1024 }

/** Aborted when the reply is sent or its reader has left. */
export function signalOfClose({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController()
  raw.once('close', () => closed.abort())
  return closed.signal
}

/**
 * Sends `pieces`, each in parts, as the body of the reply. A piece is copied, and the copy taken by the reader, before the next is asked for: all go
 * through the same memory, for buffers that are thrown away weigh on the process until they are collected. Whoever is cut, leaves, or cannot be told
 * the rest gets an answer without its end.
 */
export async function sendPieces(request: FastifyRequest, reply: FastifyReply, pieces: AsyncIterable<Buffer[]>, slowest: Slowest) {
  const { raw } = reply.hijack()
  const gone = new Promise((resolve) => raw.once('close', resolve))
  const cut = () => {
    request.log.info('a list is cut, for its reader is too slow')
    raw.destroy()
  }
  let memory = Buffer.alloc(0)
  let [bytes, waited] = [0, 0] // the time that the database takes is not the reader's
  try {
    raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
    for await (const parts of pieces) {
      if (raw.destroyed) return // to write then is an error that nobody hears
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
