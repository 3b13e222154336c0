/**
 * Several processes on one port: the first one runs the database and the workers, and the workers serve requests. Workers share no caches.
 * Node's cluster shares the port. Not pm2 or throng on top of it: they know no process that also runs the database and must end last.
 */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Login } from '../db/embedded/server.ts'
import { knownMigrations } from '../db/migrate.ts'
import { connect, type Database } from '../db/open.ts'
import { serverName } from '../db/secret-servers.ts'
import { type Config, shareOf } from '../lib/config.ts'
import { StartupError } from '../lib/startup-error.ts'
import { createLog, listen } from './listen.ts'
import { collectMetrics, type MetricsOrder, type MetricsReport } from './workers-metrics.ts'

/** Messages from the first process to a worker. */
type Order = { type: 'start'; config: Config; login: string | Login } | { type: 'listen' } | { type: 'close' } | MetricsOrder
/** Messages from a worker to the first process. */
type Report = { type: 'built' } | { type: 'started'; url: string } | { type: 'refused'; message: string } | MetricsReport

const RESTART_AFTER = 500

/** Starts `config.workers` processes, which listen once `free` has freed the port, and replaces those that die. @throws the error that keeps the first ones from starting */
export async function startWorkers(config: Config, log: Logger, database: Database, free: () => Promise<void>) {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('../../bin/reeve.mjs', import.meta.url)), args: ['worker'] })
  const workers = new Set<Worker>()
  const serving = new Set<Worker>()
  let closing = false

  async function start(): Promise<string> {
    const worker = cluster.fork()
    workers.add(worker)
    worker.on('message', async (report: Report) => {
      if (report.type === 'built') {
        await free()
        tell(worker, { type: 'listen' })
      }
      if (report.type !== 'metrics wanted') return
      const collected = collectMetrics([...serving].filter((one) => one.isConnected())).then(
        (text) => ({ text }),
        (error: Error) => {
          log.error({ err: error }, 'the metrics could not be collected')
          return {}
        },
      )
      tell(worker, { type: 'metrics', ...(await collected) })
    })
    worker.once('exit', (code) => {
      workers.delete(worker)
      serving.delete(worker)
      if (closing) return
      log.error(`a worker ended with ${code}: starting another`)
      setTimeout(() => !closing && start().catch((error) => log.error({ err: error }, 'a worker does not start')), RESTART_AFTER)
    })
    tell(worker, {
      type: 'start',
      config: { ...config, connections: shareOf(config), logLevel: log.level as Config['logLevel'] },
      login: database.login,
    })
    for (;;) {
      const [report] = (await Promise.race([once(worker, 'message'), once(worker, 'exit')])) as [Report | number]
      if (typeof report === 'number') throw new Error(`A worker ended with ${report} before it answered.`)
      if (report.type === 'refused') throw new StartupError(report.message)
      if (report.type === 'started') {
        serving.add(worker)
        return report.url
      }
    }
  }

  const close = async () => {
    closing = true
    await Promise.all(
      [...workers].map(async (worker) => {
        const ended = once(worker, 'exit')
        tell(worker, { type: 'close' })
        await ended
      }),
    )
  }

  try {
    const [url = ''] = await Promise.all(Array.from({ length: config.workers }, start))
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

const tell = (worker: Worker, order: Order) => worker.isConnected() && worker.send(order)
const report = (what: Report) => process.send?.(what)

/**
 * Runs a worker to its end. It ignores terminal signals, which reach it too: the first process tells it when to close, so that it can
 * finish.
 */
export async function runWorker(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
  const started = Promise.withResolvers<Extract<Order, { type: 'start' }>>()
  const mayListen = Promise.withResolvers<void>()
  const closing = Promise.withResolvers<void>()
  process.on('message', (order: Order) => {
    if (order.type === 'start') started.resolve(order)
    if (order.type === 'listen') mayListen.resolve()
    if (order.type === 'close') closing.resolve() // it may come while we still start
  })
  try {
    const { config, login } = await started.promise
    const log = createLog(config.logLevel)
    const name = serverName(config, (line) => log.warn(line))
    const database = await connect(login, config.connections, 'the database of the first process', async () => {}, { ...config, name })
    const free = () => {
      report({ type: 'built' })
      return mayListen.promise
    }
    const { url, close } = await listen(config, log, database, await knownMigrations(), free)
    report({ type: 'started', url })
    await closing.promise
    await close()
    await database.close()
    process.exit(0)
  } catch (error) {
    report({ type: 'refused', message: error instanceof StartupError ? error.message : String((error as Error).stack) })
    process.exit(1)
  }
}
