/** The commands `dump` and `restore`: all rows of the database in a file, and back. */
import { statSync } from 'node:fs'
import { sum } from '../db/dump/format.ts'
import { restoreDump } from '../db/dump/restore.ts'
import { writeDump } from '../db/dump/write.ts'
import { hasCluster } from '../db/embedded/cluster.ts'
import { knownMigrations } from '../db/migrate.ts'
import { type Database, openDatabase } from '../db/open.ts'
import { assertSecret, findCipher } from '../db/secret.ts'
import { keyFile } from '../db/secret-files.ts'
import { type Config, readConfig } from '../lib/config.ts'
import { progressLine } from '../lib/progress.ts'
import { StartupError } from '../lib/startup-error.ts'
import { createLog } from '../server/listen.ts'
import { checkDatabase } from './check.ts'

export async function dump(path: string): Promise<void> {
  await onDatabase({ there: true }, async (database, { secret, data }) => {
    const line = progressLine()
    const { tables, taken } = await writeDump(database.background, path, line.show).finally(line.end)
    console.log(`${path}: ${sum(tables)} rows of ${tables.length} tables as of ${taken}, ${megabytes(path)} MB, read again and compared.`)
    console.error(
      `The secret that encrypts a part of it is not in the file. Keep ${secret === undefined ? keyFile(data) : 'REEVE_SECRET'} as well, elsewhere.`,
    )
  })
}

export async function restore(path: string): Promise<void> {
  await onDatabase({ there: false, archive: false }, async (database, config) => {
    const line = progressLine()
    const options = { progress: line.show, say: (text: string) => console.error(text) }
    const { tables, taken } = await restoreDump(database.background, path, await knownMigrations(), options).finally(line.end)
    console.log(`${sum(tables)} rows of ${tables.length} tables are restored, as of ${taken}.`)
    await checkDatabase(database, false)
    await tellOfSecret(database, config, 'file')
  })
}

/**
 * Opens the database as it is, without migrating it. If it must be there, a server may run on it. Without `archive`, what is done is left to
 * the base backup of the next start.
 */
export async function onDatabase(
  { there, archive = true }: { there: boolean; archive?: boolean },
  work: (database: Database, config: Config) => Promise<void>,
) {
  const config = readConfig(process.env)
  if (there && config.databaseUrl === undefined && !hasCluster(config.data))
    throw new StartupError(`There is no database in ${config.data}: set REEVE_DATA or DATABASE_URL.`)
  const log = createLog(process.env.REEVE_LOG ? config.logLevel : 'warn')
  const onLost = (error: Error) => {
    throw error
  }
  const backup = archive ? config.backup : undefined
  const lines = { log: (line: string) => log.info(line), warn: (line: string) => log.warn(line) }
  const database = await openDatabase({ ...config, ...lines, backup, onLost, beside: there })
  try {
    await work(database, config)
  } finally {
    await database.close()
  }
}

export async function tellOfSecret(database: Database, config: Config, where: 'file' | 'backup') {
  try {
    if (findCipher(config) === undefined)
      return console.error(
        `The secret is not in the ${where}: set REEVE_SECRET to that of the server, or copy its secret.key to ${keyFile(config.data)}.`,
      )
    await assertSecret(database.system, config)
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    console.error(error.message)
  }
}

const megabytes = (path: string) => (statSync(path).size / 1e6).toFixed(1)
