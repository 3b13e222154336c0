/** SQL of sessions: live ones, limited to those visible to the caller, and the queries that begin and refresh one. */
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { AuthType } from '../../audit/logins.queries.ts'
import type { TransactionSql } from '../../db/pool.ts'
import { elevated, type ScopedSql, type SystemSql } from '../../db/scope.ts'
import { addressOf, agentOf } from '../../http/origin.ts'
import type { Caller, UserKind } from '../../lib/caller.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import type { Fragment } from '../../lists/filters.ts'
import { stopAskedEmailChanges } from '../../people/users/users.queries.ts'
import type { Session } from './sessions.schema.ts'

/** Callers see all their own sessions. Administrators see those of others only in the account: other accounts are other tenants. */
function live(db: ScopedSql, caller: Caller, userId: number): Fragment {
  const tenant =
    caller.kind === 'platform'
      ? db`true`
      : caller.kind === 'client' && userId !== caller.userId
        ? db`s.reseller_id = ${caller.resellerId} AND s.client_id = ${caller.clientId}`
        : db`s.reseller_id = ${caller.resellerId}`
  return db`${tenant} AND s.revoked_at IS NULL AND s.expires_at > reeve_now()`
}

const present = ({ credential }: Caller) => (credential.type === 'session' ? credential.id : null)

/** Newest first. */
export const listSessions = (db: ScopedSql, caller: Caller, userId: number) => db<Static<typeof Session>[]>`
  SELECT s.id, s.client_id, json_time(s.created_at) AS created_at, json_time(coalesce(s.refreshed_at, s.created_at)) AS refreshed_at,
    json_time(s.expires_at) AS expires_at, coalesce(host(s.ip_address), '') AS ip_address, s.user_agent, s.actor_id AS actor, s.read_only,
    coalesce(s.id = ${present(caller)}::uuid, false) AS current
  FROM sessions s WHERE ${live(db, caller, userId)} AND s.user_id = ${userId} ORDER BY s.created_at DESC, s.id`

/** @returns whether there was such a session */
export async function endSession(db: ScopedSql, caller: Caller, userId: number, id: string): Promise<boolean> {
  const ended =
    await db`UPDATE sessions s SET revoked_at = reeve_now() WHERE ${live(db, caller, userId)} AND s.user_id = ${userId} AND s.id = ${id}`
  return ended.count > 0
}

/** Ends all sessions but the caller's, even if that began from one of them. Includes those in which the user acts as somebody else. */
export async function endOtherSessions(db: ScopedSql, caller: Caller, userId: number): Promise<void> {
  if (userId === caller.userId) await elevated(db, detachSession(db, present(caller)))
  await db`
    UPDATE sessions s SET revoked_at = reeve_now()
    WHERE ${live(db, caller, userId)} AND (s.user_id = ${userId} OR s.actor_id = ${userId}) AND s.id IS DISTINCT FROM ${present(caller)}::uuid`
}

/**
 * Detaches the session that stays before all others of the user end: its origin becomes that of the first of its line. A session in which somebody
 * acts as the user stays bound to the actor's credential. For `elevated`.
 */
export const detachSession = (db: TransactionSql, present: string | null) => db`
  WITH RECURSIVE line AS (
    SELECT id, user_id, actor_id, origin_session, origin_token, 0 AS generation FROM sessions WHERE id = ${present}::uuid
    UNION ALL
    SELECT o.id, o.user_id, o.actor_id, o.origin_session, o.origin_token, l.generation + 1 FROM sessions o JOIN line l ON o.id = l.origin_session
      WHERE o.user_id = l.user_id AND o.actor_id IS NOT DISTINCT FROM l.actor_id)
  UPDATE sessions s SET origin_session = first.origin_session, origin_token = first.origin_token
    FROM (SELECT * FROM line ORDER BY generation DESC LIMIT 1) AS first WHERE s.id = ${present}::uuid AND first.generation > 0`

export async function findPerson(db: ScopedSql, userId: number) {
  const [row] = await db<(UserKind & { client_id: number })[]>`SELECT user_type, is_admin, client_id FROM users WHERE id = ${userId}`
  return row
}

export async function isRecentlyVerified(db: ScopedSql, id: string, minutes: number): Promise<boolean> {
  const [row] = await db`SELECT FROM sessions WHERE id = ${id} AND proven_at > reeve_now() - ${minutes} * interval '1 minute'`
  return row !== undefined
}

export async function setVerified(db: ScopedSql, id: string): Promise<void> {
  await db`UPDATE sessions SET proven_at = reeve_now() WHERE id = ${id}`
}

/** A user who may currently act in an account, with the claims of its tokens. */
export interface Subject extends UserKind {
  user_id: number
  client_id: number
  reseller_id: number
  email: string
  client_name: string
  role_name: string
}

