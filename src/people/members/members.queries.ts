/** SQL of people in accounts. */
import type { ScopedSql } from '../../db/scope.ts'
import type { UserKind } from '../../lib/caller.ts'

export interface MemberRecord extends UserKind {
  role_id: number
  /** The account the user began in. */
  home_id: number
}

/** What a live user is in an account. Row-level security stands before it: in an account of another tenant nobody is found. */
export async function findMember(db: ScopedSql, clientId: number, userId: number): Promise<MemberRecord | undefined> {
  const [row] = await db<MemberRecord[]>`
    SELECT m.role_id, u.user_type, u.is_admin, u.client_id AS home_id FROM client_users m JOIN users u ON u.id = m.user_id
    WHERE m.client_id = ${clientId} AND m.user_id = ${userId} AND u.deleted_at IS NULL`
  return row
}

const isInvitation = (db: ScopedSql, clientId: number, userId: number) =>
  db`client_id = ${clientId} AND user_id = ${userId} AND purpose IN ('invitation', 'account_invitation') AND used_at IS NULL`

/** Whether the user is invited into the account by a link that was neither followed nor withdrawn; `live`: and that works. */
export async function hasOpenInvitation(db: ScopedSql, clientId: number, userId: number, live?: 'live'): Promise<boolean> {
  const [row] = await db`
    SELECT FROM one_time_links WHERE ${isInvitation(db, clientId, userId)} AND ${live ? db`expires_at > reeve_now()` : db`true`}`
  return row !== undefined
}

/** The last invitation that the user has not accepted, into one account or into any, of an account that it is no member of. */
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

/** Who began in the account begins in `next` from now on. That comes first: somebody of no account is out of a client user's sight. */
export async function removeMember(db: ScopedSql, clientId: number, userId: number, next: number): Promise<void> {
  await db`UPDATE users SET client_id = ${next} WHERE id = ${userId} AND client_id = ${clientId}`
  await db`DELETE FROM client_users WHERE client_id = ${clientId} AND user_id = ${userId}`
}
