/** Whose notification settings a caller keeps, and that an address is told once of one thing. */

import { resellerChanged } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { orRefuse } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import { resellerExists } from './notifications.queries.ts'

/** @throws 404 for a reseller out of sight, as for one that does not exist */
export async function resellerInSight(db: ScopedSql, resellerId: number): Promise<void> {
  if (!(await resellerExists(db, resellerId))) throw errors.notFound()
}

/**
 * Runs `change` of a reseller's settings, then tells its lists, these among them, that they are others now.
 * @throws 404 as resellerInSight and where `change` finds nothing; 400 for an address that is told of this already: the constraint
 * notification_settings_address_is_unique decides, so of two at once one is told
 */
export async function changeSettings<T>(db: ScopedSql, resellerId: number, change: () => Promise<T | undefined>): Promise<T> {
  await resellerInSight(db, resellerId)
  const changed = await orRefuse(change(), {
    notification_settings_address_is_unique: ['address_taken', { email: ['This address already gets these notifications.'] }],
  })
  if (changed === undefined) throw errors.notFound()
  await resellerChanged(db, resellerId)
  return changed
}
