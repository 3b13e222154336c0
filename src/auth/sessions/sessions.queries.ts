/** SQL of live sessions, limited to those visible to the caller. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller, UserKind } from '../../lib/caller.ts'
import type { Fragment } from '../../lists/filters.ts'
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
  if (userId === caller.userId) await db`SELECT detach_session(${present(caller)}::uuid)`
  await db`
    UPDATE sessions s SET revoked_at = reeve_now()
    WHERE ${live(db, caller, userId)} AND (s.user_id = ${userId} OR s.actor_id = ${userId}) AND s.id IS DISTINCT FROM ${present(caller)}::uuid`
}

export async function findPerson(db: ScopedSql, userId: number) {
  const [row] = await db<(UserKind & { client_id: number })[]>`SELECT user_type, is_admin, client_id FROM users WHERE id = ${userId}`
  return row
}

export async function wasProven(db: ScopedSql, id: string, minutes: number): Promise<boolean> {
  const [row] = await db`SELECT FROM sessions WHERE id = ${id} AND proven_at > reeve_now() - ${minutes} * interval '1 minute'`
  return row !== undefined
}

export async function renewProof(db: ScopedSql, id: string): Promise<void> {
  await db`UPDATE sessions SET proven_at = reeve_now() WHERE id = ${id}`
}
