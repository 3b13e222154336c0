/** Names what a standby must have replayed, so that it holds every change acknowledged before the call. */
import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { ISql } from './sql.ts'

export interface Position {
  /** Random, and another for each PostgreSQL process that becomes the primary: what has it comes from this one. With the database's name. */
  mark: string
  /** The byte of the WAL up to which that primary had written. */
  lsn: number
}
export type PositionOf = () => Promise<Position>

/** Calls during a look-up share the next one, which begins after they arrived (as in lists/versions.ts). */
export function createPositions(sql: ISql): PositionOf {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<Position> | undefined
  return () => {
    next ??= last.then(endOfTurn).then(() => {
      next = undefined
      const looked = look(sql)
      last = looked.catch(() => {})
      return looked
    })
    return next
  }
}

/**
 * A commit is acknowledged once it is flushed, and without synchronous_commit once it is inserted. A PostgreSQL process is the primary once and
 * until its end, so its start names the one period.
 */
async function look(sql: ISql): Promise<Position> {
  for (;;) {
    const [found] = await sql<Position[]>`SELECT mark || ' ' || current_database() AS mark, (CASE current_setting('synchronous_commit')
        WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0')::bigint AS lsn
      FROM replication_mark WHERE server_started = pg_postmaster_start_time()`
    if (found) return found
    await sql`INSERT INTO replication_mark AS known (server_started, mark) VALUES (pg_postmaster_start_time(), gen_random_uuid())
      ON CONFLICT (one) DO UPDATE SET server_started = excluded.server_started, mark = excluded.mark
      WHERE known.server_started <> excluded.server_started`
  }
}
