/** SQL of two-step verification. */
import type { TransactionSql } from '../../db/pool.ts'
import { elevated, type ScopedSql, type SystemSql } from '../../db/scope.ts'
import type { UserKind } from '../../lib/caller.ts'

/** What a user authenticates with. */
export interface Secrets {
  password_hash: string | null
  /** Encrypted. */
  totp_secret: Buffer | null
  totp_pending: Buffer | null
}

export async function findSecrets(sql: SystemSql, userId: number): Promise<Secrets> {
  const [row] = await sql<Secrets[]>`SELECT password_hash, totp_secret, totp_pending FROM users WHERE id = ${userId}`
  return row ?? { password_hash: null, totp_secret: null, totp_pending: null }
}

/** Returns false if this step or a later one was used before. The row lock serializes concurrent calls. */
export async function consumeStep(sql: SystemSql, userId: number, secret: Buffer, step: number): Promise<boolean> {
  const spent = await sql`
    UPDATE users SET totp_step = ${step} WHERE id = ${userId} AND totp_secret = ${secret} AND coalesce(totp_step < ${step}, true)`
  return spent.count > 0
}

/** Returns false if there is no such code. Of two concurrent calls the second finds it gone. */
export async function consumeBackupCode(sql: SystemSql, userId: number, hash: Buffer): Promise<boolean> {
  const spent = await sql`DELETE FROM backup_codes WHERE user_id = ${userId} AND hash = ${hash}`
  return spent.count > 0
}

export async function findTwoStep(db: ScopedSql, userId: number): Promise<{ enabled: boolean; backup_codes: number }> {
  const [row] = await db<{ enabled: boolean; backup_codes: number }[]>`
    SELECT totp_secret IS NOT NULL AS enabled, (SELECT count(*) FROM backup_codes b WHERE b.user_id = u.id) AS backup_codes
    FROM users u WHERE id = ${userId}`
  return row ?? { enabled: false, backup_codes: 0 }
}

/** Stores the pending secret. Returns the names an authenticator shows, or undefined if two-step verification is already on. */
export async function setPending(db: ScopedSql, userId: number, encrypted: Buffer): Promise<{ email: string; issuer: string } | undefined> {
  const [row] = await db<{ email: string; issuer: string }[]>`
    UPDATE users u SET totp_pending = ${encrypted} FROM resellers r
    WHERE u.id = ${userId} AND r.id = u.reseller_id AND u.totp_secret IS NULL RETURNING u.email, r.name AS issuer`
  return row
}

export async function findPending(db: ScopedSql, userId: number): Promise<Buffer | null> {
  const [row] = await db<{ totp_pending: Buffer | null }[]>`SELECT totp_pending FROM users WHERE id = ${userId}`
  return row?.totp_pending ?? null
}

/** Returns false if another secret became pending meanwhile, or this one was confirmed. */
export async function confirmPending(db: ScopedSql, userId: number, pending: Buffer, step: number): Promise<boolean> {
  const confirmed = await db`
    UPDATE users SET totp_secret = totp_pending, totp_pending = NULL, totp_step = ${step} WHERE id = ${userId} AND totp_pending = ${pending}`
  return confirmed.count > 0
}

/** Returns false if two-step verification is off. */
export async function replaceBackupCodes(db: ScopedSql, userId: number, hashes: Buffer[]): Promise<boolean> {
  const [user] = await db<{ reseller_id: number }[]>`
    SELECT reseller_id FROM users WHERE id = ${userId} AND totp_secret IS NOT NULL FOR NO KEY UPDATE`
  if (!user) return false
  await db`DELETE FROM backup_codes WHERE user_id = ${userId}`
  await db`INSERT INTO backup_codes ${db(hashes.map((hash) => ({ user_id: userId, reseller_id: user.reseller_id, hash })))}`
  return true
}

/** Works for any caller. Ends pending setups, backup codes and open links too. Locks and refreshes the user itself. */
export async function switchOff(db: TransactionSql, userId: number): Promise<void> {
  await elevated(
    db,
    db`SELECT lock_user(${userId})`,
    db`UPDATE users SET totp_secret = NULL, totp_pending = NULL, totp_step = NULL WHERE id = ${userId}`,
    db`DELETE FROM backup_codes WHERE user_id = ${userId}`,
    db`UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = ${userId} AND purpose = 'totp_disable' AND used_at IS NULL`,
    db`SELECT refresh_user(${userId})`,
  )
}

/** Returns a user to whom a link could be mailed. */
export async function findUserWithTotp(db: ScopedSql, userId: number) {
  const [row] = await db<
    (UserKind & {
      reseller_id: number
      client_id: number
      email: string
      name: string
      lang: string
      enabled: boolean
      may_sign_in: boolean
    })[]
  >`
    SELECT reseller_id, client_id, user_type, is_admin, email, coalesce(name, '') AS name, lang, totp_secret IS NOT NULL AS enabled,
      EXISTS (SELECT FROM callers c WHERE c.user_id = u.id) AS may_sign_in
    FROM users u WHERE id = ${userId}`
  return row
}
