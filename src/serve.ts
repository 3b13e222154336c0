/** The server's life: configuration → database → migrations → keys → listen → drain → close. */
import type { AddressInfo } from 'node:net'
import { type Logger, pino } from 'pino'
import manifest from '../package.json' with { type: 'json' }
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { knownMigrations, migrate } from './db/migrate.ts'
import { type Database, openDatabase } from './db/open.ts'
import { createAuthenticate } from './http/authenticate.ts'
import type { App } from './http/resource.ts'
import { openSeal } from './lib/seal.ts'
import { openSigningKeys } from './lib/signing-keys.ts'
import { keepLastUsage } from './resources/tokens/last-usage.ts'

export interface Running {
  app: App
  database: Database
  /** Where it answers, such as http://127.0.0.1:8080. */
  url: string
  /** Stops listening, lets requests finish for a while, and closes the database. May be called again. */
  close(): Promise<void>
}

/** Requests under way get this long to finish; lists that nobody reads would keep the server alive for ever. */
const DRAIN = 20_000

/** Request lines say method, path and address: no query (it holds what people search for), no body, no header. */
export const createLog = (level: string): Logger =>
  pino({
    level,
    base: null,
    serializers: {
      req: (request) => ({ method: request.method, path: request.url?.split('?')[0], from: request.ip }),
      res: (reply) => ({ status: reply.statusCode }),
      err: pino.stdSerializers.errWithCause,
    },
  })

/** Opens the database of `config` and brings its schema up to date. A command may do so beside a running server. */
export async function openMigrated(config: Config, log: Logger, { onLost, beside }: { onLost: (error: Error) => void; beside: boolean }) {
  const database = await openDatabase({ ...config, log: (line) => log.info(line), onLost, beside })
  try {
    const migrations = await knownMigrations()
    for (const name of await migrate(database.system, migrations)) log.info(`migrated: ${name}`)
    return { database, migrations }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** @throws StartRefused with what to do */
export async function startServer(
  config: Config,
  log: Logger,
  prepare: (database: Database) => Promise<void> = async () => {},
): Promise<Running> {
  const onLost = (error: Error) => {
    log.fatal({ err: error }, 'the embedded database is lost')
    process.exit(1) // whoever runs us starts us again, and the start recovers
  }
  const { database, migrations } = await openMigrated(config, log, { onLost, beside: false })
  try {
    await prepare(database)
    const keys = await openSigningKeys(database.system, await openSeal(config.secret, config.data))
    const lastUsage = keepLastUsage(database.system, log)
    const authenticate = createAuthenticate(database.system, keys, lastUsage.note)
    const app = await buildApp({
      ...database,
      keys,
      authenticate,
      migrations,
      log,
      trustProxy: config.trustProxy,
      version: manifest.version,
    })
    await app.listen({ host: config.host, port: config.port })
    let closing: Promise<void> | undefined
    const close = async () => {
      const cut = setTimeout(() => app.server.closeAllConnections(), DRAIN)
      await app.close()
      clearTimeout(cut)
      await lastUsage.close()
      await database.close()
    }
    return { app, database, url: urlOf(app.server.address() as AddressInfo), close: () => (closing ??= close()) }
  } catch (error) {
    await database.close()
    throw error
  }
}

const urlOf = ({ address, family, port }: AddressInfo) => {
  const host = address === '::' ? '[::1]' : address === '0.0.0.0' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}

/** Runs until SIGTERM or SIGINT, then drains and exits with 0; a second signal exits at once. */
export function closeOnSignals(running: Running, log: Logger) {
  let closing = false
  const stop = async (signal: NodeJS.Signals) => {
    if (closing) process.exit(1)
    closing = true
    log.info(`${signal}: draining`)
    try {
      await running.close()
      process.exit(0)
    } catch (error) {
      log.fatal({ err: error }, 'could not close cleanly')
      process.exit(1)
    }
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
