/** The database: its settings, connections, transactions, indexes and clock. */
import { BACKGROUND, STREAMS } from '../../db/open.ts'
import type { ISql } from '../../db/sql.ts'
import { type Config, shareOf } from '../../lib/config.ts'
import { count, error, type Finding, ok, span, warning } from './finding.ts'

export interface Facts {
  version: string
  recovery: boolean
  settings: Record<'fsync' | 'full_page_writes' | 'synchronous_commit' | 'autovacuum', string>
  /** Connections that this role may have, those that others have, and those that our servers need by these settings. */
  connections: { allowed: number; others: number; needed: number }
  /** Transactions since the oldest row that is not frozen; the database stops at two billion. */
  age: number
  /** Seconds that the oldest transaction lasts, and the process that has it. */
  oldest: { seconds: number; pid: number; name: string } | undefined
  /** Seconds by which the database's clock is ahead of ours. */
  skew: number
  prepared: number
  invalid: string[]
  /** Tables of which more than half is dead. */
  bloated: { name: string; dead: number; live: number }[]
  /** Replication slots that nobody reads, and that keep WAL. */
  slots: string[]
}

/** Of one process, beyond half again of its share (db/open.ts). */
const OWN = STREAMS + BACKGROUND
/** Likewise to a standby: one is the probe's. */
const OF_STANDBY = STREAMS + 1

/** Connections of a server with these settings. */
export function connectionsOf(config: Pick<Config, 'connections' | 'workers'>): number {
  const { connections, workers } = config
  const ofOne = Math.ceil(1.5 * shareOf(config)) + OWN
  return workers > 1 ? workers * ofOne + Math.ceil(connections / 2) + OWN : ofOne
}

/** Those to each standby. */
export const standbyConnectionsOf = (config: Pick<Config, 'connections' | 'workers'>) =>
  config.workers * (Math.ceil(shareOf(config) / 2) + OF_STANDBY)

export async function factsOf(db: ISql, config: Config): Promise<Facts> {
  const before = Date.now()
  const [clock] = await db<{ at: number }[]>`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS at`
  const here = (before + Date.now()) / 2
  const [row] = await db`
    SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS recovery, current_setting('fsync') AS fsync,
      current_setting('full_page_writes') AS full_page_writes, current_setting('synchronous_commit') AS synchronous_commit,
      current_setting('autovacuum') AS autovacuum, age(datfrozenxid)::int AS age,
      (SELECT count(*)::int FROM pg_prepared_xacts WHERE database = datname) AS prepared,
      (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name NOT LIKE 'reeve%') AS others,
      least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true), '0')::int,
        nullif(datconnlimit, -1), (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user))::int AS allowed
    FROM pg_database WHERE datname = current_database()`
  const [oldest] = await db<{ seconds: number; pid: number; name: string }[]>`
    SELECT extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds, pid, application_name AS name FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL
    ORDER BY xact_start LIMIT 1`
  const names = async (rows: PromiseLike<{ name: string }[]>) => (await rows).map(({ name }) => name)
  const { fsync, full_page_writes, synchronous_commit, autovacuum } = row as never as Facts['settings']
  return {
    version: row?.version,
    recovery: row?.recovery,
    settings: { fsync, full_page_writes, synchronous_commit, autovacuum },
    connections: { allowed: row?.allowed, others: row?.others, needed: connectionsOf(config) },
    age: row?.age,
    oldest,
    skew: ((clock?.at ?? here) - here) / 1000,
    prepared: row?.prepared,
    invalid: await names(db`
      SELECT indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      WHERE NOT indisvalid AND relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')
        AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = indexrelid) ORDER BY 1`),
    bloated: await db<{ name: string; dead: number; live: number }[]>`
      SELECT relname::text AS name, n_dead_tup::float8 AS dead, n_live_tup::float8 AS live FROM pg_stat_user_tables
      WHERE n_dead_tup > 100000 AND n_dead_tup > n_live_tup ORDER BY n_dead_tup DESC LIMIT 5`,
    slots: await names(
      db`SELECT slot_name::text AS name FROM pg_replication_slots WHERE NOT active AND restart_lsn IS NOT NULL ORDER BY 1`,
    ),
  }
}

