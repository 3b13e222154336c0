/** Writes a demo world into an empty database, in steps: after a crash, the same call goes on with the step that was not finished. */
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { alterTables, dropIndexes, liftRowSecurity } from '../db/bulk.ts'
import type { TransactionSql } from '../db/pool.ts'
import type { SystemSql } from '../db/scope.ts'
import { StartupError } from '../lib/startup-error.ts'
import { emptyWorld, type World } from './rows.ts'
import { firstIds } from './tenants.ts'
import { generateWorld, type WorldOptions } from './world.ts'

export interface LoadOptions extends WorldOptions {
  passwordHash: string
  /** The number of clients above which indexes are built after the rows; below, dropping and building them takes longer than the rows. */
  large?: number
  /** Called after every step with `done` of `total` units of the phase. */
  progress?: (done: number, total: number, phase: string) => void
  /** Writes the caller's own data in the transaction that ends the load. */
  finish?: (tx: TransactionSql) => Promise<unknown>
}

/** A statement that follows the rows. */
interface Step {
  phase: string
  statement: string
}

/** The row of `unfinished_load`: there as long as the world is not whole. A server does not start on it (server/lifecycle.ts). */
interface Unfinished {
  world: { seed: number; clients: number; now: string | undefined; passwordHash: string }
  /** Chunks that are copied, statements that follow them, and how many of these are done. */
  copied: number
  steps: Step[]
  done: number
}

const LARGE = 20_000
const USERS_AT_A_TIME = 20_000
const tables = Object.keys(emptyWorld()) as (keyof World)[]
const logs = ['activity', 'logins', 'account_status_changes']
const lists = ['client_list', 'client_user_search', 'client_documents', 'client_bits', 'tenant_versions', 'user_list', 'log_counts']

/**
 * Suspends what slows writing down (indexes, foreign keys, counting triggers) and what COPY is not allowed under (forced row-level security:
 * without FORCE it does not apply to the login, which owns the tables), copies the rows, and restores everything. Each step is one
 * transaction.
 * @throws StartupError if the database has resellers, or an unfinished world of other options
 */
export async function loadWorld(sql: SystemSql, { progress = () => {}, finish = async () => {}, ...options }: LoadOptions): Promise<void> {
  const step = <T>(fn: (tx: TransactionSql) => Promise<T>) =>
    sql.begin(async (tx) => {
      // The read model is filled for some thousand rows at a time by index: a plan with sequential scans would read whole tables every time.
      // The trigram index builds no faster with 768 MB than with 256.
      await tx.unsafe(`SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL maintenance_work_mem = '256MB'`)
      return fn(tx)
    })
  const load = await step((tx) => begin(tx, options))
  const { now, ...world } = load.world
  await writeRows(step, { ...world, ...(now !== undefined && { now: new Date(now) }) }, load.copied, progress)

  const steps = [...load.steps.slice(0, -1), ...(await userSteps(sql)), ...load.steps.slice(-1)]
  for (const [n, { phase, statement }] of steps.entries()) {
    if (n < load.done) continue
    const first = steps.findIndex((one) => one.phase === phase)
    progress(n - first, steps.filter((one) => one.phase === phase).length, phase)
    await step(async (tx) => {
      await tx.unsafe(statement)
      await tx`UPDATE unfinished_load SET done = done + 1`
      if (n + 1 < steps.length) return
      await setSequences(tx)
      await finish(tx)
      await tx`DROP TABLE unfinished_load`
    })
  }
  // One after the other: at millions of clients each takes longer than a connection of the pool is waited for.
  const vacuumed = [...tables, ...lists]
  for (const [done, name] of vacuumed.entries()) {
    progress(done, vacuumed.length, 'statistics')
    await sql.unsafe(`VACUUM (ANALYZE) ${name}`)
  }
}

