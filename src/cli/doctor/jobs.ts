/** Timed jobs: whether each was run lately by any server, and which fail. */
import { QUEUES } from '../../db/open.ts'
import type { ISql } from '../../db/sql.ts'
import { jobs } from '../../jobs/jobs.ts'
import { error, type Finding, ok, span, warning } from './finding.ts'

export interface Runs {
  /** Seconds since the first of the servers that are connected was; undefined if none is. */
  up: number | undefined
  /** Undefined before the first start. */
  queues: { name: string; ago: number | null; failed: number; why: string | null }[] | undefined
}

export async function runsOf(db: ISql): Promise<Runs> {
  const [server] = await db<{ seconds: number | null }[]>`
    SELECT extract(epoch FROM now() - min(backend_start))::float8 AS seconds FROM pg_stat_activity
    WHERE datname = current_database() AND application_name ~ '^reeve (server|jobs)'`
  const [there] = await db`SELECT to_regclass(${`${QUEUES}.job`}) IS NOT NULL AS queues`
  const queues =
    there?.queues &&
    (await db<NonNullable<Runs['queues']>>`
      SELECT name, extract(epoch FROM now() - max(completed_on) FILTER (WHERE state = 'completed'))::float8 AS ago,
        count(*) FILTER (WHERE output IS NOT NULL AND state IN ('failed', 'retry'))::int AS failed,
        max(output ->> 'message') FILTER (WHERE state IN ('failed', 'retry')) AS why
      FROM ${db(QUEUES)}.job GROUP BY name ORDER BY name`)
  return { up: server?.seconds ?? undefined, queues: queues || undefined }
}

export function jobFindings({ up, queues }: Runs): Finding[] {
  if (up === undefined) return [warning('No server is connected to the database, so no job runs.', 'Start the server.')]
  if (!queues)
    return [up > 60 ? error('The queues of jobs are missing.', 'See the log of the server.') : ok('The server has just started.')]
  const found: Finding[] = []
  for (const { name, every } of jobs) {
    const row = queues.find((one) => one.name === name)
    const ago = row?.ago ?? undefined
    const longest = 2 * every + 120
    if (up > longest && (ago === undefined || ago > longest))
      found.push(
        error(
          `The job ${name} ${ago === undefined ? 'has not succeeded for hours' : `succeeded ${span(ago)} ago`}, and should every ${span(every)}.`,
          'See the log of the server.',
        ),
      )
    if (row && row.failed > 0)
      found.push(warning(`The job ${name} failed: ${row.why ?? 'no reason is known'}`, 'It is run again. See the log of the server.'))
  }
  return found.length > 0 ? found : [ok(`All ${jobs.length} jobs run.`)]
}
