/** One listening process: the application on an open database. */
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type DestinationStream, type Logger, pino } from 'pino'
import manifest from '../../package.json' with { type: 'json' }
import { createLastUsageRecorder } from '../auth/tokens/tokens.usage.ts'
import { watchBackup } from '../db/backup/watch.ts'
import type { Migration } from '../db/migrate.ts'
import type { Database } from '../db/open.ts'
import { openSecret } from '../db/secret.ts'
import { followSecret } from '../db/secret-servers.ts'
import { createAuthenticate } from '../http/authenticate.ts'
import { addressOf } from '../http/origin.ts'
import { redactedPath } from '../http/redaction.ts'
import { openSigningKeys } from '../http/signing-keys.ts'
import { createClock } from '../lib/clock.ts'
import { type Config, warningsOf } from '../lib/config.ts'
import { listenError } from '../lib/listening.ts'
import { outgoingFetch } from '../lib/outgoing.ts'
import { addressesOf } from '../mail/brand.ts'
import { startMailWorker } from '../mail/send.ts'
import { mailNetwork } from '../mail/servers.ts'
import { buildApp } from './app.ts'
import { openTracing } from './tracing.ts'

/** Milliseconds for requests in progress to finish. Without a limit, a list that nobody reads would keep the server alive for ever. */
const FINISH = 20_000

/**
 * Request lines hold method, path and address: no query (it holds search terms), no body, no header. Lines are buffered for up to a tenth
 * of a second: a write for each would cost more than the rest of a short response.
 */
export const createLog = (
  level: string,
  to: DestinationStream = pino.destination({ sync: false, minLength: 8192, periodicFlush: 100 }),
): Logger =>
  pino(
    {
      level,
      base: null,
      serializers: {
        req: (request) => ({ method: request.method, path: redactedPath(request), from: addressOf(request) }),
        res: (reply) => ({ status: reply.statusCode }),
        err: pino.stdSerializers.errWithCause,
      },
    },
    to,
  )

/** Builds the application on an open database, calls `free` and listens. `close` drains, lets requests finish for a while and leaves the
 * database open. */
export async function listen(config: Config, log: Logger, database: Database, migrations: readonly Migration[], free: () => Promise<void>) {
  const clock = createClock(config.clock)
  const closeTracing = await openTracing(log, manifest.version)
  const backup = config.backup && watchBackup(config.backup.folder)
  database.report((line) => log.warn(line))
  const cipher = await openSecret(database.system, config, (line) => log.warn(line))
  const endFollowing = followSecret(database.system, cipher, database.name, (line) => log.warn(line))
  const keys = await openSigningKeys(database.system, cipher, clock, (line) => log.warn(line))
  const lastUsage = createLastUsageRecorder(database.system, log)
  const authenticate = createAuthenticate(database.system, keys, clock, lastUsage.note)
  const addresses = addressesOf(config, `http://${config.host}:${config.port}`)
  const network = mailNetwork(config, addresses.url)
  let isDraining = false
  const app = await buildApp({
    ...database,
    keys,
    cipher,
    clock,
    authenticate,
    mail: { addresses, network },
    outgoing: outgoingFetch(network.allowed),
    migrations,
    log,
    trustProxy: config.trustProxy,
    rates: { ...config.rates, refused: 60 },
    warnings: async () => [...warningsOf(config), ...((await backup?.warnings()) ?? [])],
    passwordDays: config.passwordDays,
    metricsToken: config.metricsToken,
    isDraining: () => isDraining,
    version: manifest.version,
    consoleFolder: fileURLToPath(new URL('../../dist/console', import.meta.url)),
  })
  await free()
  await app.listen({ host: config.host, port: config.port }).catch((error) => {
    throw listenError(error, config)
  })
  const url = urlOf(app.server.address() as AddressInfo)
  if (config.url === undefined) addresses.url = url // with PORT=0 the port is known only now
  const sending = startMailWorker({ system: database.system, cipher, log, addresses, network })
  const close = async () => {
    if (config.drainSeconds > 0) {
      isDraining = true
      await delay(config.drainSeconds * 1000)
    }
    const sent = sending.close()
    const cut = setTimeout(() => app.server.closeAllConnections(), FINISH)
    await app.close()
    clearTimeout(cut)
    await Promise.all([lastUsage.close(), sent, endFollowing()])
    await closeTracing()
  }
  return { url, close }
}

const urlOf = ({ address, family, port }: AddressInfo) => {
  const host = address === '::' ? '[::1]' : address === '0.0.0.0' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}
