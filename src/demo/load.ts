/** Writes a demo world into an empty database, atomically: a crash leaves nothing. */
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type { TransactionSql } from '../db/pool.ts'
import type { SystemSql } from '../db/scope.ts'
import { StartupError } from '../lib/startup-error.ts'
import { emptyWorld, type World } from './rows.ts'
import { firstIds } from './tenants.ts'
import { generateWorld, type WorldOptions } from './world.ts'

export interface LoadOptions extends WorldOptions {
  passwordHash: string
  /** Called after every step with `done` of `total` units of the phase. */
  progress?: (done: number, total: number, phase: string) => void
  /** Writes the caller's own data in the same transaction, so that the database has both or neither. */
  finish?: (tx: TransactionSql) => Promise<unknown>
}

/** From this size on, building indexes after the rows pays off; below it, dropping and building them takes longer than the rows. */
const LARGE = 20_000
const USERS_AT_A_TIME = 20_000
const tables = Object.keys(emptyWorld()) as (keyof World)[]
const logs = ['activity', 'logins', 'account_status_changes']
const lists = ['client_list', 'client_user_search', 'client_documents', 'client_bits', 'tenant_versions', 'user_list', 'log_counts']

/**
 * Loads everything in one transaction, so that nobody sees what it suspends: indexes, foreign keys and forced row-level security (COPY is
 * not allowed under it; without FORCE it does not apply to the login, which owns the tables). Only the statistics follow later.
 * @throws StartupError if the database already has resellers
 */
export async function loadWorld(sql: SystemSql, { progress = () => {}, finish = async () => {}, ...world }: LoadOptions): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`LOCK TABLE resellers IN ACCESS EXCLUSIVE MODE`
    const [found] = await tx`SELECT 1 FROM resellers LIMIT 1`
    if (found) throw new StartupError('The database already holds resellers: give the demo an empty database, or start without seeding.')
    // The read model is filled for some thousand rows at a time by index: a plan with sequential scans would read whole tables every time.
    // The trigram index builds no faster with 768 MB than with 256.
    await tx.unsafe(`SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL maintenance_work_mem = '256MB'`)
    const forced = await tx<{ name: string }[]>`SELECT relname AS name FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relforcerowsecurity`
    for (const { name } of forced) await tx`ALTER TABLE ${tx(name)} NO FORCE ROW LEVEL SECURITY`
    for (const log of logs) await tx`ALTER TABLE ${tx(log)} DISABLE TRIGGER USER` // these triggers count, which is done once at the end
    const away = world.clients > LARGE ? await takeAway(tx) : []

    const lastUser = await writeRows(tx, world, progress)
    for (const [done, statement] of away.entries()) {
      progress(done, away.length, 'indexes')
      await tx.unsafe(statement)
    }
    for (let id = firstIds.user; id <= lastUser; id += USERS_AT_A_TIME) {
      await tx.unsafe(`INSERT INTO user_list SELECT * FROM user_list_source WHERE id >= ${id} AND id < ${id + USERS_AT_A_TIME} ORDER BY id`)
      progress(id - firstIds.user, lastUser - firstIds.user, 'users in the list')
    }
    progress(0, 1, 'bits')
    await tx`SELECT rebuild_counts()`
    await tx`SET CONSTRAINTS ALL IMMEDIATE` // a table with pending checks cannot be altered
    await tx`SELECT rebuild_log_counts()`
    for (const log of logs) await tx`ALTER TABLE ${tx(log)} ENABLE TRIGGER USER`
    for (const { name } of forced) await tx`ALTER TABLE ${tx(name)} FORCE ROW LEVEL SECURITY`
    await setSequences(tx)
    await finish(tx)
  })
  progress(0, 1, 'statistics')
  await Promise.all([tables.join(), ...lists].map((names) => sql.unsafe(`VACUUM (ANALYZE) ${names}`)))
  progress(1, 1, 'statistics')
}

/** Copies the world chunk by chunk and fills the client lists. While the server works on one chunk, we generate the next. */
async function writeRows(tx: TransactionSql, world: WorldOptions, progress: NonNullable<LoadOptions['progress']>): Promise<number> {
  let filled: Promise<unknown> | undefined
  let done = 0
  let lastUser = 0
  for (const chunk of generateWorld(world)) {
    await filled
    for (const table of tables) if (chunk[table].length > 0) await copy(tx, table, chunk[table])
    if (!filled) await tx.unsafe(`ANALYZE ${tables.join()}`) // without it the planner assumes empty tables
    const ids = chunk.clients.map(({ id }) => id)
    const these = `WHERE id BETWEEN ${ids[0]} AND ${ids.at(-1)} ORDER BY id`
    const fill = ['client_list', 'client_user_search', 'client_documents'].map(
      (list) => `INSERT INTO ${list} SELECT * FROM ${list}_source ${these}`,
    )
    filled = tx.unsafe(fill.join(';')).execute()
    await setImmediate() // until the statements have been sent
    lastUser = chunk.users.at(-1)?.id ?? lastUser
    done += ids.length
    progress(Math.min(done, world.clients), world.clients, 'clients')
  }
  await filled
  return lastUser
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
  await pipeline(lines(), tx.copy(`COPY ${table} (${columns.join()}) FROM STDIN`))
}

/** Formats a value for COPY's text format (PostgreSQL manual, COPY, File Formats). */
export function copyValue(value: unknown): string {
  if (value === null) return '\\N'
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Uint8Array) return `\\\\x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return escaped(`{${value.map((item) => `"${String(item).replace(/["\\]/g, '\\$&')}"`).join()}}`)
  return escaped(JSON.stringify(value))
}

const special: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
const escaped = (text: string) => (/[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (found) => special[found] ?? found) : text)

/**
 * Drops indexes and foreign keys that only slow writing down, and returns the statements that recreate them, in order. Keeps constraints
 * with an index: the views look rows up by them.
 */
async function takeAway(tx: TransactionSql): Promise<string[]> {
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

/** Sets the next id of every table to follow the highest one written. */
async function setSequences(tx: TransactionSql) {
  const identities = await tx<{ table: string; column: string }[]>`SELECT attrelid::regclass::text AS table, attname AS column
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE attidentity <> '' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (${tables})`
  for (const { table, column } of identities)
    await tx`SELECT setval(pg_get_serial_sequence(${table}, ${column}), max(${tx(column)})) FROM ${tx(table)}
      HAVING max(${tx(column)}) IS NOT NULL`
}
