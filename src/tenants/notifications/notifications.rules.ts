/** Which notification settings a caller manages. An address is notified once of each type. */

import { touchReseller } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { mapConstraint } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import { resellerExists } from './notifications.queries.ts'

/** @throws 404 if the reseller is not visible to the caller or does not exist */
export async function resellerInSight(db: ScopedSql, resellerId: number): Promise<void> {
  if (!(await resellerExists(db, resellerId))) throw errors.notFound()
}

/**
 * Runs `change` on a reseller's settings, then invalidates the reseller's lists, which include these settings.
 * @throws 404 as resellerInSight, and if `change` finds nothing; 400 if the address has a setting of this type already: the constraint
 * notification_settings_address_is_unique decides, so one of two concurrent requests fails
 */
export async function changeSettings<T>(db: ScopedSql, resellerId: number, change: () => Promise<T | undefined>): Promise<T> {
  await resellerInSight(db, resellerId)
  const changed = await mapConstraint(change(), {
    notification_settings_address_is_unique: ['address_taken', { email: ['This address already gets these notifications.'] }],
  })
  if (changed === undefined) throw errors.notFound()
  await touchReseller(db, resellerId)
  return changed
}
