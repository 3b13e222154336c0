/**
 * Notifies the creator of an API token and the Administrators of its account seven days and one day before it expires. An expired token
 * needs no mark: its date shows it.
 */
import type { ScopedSql } from '../db/scope.ts'
import { ADMINISTRATORS } from '../lib/roles.ts'
import { queueMail } from '../mail/outbox.ts'
import { BATCH, inBatches, type JobDeps, timeRemaining } from './job.ts'

interface Notice {
  id: number
  token: string
  reseller_id: number
  client_id: number
  user_id: number
  recipient: string
  lang: string
  company: string
  ends: Date
  /** Email of the creator, if not the recipient. */
  email: string | null
}

/**
 * Sends each notice once. If the first is missed, only the second is sent. A notice is skipped if the token never had that much time, or if
 * its user could not use it anyway. In a reseller's own account all users are Administrators: sellers are not notified of others' tokens.
 */
export async function notifyExpiringTokens(deps: JobDeps, at: Date): Promise<void> {
  const tell = async (db: ScopedSql) => {
    const due = await db<Notice[]>`
      WITH soon AS (
        SELECT t.id, n.days AS notice FROM api_tokens t JOIN (VALUES (1), (7)) AS n (days)
          ON n.days = CASE WHEN t.exp_date <= ${at}::timestamptz + interval '24 hours' THEN 1 ELSE 7 END
        WHERE t.deleted_at IS NULL AND t.exp_date > ${at} AND t.exp_date <= ${at}::timestamptz + 7 * interval '24 hours'
          AND coalesce(t.expiry_notified_days, 100) > n.days AND t.created_at < t.exp_date - n.days * interval '24 hours'
          AND EXISTS (SELECT FROM callers c WHERE c.user_id = t.user_id AND c.client_id = t.client_id)
        ORDER BY t.exp_date, t.id LIMIT ${BATCH} FOR UPDATE OF t SKIP LOCKED),
      told AS (UPDATE api_tokens t SET expiry_notified_days = soon.notice FROM soon WHERE t.id = soon.id RETURNING t.*)
      SELECT t.id, t.name AS token, t.reseller_id, t.client_id, c.user_id, c.email AS recipient, u.lang, c.client_name AS company,
        t.exp_date AS ends, CASE WHEN c.user_id <> t.user_id THEN issuer.email END AS email
      FROM told t JOIN users issuer ON issuer.id = t.user_id JOIN callers c ON c.client_id = t.client_id
        AND (c.user_id = t.user_id OR (c.role_id = ${ADMINISTRATORS} AND c.user_type <> 'seller'))
      JOIN users u ON u.id = c.user_id ORDER BY t.id, c.user_id`
    for (const { id: _, token, company, ends, email, ...to } of due) {
      const details = { token, company, ...(email !== null && { email }), ...timeRemaining(ends, at) }
      await queueMail(db, { ...to, template: 'token_expires_soon', details })
    }
    return new Set(due.map(({ id }) => id)).size
  }
  await inBatches(deps, tell)
}
