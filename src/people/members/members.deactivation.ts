/** Deactivating a member in one account, as its directory says: nothing of the user works there until it is active again and signs in anew. */
import { refreshMember } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { assertNotLast, endSignIns } from '../users/users.removal.ts'

/**
 * Sessions and links in the account end for good; API tokens and passkeys rest there. Call under lockMember.
 * @throws 403 for the last Administrator
 */
export async function deactivateMember(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  await assertNotLast(db, clientId, userId)
  await db`UPDATE client_users SET deactivated_at = reeve_now(), rests_since = reeve_now() WHERE client_id = ${clientId} AND user_id = ${userId}`
  await endSignIns(db, userId, clientId)
  await refreshMember(db, clientId, userId)
}

/** Call under lockMember. */
export async function reactivateMember(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  await db`UPDATE client_users SET deactivated_at = NULL WHERE client_id = ${clientId} AND user_id = ${userId}`
  await refreshMember(db, clientId, userId)
}
