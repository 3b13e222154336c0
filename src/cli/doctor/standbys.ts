/** The standbys of DATABASE_REPLICA_URL: whether reads can go there, and what cancels or delays them. */
import { connect } from '../../db/open.ts'
import type { ISql } from '../../db/sql.ts'
import type { Config } from '../../lib/config.ts'
import { urlsOf } from '../../lib/database-url.ts'
import { standbyConnectionsOf } from './database.ts'
import { error, type Finding, ok, size, warning } from './finding.ts'

const BEHIND = 64e6

export async function standbyFindings(primary: ISql, config: Config): Promise<Finding[]> {
  const all = await Promise.all(
    (urlsOf(config.replicaUrl ?? '', 'standby') ?? []).map((url) =>
      standbyFindingsOf(primary, url, config).catch((cause: Error) => [
        error(
          `${url.hostname}: ${cause.message.split('\n')[0]}`,
          'Start it, or correct DATABASE_REPLICA_URL. Until then the primary serves the reads.',
        ),
      ]),
    ),
  )
  return all.flat()
}

async function standbyFindingsOf(primary: ISql, url: URL, config: Config): Promise<Finding[]> {
  const { system, close } = await connect(url.href, 2, url.hostname, async () => {})
  try {
    const [row] = await system`SELECT pg_is_in_recovery() AS recovery, current_setting('hot_standby_feedback') AS feedback,
      current_setting('max_connections')::int AS connections, pg_last_wal_replay_lsn()::text AS replayed,
      (SELECT system_identifier::text FROM pg_control_system()) AS identity`
    const [ours] = await primary`SELECT (SELECT system_identifier::text FROM pg_control_system()) AS identity`
    if (!row?.recovery) return [ok(`${url.hostname} is not in recovery, so it is left alone.`)]
    if (row.identity !== ours?.identity)
      return [error(`${url.hostname} is a standby of another database.`, 'Correct DATABASE_REPLICA_URL.')]
    const [state] = await system`SELECT pg_is_wal_replay_paused() AS paused`
    const [lag] = await primary`SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), ${row.replayed}::pg_lsn)::float8 AS bytes`
    const found: Finding[] = []
    if (state?.paused) found.push(error(`Replay is paused on ${url.hostname}.`, 'SELECT pg_wal_replay_resume() there'))
    if (row.feedback === 'off')
      found.push(
        warning(
          `hot_standby_feedback is off on ${url.hostname}, so reads there are cancelled or delay replay.`,
          'ALTER SYSTEM SET hot_standby_feedback = on, there',
        ),
      )
    if (lag?.bytes > BEHIND)
      found.push(warning(`${url.hostname} has ${size(lag?.bytes)} of changes yet to replay.`, 'Look at its disk and network.'))
    if (row.connections < standbyConnectionsOf(config))
      found.push(
        warning(
          `${url.hostname} allows ${row.connections} connections, and a server may take ${standbyConnectionsOf(config)}.`,
          'Raise max_connections there.',
        ),
      )
    return found.length > 0 ? found : [ok(`${url.hostname} follows, ${size(lag?.bytes ?? 0)} behind.`)]
  } finally {
    await close()
  }
}
