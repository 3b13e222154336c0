/** Last use of tokens: collected in memory and written in batches, so that no request waits for the write. */
import type { FastifyBaseLogger } from 'fastify'
import type { SystemSql } from '../../db/scope.ts'

const EVERY = 1000

export interface LastUsage {
  note(tokenId: number): void
  /** Writes what was collected and stops. */
  close(): Promise<void>
}

export function createLastUsageRecorder(sql: SystemSql, log: FastifyBaseLogger): LastUsage {
  let noted = new Set<number>()
  const write = async () => {
    if (noted.size === 0) return
    const used = noted
    noted = new Set()
    // The current time is close enough, and with several servers the latest write wins.
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
