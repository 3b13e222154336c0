/** Rows as bytes, in batches of a cursor: constant memory however many there are. */

import type { ScopedSql } from '../db/scope.ts'
import type { Query, Row } from '../db/sql.ts'

/** What a batch should weigh, in bytes: small ones cost a way to the database and back each, large ones memory. */
const WEIGHT = 256 * 1024
const FIRST = 100 // rows: soon there, and they show how heavy rows are

/**
 * What `make` makes of each row of `query`. The database reads a batch while the one before is sent. FETCH and not the driver's own cursors, which
 * never end their command: so the limits of PostgreSQL on a statement hold for each batch, and those on an idle transaction between them.
 * @param turn runs each reading of a batch when it is its turn among others
 */
export async function* rawBatches<T>(
  db: ScopedSql,
  query: Query<Row[]>,
  make: (row: Buffer[]) => T,
  turn: (read: () => Promise<Buffer[][]>) => Promise<Buffer[][]>,
): AsyncGenerator<T[], void> {
  await db`DECLARE list NO SCROLL CURSOR FOR ${query}`
  let over = false
  const fetch = (rows: number) => {
    // Whose turn comes late must not ask any more: its transaction may have ended by then.
    const batch = turn(async () => (over ? [] : db.unsafe(`FETCH ${rows} FROM list`).raw()))
    batch.catch(() => {}) // told where it is awaited, if it ever is
    return batch
  }
  let size = FIRST
  let ahead = fetch(size)
  try {
    for (;;) {
      const batch = await ahead
      if (batch.length === 0) return
      if (batch.length === size) {
        const weight = batch.reduce((sum, row) => row.reduce((all, column) => all + column.length, sum), 0)
        size = Math.min(2 * size, Math.max(1, Math.round((WEIGHT * batch.length) / weight)))
        ahead = fetch(size)
      } else ahead = Promise.resolve([])
      yield batch.map((row) => make(row))
    }
  } finally {
    over = true
  }
}
