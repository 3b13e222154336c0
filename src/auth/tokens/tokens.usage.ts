/** When tokens were last used: noted in memory and written together, so that no request waits for it. */
import type { FastifyBaseLogger } from 'fastify'
import type { SystemSql } from '../../db/scope.ts'

const EVERY = 1000

export interface LastUsage {
  note(tokenId: number): void
  /** Writes what is noted and stops. */
  close(): Promise<void>
}

export function keepLastUsage(sql: SystemSql, log: FastifyBaseLogger): LastUsage {
  let noted = new Set<number>()
  const write = async () => {
    if (noted.size === 0) return
    const used = noted
    noted = new Set()
    // It was a moment ago, and of several servers the last one to write is right.
    await sql`UPDATE api_tokens SET last_usage = greatest(last_usage, reeve_now()) WHERE id = ANY (${[...used]}::bigint[])`.catch(
      (error: Error) => log.warn({ err: error }, 'the last use of tokens could not be written'),
    )
  }
  let writing = Promise.resolve()
  const timer = setInterval(() => {
    writing = writing.then(write)
  }, EVERY).unref()
  return {
    note: (tokenId) => noted.add(tokenId),
    async close() {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}
