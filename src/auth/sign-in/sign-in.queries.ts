/** SQL of sign-in. It runs before the caller is known, so it takes the handle that sees every tenant. */
import type { SystemSql } from '../../db/scope.ts'

export interface SignIn {
  user_id: number
  reseller_id: number
  password_hash: string | null
  has_totp: boolean
  password_changed_at: Date | null
  /** An account that the user may act in, null if there is none: the log names it. */
  client_id: number | null
  /** The account that the session begins in, by password alone and with a code: null where all require an identity provider. */
  by_password: number | null
  by_code: number | null
}

export async function findByEmail(sql: SystemSql, email: string): Promise<SignIn | undefined> {
  const [row] = await sql<SignIn[]>`
    SELECT u.id AS user_id, u.reseller_id, u.password_hash, u.totp_secret IS NOT NULL AS has_totp, u.password_changed_at,
      a.ids[1] AS client_id, a.by_password[1] AS by_password, a.by_code[1] AS by_code
    FROM users u, LATERAL (
      SELECT array_agg(o.client_id ORDER BY o.place) AS ids, array_agg(o.client_id ORDER BY o.place) FILTER (WHERE o.by_password) AS by_password,
        array_agg(o.client_id ORDER BY o.place) FILTER (WHERE o.by_password OR may_work(u.id, o.client_id, null, 'password_and_code', null)) AS by_code
      FROM (SELECT c.client_id, row_number() OVER (ORDER BY c.client_id <> u.client_id, c.client_id) AS place,
          may_work(u.id, c.client_id, null, 'password', null) AS by_password
        FROM callers c WHERE c.user_id = u.id) o) a
    WHERE u.email_folded = fold(${email}) AND u.deleted_at IS NULL`
  return row
}

/** Replaces the old hash of a password by a new one, unless it changed meanwhile. Returns the hash that is stored now. */
export async function renewHash(sql: SystemSql, userId: number, old: string, renewed: string): Promise<string> {
  await sql`UPDATE users SET password_hash = ${renewed} WHERE id = ${userId} AND password_hash = ${old}`
  const [row] = await sql<{ hash: string }[]>`SELECT password_hash AS hash FROM users WHERE id = ${userId}`
  return row?.hash ?? old
}