export function databaseFindings(facts: Facts): Finding[] {
  const { version, recovery, settings, age, oldest, skew, prepared, invalid, bloated, slots } = facts
  const found = [ok(`PostgreSQL ${version.split(' ')[0]} answers.`), connectionFinding(facts.connections)]
  const complain = (when: boolean, of: Finding) => when && found.push(of)
  complain(recovery, error('DATABASE_URL leads to a standby, which takes no changes.', 'Name the primary, or all hosts.'))
  for (const name of ['fsync', 'full_page_writes'] as const)
    complain(
      settings[name] === 'off',
      error(`${name} is off: a crash of the machine destroys the database.`, `ALTER SYSTEM SET ${name} = on`),
    )
  complain(
    settings.synchronous_commit === 'off',
    error('synchronous_commit is off: a crash loses changes that were acknowledged.', 'ALTER SYSTEM SET synchronous_commit = on'),
  )
  complain(
    settings.autovacuum === 'off',
    error('autovacuum is off: tables grow, and in the end the database stops.', 'ALTER SYSTEM SET autovacuum = on'),
  )
  complain(
    age > 500e6,
    (age > 1500e6 ? error : warning)(
      `The oldest row is ${Math.round(age / 1e6)} million transactions old; at 2,000 million the database stops.`,
      'Look for what holds autovacuum back (long transactions, unused slots), and VACUUM (FREEZE) the database.',
    ),
  )
  if (oldest && oldest.seconds > 600)
    found.push(
      (oldest.seconds > 36_000 ? error : warning)(
        `A transaction lasts for ${span(oldest.seconds)} (process ${oldest.pid}${oldest.name ? ` of ${oldest.name}` : ''}): rows that were deleted since cannot be cleaned up.`,
        `End it where it is, or SELECT pg_terminate_backend(${oldest.pid})`,
      ),
    )
  complain(
    prepared > 0,
    warning(
      `${count(prepared, 'prepared transaction')} wait for their end, and keep locks.`,
      'SELECT * FROM pg_prepared_xacts; Reeve makes none.',
    ),
  )
  for (const name of invalid)
    found.push(error(`The index ${name} is invalid: it is kept up to date and not used.`, `REINDEX INDEX CONCURRENTLY ${name}, or DROP it`))
  for (const { name, dead, live } of bloated)
    found.push(
      warning(`Of the table ${name} ${dead} rows are dead, and ${live} alive.`, `VACUUM ${name}, and look for what holds autovacuum back.`),
    )
  for (const name of slots)
    found.push(
      warning(
        `Nobody reads the replication slot ${name}, which keeps WAL until the disk is full.`,
        `Start its standby, or pg_drop_replication_slot('${name}')`,
      ),
    )
  complain(
    Math.abs(skew) > 2,
    (Math.abs(skew) > 20 ? error : warning)(
      `The clock of the database is ${span(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} that of this machine.`,
      'Let both follow NTP: codes of two-step verification last 30 seconds.',
    ),
  )
  return found
}

function connectionFinding({ allowed, others, needed }: Facts['connections']): Finding {
  const words = `A server takes up to ${needed} connections by REEVE_CONNECTIONS and REEVE_WORKERS, and ${allowed} are allowed`
  if (needed > allowed)
    return error(`${words}.`, 'Raise max_connections (or the limit of the role or the database), or lower REEVE_CONNECTIONS.')
  if (needed + others > allowed)
    return warning(`${words}, of which others have ${others}.`, 'Raise max_connections, or lower REEVE_CONNECTIONS.')
  return ok(`${words}.`)
}
