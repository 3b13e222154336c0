/** Metrics of mail: what became of attempts to send, and what waits in the outbox. */
import { Counter } from 'prom-client'
import type { ISql } from '../db/sql.ts'
import { processMetrics, sampled, sampledGauge } from '../lib/metrics.ts'
import { hasServer } from './send.queries.ts'

const outcomes = ['sent', 'postponed', 'dead', 'obsolete'] as const

const attempts = new Counter({
  name: 'reeve_mail_attempts_total',
  help: 'Mails taken from the outbox, by what became of them: sent, postponed, dead (given up), obsolete (not sent, as its link works no more).',
  labelNames: ['outcome'],
  registers: [processMetrics],
})
for (const outcome of outcomes) attempts.inc({ outcome }, 0) // exported from the start

export const countMail = (outcome: (typeof outcomes)[number]) => attempts.inc({ outcome })

/** So many mails are counted of each kind, so that a scrape reads no more of a long outbox. */
const MOST = 100_000

/** @param shared whether the installation has a mail server, for resellers without their own */
export function watchOutbox(db: ISql, shared: boolean): void {
  const sample = sampled(async () => {
    const [row] = await db<[{ waiting: number; kept: number; dead: number; oldest: number }]>`
      SELECT count(*) FILTER (WHERE sends)::int AS waiting, count(*) FILTER (WHERE NOT sends)::int AS kept,
        coalesce(extract(epoch FROM reeve_now() - min(created_at) FILTER (WHERE sends)), 0)::float8 AS oldest,
        (SELECT count(*)::int FROM (SELECT FROM outbox WHERE failed_at IS NOT NULL LIMIT ${MOST})) AS dead
      FROM (SELECT o.created_at, ${hasServer(db, shared)} AS sends
        FROM outbox o LEFT JOIN branding b ON b.reseller_id = o.reseller_id AND b.deleted_at IS NULL
        WHERE o.sent_at IS NULL AND o.failed_at IS NULL LIMIT ${MOST}) AS unsent`
    return row
  })
  sampledGauge({
    name: 'reeve_mails',
    help: 'Mails in the outbox that were not sent, by state: waiting, kept (no mail server is set), dead (given up). Counts to 100,000.',
    label: 'state',
    sample,
    values: ({ waiting, kept, dead }) => Object.entries({ waiting, kept, dead }),
  })
  sampledGauge({
    name: 'reeve_mail_oldest_waiting_seconds',
    help: 'Age of the oldest mail that waits to be sent; 0 if none does.',
    sample,
    values: ({ oldest }) => [['', oldest]],
  })
}
