/** SQL of account members. */
import type { ScopedSql } from '../../db/scope.ts'
import type { UserKind } from '../../lib/caller.ts'

export interface MemberRecord extends UserKind {
  role_id: number
  /** The user's home account. */
  home_id: number
}

/** Returns the membership of a live user in an account. Row-level security hides accounts of other tenants. */
export async function findMember(db: ScopedSql, clientId: number, userId: number): Promise<MemberRecord | undefined> {
  const [row] = await db<MemberRecord[]>`
    SELECT m.role_id, u.user_type, u.is_admin, u.client_id AS home_id FROM client_users m JOIN users u ON u.id = m.user_id
    WHERE m.client_id = ${clientId} AND m.user_id = ${userId} AND u.deleted_at IS NULL`
  return row
}

const isInvitation = (db: ScopedSql, clientId: number, userId: number) =>
  db`client_id = ${clientId} AND user_id = ${userId} AND purpose IN ('invitation', 'account_invitation') AND used_at IS NULL`

/** Reports whether the user has an invitation that was neither accepted nor withdrawn; with `live`, only one that has not expired. */
export async function hasOpenInvitation(db: ScopedSql, clientId: number, userId: number, live?: 'live'): Promise<boolean> {
  const [row] = await db`
    SELECT FROM one_time_links WHERE ${isInvitation(db, clientId, userId)} AND ${live ? db`expires_at > reeve_now()` : db`true`}`
  return row !== undefined
}

/** Returns the latest open invitation of the user, into one account or any, where the user is not a member. */
export async function findPending(db: ScopedSql, userId: number, clientId: number | null) {
  const [row] = await db<{ client_id: number; details: { role?: number } }[]>`
    SELECT client_id, details FROM one_time_links l
    WHERE user_id = ${userId} AND purpose IN ('invitation', 'account_invitation') AND used_at IS NULL
      AND (${clientId}::bigint IS NULL OR client_id = ${clientId})
      AND NOT EXISTS (SELECT FROM client_users m WHERE m.user_id = l.user_id AND m.client_id = l.client_id)
    ORDER BY created_at DESC LIMIT 1`
  return row
}

export async function withdrawInvitation(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  await db`UPDATE one_time_links SET used_at = reeve_now() WHERE ${isInvitation(db, clientId, userId)}`
}

export async function setRole(db: ScopedSql, clientId: number, userId: number, roleId: number): Promise<void> {
  await db`UPDATE client_users SET role_id = ${roleId} WHERE client_id = ${clientId} AND user_id = ${userId}`
}

/** Makes `next` the home account if this one was. That comes first: a client user cannot see a user without an account. */
export async function removeMember(db: ScopedSql, clientId: number, userId: number, next: number): Promise<void> {
  await db`UPDATE users SET client_id = ${next} WHERE id = ${userId} AND client_id = ${clientId}`
  await db`DELETE FROM client_users WHERE client_id = ${clientId} AND user_id = ${userId}`
}
