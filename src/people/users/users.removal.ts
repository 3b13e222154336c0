/** Deleting users, with their last account, and blocking them; and the rules that prevent either. */
import { lockUser, refreshUser } from '../../db/read-model.ts'
import { elevated, type ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { type Caller, manages, type UserKind } from '../../lib/caller.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { life, stateOf } from './users.life.ts'
import {
  findRecord,
  findUser,
  lockUserInSight,
  presentRole,
  seesUser,
  stopAskedEmailChanges,
  type UserRecord,
  unblocked,
  updateUser,
} from './users.queries.ts'

/**
 * Call under the lock of what changes: an earlier holder of the lock may have taken the caller's rights away.
 * @throws 403 if the caller may no longer act, or is a client user and not an Administrator
 */
export async function assertStillMay(db: ScopedSql, caller: Caller): Promise<void> {
  const role = await presentRole(db, caller)
  if (role === undefined || (caller.kind === 'client' && role !== ADMINISTRATORS)) throw errors.forbidden()
}

/** Users cannot remove themselves; sellers remove only client users. /iam/admin/sellers removes sellers, because they leave clients. */
export function assertMayRemove(caller: Caller, id: number, person: UserKind): void {
  if (id === caller.userId) throw errors.forbidden('You cannot remove yourself.', 'cannot_target_self')
  if (person.user_type === 'seller')
    throw errors.forbidden('Delete a seller with DELETE /iam/admin/sellers/{sellerId}.', 'seller_operation')
  if (caller.kind !== 'client' && !manages(caller, person)) throw errors.forbidden()
}

/**
 * Ensures that the account keeps an Administrator without this user, and one who can sign in if this one can. A reseller's own account
 * keeps a reseller user, because sellers belong to it too, and the platform's an operator. Call under the lock of the account: every change
 * to roles, members or their state holds it, so of two Administrators who remove each other concurrently one finds itself removed.
 * @throws 403 if the account would keep none
 */
export async function assertNotLast(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  const [row] = await db<{ last: boolean; is_admin: boolean }[]>`
    SELECT u.is_admin, NOT EXISTS (
      SELECT FROM client_users o JOIN users ou ON ou.id = o.user_id
      WHERE o.client_id = m.client_id AND o.user_id <> m.user_id AND o.role_id = m.role_id
        AND ou.user_type = u.user_type AND ou.deleted_at IS NULL
        AND (ou.is_active AND ou.activated_at IS NOT NULL AND o.deactivated_at IS NULL
          OR NOT (u.is_active AND u.activated_at IS NOT NULL AND m.deactivated_at IS NULL))) AS last
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

/** @throws 403 if the user has API tokens in the account that are neither deleted nor expired */
export async function assertNoTokens(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  const [live] = await db`SELECT FROM api_tokens WHERE client_id = ${clientId} AND user_id = ${userId} AND deleted_at IS NULL
    AND (exp_date IS NULL OR exp_date > reeve_now()) LIMIT 1`
  if (live) throw errors.forbidden("You can't remove the user as they have active tokens", 'active_tokens')
}

/** Returns the oldest other live account of the user, visible to the caller or not; null if there is none. */
export async function anotherAccount(db: ScopedSql, userId: number, beside: number): Promise<number | null> {
  const [[row]] = await elevated(
    db,
    db<{ id: number | null }[]>`SELECT min(c.id) AS id FROM client_users m JOIN clients c ON c.id = m.client_id
    WHERE m.user_id = ${userId} AND c.id <> ${beside} AND c.deleted_at IS NULL`,
  )
  return row?.id ?? null
}

/**
 * Ends sessions and open links in one account or, if `clientId` is null, everywhere. Everywhere includes sessions in which the user acts as
 * somebody else, and the changes of email that it asked for.
 */
export async function endSignIns(db: ScopedSql, userId: number, clientId: number | null): Promise<void> {
  const own = db`user_id = ${userId} AND ${clientId === null ? db`true` : db`client_id = ${clientId}`}`
  await db`UPDATE sessions SET revoked_at = reeve_now() WHERE (${own} OR ${clientId === null ? db`actor_id = ${userId}` : db`false`}) AND revoked_at IS NULL`
  await db`UPDATE one_time_links SET used_at = reeve_now() WHERE ${own} AND used_at IS NULL`
  if (clientId === null) await elevated(db, stopAskedEmailChanges(db, userId))
}

/** Marks a locked user as deleted, which frees the email. The membership stays, so that lists show who it was. */
export async function markDeleted(db: ScopedSql, userId: number): Promise<void> {
  await db`UPDATE users SET deleted_at = reeve_now() WHERE id = ${userId}`
  await endSignIns(db, userId, null)
  await refreshUser(db, userId)
}

/** Locks a user with its accounts for a removal. @throws 404 if the user is deleted or not visible to the caller, and as assertMayRemove */
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
 * Deletes a user and returns the affected account.
 * @throws as userToRemove; 403 if the user has several accounts or live tokens, or is an account's last Administrator
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
 * Blocks or unblocks a user. A blocked user can do nothing. After unblocking, its tokens work again, but its sessions do not; unblocking also
 * lifts a lockdown, after which tokens and passkeys rest. The last
 * Administrator of an account may be blocked, because a stolen credential must be stopped; the account's `has_active_admin` shows it. The
 * last operator may not: nobody would be left to unblock it.
 * @throws 404 if the user is not visible to the caller; 403 for oneself, the last operator and unmanaged users; 400 if deleted
 */
export async function setActive(db: ScopedSql, caller: Caller, id: number, active: boolean) {
  const user = await lockUserInSight(db, caller, id)
  if (!user) throw errors.notFound()
  if (id === caller.userId) throw errors.forbidden('You cannot block yourself.', 'cannot_target_self')
  if (!manages(caller, user)) throw errors.forbidden()
  await assertStillMay(db, caller)
  if (user.deleted) throw errors.invalid({ errors: ['The user was deleted.'] }, 'object_deleted')
  if (life[stateOf(user)][active ? 'unblock' : 'block']) {
    if (!active && user.is_admin) await assertNotLast(db, user.client_id, id)
    await updateUser(db, id, active ? unblocked : { is_active: false })
    if (!active) await endSignIns(db, id, null)
    await refreshUser(db, id)
  }
  return { affected: user.client_id, document: (await findUser(db, caller, id)) as Buffer }
}
