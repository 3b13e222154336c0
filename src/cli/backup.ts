/** The command `backup`, and the part of `restore` that reads a backup folder. */
import { resolve } from 'node:path'
import { takeBase } from '../db/backup/base.ts'
import { listBases, rangeOf, readArchived } from '../db/backup/folder.ts'
import { restoreBackup } from '../db/backup/restore.ts'
import { clusterOf } from '../db/embedded/cluster.ts'
import { findRunning } from '../db/embedded/server.ts'
import { knownMigrations, migrate } from '../db/migrate.ts'
import { type Backup, readConfig } from '../lib/config.ts'
import { progressLine } from '../lib/progress.ts'
import { StartupError } from '../lib/startup-error.ts'
import { checkDatabase } from './check.ts'
import { onDatabase, tellOfSecret } from './dump.ts'

export async function backup(): Promise<void> {
  const { folder } = backupOf()
  await onDatabase({ there: true }, async (_database, { data }) => {
    const running = await findRunning(data)
    if (running === undefined) throw new StartupError(`The embedded database of ${resolve(data)} does not answer.`)
    const line = progressLine()
    try {
      const options = { cluster: clusterOf(resolve(data)), admin: running.admin, folder, progress: line.show }
      const base = await takeBase(options).finally(line.end)
      console.log(`${base.path}: ${megabytes(base.bytes)} MB in ${base.files.length} files.`)
    } finally {
      running.close()
    }
  })
  console.error('The secret that encrypts a part of it is not in the backup. Keep it as well, elsewhere.')
}

export async function listBackups(): Promise<void> {
  const { folder } = backupOf()
  const archived = await readArchived(folder)
  const bases = await listBases(folder, (name, why) => console.log(`${name}  is damaged (${why})`))
  if (bases.length === 0) return console.log(`There is no base backup in ${folder}.`)
  for (const base of bases) {
    const { until } = await rangeOf(folder, base, archived)
    const reach = until === undefined ? 'cannot be restored: its WAL is missing' : `to ${until.toISOString()}`
    console.log(
      `${base.name}  ${megabytes(base.bytes).padStart(9)} MB  timeline ${base.timeline}  from ${base.from.toISOString()} ${reach}`,
    )
  }
}

/** @param at the instant, with a time zone; the last one if left out */
export async function restoreFolder(folder: string, at: string | undefined): Promise<void> {
  const { databaseUrl, data } = readConfig(process.env)
  if (databaseUrl !== undefined)
    throw new StartupError(
      'A backup folder is restored into a new folder of REEVE_DATA: unset DATABASE_URL. A dump goes into any database.',
    )
  const line = progressLine()
  const say = (text: string) => {
    line.end()
    console.error(text)
  }
  const options = { at: at === undefined ? undefined : readInstant(at), progress: line.show, say }
  const { base, to } = await restoreBackup(data, resolve(folder), options).finally(line.end)
  console.log(`${resolve(data)} is restored to ${to.toISOString()}, from the base backup ${base} and the WAL behind it.`)
  await onDatabase({ there: true, archive: false }, async (database, config) => {
    await migrate(database.background, await knownMigrations(), say)
    await checkDatabase(database, false)
    await tellOfSecret(database, config, 'backup')
  })
}

function readInstant(text: string): Date {
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : new Date(Number.NaN)
  if (Number.isNaN(instant.getTime())) throw new StartupError('--at takes an instant with its time zone, such as 2026-11-30T02:00:00Z.')
  return instant
}

function backupOf(): Backup {
  const { backup, databaseUrl } = readConfig(process.env)
  if (backup !== undefined) return { ...backup, folder: resolve(backup.folder) }
  throw new StartupError(
    databaseUrl === undefined
      ? 'Set REEVE_BACKUP to the folder for backups, for the server as well, which archives there.'
      : 'reeve backup is for the embedded database: docs/backup.md says how to back up the one of DATABASE_URL.',
  )
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