const subject = (db: SystemSql | TransactionSql) =>
  db`SELECT user_id, client_id, reseller_id, email, user_type, is_admin, client_name, role_name(role_id) FROM callers`

export async function findSubject(sql: SystemSql | TransactionSql, userId: number, clientId: number): Promise<Subject | undefined> {
  const [row] = await sql<Subject[]>`${subject(sql)} WHERE user_id = ${userId} AND client_id = ${clientId}`
  return row
}

/** Whether this actor may act as the subject in its account: not if that is closed to staff. */
export async function mayActIn(sql: SystemSql | TransactionSql, actorId: number, { reseller_id, client_id }: Subject): Promise<boolean> {
  const [row] = await sql<{ may: boolean }[]>`SELECT may_act(${actorId}, ${reseller_id}, ${client_id}) AS may`
  return row?.may ?? false
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

export interface SessionRecord {
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
  /** The identity provider that the user came by, and what it said of its own session. */
  provider?: { id: number; session: string | undefined; issuer: string; amr: string[] }
}

/** When a refresh token was issued and when it expires, by our clock, and the provider that its session came by. */
export interface TokenTimes {
  issued_at: Date
  expires_at: Date
  sso_entity: string | null
}

/** Adds a session with its first refresh token, or returns undefined: see begin_session in schema/10_sessions.sql. */
export async function insertSession(
  sql: SystemSql | TransactionSql,
  { subject: { user_id, client_id }, actorId, request, passwordHash, origin, minutes, readOnly = false, authType, provider }: Begun,
  jti: string,
  lives: number,
): Promise<(TokenTimes & { id: string }) | undefined> {
  const [row] = await sql<(TokenTimes & { id: string })[]>`
    SELECT begun.id, t.* FROM begin_session(${user_id}, ${client_id}, ${actorId}, ${passwordHash ?? null},
      ${origin?.type === 'session' ? origin.id : null}, ${origin?.type === 'token' ? origin.id : null},
      ${minutes ?? null}::int * interval '1 minute', ${readOnly}, ${addressOf(request)}, ${agentOf(request)},
      ${authType ?? null}, ${provider?.id ?? null}, ${provider?.session ?? null}, ${provider?.issuer ?? null},
      ${provider?.amr ?? null}) AS begun (id),
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
      s.revoked_at IS NOT NULL OR (s.actor_id IS NOT NULL AND NOT may_act(s.actor_id, s.reseller_id, s.client_id))
        OR NOT may_work(s.user_id, s.client_id, s.provider_id, s.auth_type, s.actor_id) AS revoked,
      extract(epoch FROM clock_timestamp() - r.used_at)::float8 AS spent_for
    FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id WHERE r.jti = ${jti} FOR UPDATE`
  return row
}

export async function consumeRefreshToken(db: TransactionSql, jti: string): Promise<void> {
  await db`UPDATE refresh_tokens SET used_at = coalesce(used_at, clock_timestamp()) WHERE jti = ${jti}`
}

export async function revokeSession(db: TransactionSql, id: string): Promise<void> {
  await db`UPDATE sessions SET revoked_at = reeve_now() WHERE id = ${id} AND revoked_at IS NULL`
}

/** Ends all sessions but `present`, which is detached before. Locks them by age, like revoke_descendants. For `elevated`. */
export function endSessions(db: TransactionSql, userId: number, present: string | null) {
  const others = db`(user_id = ${userId} OR actor_id = ${userId}) AND revoked_at IS NULL AND id IS DISTINCT FROM ${present}::uuid`
  return [
    db`SELECT FROM sessions WHERE ${others} ORDER BY created_at, id FOR UPDATE`,
    db`UPDATE sessions SET revoked_at = reeve_now() WHERE ${others}`,
  ]
}

/** Ends API tokens, passkeys, links, changes of an email that it asked for, and all sessions but `present`. */
export async function endAccess(db: TransactionSql, userId: number, present: string | null): Promise<void> {
  await elevated(
    db,
    db`SELECT lock_user(${userId})`,
    detachSession(db, present), // before the tokens end, and with them what came from them
    db`UPDATE api_tokens SET deleted_at = reeve_now() WHERE user_id = ${userId} AND deleted_at IS NULL`,
    db`DELETE FROM passkeys WHERE user_id = ${userId}`,
    // Whoever was in may have linked an identity. Its owner joins it again by the password; without one nobody was in by other means.
    db`DELETE FROM identities WHERE user_id = ${userId} AND EXISTS (SELECT FROM users WHERE id = ${userId} AND password_hash IS NOT NULL)`,
    ...endSessions(db, userId, present),
    db`UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = ${userId} AND used_at IS NULL`,
    stopAskedEmailChanges(db, userId),
  )
}
