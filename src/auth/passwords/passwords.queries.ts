/** SQL of passwords, and of the links that set a new one. */
import type { TransactionSql } from '../../db/pool.ts'
import { elevated, type ScopedSql, type SystemSql } from '../../db/scope.ts'
import { stopAskedEmailChanges } from '../../people/users/users.queries.ts'
import { detachSession, endSessions } from '../sessions/sessions.queries.ts'

/** A user's password hashes, and what else a password change checks. */
export interface Passwords {
  email: string
  hasTotp: boolean
  present: string | null
  /** The earlier ones, newest first. */
  earlier: string[]
}

export async function findPasswords(sql: SystemSql, userId: number): Promise<Passwords | undefined> {
  const [row] = await sql<Passwords[]>`
    SELECT email, totp_secret IS NOT NULL AS "hasTotp", password_hash AS present,
      ARRAY(SELECT h.password_hash FROM password_history h WHERE h.user_id = u.id ORDER BY h.id DESC) AS earlier
    FROM users u WHERE id = ${userId}`
  return row
}

/**
 * Replaces a password; returns false if it changed meanwhile. The update locks the user, so the second of two concurrent changes fails.
 * A new password ends every session but the present one, those begun as somebody else too, and every open link, because whoever knew the old password
 * may have asked for it. Links that only take access away stay; so do invitations if this is the first password. Failed codes are forgotten, as
 * whoever guessed them knew the old password.
 * @param kept how many earlier passwords are kept
 */
export async function replacePassword(
  db: TransactionSql,
  userId: number,
  replaced: string | null,
  by: string,
  kept: number,
  presentSession: string | null,
): Promise<boolean> {
  const [changed] = await elevated(
    db,
    db`UPDATE users SET password_hash = ${by}, password_changed_at = reeve_now()
      WHERE id = ${userId} AND password_hash IS NOT DISTINCT FROM ${replaced}::text AND deleted_at IS NULL`,
  )
  if (changed.count === 0) return false
  await elevated(
    db,
    db`INSERT INTO password_history (user_id, password_hash) SELECT ${userId}::bigint, ${replaced}::text WHERE ${replaced !== null}`,
    db`DELETE FROM password_history WHERE user_id = ${userId} AND id NOT IN (
      SELECT id FROM password_history WHERE user_id = ${userId} ORDER BY id DESC LIMIT ${kept})`,
    detachSession(db, presentSession),
    ...endSessions(db, userId, presentSession),
    db`UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = ${userId} AND used_at IS NULL AND purpose <> 'end_access'
      AND (${replaced !== null} OR purpose NOT IN ('invitation', 'account_invitation', 'activation'))`,
    stopAskedEmailChanges(db, userId),
    db`DELETE FROM failures WHERE key IN (failure_key('code', ${String(userId)}, ''), failure_key('backup_code', ${String(userId)}, ''))`,
  )
  return true
}

/** Returns the latest invitation or activation link of a user, to one account or to any, with the details to complete it. */
export async function findInvitation(db: ScopedSql, userId: number, clientId: number | null) {
  const [row] = await db<
    { purpose: 'invitation' | 'activation'; client_id: number | null; details: Record<string, string | number> }[]
  >`SELECT purpose, client_id, details FROM one_time_links
    WHERE user_id = ${userId} AND purpose IN ('invitation', 'activation') AND (${clientId}::bigint IS NULL OR client_id = ${clientId})
    ORDER BY created_at DESC LIMIT 1`
  return row
}
