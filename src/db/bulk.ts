/** Sets aside what slows the writing of many rows down, or forbids it, and puts it back. */
import type { TransactionSql } from './pool.ts'

/**
 * Drops indexes and foreign keys that only slow writing down, and returns the statements that recreate them, in order. Keeps constraints
 * with an index: the views look rows up by them.
 */
export async function dropIndexes(tx: TransactionSql): Promise<string[]> {
  const found = await tx<{ drop: string; make: string }[]>`
    SELECT format('DROP INDEX %s', indexrelid::regclass) AS drop, pg_get_indexdef(indexrelid) AS make, 1 AS step
    FROM pg_index JOIN pg_class c ON c.oid = indrelid
    WHERE c.relnamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
    UNION ALL
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)), 2
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
    ORDER BY step`
  // Foreign keys go first: they may depend on an index.
  for (const { drop } of found.toReversed()) await tx.unsafe(drop)
  return found.map(({ make }) => make)
}

/**
 * Lifts forced row-level security, under which COPY FROM is not allowed, and returns the statement that forces it again. Without FORCE it
 * does not apply to the login, which owns the tables.
 */
export async function liftRowSecurity(tx: TransactionSql): Promise<string> {
  const forced = await tx<{ name: string }[]>`SELECT relname AS name FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relforcerowsecurity`
  const names = forced.map(({ name }) => name)
  await tx.unsafe(alterTables(names, 'NO FORCE ROW LEVEL SECURITY'))
  return alterTables(names, 'FORCE ROW LEVEL SECURITY')
}

export const alterTables = (names: readonly string[], how: string) => names.map((name) => `ALTER TABLE ${name} ${how}`).join(';')
