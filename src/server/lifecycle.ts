/** The server's lifecycle: configuration → probes → database → migrations → keys → listen → scheduler → drain → close. */
import type { Logger } from 'pino'
import { knownMigrations, migrate, refuseUnfinished } from '../db/migrate.ts'
import { type Database, openDatabase } from '../db/open.ts'
import { openSecret } from '../db/secret.ts'
import { serverName } from '../db/secret-servers.ts'
import { jobs } from '../jobs/jobs.ts'
import { startScheduler } from '../jobs/scheduler.ts'
import { createClock } from '../lib/clock.ts'
import { type Config, warningsOf } from '../lib/config.ts'
import { networks } from '../lib/networks.ts'
import { outgoingFetch } from '../lib/outgoing.ts'
import { listen } from './listen.ts'
import { watchServer } from './server-metrics.ts'
import { answerWhileStarting, type Starting } from './starting.ts'
import { startWorkers } from './workers.ts'

export interface Running {
  database: Database
  /** The address it listens at, such as http://127.0.0.1:8080. */
  url: string
  /** Stops listening, lets requests finish for a while, and closes the database. Idempotent. */
  close(): Promise<void>
}

interface OpenAs {
  onLost: (error: Error) => void
  /** Allows a server to run on the same data folder. */
  beside: boolean
  /** Receives the progress of migrations. */
  say?: (line: string) => void
}

/** Opens the database of `config` and migrates it. A command may do so beside a running server. */
export async function openMigrated(config: Config, log: Logger, { onLost, beside, say = (line) => log.info(line) }: OpenAs) {
  // The workers read lists, if there are any, and no command does.
  const replicaUrl = beside || config.workers > 1 ? undefined : config.replicaUrl
  // Workers encrypt, if there are any, and this process does not.
  const name = beside ? undefined : config.workers > 1 ? 'reeve jobs' : serverName(config, (line) => log.warn(line))
  const lines = { log: (line: string) => log.info(line), warn: (line: string) => log.warn(line) }
  const database = await openDatabase({ ...config, ...lines, ...(name && { name }), replicaUrl, onLost, beside })
  try {
    const migrations = await knownMigrations()
    await migrate(database.background, migrations, say)
    return { database, migrations }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** @throws StartupError with what to do */
export async function startServer(
  config: Config,
  log: Logger,
  prepare: (database: Database) => Promise<void> = async () => {},
): Promise<Running> {
  const starting = await answerWhileStarting(config)
  try {
    return await start(config, log, prepare, starting)
  } finally {
    await starting.close()
  }
}

async function start(config: Config, log: Logger, prepare: (database: Database) => Promise<void>, starting: Starting): Promise<Running> {
  const onLost = (error: Error) => {
    log.fatal({ err: error }, 'the embedded database is lost')
    process.exit(1) // the service manager starts us again, and the start recovers
  }
  const say = (line: string) => {
    log.info(line)
    starting.migrating(line)
  }
  for (const warning of warningsOf(config)) log.warn(warning)
  const { database, migrations } = await openMigrated(config, log, { onLost, beside: false, say })
  starting.migrated()
  try {
    await openSecret(database.system, config, (line) => log.warn(line)) // before another secret encrypts anything
    await prepare(database)
    await refuseUnfinished(database.system)
    watchServer(database.system, migrations, config.smtpUrl !== undefined)
    const listening =
      config.workers > 1
        ? await startWorkers(config, log, database, starting.close)
        : await listen(config, log, database, migrations, starting.close)
    // Starts after listening, because no request waits for it, and in this process only, however many workers there are.
    const jobDeps = {
      system: database.background,
      scope: database.scope,
      clock: createClock(config.clock),
      log,
      keep: config.keep,
      passwordDays: config.passwordDays,
      outgoing: outgoingFetch(networks(config.outgoingNetworks)),
    }
    const scheduler = startScheduler(jobDeps, jobs, config.clock?.rate)
    let closing: Promise<void> | undefined
    const close = async () => {
      await scheduler.close()
      await listening.close()
      await database.close()
    }
    return { database, url: listening.url, close: () => (closing ??= close()) }
  } catch (error) {
    await database.close()
    throw error
  }
}

/**
 * Drains on SIGTERM or SIGINT, then exits with 0. A second signal exits at once, unless it comes within a second: npm may send the first
 * one twice.
 * @param say prints for the user at the terminal what the log records
 */
export function closeOnSignals(running: Running, log: Logger, say: (line: string) => void = () => {}) {
  let since: number | undefined
  const stop = async (signal: NodeJS.Signals) => {
    if (since !== undefined && Date.now() - since < 1000) return
    if (since !== undefined) process.exit(1)
    since = Date.now()
    log.info(`${signal}: draining`)
    say('\nStopping: requests under way may finish. Press Ctrl-C again to stop at once.')
    try {
      await running.close()
      say('Stopped.')
      process.exit(0)
    } catch (error) {
      log.fatal({ err: error }, 'could not close cleanly')
      process.exit(1)
    }
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
