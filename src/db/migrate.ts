/** Brings the schema up to date: numbered forward-only SQL files, each in its own transaction, under one advisory lock. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { StartupError } from '../lib/startup-error.ts'
import { locks } from './locks.ts'
import type { SystemSql } from './scope.ts'
import type { ISql } from './sql.ts'

export interface Migration {
  id: number
  name: string
  checksum: string
  text: string
}

/** Returns the migrations that this version knows, in order of their numbers. */
export async function knownMigrations(folder = new URL('./migrations/', import.meta.url)): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n')
      return { id: Number(name.slice(0, 4)), name, checksum: createHash('sha256').update(text).digest('hex'), text }
    }),
  )
}

/**
 * Applies missing migrations and returns their names. Servers that start together wait for each other.
 * @param say receives a line when a migration begins, because a large one takes minutes, and when it ends
 * @throws StartupError if the database was migrated with other files (changed afterwards, or of a newer version), or restored in part
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
  await db`CREATE TABLE IF NOT EXISTS migrations (
    id int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`
  const applied = await db<Migration[]>`SELECT id, name, checksum FROM migrations ORDER BY id`
  for (const { id, name, checksum } of applied) {
    const ours = known.find((one) => one.id === id)
    if (ours && ours.name !== name)
      throw new StartupError(
        `The database holds migration ${name} where this version has ${ours.name}: it was made before the first release, and cannot be ` +
          'brought up to date. Keep it for the version that made it, and give this one an empty database, such as reeve reset leaves.',
      )
    if (!ours) throw new StartupError(`The database holds migration ${name}, which this version does not know: run the newer version.`)
    if (ours.checksum !== checksum)
      throw new StartupError(`Migration ${name} was changed after it had been applied: restore the file and put the change in a new one.`)
  }
  if (applied.length === 0) await refuseRemains(db)
  const missing = known.filter((one) => !applied.some(({ id }) => id === one.id))
  for (const [n, { id, name, checksum, text }] of missing.entries()) {
    const began = Date.now()
    say(`Migration ${name} (${n + 1} of ${missing.length}) begins`)
    try {
      await db.unsafe(`BEGIN;\n${text}\n;INSERT INTO migrations (id, name, checksum) VALUES (${id}, '${name}', '${checksum}'); COMMIT`)
    } catch (cause) {
      await db.unsafe('ROLLBACK')
      throw new Error(`Migration ${name} failed: ${(cause as Error).message}`, { cause })
    }
    say(`Migration ${name} took ${((Date.now() - began) / 1000).toFixed(1)} s`)
  }
  return missing.map((one) => one.name)
}

/** Rejects the remains of a truncated or failed restore: it leaves our tables, but no record of the migrations. */
async function refuseRemains(db: ISql): Promise<void> {
  const [found] = await db`SELECT to_regclass('resellers') IS NOT NULL OR to_regcollation('folding') IS NOT NULL AS there`
  if (found?.there)
    throw new StartupError(
      'The database holds a part of a Reeve, such as a dump leaves that was cut off or restored with errors. Restore the whole dump into an empty ' +
        'database (pg_restore --single-transaction does all of it or nothing).',
    )
}

/** Returns whether the database has exactly the known migrations. For /readyz. */
export async function isMigrated(sql: SystemSql, known: readonly Migration[]): Promise<boolean> {
  const [row] = await sql<{ ids: number[] }[]>`SELECT array_agg(id ORDER BY id) AS ids FROM migrations`
  return String(row?.ids) === String(known.map((one) => one.id))
}
