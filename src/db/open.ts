/** Opens the database: the embedded PostgreSQL of the data folder, or the one that DATABASE_URL names. */

import { resolve } from 'node:path'
import { createClock, type MovedClock } from '../lib/clock.ts'
import type { Backup } from '../lib/config.ts'
import { urlsOf } from '../lib/database-url.ts'
import { StartupError } from '../lib/startup-error.ts'
import { endArchiving, startArchiver } from './backup/archiver.ts'
import { type DiskWatch, watchDisk } from './disk.ts'
import { clusterOf } from './embedded/cluster.ts'
import { type EmbeddedServer, findRunning, startEmbedded } from './embedded/server.ts'
import { reportPrimary, untilPrimary } from './hosts.ts'
import { type Login, openPool } from './pool.ts'
import { createPositions } from './positions.ts'
import { createScope, type Scope, type SystemSql, systemHandle } from './scope.ts'
import { openStandbys, type Standbys } from './standbys.ts'
import { shareWrites, writePermits } from './write-shares.ts'

export interface Database {
  /** Handles for the tenant of a caller. */
  scope: Scope
  /** The handle that sees every tenant. */
  system: SystemSql
  /**
   * Sees every tenant too, for work that may take long and that no request waits for: jobs, migrations, the demo world, checks. Allows
   * COPY.
   */
  background: SystemSql
  /** Whether the database has space left. */
  disk: DiskWatch
  /** The servers that lists are read from, if there are any beside the primary. */
  standbys: Standbys | undefined
  /** How another process of this server connects. */
  login: string | Login
  /** The name of its connections in `pg_stat_activity`. */
  name: string
  /** Names the database in the log. */
  description: string
  /** Has `say` told, for the log, when another server becomes the primary, and when a standby begins or ceases to be used. */
  report(say: (line: string) => void): void
  close(): Promise<void>
}

export interface OpenOptions {
  data: string
  databaseUrl: string | undefined
  /** Standbys of that database. Only for a process that serves requests. */
  replicaUrl?: string | undefined
  /** Where the embedded database is archived. */
  backup?: Backup | undefined
  connections: number
  /** Replaces the machine's clock. */
  clock?: MovedClock | undefined
  log: (line: string) => void
  /** Receives what needs a person; `log` if left out. */
  warn?: (line: string) => void
  /** The embedded server died and could not be started again. */
  onLost: (error: Error) => void
  /** The name of the connections in `pg_stat_activity`. */
  name?: string | undefined
  /** Works beside a server that runs on the data folder, as commands do. Without it, takes the folder for itself. */
  beside?: boolean
}

/** @throws StartupError with a remedy, if the database cannot or must not be used */
export async function openDatabase({
  data,
  databaseUrl,
  replicaUrl,
  backup,
  connections,
  clock,
  log,
  warn = log,
  onLost,
  name,
  beside = false,
}: OpenOptions): Promise<Database> {
  if (databaseUrl !== undefined)
    return connect(
      databaseUrl,
      connections,
      `PostgreSQL at ${(urlsOf(databaseUrl) ?? []).map(({ host }) => host).join(', ')}`,
      async () => {},
      { clock, replicaUrl, name },
    )
  const running = beside ? await findRunning(data) : undefined
  if (running)
    return connect(running.app, connections, `the embedded PostgreSQL that runs in ${data}`, async () => running.close(), { clock, name })
  const server = await startEmbedded(data, { log, onLost })
  try {
    const archiver = await archive(server, { data, backup, log, warn, beside })
    const stop = async () => {
      await archiver?.close()
      await server.stop()
    }
    const database = await connect(server.app, connections, `embedded PostgreSQL in ${data}`, stop, { clock, name })
    const { disk } = database
    return { ...database, disk: { ...disk, isFull: () => server.isDiskFull || disk.isFull() } }
  } catch (error) {
    await server.stop()
    throw error
  }
}

type Archiving = Required<Pick<OpenOptions, 'data' | 'backup' | 'log' | 'warn' | 'beside'>>

/** A command archives what it changes; the daily base backup is the server's. */
async function archive({ admin }: EmbeddedServer, { data, backup, log, warn, beside }: Archiving) {
  if (backup === undefined) return beside ? undefined : endArchiving(admin)
  const daily = beside ? undefined : { days: backup.days }
  return startArchiver({ cluster: clusterOf(resolve(data)), admin, folder: resolve(backup.folder), daily, log, warn })
}

/** Concurrent streams of one process, of which one tenant gets at most half (sharesOf). */
export const STREAMS = 8

/**
 * Connections for background work, and the milliseconds that one of its statements may take: an index over millions of rows takes minutes.
 */
export const BACKGROUND = 4
const LONGEST = 3_600_000

/** The schema of the job queues (src/jobs), which pg-boss creates and maintains. */
export const QUEUES = 'reeve_jobs'

