/** Reports failed sign-ins to the notification recipients of a reseller: one summary mail per recipient and period. */

import type { TransactionSql } from '../db/pool.ts'
import type { SystemSql } from '../db/scope.ts'
import { queueMail } from '../mail/outbox.ts'
import { recipientsOf } from '../mail/recipients.ts'

/** The most emails and IP addresses that a mail lists. The log has all of them. */
const SHOWN = 20

/**
 * Queues mails about the sign-ins that failed between the last report and the full hour before `at`. Run every hour or more often, it sends
 * a recipient at most one mail an hour, and one mail after a longer pause. The same transaction locks the row and records what is reported,
 * so only one of several servers reports it.
 * @returns how many mails were queued
 */
export async function notifyFailedLogins(system: SystemSql, at: Date): Promise<number> {
  const resellers = await system<{ id: number }[]>`
    SELECT DISTINCT reseller_id AS id FROM notification_settings WHERE notification_type = 'failed_login' AND enabled`
  let mails = 0
  for (const { id } of resellers) mails += await system.begin((db) => tell(db, id, at))
  return mails
}

async function tell(db: TransactionSql, reseller: number, at: Date): Promise<number> {
  await db`
    INSERT INTO failed_logins_notified (reseller_id, until) VALUES (${reseller}, date_trunc('hour', ${at}::timestamptz) - interval '1 hour')
    ON CONFLICT (reseller_id) DO NOTHING`
  const [told] = await db<{ since: Date; until: Date }[]>`
    SELECT until AS since, date_trunc('hour', ${at}::timestamptz) AS until FROM failed_logins_notified WHERE reseller_id = ${reseller} FOR UPDATE`
  if (!told || told.until <= told.since) return 0
  await db`UPDATE failed_logins_notified SET until = ${told.until} WHERE reseller_id = ${reseller}`
  const [failed] = await db<{ attempts: number; emails: string[]; addresses: string[] }[]>`
    SELECT coalesce(sum(l.attempts), 0) AS attempts, (array_agg(DISTINCT u.email::text))[:${SHOWN}] AS emails, (array_agg(DISTINCT host(l.ip_address)))[:${SHOWN}] AS addresses
    FROM logins l JOIN users u ON u.id = l.user_id
    WHERE l.reseller_id = ${reseller} AND NOT l.is_successful AND l.auth_type <> 'password_without_code' AND l.login_at >= ${told.since} AND l.login_at < ${told.until}`
  if (!failed || failed.attempts === 0) return 0
  const recipients = await recipientsOf(db, reseller, 'failed_login')
  for (const to of recipients)
    await queueMail(db, {
      reseller_id: reseller,
      client_id: null,
      user_id: null,
      ...to,
      template: 'failed_logins',
      details: {
        attempts: failed.attempts,
        emails: failed.emails.join(', '),
        addresses: failed.addresses.filter(Boolean).join(', '),
        since: told.since.toISOString(),
        until: told.until.toISOString(),
      },
    })
  return recipients.length
}
