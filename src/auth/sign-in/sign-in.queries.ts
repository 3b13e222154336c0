/** SQL of sign-in. It runs before the caller is known, so it takes the handle that sees every tenant. */
import type { SystemSql } from '../../db/scope.ts'

export interface SignIn {
  user_id: number
  reseller_id: number
  password_hash: string | null
  has_totp: boolean
  password_changed_at: Date | null
  /** The account that the session begins in, null if the user may not act in any. */
  client_id: number | null
}

export async function findByEmail(sql: SystemSql, email: string): Promise<SignIn | undefined> {
  const [row] = await sql<SignIn[]>`
    SELECT u.id AS user_id, u.reseller_id, u.password_hash, u.totp_secret IS NOT NULL AS has_totp, u.password_changed_at,
      (SELECT c.client_id FROM callers c WHERE c.user_id = u.id ORDER BY c.client_id <> u.client_id, c.client_id LIMIT 1) AS client_id
    FROM users u WHERE u.email_folded = fold(${email}) AND u.deleted_at IS NULL`
  return row
}

/** Replaces the old hash of a password by a new one, unless it changed meanwhile. Returns the hash that is stored now. */
export async function renewHash(sql: SystemSql, userId: number, old: string, renewed: string): Promise<string> {
  await sql`UPDATE users SET password_hash = ${renewed} WHERE id = ${userId} AND password_hash = ${old}`
  const [row] = await sql<{ hash: string }[]>`SELECT password_hash AS hash FROM users WHERE id = ${userId}`
  return row?.hash ?? old
}
