/** Owners of API tokens are told seven days and one day before a token expires. An expired one needs no mark: it is told by its date. */
import type { ScopedSql } from '../db/scope.ts'
import { queueMail } from '../mail/outbox.ts'
import { BATCH, inBatches, type JobDeps, untilThen } from './job.ts'

interface Expiring {
  token: string
  reseller_id: number
  client_id: number
  user_id: number
  recipient: string
  lang: string
  company: string
  ends: Date
}

/**
 * Each notice once. Who was not told in time is told by the next one alone, and nobody is of a time that the token never had. Nobody is told who
 * could not use the token anyway.
 */
export async function tellOfExpiringTokens(deps: JobDeps, at: Date): Promise<void> {
  const tell = async (db: ScopedSql) => {
    const due = await db<Expiring[]>`
      WITH soon AS (
        SELECT t.id, n.days AS notice FROM api_tokens t JOIN (VALUES (1), (7)) AS n (days)
          ON n.days = CASE WHEN t.exp_date <= ${at}::timestamptz + interval '24 hours' THEN 1 ELSE 7 END
        WHERE t.deleted_at IS NULL AND t.exp_date > ${at} AND t.exp_date <= ${at}::timestamptz + 7 * interval '24 hours'
          AND coalesce(t.expiry_told, 100) > n.days AND t.created_at < t.exp_date - n.days * interval '24 hours'
          AND EXISTS (SELECT FROM callers c WHERE c.user_id = t.user_id AND c.client_id = t.client_id)
        ORDER BY t.exp_date, t.id LIMIT ${BATCH} FOR UPDATE OF t SKIP LOCKED)
      UPDATE api_tokens t SET expiry_told = soon.notice FROM soon, users u, clients c
      WHERE t.id = soon.id AND u.id = t.user_id AND c.id = t.client_id
      RETURNING t.name AS token, t.reseller_id, t.client_id, t.user_id, u.email AS recipient, u.lang, c.company_name AS company, t.exp_date AS ends`
    for (const { token, company, ends, ...to } of due)
      await queueMail(db, { ...to, template: 'token_expires_soon', details: { token, company, ...untilThen(ends, at) } })
    return due.length
  }
  await inBatches(deps, tell)
}
