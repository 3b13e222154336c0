/**
 * Brings the schema up to date: numbered forward-only SQL files, each in its own transaction, under one advisory lock. A file whose first line
 * begins with `-- expand` only adds: the version before runs on the result, so servers of both may run during an upgrade.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { StartupError } from '../lib/startup-error.ts'
import { locks } from './locks.ts'
import type { SystemSql } from './scope.ts'
import type { ISql } from './sql.ts'

export interface Migration {
  id: number
  name: string
  checksum: string
  /** Whether a version that does not know this migration runs on its result. */
  expands: boolean
  text: string
}

/** Milliseconds that a migration waits for a lock, and then before the next try: whoever needs the table waits behind it meanwhile. */
const LOCK = 2000
const PAUSE = 1000
const TRIES = 60
const LOCK_NOT_AVAILABLE = '55P03'

/** Returns the migrations that this version knows, in order of their numbers. */
export async function knownMigrations(folder = new URL('./migrations/', import.meta.url)): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n')
      return {
        id: Number(name.slice(0, 4)),
        name,
        checksum: createHash('sha256').update(text).digest('hex'),
        expands: /^-- expand\b/.test(text),
        text,
      }
    }),
  )
}

/**
 * Applies missing migrations and returns their names. Servers that start together wait for each other.
 * @param say receives a line when a migration begins, because a large one takes minutes, and when it ends
 * @throws StartupError if the database was migrated with other files (changed afterwards, or of a newer version that did more than expand), or
 * restored in part
 */
export function migrate(sql: SystemSql, known: readonly Migration[], say: (line: string) => void = () => {}): Promise<string[]> {
  return sql.reserve(async (db) => {
    await db`SELECT pg_advisory_lock(${locks.migrations})`
    try {
      return await applyMissing(db, known, say)
    } finally {
      await db`SELECT pg_advisory_unlock(${locks.migrations})`.catch(() => {})
    }
  })
}

async function applyMissing(db: ISql, known: readonly Migration[], say: (line: string) => void): Promise<string[]> {
  await db`CREATE TABLE IF NOT EXISTS migrations (id int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(), expands boolean NOT NULL DEFAULT false)`
  await db`ALTER TABLE migrations ADD COLUMN IF NOT EXISTS expands boolean NOT NULL DEFAULT false`
  const applied = await db<Migration[]>`SELECT id, name, checksum, expands FROM migrations ORDER BY id`
  for (const { id, name, checksum, expands } of applied) {
    const ours = known.find((one) => one.id === id)
    if (ours && ours.name !== name)
      throw new StartupError(
        `The database holds migration ${name} where this version has ${ours.name}: it was made before the first release, and cannot be ` +
          'brought up to date. Keep it for the version that made it, and give this one an empty database, such as reeve reset leaves.',
      )
    if (!ours && !expands)
      throw new StartupError(`The database holds migration ${name}, which this version does not know: run the newer version.`)
    if (ours && ours.checksum !== checksum)
      throw new StartupError(`Migration ${name} was changed after it had been applied: restore the file and put the change in a new one.`)
  }
  if (applied.length === 0) await refuseRemains(db)
  const missing = known.filter((one) => !applied.some(({ id }) => id === one.id))
  for (const [n, migration] of missing.entries()) {
    const began = Date.now()
    say(`Migration ${migration.name} (${n + 1} of ${missing.length}) begins`)
    await apply(db, migration, say)
    say(`Migration ${migration.name} took ${((Date.now() - began) / 1000).toFixed(1)} s`)
  }
  return missing.map((one) => one.name)
}

async function apply(db: ISql, { id, name, checksum, expands, text }: Migration, say: (line: string) => void): Promise<void> {
  const record = `INSERT INTO migrations (id, name, checksum, expands) VALUES (${id}, '${name}', '${checksum}', ${expands})`
  for (let tries = 1; ; tries++) {
    try {
      await db.unsafe(`BEGIN; SET LOCAL lock_timeout = ${LOCK};\n${text}\n;${record}; COMMIT`)
      return
    } catch (cause) {
      await db.unsafe('ROLLBACK')
      if ((cause as { code?: string }).code !== LOCK_NOT_AVAILABLE || tries === TRIES)
        throw new Error(`Migration ${name} failed: ${(cause as Error).message}`, { cause })
      say(`Migration ${name} waits for a table that is in use`)
      await delay(PAUSE)
    }
  }
}

/** Rejects the remains of a truncated or failed restore: it leaves our tables, but no record of the migrations. */
async function refuseRemains(db: ISql): Promise<void> {
  const [found] = await db`SELECT to_regclass('resellers') IS NOT NULL OR to_regcollation('folding') IS NOT NULL AS there`
  if (found?.there)
    throw new StartupError(
      'The database holds a part of a Reeve, such as a dump leaves that was cut off or restored with errors. Restore the whole dump into an empty ' +
        'database (reeve restore, and pg_restore --single-transaction, do all of it or nothing).',
    )
}

/** Rejects a database whose demo world is not whole: indexes and row-level security are set aside meanwhile (demo/load.ts). */
export async function refuseUnfinished(sql: SystemSql): Promise<void> {
  const [row] = await sql`SELECT to_regclass('unfinished_load') IS NOT NULL AS unfinished`
  if (row?.unfinished)
    throw new StartupError(
      'The database holds an unfinished demo world: run reeve seed again to finish it, or empty the database with reeve reset.',
    )
}

/** Returns whether the database has the known migrations, and beyond them none but those that expand. For /readyz. */
export async function isMigrated(sql: SystemSql, known: readonly Migration[]): Promise<boolean> {
  const ids = known.map((one) => one.id)
  const [row] = await sql<{ fits: boolean }[]>`SELECT count(*) FILTER (WHERE id = ANY (${ids}::int[])) = ${ids.length}
    AND coalesce(bool_and(expands) FILTER (WHERE id <> ALL (${ids}::int[])), true) AS fits FROM migrations`
  return row?.fits === true
}