/** Returns the unfinished load of the database, or begins one. */
async function begin(tx: TransactionSql, { seed, clients, now, passwordHash, large = LARGE }: LoadOptions): Promise<Unfinished> {
  await tx`LOCK TABLE resellers IN ACCESS EXCLUSIVE MODE`
  const [there] = await tx`SELECT to_regclass('unfinished_load') IS NOT NULL AS unfinished, EXISTS (SELECT FROM resellers) AS filled`
  if (there?.unfinished) {
    const [load] = await tx<Unfinished[]>`SELECT world, copied, steps, done FROM unfinished_load`
    if (load?.world.seed === seed && load.world.clients === clients) return load
    throw new StartupError(
      `The database holds an unfinished demo world of ${load?.world.clients} clients (seed ${load?.world.seed}): ask for that one to finish it, or empty the database with reeve reset.`,
    )
  }
  if (there?.filled)
    throw new StartupError('The database already holds resellers: give the demo an empty database, or start without seeding.')
  const forceRowSecurity = await liftRowSecurity(tx)
  await tx.unsafe(alterTables(logs, 'DISABLE TRIGGER USER')) // these triggers count, which is done once at the end
  const indexes = clients > large ? await dropIndexes(tx) : []
  const steps: Step[] = [
    ...indexes.map((statement) => ({ phase: 'indexes', statement })),
    {
      phase: 'counts',
      // A table with pending checks cannot be altered.
      statement: `SELECT rebuild_counts(); SET CONSTRAINTS ALL IMMEDIATE; SELECT rebuild_log_counts();
        ${alterTables(logs, 'ENABLE TRIGGER USER')};${forceRowSecurity}`,
    },
  ]
  const world: Unfinished['world'] = { seed, clients, now: now?.toISOString(), passwordHash }
  await tx`CREATE TABLE unfinished_load (world jsonb NOT NULL, copied int NOT NULL, steps jsonb NOT NULL, done int NOT NULL)`
  await tx`INSERT INTO unfinished_load VALUES (${JSON.stringify(world)}::jsonb, 0, ${JSON.stringify(steps)}::jsonb, 0)`
  return { world, copied: 0, steps, done: 0 }
}

/**
 * Copies the world chunk by chunk and fills the client lists. While the database works on one chunk, we generate the next; chunks that were
 * copied before are generated only, for the ids of those that follow.
 */
async function writeRows(
  step: <T>(fn: (tx: TransactionSql) => Promise<T>) => Promise<T>,
  world: WorldOptions,
  copied: number,
  progress: NonNullable<LoadOptions['progress']>,
): Promise<void> {
  let written: Promise<unknown> | undefined
  let [done, chunks] = [0, 0]
  for (const chunk of generateWorld(world)) {
    await written
    done += chunk.clients.length
    const isCopied = ++chunks <= copied
    progress(Math.min(done, world.clients), world.clients, isCopied ? 'clients that are already there' : 'clients')
    if (isCopied) continue
    written = step(async (tx) => {
      for (const table of tables) if (chunk[table].length > 0) await copy(tx, table, chunk[table])
      if (chunks === 1) await tx.unsafe(`ANALYZE ${tables.join()}`) // without it the planner assumes empty tables
      const ids = chunk.clients.map(({ id }) => id)
      const these = `WHERE id BETWEEN ${ids[0]} AND ${ids.at(-1)} ORDER BY id`
      for (const list of ['client_list', 'client_user_search', 'client_documents'])
        await tx.unsafe(`INSERT INTO ${list} SELECT * FROM ${list}_source ${these}`)
      await tx`UPDATE unfinished_load SET copied = copied + 1`
    })
    written.catch(() => {}) // it is awaited behind the next chunk
    await setImmediate() // until the first statements have been sent
  }
  await written
}

/** Returns the statements that fill the list of users. */
async function userSteps(sql: SystemSql): Promise<Step[]> {
  const [row] = await sql<{ last: number }[]>`SELECT max(id) AS last FROM users`
  const starts = Array.from(
    { length: Math.ceil(((row?.last ?? 0) + 1 - firstIds.user) / USERS_AT_A_TIME) },
    (_, n) => firstIds.user + n * USERS_AT_A_TIME,
  )
  return starts.map((id) => ({
    phase: 'users in the list',
    statement: `INSERT INTO user_list SELECT * FROM user_list_source WHERE id >= ${id} AND id < ${id + USERS_AT_A_TIME} ORDER BY id`,
  }))
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

/** Sets the next id of every table to follow the highest one written. */
async function setSequences(tx: TransactionSql) {
  const identities = await tx<{ table: string; column: string }[]>`SELECT attrelid::regclass::text AS table, attname AS column
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE attidentity <> '' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (${tables})`
  for (const { table, column } of identities)
    await tx`SELECT setval(pg_get_serial_sequence(${table}, ${column}), max(${tx(column)})) FROM ${tx(table)}
      HAVING max(${tx(column)}) IS NOT NULL`
}
