/** Lockdown: everything of a person ends at once, by staff or by the person itself, until staff lift it. */
import type { FastifyRequest } from 'fastify'
import { refreshUser } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { assertOwnSession } from '../../http/verifier.ts'
import { manages } from '../../lib/caller.ts'
import { notifySecurityChange } from '../users/users.notices.ts'
import { findUser, lockUserInSight, type UserRecord, unblocked, updateUser } from '../users/users.queries.ts'
import { assertNotLast, assertStillMay } from '../users/users.removal.ts'
import { findLockdown, lockOut } from './lockdown.queries.ts'

/**
 * As with blocking, the last Administrator of an account may be locked down, because a thief must be stopped and staff remain to lift it. The
 * last operator may not. Oneself, in a session of one's own: no password is asked for, because whoever fears a theft must be quick.
 * @throws 404 if the user is not visible to the caller; 403 if the caller does not manage the user; 400 for a deleted user
 */
export async function lockDown(db: ScopedSql, request: FastifyRequest, id: number, reason: string) {
  const { caller } = request
  const isSelf = id === caller.userId
  if (isSelf) assertOwnSession(request, 'Lock yourself down from a session of your own.')
  const user = await lockUserInSight(db, caller, id)
  if (!user) throw errors.notFound()
  if (!isSelf) await assertManages(db, request, user)
  if (user.deleted) throw errors.invalid({ errors: ['The user was deleted.'] }, 'object_deleted')
  if (user.is_admin && user.active) await assertNotLast(db, user.client_id, id)
  await lockOut(db, id, caller.userId, reason)
  const affected = isSelf ? caller.clientId : user.client_id
  await notifySecurityChange(db, request, 'locked_down', { userId: id, clientId: affected }, { reason })
  return answer(db, request, id, affected)
}

/** @throws as lockDown; 404 if the user is not locked down */
export async function liftLockdown(db: ScopedSql, request: FastifyRequest, id: number) {
  const user = await lockUserInSight(db, request.caller, id)
  if (!user) throw errors.notFound()
  await assertManages(db, request, user)
  if ((await findLockdown(db, id))?.locked_at == null) throw errors.notFound()
  await updateUser(db, id, unblocked)
  await notifySecurityChange(db, request, 'lockdown_lifted', { userId: id, clientId: user.client_id })
  return answer(db, request, id, user.client_id)
}

async function assertManages(db: ScopedSql, { caller }: FastifyRequest, user: UserRecord): Promise<void> {
  if (!manages(caller, user)) throw errors.forbidden()
  await assertStillMay(db, caller)
}

async function answer(db: ScopedSql, { caller }: FastifyRequest, id: number, affected: number) {
  await refreshUser(db, id)
  return { affected, document: (await findUser(db, caller, id)) as Buffer }
}
