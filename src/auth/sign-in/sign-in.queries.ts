/** SQL of sign-in, sessions and passwords. Queries that run before the caller is known take the handle that sees every tenant. */
import type { FastifyRequest } from 'fastify'
import type { AuthType } from '../../audit/logins.queries.ts'
import type { TransactionSql } from '../../db/pool.ts'
import type { ScopedSql, SystemSql } from '../../db/scope.ts'
import { addressOf, agentOf } from '../../http/origin.ts'
import type { Caller, UserKind } from '../../lib/caller.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'

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

/** A user who may currently act in an account, with the claims of its tokens. */
export interface Subject extends UserKind {
  user_id: number
  client_id: number
  reseller_id: number
  email: string
  sso_entity: string | null
  client_name: string
  role_name: string
}

const subject = (db: SystemSql | TransactionSql) =>
  db`SELECT user_id, client_id, reseller_id, email, user_type, is_admin, sso_entity, client_name, role_name(role_id) FROM callers`

export async function findSubject(sql: SystemSql | TransactionSql, userId: number, clientId: number): Promise<Subject | undefined> {
  const [row] = await sql<Subject[]>`${subject(sql)} WHERE user_id = ${userId} AND client_id = ${clientId}`
  return row
}

/** Returns the user in each account it may act in, the home account first. */
export async function subjectsOf(db: ScopedSql, userId: number): Promise<Subject[]> {
  return db<Subject[]>`${subject(db)} WHERE user_id = ${userId}
    ORDER BY client_id <> (SELECT client_id FROM users WHERE id = ${userId}), client_id`
}

/** Returns the active Administrators of an account, the owner first. */
export async function administratorsOf(db: ScopedSql, clientId: number): Promise<Subject[]> {
  return db<Subject[]>`${subject(db)} WHERE client_id = ${clientId} AND role_id = ${ADMINISTRATORS}
    ORDER BY user_id IS DISTINCT FROM (SELECT owner_id FROM clients WHERE id = ${clientId}), user_id`
}

export interface Session {
  id: string
  actor_id: number | null
}

/** What a session rests on. It does not begin if any of this is gone, and ends with it. */
export interface Begun {
  subject: Subject
  actorId: number | null
  /** The session stores the address and the user agent of this request. */
  request: FastifyRequest
  /** The hash that the password was verified against. */
  passwordHash?: string
  /** The credential that requested the session, if no sign-in did: the session ends with it. */
  origin?: Caller['credential']
  /** Longest duration in minutes; unlimited if absent, as long as the session is refreshed. */
  minutes?: number
  readOnly?: boolean
  authType?: AuthType
}

/** When a refresh token was issued and when it expires, by our clock. */
export interface TokenTimes {
  issued_at: Date
  expires_at: Date
}

/** Adds a session with its first refresh token, or returns undefined: see begin_session in schema/10_sessions.sql. */
export async function insertSession(
  sql: SystemSql | TransactionSql,
  { subject: { user_id, client_id }, actorId, request, passwordHash, origin, minutes, readOnly = false, authType }: Begun,
  jti: string,
  lives: number,
): Promise<(TokenTimes & { id: string }) | undefined> {
  const [row] = await sql<(TokenTimes & { id: string })[]>`
    SELECT begun.id, t.* FROM begin_session(${user_id}, ${client_id}, ${actorId}, ${passwordHash ?? null},
      ${origin?.type === 'session' ? origin.id : null}, ${origin?.type === 'token' ? origin.id : null},
      ${minutes ?? null}::int * interval '1 minute', ${readOnly}, ${addressOf(request)}, ${agentOf(request)},
      ${authType ?? null}) AS begun (id),
      LATERAL add_refresh_token(${jti}, begun.id, ${lives} * interval '1 second') AS t
    WHERE begun.id IS NOT NULL`
  return row
}

export async function insertRefreshToken(
  sql: SystemSql | TransactionSql,
  jti: string,
  sessionId: string,
  lives: number,
): Promise<TokenTimes> {
  const [row] = await sql<TokenTimes[]>`SELECT * FROM add_refresh_token(${jti}, ${sessionId}, ${lives} * interval '1 second')`
  return row as TokenTimes
}

/** Locks a refresh token and its session, so that concurrent uses see each other's result. The grace period is measured in real time. */
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
    SELECT s.id AS session_id, s.user_id, s.client_id, s.actor_id, r.expires_at <= reeve_now() AS expired,
      s.revoked_at IS NOT NULL OR (s.actor_id IS NOT NULL AND NOT may_act(s.actor_id, s.reseller_id)) AS revoked,
      extract(epoch FROM clock_timestamp() - r.used_at)::float8 AS spent_for
    FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id WHERE r.jti = ${jti} FOR UPDATE`
  return row
}

export async function spendRefreshToken(db: TransactionSql, jti: string): Promise<void> {
  await db`UPDATE refresh_tokens SET used_at = coalesce(used_at, clock_timestamp()) WHERE jti = ${jti}`
}

export async function revokeSession(db: TransactionSql, id: string): Promise<void> {
  await db`UPDATE sessions SET revoked_at = reeve_now() WHERE id = ${id} AND revoked_at IS NULL`
}

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

/** Returns false if the password changed meanwhile. Ends sessions and open links: see change_password in schema/09_credentials.sql. */
export async function replacePassword(
  db: TransactionSql,
  userId: number,
  replaced: string | null,
  by: string,
  remembered: number,
  presentSession: string | null,
): Promise<boolean> {
  const [row] = await db<{ changed: boolean }[]>`
    SELECT change_password(${userId}, ${replaced}, ${by}, ${remembered}, ${presentSession}) AS changed`
  return row?.changed ?? false
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

/** Ends API tokens, passkeys, links and all sessions but `present`: see end_access in schema/09_credentials.sql. */
export async function endAccess(db: TransactionSql, userId: number, present: string | null): Promise<void> {
  await db`SELECT end_access(${userId}, ${present})`
}
