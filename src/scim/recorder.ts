/** What a directory did last and what failed, for whoever sets it up: collected in memory and written in batches, so that no request waits. */
import type { FastifyBaseLogger } from 'fastify'
import type { SystemSql } from '../db/scope.ts'
import { asSystem } from '../db/scope.ts'
import { storable } from '../http/redaction.ts'
import { type Directory, owner } from './directory.ts'

const EVERY = 1000
/** Kept of a directory: so many changes, and as many failures. */
const KEPT = 200

export interface Noted {
  directory: Directory
  token_id: number
  requested_at: Date
  method: string
  path: string
  status: number
  detail: string | null
}

export interface Recorder {
  /** Every request counts as a use of the token; changes and failures are kept. */
  note(noted: Noted): void
  close(): Promise<void>
}

export function createRecorder(sql: SystemSql, log: FastifyBaseLogger): Recorder {
  let used = new Set<number>()
  let kept: Noted[] = []
  const write = async () => {
    if (used.size === 0) return
    const [tokens, rows] = [[...used], kept]
    used = new Set()
    kept = []
    await asSystem(sql, async (db) => {
      await db`UPDATE scim_tokens SET last_used_at = reeve_now() WHERE id = ANY (${tokens}::bigint[])`
      if (rows.length === 0) return
      await db`INSERT INTO scim_requests ${db(rows.map(({ directory, ...row }) => ({ ...owner(directory), ...row })))}`
      const directories = [...new Set(rows.map(({ directory }) => directory.id))]
      await db`DELETE FROM scim_requests WHERE id IN (
        SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY directory_id, status >= 400 ORDER BY id DESC) AS place
          FROM scim_requests WHERE directory_id = ANY (${directories}::bigint[])) AS r WHERE place > ${KEPT})`
    }).catch((error: Error) => log.warn({ err: error }, 'requests of directories could not be recorded'))
  }
  let writing = Promise.resolve()
  const timer = setInterval(() => {
    writing = writing.then(write)
  }, EVERY).unref()
  return {
    note(noted) {
      used.add(noted.token_id)
      if (noted.method === 'GET' && noted.status < 400) return
      // No more of one second than would be kept.
      if (kept.length >= 20 * KEPT) kept = kept.slice(KEPT)
      kept.push({ ...noted, path: storable(noted.path, 300), detail: noted.detail === null ? null : storable(noted.detail, 500) })
    },
    async close() {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}
