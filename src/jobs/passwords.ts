/** Where passwords expire (REEVE_PASSWORD_DAYS), notifies their users two weeks before, once for each password. */
import type { ScopedSql } from '../db/scope.ts'
import { queueMail } from '../mail/outbox.ts'
import { BATCH, inBatches, type JobDeps, timeRemaining } from './job.ts'

const NOTICE = 14

/** Skips expired passwords: a user who signs in with one receives a link to choose another. */
export async function notifyExpiringPasswords(deps: JobDeps, at: Date): Promise<void> {
  const { passwordDays } = deps
  if (passwordDays === undefined) return
  const tell = async (db: ScopedSql) => {
    const due = await db<{ reseller_id: number; client_id: number; user_id: number; recipient: string; lang: string; ends: Date }[]>`
      WITH soon AS (
        SELECT id, password_changed_at + ${passwordDays} * interval '24 hours' AS ends FROM users
        WHERE deleted_at IS NULL AND password_hash IS NOT NULL AND is_active AND activated_at IS NOT NULL
          AND password_changed_at > ${at}::timestamptz - ${passwordDays} * interval '24 hours'
          AND password_changed_at <= ${at}::timestamptz - ${passwordDays - NOTICE} * interval '24 hours'
          AND password_expiry_notified_for IS DISTINCT FROM password_changed_at
        ORDER BY password_changed_at, id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
      UPDATE users u SET password_expiry_notified_for = u.password_changed_at FROM soon WHERE u.id = soon.id
      RETURNING u.reseller_id, u.client_id, u.id AS user_id, u.email AS recipient, u.lang, soon.ends`
    for (const { ends, ...to } of due) await queueMail(db, { ...to, template: 'password_expires_soon', details: timeRemaining(ends, at) })
    return due.length
  }
  await inBatches(deps, tell)
}
