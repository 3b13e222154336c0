/** The embedded database: PostgreSQL as a child process on a data folder, kept running until it is stopped. */
import { statfsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { makePrivateFolder } from '../../lib/private-files.ts'
import { StartupError } from '../../lib/startup-error.ts'
import type { Login } from '../pool.ts'
import { accountFor } from './account.ts'
import { chooseAddress, clusterAnswers } from './address.ts'
import { clusterOf, hasCluster, inspectCluster, knownPassword, openCluster, prepareDatabase, resetPasswords } from './cluster.ts'
import { lockFolder } from './lock.ts'
import { clearLeftover, type Postmaster, startPostmaster } from './postmaster.ts'
import { findPrograms, runAs } from './programs.ts'
import { isDiskFull, refusal } from './refusal.ts'
import { serverSettings, thisMachine } from './settings.ts'

export { type Login, StartupError }

export interface EmbeddedServer {
  /** Role `reeve`, owner of the database `reeve`, neither superuser nor BYPASSRLS. Stays valid across restarts of the server. */
  readonly app: Login
  /** The superuser, on the database `postgres`: for tests and tools only. */
  readonly admin: Login
  /** The current server process. */
  readonly pid: number
  /** The disk is full: the server does not run, and is started again at intervals. */
  readonly isDiskFull: boolean
  /**
   * Stops the server (fast shutdown, immediate after 10 s) and unlocks the folder. Idempotent: every call resolves when the server has
   * stopped.
   */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Receives PostgreSQL's log lines and ours, without statements, values or passwords. */
  log?: (line: string) => void
  /** Overrides settings.ts: for tests, whose data need not survive a power failure. */
  settings?: Record<string, string>
  /** Called after the fifth death within a minute, when restarts end. stop() must still be called. */
  onLost?: (error: Error) => void
}

/**
 * Starts PostgreSQL on `folder`, which the first use creates: `reeve.pid` (lock), `postgres/` (cluster), `postgres.password` and
 * `reeve.password`. If this process is root, the server runs as another account.
 * @throws StartupError with a message for the operator
 */
export async function startEmbedded(folder: string, options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const home = resolve(folder)
  const undo: (() => void)[] = []
  try {
    return await start(home, options, undo)
  } catch (error) {
    for (const step of undo.reverse()) step()
    throw refusal(home, error)
  }
}

async function start(
  home: string,
  { log = () => {}, settings = {}, onLost }: EmbeddedOptions,
  undo: (() => void)[],
): Promise<EmbeddedServer> {
  const found = findPrograms()
  makePrivateFolder(home)
  const cluster = clusterOf(home)
  undo.push(await lockFolder(home, async () => hasCluster(home) && clusterAnswers(cluster)))
  const owner = inspectCluster(home, found.version)
  const programs = await runAs(found, accountFor(owner))
  const { passwords, lost } = await openCluster(programs, home, owner)
  const address = await chooseAddress(cluster)
  undo.push(address.close)
  const disk = statfsSync(home)
  const ending = new AbortController()
  const machine = thisMachine(disk.bavail * disk.bsize)
  const run = { programs, cluster, address, settings: { ...serverSettings(machine), ...settings }, log, signal: ending.signal }
  const launch = () => startPostmaster(run)
  if (lost) {
    await clearLeftover(run)
    await resetPasswords(programs, home, passwords)
  }

  let postmaster = await launch()
  const login = (name: 'reeve' | 'postgres'): Login => ({
    host: address.host,
    port: address.port,
    user: name,
    password: passwords[name],
    database: name,
  })
  const app = login('reeve')
  const admin = login('postgres')
  try {
    await prepareDatabase(admin, app)
  } catch (error) {
    await postmaster.stop()
    throw error
  }

  // process.exit() and uncaught errors bypass stop(): tell the server to shut down, without waiting.
  const onExit = () => postmaster.interrupt()
  process.on('exit', onExit)
  undo.push(() => process.off('exit', onExit))

  let isDiskFull = false
  const keeping = keepRunning(
    postmaster,
    launch,
    (next) => {
      if (next === 'disk full') {
        if (!isDiskFull) log(`The disk that holds ${home} is full: PostgreSQL is started again when there is space.`)
        isDiskFull = true
        return
      }
      isDiskFull = false
      postmaster = next
    },
    ending.signal,
    log,
  )
  keeping.catch((error: Error) => {
    log(error.message)
    onLost?.(error)
  })

  let stopping: Promise<void> | undefined
  const stop = async () => {
    ending.abort()
    await postmaster.stop()
    await keeping.catch(() => {})
    for (const step of undo.reverse()) step()
  }
  return {
    app,
    admin,
    get pid() {
      return postmaster.pid
    },
    get isDiskFull() {
      return isDiskFull
    },
    stop: () => (stopping ??= stop()),
  }
}

/** Milliseconds between two starts on a full disk. */
const LONGEST_PAUSE = 10_000

/**
 * Restarts a server that dies, with a growing delay. Returns once `signal` is aborted; rejects after the fifth death within a minute. On a
 * full disk it keeps trying, less and less often, because each start makes the log longer.
 */
async function keepRunning(
  first: Postmaster,
  launch: () => Promise<Postmaster>,
  replace: (next: Postmaster | 'disk full') => void,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  let current: Postmaster | undefined = first
  let deaths: number[] = []
  let how = ''
  let full = 0
  for (;;) {
    if (current !== undefined) how = await current.ended
    if (signal.aborted) return
    if (full === 0) deaths = [...deaths.filter((time) => time > Date.now() - 60_000), Date.now()]
    if (deaths.length >= 5) throw new Error(`PostgreSQL died ${deaths.length} times within a minute, last with: ${how}`)
    if (full === 0) log(`PostgreSQL died unexpectedly (${how}): starting it again`)
    await delay(full === 0 ? 50 * 2 ** deaths.length : Math.min(500 * 2 ** full, LONGEST_PAUSE), undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    try {
      current = await launch()
      full = 0
      replace(current)
      if (signal.aborted) await current.stop()
    } catch (error) {
      current = undefined
      how = (error as Error).message
      full = isDiskFull(error) ? full + 1 : 0
      if (full > 0) replace('disk full')
    }
  }
}

/**
 * Returns the logins of the server that another Reeve runs on `folder`, or undefined if none answers: for commands beside a running server.
 * Call `close` after closing the connections.
 */
export async function findRunning(folder: string): Promise<{ app: Login; admin: Login; close(): void } | undefined> {
  const home = resolve(folder)
  const [password, ofAdmin] = [knownPassword(home, 'reeve'), knownPassword(home, 'postgres')]
  if (password === undefined || ofAdmin === undefined || !hasCluster(home) || !(await clusterAnswers(clusterOf(home)))) return undefined
  const address = await chooseAddress(clusterOf(home))
  const { host, port, close } = address
  return {
    app: { host, port, user: 'reeve', password, database: 'reeve' },
    admin: { host, port, user: 'postgres', password: ofAdmin, database: 'postgres' },
    close,
  }
}
