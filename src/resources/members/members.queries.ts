/** SQL of people in accounts. */
import type { ScopedSql } from '../../db/scope.ts'

export interface MemberRecord {
  role_id: number
  user_type: 'common' | 'reseller' | 'seller'
  /** The account the user began in. */
  home_id: number
}

/** What a live user is in an account. Row-level security stands before it: in an account of another tenant nobody is found. */
export async function findMember(db: ScopedSql, clientId: number, userId: number): Promise<MemberRecord | undefined> {
  const [row] = await db<MemberRecord[]>`
    SELECT m.role_id, u.user_type, u.client_id AS home_id FROM client_users m JOIN users u ON u.id = m.user_id
    WHERE m.client_id = ${clientId} AND m.user_id = ${userId} AND u.deleted_at IS NULL`
  return row
}

export async function setRole(db: ScopedSql, clientId: number, userId: number, roleId: number): Promise<void> {
  await db`UPDATE client_users SET role_id = ${roleId} WHERE client_id = ${clientId} AND user_id = ${userId}`
}

/** Who began in the account begins in `next` from now on. That comes first: somebody of no account is out of a client user's sight. */
export async function removeMember(db: ScopedSql, clientId: number, userId: number, next: number): Promise<void> {
  await db`UPDATE users SET client_id = ${next} WHERE id = ${userId} AND client_id = ${clientId}`
  await db`DELETE FROM client_users WHERE client_id = ${clientId} AND user_id = ${userId}`
}
