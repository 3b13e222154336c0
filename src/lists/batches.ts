/** Reads rows as bytes, in batches of a cursor: constant memory for any number of rows. */

import type { ScopedSql } from '../db/scope.ts'
import type { Query, Row } from '../db/sql.ts'

/** Target size of a batch in bytes: small batches cost a round trip each, large ones memory. */
const WEIGHT = 256 * 1024
const FIRST = 100 // rows: quickly read, and they show how large rows are

/**
 * Yields what `make` returns for each row of `query`. The database reads a batch while the previous one is sent. Uses FETCH rather than the
 * driver's cursors, which never end their command, so that statement_timeout applies to each batch, and idle_in_transaction_session_timeout
 * between two.
 * @param turn runs the reading of a batch once it has a permit
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
    // A read that gets its permit late must not run: its transaction may have ended.
    const batch = turn(async () => (over ? [] : db.unsafe(`FETCH ${rows} FROM list`).raw()))
    batch.catch(() => {}) // reported where it is awaited, if it ever is
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
