/** How people go: deleted with their last account, or blocked; and what keeps them from going. */
import { lockUser, refreshUser } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { type Caller, manages, type UserKind } from '../../lib/caller.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { life, stateOf } from './users.life.ts'
import { findRecord, findUser, lockUserInSight, presentRole, seesUser, type UserRecord, updateUser } from './users.queries.ts'

/**
 * Ask under the lock of what is changed: whoever was let in may have lost its right since, to somebody who held the lock before.
 * @throws 403 where the caller may not act now, or is a client user and no Administrator
 */
export async function assertStillMay(db: ScopedSql, caller: Caller): Promise<void> {
  const role = await presentRole(db, caller)
  if (role === undefined || (caller.kind === 'client' && role !== ADMINISTRATORS)) throw errors.forbidden()
}

/** Nobody removes itself, sellers only client users; a seller has clients to leave behind, which /iam/admin/sellers sees to. */
export function assertMayRemove(caller: Caller, id: number, person: UserKind): void {
  if (id === caller.userId) throw errors.forbidden('You cannot remove yourself.', 'cannot_target_self')
  if (person.user_type === 'seller')
    throw errors.forbidden('Delete a seller with DELETE /iam/admin/sellers/{sellerId}.', 'seller_operation')
  if (caller.kind !== 'client' && !manages(caller, person)) throw errors.forbidden()
}

/**
 * Whether the account keeps an Administrator without this user, one who can sign in if this one can; a reseller's own account keeps one of
 * the reseller, for sellers live there too, and the platform's an operator. Under the lock of the account: whoever
 * changes roles, members or their state holds it, so of two Administrators who remove each other at once one finds itself removed.
 * @throws 403 where it would not
 */
export async function assertNotLast(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  const [row] = await db<{ last: boolean; is_admin: boolean }[]>`
    SELECT u.is_admin, NOT EXISTS (
      SELECT FROM client_users o JOIN users ou ON ou.id = o.user_id
      WHERE o.client_id = m.client_id AND o.user_id <> m.user_id AND o.role_id = m.role_id
        AND ou.user_type = u.user_type AND ou.deleted_at IS NULL
        AND (ou.is_active AND ou.activated_at IS NOT NULL OR NOT (u.is_active AND u.activated_at IS NOT NULL))) AS last
    FROM client_users m JOIN users u ON u.id = m.user_id JOIN clients c ON c.id = m.client_id
    WHERE m.client_id = ${clientId} AND m.user_id = ${userId} AND m.role_id = ${ADMINISTRATORS} AND c.deleted_at IS NULL`
  if (row?.last)
    throw errors.forbidden(
      row.is_admin
        ? 'This is the last operator who can sign in, and the platform must keep one.'
        : 'This is the last Administrator of the account, and an account must keep one.',
      row.is_admin ? 'last_operator' : 'last_administrator',
    )
}

/** @throws 403 where the user has API tokens in the account that are neither deleted nor expired */
export async function assertNoTokens(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  const [live] = await db`SELECT FROM api_tokens WHERE client_id = ${clientId} AND user_id = ${userId} AND deleted_at IS NULL
    AND (exp_date IS NULL OR exp_date > reeve_now()) LIMIT 1`
  if (live) throw errors.forbidden("You can't remove the user as they have active tokens", 'active_tokens')
}

/** A live account that the user has beside this one, whoever asks; null where there is none. */
export async function anotherAccount(db: ScopedSql, userId: number, beside: number): Promise<number | null> {
  const [row] = await db<{ id: number | null }[]>`SELECT another_account(${userId}, ${beside}) AS id`
  return row?.id ?? null
}

/**
 * Sessions end and open links stop working: in one account, or everywhere, with what the user began as somebody else and the changes of an
 * email that it asked for.
 */
export async function endSignIns(db: ScopedSql, userId: number, clientId: number | null): Promise<void> {
  const own = db`user_id = ${userId} AND ${clientId === null ? db`true` : db`client_id = ${clientId}`}`
  await db`UPDATE sessions SET revoked_at = reeve_now() WHERE (${own} OR ${clientId === null ? db`actor_id = ${userId}` : db`false`}) AND revoked_at IS NULL`
  await db`UPDATE one_time_links SET used_at = reeve_now() WHERE ${own} AND used_at IS NULL`
  if (clientId === null) await db`SELECT end_asked_email_changes(${userId})`
}

/** Deletes a locked user: a mark, which frees the email. Its place in its account stays, so that lists show who it was. */
export async function markDeleted(db: ScopedSql, userId: number): Promise<void> {
  await db`UPDATE users SET deleted_at = reeve_now() WHERE id = ${userId}`
  await endSignIns(db, userId, null)
  await refreshUser(db, userId)
}

/** The user, locked with its accounts for a removal. @throws 404 for one out of sight or deleted, and as assertMayRemove */
async function userToRemove(db: ScopedSql, caller: Caller, id: number): Promise<UserRecord> {
  const seen = (await seesUser(db, caller, id)) && (await findRecord(db, id))
  if (!seen || !life[stateOf(seen)].delete) throw errors.notFound()
  assertMayRemove(caller, id, seen)
  const [, user] = await Promise.all([lockUser(db, id), findRecord(db, id)])
  if (!user || !life[stateOf(user)].delete) throw errors.notFound()
  await assertStillMay(db, caller)
  return user
}

/**
 * Answers the account that is affected.
 * @throws as userToRemove; 403 for a user of several accounts, with live tokens, or an account's last Administrator
 */
export async function deleteUser(db: ScopedSql, caller: Caller, id: number): Promise<number> {
  const user = await userToRemove(db, caller, id)
  const account = await anotherAccount(db, id, 0)
  if (account !== null) {
    if ((await anotherAccount(db, id, account)) !== null)
      throw errors.forbidden(
        'The user belongs to several accounts. Remove it from all but one with DELETE /iam/clients/{clientId}/client-users/{userId} first.',
        'several_accounts',
      )
    await assertNoTokens(db, account, id)
    await assertNotLast(db, account, id)
  }
  await markDeleted(db, id)
  return account ?? user.client_id
}

/**
 * Blocks or unblocks: a blocked user can do nothing, its tokens work again when it is unblocked, its sessions do not. The last Administrator
 * of an account may be blocked, for whoever holds a stolen credential must be stopped; `has_active_admin` of the account tells. The last operator
 * may not: nobody would be left to unblock it.
 * @throws 404 for a user out of sight, 403 for oneself, the last operator and those who are not the caller's to change, 400 for a deleted one
 */
export async function setActive(db: ScopedSql, caller: Caller, id: number, active: boolean) {
  const [seen, user] = await Promise.all([lockUserInSight(db, caller, id), findRecord(db, id)])
  if (!seen || !user) throw errors.notFound()
  if (id === caller.userId) throw errors.forbidden('You cannot block yourself.', 'cannot_target_self')
  if (!manages(caller, user)) throw errors.forbidden()
  await assertStillMay(db, caller)
  if (user.deleted) throw errors.invalid({ errors: ['The user was deleted.'] }, 'object_deleted')
  if (life[stateOf(user)][active ? 'unblock' : 'block']) {
    if (!active && user.is_admin) await assertNotLast(db, user.client_id, id)
    await updateUser(db, id, { is_active: active })
    if (!active) await endSignIns(db, id, null)
    await refreshUser(db, id)
  }
  return { affected: user.client_id, document: (await findUser(db, caller, id)) as Buffer }
}
