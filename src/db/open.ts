/** Opens the database: the embedded PostgreSQL of the data folder, or the one that DATABASE_URL names. */
import { createClock, type MovedClock } from '../lib/clock.ts'
import { urlsOf } from '../lib/database-url.ts'
import { StartupError } from '../lib/startup-error.ts'
import { type DiskWatch, watchDisk } from './disk.ts'
import { findRunning, startEmbedded } from './embedded/server.ts'
import { type Login, openPool } from './pool.ts'
import { createScope, type Scope, type SystemSql, systemHandle } from './scope.ts'
import { shareWrites } from './write-shares.ts'

export interface Database {
  /** Handles for the tenant of a caller. */
  scope: Scope
  /** The handle that sees every tenant. */
  system: SystemSql
  /** The same for work that nobody waits for and that may take long: jobs, migrations, the demo world, checks. It takes COPY. */
  background: SystemSql
  /** Whether the database has space left. */
  disk: DiskWatch
  /** How another process of ours connects. */
  login: string | Login
  /** A sentence for the log: which database this is. */
  description: string
  close(): Promise<void>
}

export interface OpenOptions {
  data: string
  databaseUrl: string | undefined
  connections: number
  /** Another clock than the machine's. */
  clock?: MovedClock | undefined
  log: (line: string) => void
  /** The embedded server died and could not be started again. */
  onLost: (error: Error) => void
  /** Works beside a server that runs on the data folder, as commands do; else that folder is taken. */
  beside?: boolean
}

/** @throws StartupError with what to do where the database cannot or must not be used */
export async function openDatabase({ data, databaseUrl, connections, clock, log, onLost, beside }: OpenOptions): Promise<Database> {
  if (databaseUrl !== undefined)
    return connect(
      databaseUrl,
      connections,
      `PostgreSQL at ${(urlsOf(databaseUrl) ?? []).map(({ host }) => host).join(', ')}`,
      async () => {},
      clock,
    )
  const running = beside ? await findRunning(data) : undefined
  if (running) return connect(running.app, connections, `the embedded PostgreSQL that runs in ${data}`, async () => running.close(), clock)
  const server = await startEmbedded(data, { log, onLost })
  try {
    const database = await connect(server.app, connections, `embedded PostgreSQL in ${data}`, () => server.stop(), clock)
    const { disk } = database
    return { ...database, disk: { ...disk, isFull: () => server.isDiskFull || disk.isFull() } }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Lists that are streamed at once by one process: one tenant has half of them at most (sharesOf). */
export const STREAMS = 8

/** Connections for work in the background, and milliseconds that a statement of it may take: an index of millions of rows takes minutes. */
const BACKGROUND = 4
const LONGEST = 3_600_000

/** The schema of the queues of jobs (src/jobs), which pg-boss makes and keeps. */
export const QUEUES = 'reeve_jobs'

/** Connects to a running server; `stop` is called after the last connection is closed. */
export async function connect(
  to: string | Login,
  connections: number,
  description: string,
  stop: () => Promise<void>,
  moved?: MovedClock,
): Promise<Database> {
  const disk = watchDisk()
  const clock = { 'reeve.clock': createClock(moved).setting }
  const everyTenant = { ...clock, 'reeve.scope': 'system' } // row-level security lets pass what a connection says at its start
  const half = (whole: number) => Math.max(1, whole >> 1)
  // What a statement may take PostgreSQL, and a second or more on top for us to wait: that one is for a database that hangs.
  const ofShort = Math.max(2, half(connections))
  const short = openPool(to, {
    max: ofShort,
    writers: Math.max(1, Math.floor((ofShort * 3) / 4)), // as many as shareWrites lets through
    settings: { ...clock, statement_timeout: '9s' },
    ahead: true,
    noted: disk.note,
  })
  const custom = { ...clock, plan_cache_mode: 'force_custom_plan' }
  const ofLists = { ...custom, statement_timeout: '20s' }
  const lists = openPool(to, { max: half(connections), settings: ofLists, deadline: 25_000, ahead: true, noted: disk.note })
  // For each batch of a stream, and for the time between two: whoever reads is cut before (lists/streams.ts), unless our process hangs.
  const ofStreams = { ...custom, statement_timeout: '60s', idle_in_transaction_session_timeout: '60s' }
  const streams = openPool(to, { max: STREAMS, settings: ofStreams, deadline: 70_000, ahead: true, noted: disk.note })
  const ofSystem = Math.max(2, half(connections))
  const systemSettings = { ...everyTenant, statement_timeout: '9s' }
  const system = systemHandle(openPool(to, { max: ofSystem, writers: half(ofSystem), settings: systemSettings, noted: disk.note }))
  const background = systemHandle(
    openPool(to, { max: BACKGROUND, settings: everyTenant, copies: true, deadline: LONGEST, noted: disk.note }),
  )
  const end = (timeout: number) => Promise.all([short, lists, streams, system, background].map((one) => one.end({ timeout })))
  const close = async () => {
    await end(5)
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
  const scope = shareWrites(createScope({ short, lists, streams }), ofShort)
  return { scope, system, background, disk, login: to, description, close }
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
