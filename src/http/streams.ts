/** Long answers, sent as they are read: no faster than the reader takes them, and no longer than it takes anything. */
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A reader who does not take a piece for so long, in milliseconds, is cut: it keeps a snapshot of the database and a place from others. */
export const PATIENCE = 30_000

/**
 * Sends `pieces`, each in parts, as the body of the reply. A piece is copied, and the copy taken by the reader, before the next is asked for: all go
 * through the same memory, for buffers that are thrown away weigh on the process until they are collected. Whoever is cut, leaves, or cannot be told
 * the rest gets an answer without its end.
 */
export async function sendPieces(request: FastifyRequest, reply: FastifyReply, pieces: AsyncIterable<Buffer[]>, patience: number) {
  const { raw } = reply.hijack()
  const gone = new Promise((resolve) => raw.once('close', resolve))
  let memory = Buffer.alloc(0)
  try {
    raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
    for await (const parts of pieces) {
      if (raw.destroyed) return // to write then is an error that nobody hears
      const length = parts.reduce((sum, part) => sum + part.length, 0)
      if (length > memory.length) memory = Buffer.allocUnsafeSlow(length)
      let end = 0
      for (const part of parts) end += part.copy(memory, end)
      const taken = new Promise((resolve) => raw.write(memory.subarray(0, end), resolve))
      const cut = setTimeout(() => {
        request.log.info('the reader of a list takes nothing and is cut')
        raw.destroy()
      }, patience)
      await Promise.race([taken, gone])
      clearTimeout(cut)
    }
    raw.end()
  } catch (error) {
    request.log.warn({ err: error }, 'a list was not sent to its end')
    raw.destroy()
  }
}
