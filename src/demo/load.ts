/** Writes a demo world into an empty database: all of it or, after a crash at any point, nothing. */
import { pipeline } from 'node:stream/promises'
import type { TransactionSql } from 'postgres'
import type { SystemSql } from '../db/scope.ts'
import { StartRefused } from '../lib/start-refused.ts'
import { emptyWorld, type World } from './rows.ts'
import { generateWorld, type WorldOptions } from './world.ts'

export interface LoadOptions extends WorldOptions {
  passwordHash: string
  /** Told after every step: `done` of `total` units of the phase. */
  progress?: (done: number, total: number, phase: string) => void
}

/** From this size on the indexes are made after the rows, which takes a fraction of keeping them; below, dropping them costs more. */
const LARGE = 20_000
const tables = Object.keys(emptyWorld()) as (keyof World)[]
/** The two tables of the read model, filled from views, and their share of ids at a time. */
const lists = [
  { list: 'client_list', view: 'client_rows', source: 'clients' },
  { list: 'user_list', view: 'user_rows', source: 'users' },
] as const
const BATCH = 10_000

/**
 * Everything happens in one transaction: row-level security is not forced meanwhile (COPY is refused under it, and the login owns
 * the tables), indexes and constraints are away, and neither is ever seen from outside. Only the statistics come after it.
 * @throws StartRefused where the database already has resellers
 */
export async function loadWorld(sql: SystemSql, { progress = () => {}, ...world }: LoadOptions): Promise<void> {
  await sql.begin(async (tx) => {
    await tx.unsafe(`SET LOCAL maintenance_work_mem = '256MB'`)
    await tx`LOCK TABLE resellers IN ACCESS EXCLUSIVE MODE`
    const [found] = await tx`SELECT 1 FROM resellers LIMIT 1`
    if (found) throw new StartRefused('The database already holds resellers: give the demo an empty database, or start without seeding.')
    const forced = await tx<{ name: string }[]>`SELECT relname AS name FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relforcerowsecurity`
    for (const { name } of forced) await tx`ALTER TABLE ${tx(name)} NO FORCE ROW LEVEL SECURITY`
    const away = world.clients > LARGE ? await takeAway(tx) : []

    let done = 0
    for (const chunk of generateWorld(world)) {
      for (const table of tables) if (chunk[table].length > 0) await copy(tx, table, chunk[table])
      done += chunk.clients.length
      progress(Math.min(done, world.clients), world.clients, 'rows')
    }
    await tx.unsafe(`ANALYZE ${tables.join()}`) // without it the planner takes the tables for empty ones
    await putBack(tx, away.filter(({ list }) => !list), (n, of) => progress(n, of, 'indexes and constraints'))
    for (const { list, view, source } of lists) {
      const [ids] = await tx<{ first: number; last: number }[]>`SELECT min(id) AS first, max(id) AS last FROM ${tx(source)}`
      if (!ids) continue
      for (let id = ids.first; id <= ids.last; id += BATCH) {
        await tx`INSERT INTO ${tx(list)} SELECT * FROM ${tx(view)} WHERE id >= ${id} AND id < ${id + BATCH} ORDER BY id`
        progress(Math.min(id + BATCH, ids.last + 1) - ids.first, ids.last + 1 - ids.first, list)
      }
    }
    await putBack(tx, away.filter(({ list }) => list), (n, of) => progress(n, of, 'indexes of the lists'))
    await tx`SET CONSTRAINTS ALL IMMEDIATE` // a table with checks still to come cannot be altered
    for (const { name } of forced) await tx`ALTER TABLE ${tx(name)} FORCE ROW LEVEL SECURITY`
    await setSequences(tx)
  })
  progress(0, 1, 'statistics')
  await sql.unsafe(`VACUUM (ANALYZE) ${[...tables, ...lists.map(({ list }) => list)].join()}`)
  progress(1, 1, 'statistics')
}

/** Sends the rows of one table as COPY text. */
async function copy(tx: TransactionSql, table: string, rows: readonly object[]) {
  const columns = Object.keys(rows[0] ?? {})
  function* lines() {
    let text = ''
    for (const row of rows) {
      let separator = ''
      for (const column of columns) {
        text += separator + copyValue((row as Record<string, unknown>)[column])
        separator = '\t'
      }
      text += '\n'
      if (text.length > 65_536) {
        yield text
        text = ''
      }
    }
    yield text
  }
  await pipeline(lines(), await tx`COPY ${tx(table)} (${tx(columns)}) FROM STDIN`.writable())
}

/** One value as COPY's text format has it: PostgreSQL manual, COPY, File Formats. */
export function copyValue(value: unknown): string {
  if (value === null) return '\\N'
  if (typeof value === 'string') return escape(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Uint8Array) return `\\\\x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return escape(`{${value.map((item) => `"${String(item).replace(/["\\]/g, '\\$&')}"`).join()}}`)
  return escape(JSON.stringify(value))
}

const special: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
const escape = (text: string) => (/[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (found) => special[found] ?? found) : text)

interface Definition {
  /** Makes it again. */
  statement: string
  /** Whether it belongs to the read model. */
  list: boolean
}

/** Drops every index and constraint but the primary keys and checks, and answers how to make them, in order. */
async function takeAway(tx: TransactionSql): Promise<Definition[]> {
  const found = await tx<(Definition & { drop: string })[]>`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS statement,
      conrelid::regclass::text = ANY (${lists.map(({ list }) => list)}) AS list, CASE contype WHEN 'u' THEN 1 ELSE 3 END AS step
    FROM pg_constraint WHERE contype IN ('u', 'f') AND connamespace = current_schema()::regnamespace
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), indrelid::regclass::text = ANY (${lists.map(({ list }) => list)}), 2
    FROM pg_index JOIN pg_class c ON c.oid = indrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY step`
  // Foreign keys go first: they rest on the unique constraints.
  for (const { drop } of found.toReversed()) await tx.unsafe(drop)
  return found
}

async function putBack(tx: TransactionSql, definitions: Definition[], progress: (done: number, total: number) => void) {
  let done = 0
  for (const { statement } of definitions) {
    await tx.unsafe(statement)
    progress(++done, definitions.length)
  }
}

/** The next id of every table follows the highest one written. */
async function setSequences(tx: TransactionSql) {
  const identities = await tx<{ table: string; column: string }[]>`SELECT attrelid::regclass::text AS table, attname AS column
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE attidentity <> '' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (${tables})`
  for (const { table, column } of identities)
    await tx`SELECT setval(pg_get_serial_sequence(${table}, ${column}), max(${tx(column)})) FROM ${tx(table)} HAVING max(${tx(column)}) IS NOT NULL`
}
