/** SQL of signing in. It runs before a caller is known, so it takes the handle that sees every tenant. */
import type { TransactionSql } from 'postgres'
import type { SystemSql } from '../../db/scope.ts'

export interface SignIn {
  user_id: number
  reseller_id: number
  password_hash: string | null
  has_totp: boolean
  /** The account to work in first, null where the user may not act in any. */
  client_id: number | null
}

export async function findByEmail(sql: SystemSql, email: string): Promise<SignIn | undefined> {
  const [row] = await sql<SignIn[]>`
    SELECT u.id AS user_id, u.reseller_id, u.password_hash, u.totp_secret IS NOT NULL AS has_totp,
      (SELECT c.client_id FROM callers c WHERE c.user_id = u.id ORDER BY c.client_id <> u.client_id, c.client_id LIMIT 1) AS client_id
    FROM users u WHERE fold(u.email) = fold(${email}) AND u.deleted_at IS NULL`
  return row
}

export interface Attempt {
  reseller_id: number | null
  client_id: number | null
  user_id: number | null
  is_successful: boolean
  auth_type: 'password'
  ip_address: string
  user_agent: string
}

export async function recordLogin(sql: SystemSql, attempt: Attempt): Promise<void> {
  await sql`INSERT INTO logins ${sql({ ...attempt })}`
}

/** The user in the account as it may act now, with what the claims of a token say of it. */
export interface Subject {
  user_id: number
  client_id: number
  reseller_id: number
  email: string
  user_type: 'common' | 'reseller' | 'seller'
  is_admin: boolean
  sso_entity: string | null
  client_name: string
  role_name: string
}

export async function findSubject(sql: SystemSql | TransactionSql, userId: number, clientId: number): Promise<Subject | undefined> {
  const [row] = await sql<Subject[]>`
    SELECT user_id, client_id, reseller_id, email, user_type, is_admin, sso_entity, client_name, role_name(role_id)
    FROM callers WHERE user_id = ${userId} AND client_id = ${clientId}`
  return row
}

export interface Session {
  id: string
  actor_id: number | null
}

export async function insertSession(
  sql: SystemSql,
  { reseller_id, client_id, user_id }: Subject,
  actorId: number | null,
): Promise<Session> {
  const [row] = await sql<Session[]>`
    INSERT INTO sessions ${sql({ reseller_id, client_id, user_id, actor_id: actorId })} RETURNING id, actor_id`
  return row as Session
}

export async function insertRefreshToken(sql: SystemSql | TransactionSql, jti: string, sessionId: string, expires: Date): Promise<void> {
  await sql`INSERT INTO refresh_tokens ${sql({ jti, session_id: sessionId, expires_at: expires })}`
}

/** A refresh token with its session, locked: of several uses at once each sees what the one before did. */
export async function lockRefreshToken(db: TransactionSql, jti: string) {
  const [row] = await db<
    {
      session_id: string
      user_id: number
      client_id: number
      actor_id: number | null
      spent_for: number | null
      revoked: boolean
      expired: boolean
    }[]
  >`
    SELECT s.id AS session_id, s.user_id, s.client_id, s.actor_id, s.revoked_at IS NOT NULL AS revoked, r.expires_at <= now() AS expired,
      extract(epoch FROM clock_timestamp() - r.used_at)::float8 AS spent_for
    FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id WHERE r.jti = ${jti} FOR UPDATE`
  return row
}

export async function spendRefreshToken(db: TransactionSql, jti: string): Promise<void> {
  await db`UPDATE refresh_tokens SET used_at = coalesce(used_at, clock_timestamp()) WHERE jti = ${jti}`
}

export async function revokeSession(db: TransactionSql, id: string): Promise<void> {
  await db`UPDATE sessions SET revoked_at = now() WHERE id = ${id} AND revoked_at IS NULL`
}
