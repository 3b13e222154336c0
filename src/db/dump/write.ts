/**
 * Dumps every row of the database from one snapshot into a file, by COPY over an ordinary connection: pg_dump is of no use to the role that
 * Reeve has. It stops at row-level security, or leaves the rows out (docs/backup.md).
 */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress } from 'node:zlib'
import manifest from '../../../package.json' with { type: 'json' }
import { syncFolder } from '../../lib/private-files.ts'
import type { Progress } from '../../lib/progress.ts'
import { StartupError } from '../../lib/startup-error.ts'
import type { TransactionSql } from '../pool.ts'
import type { SystemSql } from '../scope.ts'
import { copyStatement, END, FORMAT, type Manifest, sum, verifyDump } from './format.ts'
import { listIds, listTables, PLAIN_VALUES } from './tables.ts'

/**
 * Writes the dump beside `path` and renames it once it is on disk and has been read again, so that a file of this name is always whole.
 * @throws StartupError if the file exists or cannot be written
 */
export async function writeDump(sql: SystemSql, path: string, progress: Progress): Promise<Manifest> {
  if (existsSync(path)) throw new StartupError(`${path} exists: move it away, or name another file.`)
  const draft = `${path}.${randomUUID().slice(0, 8)}`
  try {
    const file = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true })
    const written = Promise.withResolvers<Manifest>()
    // Fails as soon as the file does: the transaction could not end before COPY does, which nobody reads any more.
    const snapshot = sql.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY', async (db) => {
      const said = await describe(db, progress)
      await pipeline(contents(db, said, progress), createZstdCompress(), file)
      written.resolve(said)
    })
    snapshot.catch(written.reject)
    file.once('error', written.reject)
    const said = await written.promise
    await snapshot
    await verifyDump(draft, progress)
    renameSync(draft, path)
    syncFolder(dirname(path))
    return said
  } catch (error) {
    rmSync(draft, { force: true })
    const { code, message } = error as NodeJS.ErrnoException
    // PostgreSQL's codes have digits.
    if (/^E[A-Z]+$/.test(code ?? '')) throw new StartupError(`${path} cannot be written: ${message}`, { cause: error })
    throw error
  }
}

async function describe(db: TransactionSql, progress: Progress): Promise<Manifest> {
  await db.unsafe(PLAIN_VALUES)
  const [now] = await db<{ taken: Date; postgresql: string; whole: boolean; made: boolean }[]>`SELECT now() AS taken,
    current_setting('server_version') AS postgresql, to_regclass('unfinished_load') IS NULL AS whole, to_regclass('migrations') IS NOT NULL AS made`
  if (!now?.made) throw new StartupError('The database has no Reeve in it: there is nothing to dump.')
  if (!now?.whole) throw new StartupError('The database holds an unfinished demo world: run reeve seed again to finish it first.')
  const migrations = await db<Manifest['migrations']>`SELECT id, name, checksum FROM migrations ORDER BY id`
  const tables = await listTables(db)
  for (const [done, table] of tables.entries()) {
    progress('counting rows', done, tables.length)
    const [row] = await db<{ rows: number }[]>`SELECT count(*) AS rows FROM ${db(table.name)}`
    table.rows = row?.rows ?? 0
  }
  return {
    format: FORMAT,
    reeve: manifest.version,
    postgresql: now.postgresql,
    taken: now.taken.toISOString(),
    migrations: migrations.map((one) => ({ ...one })),
    tables,
    ids: await listIds(db),
  }
}

async function* contents(db: TransactionSql, said: Manifest, progress: Progress): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const hashed = (bytes: Buffer | string) => {
    hash.update(bytes)
    return Buffer.from(bytes)
  }
  yield hashed(`${JSON.stringify(said)}\n`)
  let done = 0
  const total = sum(said.tables)
  for (const table of said.tables) {
    yield hashed(`${copyStatement(table, 'FROM STDIN')}\n`)
    const copy = db.copyOut(copyStatement(table, 'TO STDOUT'))
    for await (const chunk of copy) {
      yield hashed(chunk)
      progress(table.name, done, total)
    }
    if (copy.rowCount !== table.rows)
      throw new Error(`${table.name} has ${table.rows} rows, and COPY gave ${copy.rowCount}: the dump is not complete.`)
    done += table.rows
    yield hashed(END)
  }
  yield Buffer.from(`${hash.digest('hex')}\n`)
}
