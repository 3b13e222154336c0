/** Writes a demo world into an empty database: all of it or, after a crash at any point, nothing. */
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
  /** Told after every step: `done` of `total` units of the phase. */
  progress?: (done: number, total: number, phase: string) => void
  /** Writes what belongs to the world in the caller's eyes, in the same transaction: both are there or neither. */
  finish?: (tx: TransactionSql) => Promise<unknown>
}

/** From this size on it pays to make indexes after the rows; below, dropping and making them would take longer than the rows. */
const LARGE = 20_000
const USERS_AT_A_TIME = 20_000
const tables = Object.keys(emptyWorld()) as (keyof World)[]
const logs = ['activity', 'logins', 'account_status_changes']
const lists = ['client_list', 'client_people', 'client_documents', 'client_bits', 'tenant_versions', 'user_list', 'log_counts']

/**
 * Everything happens in one transaction: row-level security is not forced meanwhile (COPY is refused under it, and the login owns
 * the tables), indexes and foreign keys are away, and neither is ever seen from outside. Only the statistics come after it.
 * @throws StartupError where the database already has resellers
 */
export async function loadWorld(sql: SystemSql, { progress = () => {}, finish = async () => {}, ...world }: LoadOptions): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`LOCK TABLE resellers IN ACCESS EXCLUSIVE MODE`
    const [found] = await tx`SELECT 1 FROM resellers LIMIT 1`
    if (found) throw new StartupError('The database already holds resellers: give the demo an empty database, or start without seeding.')
    // The read model is made of some thousand rows at a time, by index: a plan that reads whole tables would do so every time.
    // The trigram index is no faster with 768 MB than with 256.
    await tx.unsafe(`SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL maintenance_work_mem = '256MB'`)
    const forced = await tx<{ name: string }[]>`SELECT relname AS name FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relforcerowsecurity`
    for (const { name } of forced) await tx`ALTER TABLE ${tx(name)} NO FORCE ROW LEVEL SECURITY`
    for (const log of logs) await tx`ALTER TABLE ${tx(log)} DISABLE TRIGGER USER` // they count, which is done once at the end
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
    await tx`SELECT count_anew()`
    await tx`SET CONSTRAINTS ALL IMMEDIATE` // a table with checks still to come cannot be altered
    await tx`SELECT count_logs_anew()`
    for (const log of logs) await tx`ALTER TABLE ${tx(log)} ENABLE TRIGGER USER`
    for (const { name } of forced) await tx`ALTER TABLE ${tx(name)} FORCE ROW LEVEL SECURITY`
    await setSequences(tx)
    await finish(tx)
  })
  progress(0, 1, 'statistics')
  await Promise.all([tables.join(), ...lists].map((names) => sql.unsafe(`VACUUM (ANALYZE) ${names}`)))
  progress(1, 1, 'statistics')
}

/** Copies the world chunk by chunk and fills the list of clients; while the server does that for one chunk, we make the next. */
async function writeRows(tx: TransactionSql, world: WorldOptions, progress: NonNullable<LoadOptions['progress']>): Promise<number> {
  let filled: Promise<unknown> | undefined
  let done = 0
  let lastUser = 0
  for (const chunk of generateWorld(world)) {
    await filled
    for (const table of tables) if (chunk[table].length > 0) await copy(tx, table, chunk[table])
    if (!filled) await tx.unsafe(`ANALYZE ${tables.join()}`) // without it the planner takes the tables for empty ones
    const ids = chunk.clients.map(({ id }) => id)
    const these = `WHERE id BETWEEN ${ids[0]} AND ${ids.at(-1)} ORDER BY id`
    const fill = ['client_list', 'client_people', 'client_documents'].map(
      (list) => `INSERT INTO ${list} SELECT * FROM ${list}_source ${these}`,
    )
    filled = tx.unsafe(fill.join(';')).execute()
    await setImmediate() // until the statements have left
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

/** One value as COPY's text format has it: PostgreSQL manual, COPY, File Formats. */
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
 * Drops what only slows writing down, and answers how to make it again, in order. Constraints with an index stay: the views look rows
 * up by them.
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
  // Foreign keys go first: they may rest on an index.
  for (const { drop } of found.toReversed()) await tx.unsafe(drop)
  return found.map(({ make }) => make)
}

/** The next id of every table follows the highest one written. */
async function setSequences(tx: TransactionSql) {
  const identities = await tx<{ table: string; column: string }[]>`SELECT attrelid::regclass::text AS table, attname AS column
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE attidentity <> '' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (${tables})`
  for (const { table, column } of identities)
    await tx`SELECT setval(pg_get_serial_sequence(${table}, ${column}), max(${tx(column)})) FROM ${tx(table)}
      HAVING max(${tx(column)}) IS NOT NULL`
}
