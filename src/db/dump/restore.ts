/** Restores a dump into an empty database: the schema of the dump's migrations, then all rows in one transaction, then newer migrations. */

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Progress } from '../../lib/progress.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { alterTables, dropIndexes, liftRowSecurity } from '../bulk.ts'
import { type Migration, migrate } from '../migrate.ts'
import type { TransactionSql } from '../pool.ts'
import type { SystemSql } from '../scope.ts'
import { copyStatement, type Manifest, newlines, readDump, sum, verifyDump } from './format.ts'
import { listTables, PLAIN_VALUES } from './tables.ts'

/** Has a row in an empty database. */
const FILLED = 'log_counts_folded'

/** @throws StartupError if the dump is damaged or of a newer version, or if the database is not empty */
export async function restoreDump(
  sql: SystemSql,
  path: string,
  known: readonly Migration[],
  { progress, say }: { progress: Progress; say: (line: string) => void },
): Promise<Manifest> {
  const { migrations, ...about } = await verifyDump(path, progress)
  const unknown = migrations.find((one) => !known.some(({ name, checksum }) => one.name === name && one.checksum === checksum))
  if (unknown)
    throw new StartupError(
      `The dump was made by Reeve ${about.reeve} with migration ${unknown.name}, which this version does not have: restore it with the version that made it, or a newer one.`,
    )
  await refuseUsed(sql, migrations)
  await migrate(
    sql,
    known.filter(({ id }) => migrations.some((one) => one.id === id)),
    say,
  )
  const manifest = await sql.begin((tx) => load(tx, path, progress, say))
  await migrate(sql, known, say)
  const tables = await sql.begin(listTables)
  for (const [done, { name }] of tables.entries()) {
    progress('statistics', done, tables.length)
    await sql`VACUUM (ANALYZE) ${sql(name)}`
  }
  return manifest
}

const notEmpty = () =>
  new StartupError('The database is not empty: restore into a new one, or empty this one with reeve reset. Nothing was changed.')

/** Tells before the schema is made what load() refuses once nobody else can write. */
async function refuseUsed(sql: SystemSql, migrations: Manifest['migrations']) {
  const [found] = await sql`SELECT to_regclass('migrations') IS NOT NULL AS made, to_regclass('resellers') IS NOT NULL AS there`
  if (!found?.made) return
  if (found.there && (await sql`SELECT FROM resellers LIMIT 1`).length > 0) throw notEmpty()
  const applied = await sql<{ id: number; name: string }[]>`SELECT id, name FROM migrations ORDER BY id`
  const newer = applied.find(({ id }) => !migrations.some((one) => one.id === id))
  if (newer)
    throw new StartupError(
      `The database has migration ${newer.name}, which is newer than the dump: restore into a new one, or empty this one with reeve reset.`,
    )
}

async function load(tx: TransactionSql, path: string, progress: Progress, say: (line: string) => void): Promise<Manifest> {
  await tx.unsafe(`${PLAIN_VALUES}; SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL jit = off`)
  const ours = await listTables(tx)
  await tx.unsafe(`LOCK TABLE ${ours.map(({ name }) => name).join()} IN ACCESS EXCLUSIVE MODE`)
  const rowSecurity = await liftRowSecurity(tx)
  for (const { name } of ours) if (name !== FILLED && (await tx`SELECT FROM ${tx(name)} LIMIT 1`).length > 0) throw notEmpty()
  await tx`DELETE FROM ${tx(FILLED)}`
  const names = ours.map(({ name }) => name)
  await tx.unsafe(alterTables(names, 'DISABLE TRIGGER USER')) // what they would write is in the dump
  const indexes = await dropIndexes(tx)
  let [done, total] = [0, 0]
  const manifest = await readDump(
    path,
    async ({ tables }) => {
      total = sum(tables)
      const lacking = names.filter((name) => !tables.some((one) => one.name === name))
      if (lacking.length > 0) throw new StartupError(`The dump lacks the table ${lacking.join(', ')}. Nothing was restored.`)
    },
    async (table, rows) => {
      if (!names.includes(table.name)) {
        say(`The table ${table.name} is not one of Reeve's and is left out.`)
        for await (const chunk of rows) done += newlines(chunk)
        return
      }
      const copy = tx.copy(copyStatement(table, 'FROM STDIN'))
      const shown = async function* () {
        for await (const chunk of rows) {
          yield chunk
          done += newlines(chunk)
          progress(table.name, done, total)
        }
      }
      await pipeline(Readable.from(shown()), copy)
      if (copy.rowCount !== table.rows) throw new Error(`${table.name} took ${copy.rowCount} of ${table.rows} rows.`)
    },
  )
  for (const [built, statement] of indexes.entries()) {
    progress('indexes and foreign keys', built, indexes.length)
    await tx.unsafe(statement)
  }
  for (const { table, column, last } of manifest.ids)
    await tx`SELECT setval(pg_get_serial_sequence(quote_ident(${table}), ${column}), ${last}::bigint)`
  await tx.unsafe(`SET CONSTRAINTS ALL IMMEDIATE; ${alterTables(names, 'ENABLE TRIGGER USER')}; ${rowSecurity}`)
  return manifest
}
