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
  let noted = new Map<number, number>()
  const write = async () => {
    if (noted.size === 0) return
    const used = noted
    noted = new Map()
    await sql`UPDATE api_tokens t SET last_usage = greatest(t.last_usage, to_timestamp(u.at))
      FROM unnest(${[...used.keys()]}::bigint[], ${[...used.values()]}::float8[]) AS u (id, at) WHERE t.id = u.id`.catch((error: Error) =>
      log.warn({ err: error }, 'the last use of tokens could not be written'),
    )
  }
  let writing = Promise.resolve()
  const timer = setInterval(() => {
    writing = writing.then(write)
  }, EVERY).unref()
  return {
    note: (tokenId) => noted.set(tokenId, Date.now() / 1000),
    async close() {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}