/** Connects to a running server. Calls `stop` after closing the last connection. */
export async function connect(
  to: string | Login,
  connections: number,
  description: string,
  stop: () => Promise<void>,
  { clock: moved, replicaUrl, name = 'reeve command' }: Pick<OpenOptions, 'clock' | 'replicaUrl' | 'name'> = {},
): Promise<Database> {
  const disk = watchDisk()
  const clock = { 'reeve.clock': createClock(moved).setting }
  const everyTenant = { ...clock, 'reeve.scope': 'system' } // row-level security reads what a connection sets at its start
  const half = (whole: number) => Math.max(1, whole >> 1)
  // statement_timeout limits PostgreSQL; our deadline is a second or more longer and is for a database that hangs.
  const ofShort = Math.max(2, half(connections))
  const short = openPool(to, {
    name,
    label: 'requests',
    max: ofShort,
    writers: writePermits(ofShort),
    settings: { ...clock, statement_timeout: '9s' },
    ahead: true,
    noted: disk.note,
  })
  const custom = { ...clock, plan_cache_mode: 'force_custom_plan' }
  const ofLists = { ...custom, statement_timeout: '20s' }
  const lists = openPool(to, {
    name,
    label: 'lists',
    max: half(connections),
    settings: ofLists,
    deadline: 25_000,
    ahead: true,
    noted: disk.note,
  })
  // Per batch of a stream, and between two. A slow reader is cut off earlier (lists/streams.ts), unless our process hangs.
  const ofStreams = { ...custom, statement_timeout: '60s', idle_in_transaction_session_timeout: '60s' }
  const streams = openPool(to, {
    name,
    label: 'streams',
    max: STREAMS,
    settings: ofStreams,
    deadline: 70_000,
    ahead: true,
    noted: disk.note,
  })
  const ofSystem = Math.max(2, half(connections))
  const systemSettings = { ...everyTenant, statement_timeout: '9s' }
  const system = systemHandle(
    openPool(to, { name, label: 'system', max: ofSystem, writers: half(ofSystem), settings: systemSettings, noted: disk.note }),
  )
  const background = systemHandle(
    openPool(to, { name, label: 'background', max: BACKGROUND, settings: everyTenant, copies: true, deadline: LONGEST, noted: disk.note }),
  )
  const end = (timeout: number) => Promise.all([short, lists, streams, system, background].map((one) => one.end({ timeout })))
  const close = async () => {
    await Promise.all([end(5), standbys?.close(5)])
    await stop()
  }
  try {
    await refuseUnfit(system)
  } catch (error) {
    await end(0)
    if (error instanceof StartupError) throw error
    throw new StartupError(`The database cannot be reached: ${(error as Error).message || (error as { code?: string }).code}`, {
      cause: error,
    })
  }
  const standbys =
    replicaUrl === undefined
      ? undefined
      : openStandbys(replicaUrl, createPositions(system), (url) => ({
          // A page that takes longer there is read from the primary.
          lists: openPool(url, {
            label: 'standby_lists',
            max: half(connections),
            settings: { ...ofLists, statement_timeout: '5s' },
            deadline: 6000,
          }),
          streams: openPool(url, { label: 'standby_streams', max: STREAMS, settings: ofStreams, deadline: 70_000 }),
          probe: openPool(url, { max: 1, settings: { statement_timeout: '1s' }, deadline: 1500 }),
        }))
  const scope = shareWrites(createScope({ short, lists, streams }, standbys), ofShort, () => untilPrimary(to))
  const report = (say: (line: string) => void) => {
    reportPrimary(to, say)
    standbys?.report(say)
  }
  return { scope, system, background, disk, standbys, login: to, name, description, report, close }
}

async function refuseUnfit(sql: SystemSql) {
  const [row] = await sql`SELECT current_setting('server_version_num')::int AS version, current_user AS name,
    current_setting('server_encoding') AS encoding, rolsuper OR rolbypassrls AS unbounded, current_database() AS database,
    to_regnamespace(${QUEUES}) IS NULL AND NOT has_database_privilege(current_database(), 'CREATE') AS confined FROM pg_roles WHERE rolname = current_user`
  if (row?.version < 150_000) throw new StartupError(`PostgreSQL ${Math.trunc(row?.version / 10_000)} is too old: Reeve needs 15 or newer.`)
  if (row?.encoding !== 'UTF8')
    throw new StartupError(
      `The database is encoded in ${row?.encoding}: make one with CREATE DATABASE reeve OWNER reeve ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0.`,
    )
  if (row?.unbounded)
    throw new StartupError(
      `The login ${row.name} is a superuser or has BYPASSRLS, so row-level security would not hold between tenants. Make a role without:\n` +
        `  CREATE ROLE reeve LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS;\n` +
        `  CREATE DATABASE reeve OWNER reeve ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;\n` +
        'and put it into DATABASE_URL.',
    )
  if (row?.confined)
    throw new StartupError(
      `The login ${row.name} may not make the schema ${QUEUES}, in which the queues of timed work are. Let it, as the owner of the database:\n` +
        `  GRANT CREATE ON DATABASE "${row.database}" TO "${row.name}";`,
    )
}
