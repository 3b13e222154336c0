/** Mail: whether the mail server of all takes our connection, and mails that died or wait too long. */
import type { ISql } from '../../db/sql.ts'
import type { Config } from '../../lib/config.ts'
import { failureOf } from '../../mail/outcomes.ts'
import { hasServer } from '../../mail/send.queries.ts'
import { mailNetwork, openTransport } from '../../mail/servers.ts'
import { count, error, type Finding, ok, span, warning } from './finding.ts'

/** Seconds that a mail may wait; a mail server that is down for a while is tried again. */
const LONG = 1800

/** Connects, demands TLS and signs in, and sends nothing. */
export async function mailServerFindings(config: Config): Promise<Finding[]> {
  const network = mailNetwork(config, config.url ?? `http://${config.host}:${config.port}`)
  const server = network.shared
  if (!server)
    return [
      warning(
        'SMTP_URL is not set: mails of resellers without a mail server of their own are kept and not sent.',
        'Set it, or have every reseller set its own. Kept mails are at /reeve/outbox.',
      ),
    ]
  const transport = await openTransport(server, { ...network, answer: 8000 })
  try {
    await transport.verify()
    return [ok(`${server.host}:${server.port} takes mail${server.login ? ' and our login' : ''}.`)]
  } catch (cause) {
    return [error(`SMTP_URL: ${failureOf(cause as Error, server).text}`, 'Correct SMTP_URL, or the mail server. Until then mails wait.')]
  } finally {
    transport.close()
  }
}

export async function outboxFindings(db: ISql, { smtpUrl }: Config): Promise<Finding[]> {
  const [row] = await db<{ dead: number; late: number; waits: number | null; why: string | null; words: string | null }[]>`
    WITH unsent AS (SELECT o.* FROM outbox o LEFT JOIN branding b ON b.reseller_id = o.reseller_id AND b.deleted_at IS NULL
      WHERE o.sent_at IS NULL AND o.failed_at IS NULL AND ${hasServer(db, smtpUrl !== undefined)}),
    dead AS (SELECT id, last_error FROM outbox WHERE failed_at > now() - interval '7 days')
    SELECT (SELECT count(*)::int FROM dead) AS dead, (SELECT last_error FROM dead ORDER BY id DESC LIMIT 1) AS words, count(*)::int AS late,
      extract(epoch FROM now() - min(created_at))::float8 AS waits, (array_agg(last_error ORDER BY created_at))[1] AS why
    FROM unsent WHERE created_at < now() - make_interval(secs => ${LONG})`
  const found: Finding[] = []
  if (row && row.dead > 0)
    found.push(
      warning(
        `${count(row.dead, 'mail')} could not be sent in the last seven days. The latest: ${row.words ?? 'no reason is known'}`,
        'See /reeve/outbox?state=dead, where each can be sent again.',
      ),
    )
  if (row && row.late > 0) {
    const waits = row.waits ?? 0
    const what = `${count(row.late, 'mail')} ${row.late === 1 ? 'waits' : 'wait'}, the oldest for ${span(waits)}${because(row.why)}`
    found.push(
      waits > 4 * 3600
        ? error(what, 'Correct the mail server, or start the server if none runs.')
        : warning(what, 'They are tried again by themselves.'),
    )
  }
  return found.length > 0 ? found : [ok('No mail waits for long, and none died in the last seven days.')]
}

const because = (why: string | null) => (why === null ? '.' : `: ${why}`)
