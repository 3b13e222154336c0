/**
 * Which log entries a caller sees:
 *
 * | caller                       | all entries           | entries of one account (`client_id`)                   |
 * |------------------------------|-----------------------|--------------------------------------------------------|
 * | platform                     | the server            | any                                                    |
 * | reseller, seller             | the reseller          | any of the reseller                                    |
 * | Administrators of an account | the account           | the current account; 403 for another of their accounts |
 * | other users of an account    | their own in it       | likewise                                               |
 *
 * An account that is not visible to the caller is a 404.
 */
import type { ScopedSql } from '../db/scope.ts'
import { errors } from '../http/errors.ts'
import type { Caller } from '../lib/caller.ts'
import { ADMINISTRATORS } from '../lib/roles.ts'
import { type Audience, findRequest, resellerOf } from './activity.queries.ts'

export function audienceOf(caller: Caller): Audience {
  const { kind, role, userId, clientId } = caller
  const resellerId = kind === 'platform' ? 0 : caller.resellerId
  if (kind !== 'client') return { resellerId, clientId: 0, userId: 0 }
  return { resellerId, clientId, userId: role.id === ADMINISTRATORS ? 0 : userId }
}

export async function audienceIn(db: ScopedSql, caller: Caller, account: number): Promise<Audience> {
  const resellerId = await resellerOf(db, account)
  if (resellerId === undefined) throw errors.notFound()
  if (caller.kind !== 'client') return { resellerId, clientId: account, userId: 0 }
  if (account !== caller.clientId) throw errors.forbidden()
  return audienceOf(caller)
}

/** @throws 404 if the entry is not visible to the caller; 403 if it is the caller's own in an account other than the current one */
export async function requestInSight(db: ScopedSql, caller: Caller, id: number): Promise<Buffer> {
  const found = await findRequest(db, audienceOf(caller), id)
  if (found) return found
  const { resellerId, userId } = caller
  for (const clientId of caller.accountIds) if (await findRequest(db, { resellerId, clientId, userId }, id)) throw errors.forbidden()
  throw errors.notFound()
}
