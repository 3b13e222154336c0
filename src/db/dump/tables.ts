/** What a dump has of a database. The job queues are not in it, because every start makes what they lack. */
import type { TransactionSql } from '../pool.ts'
import type { Manifest, Table } from './format.ts'

/** COPY's text format depends on settings, which a role or a database may have changed. */
export const PLAIN_VALUES = `SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL row_security = on`

/** All tables but that of the migrations, which the restoring version applies. PostgreSQL computes generated columns by itself. */
export async function listTables(db: TransactionSql): Promise<Table[]> {
  const found = await db<{ name: string; columns: string[] }[]>`
    SELECT relname AS name, ARRAY(SELECT attname::text FROM pg_attribute
      WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns
    FROM pg_class c WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'migrations'
    ORDER BY relname`
  return found.map(({ name, columns }) => ({ name, columns, rows: 0 }))
}

/** An id that was given out and deleted must not come back, so it is not enough to look at the rows. */
export async function listIds(db: TransactionSql): Promise<Manifest['ids']> {
  const identities = await db<{ table: string; column: string; sequence: string }[]>`
    SELECT relname AS table, attname AS column, pg_get_serial_sequence(quote_ident(relname), attname) AS sequence
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE attidentity <> '' AND relnamespace = current_schema()::regnamespace ORDER BY relname, attname`
  const ids: Manifest['ids'] = []
  for (const { table, column, sequence } of identities) {
    const [row] = await db<{ last: string }[]>`SELECT last_value::text AS last FROM ${db(sequence.split('.').at(-1) ?? '')} WHERE is_called`
    if (row) ids.push({ table, column, last: row.last })
  }
  return ids
}
