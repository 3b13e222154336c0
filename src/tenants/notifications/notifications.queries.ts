/** SQL of notification settings. */

import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { Fragment } from '../../lists/filters.ts'
import { type Order, orderBy, type Slice, slice } from '../../lists/slices.ts'
import type { NotificationSetting, SettingFields } from './notifications.schema.ts'

type Setting = Static<typeof NotificationSetting>

/** Columns of `ordering`. Addresses ignore case, as everywhere. */
export const settingOrders = { id: 'id', email: 'folded', notification_type: 'notification_type', enabled: 'enabled' } as const
export type SettingOrder = Order<(typeof settingOrders)[keyof typeof settingOrders]>

/** Contract schema NotificationSettingsRead. */
const columns = (db: ScopedSql) => db`id, reseller_id AS reseller, notification_type, email, enabled`

/** Row-level security hides other resellers. */
export async function resellerExists(db: ScopedSql, id: number): Promise<boolean> {
  const [row] = await db`SELECT FROM resellers WHERE id = ${id} AND deleted_at IS NULL`
  return row !== undefined
}

export async function countSettings(db: ScopedSql, resellerId: number): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT count(*) FROM notification_settings WHERE reseller_id = ${resellerId}`
  return row?.count ?? 0
}

export function settingRows(db: ScopedSql, resellerId: number, wanted: SettingOrder, page: Slice, more: Fragment): Fragment {
  const order = wanted.some(({ column }) => column === 'id') ? wanted : [...wanted, { column: 'id' as const, descending: false }]
  return db`
    SELECT (SELECT row_to_json(d) FROM (SELECT ${columns(db)}) AS d)::text ${more} FROM (
      SELECT * FROM (SELECT *, fold(email) AS folded FROM notification_settings WHERE reseller_id = ${resellerId}) AS own
      ${slice(db, order, page)}) AS page
    ORDER BY ${orderBy(db, order)}`
}

export async function findSetting(db: ScopedSql, resellerId: number, id: number): Promise<Setting | undefined> {
  const [row] = await db<Setting[]>`SELECT ${columns(db)} FROM notification_settings WHERE reseller_id = ${resellerId} AND id = ${id}`
  return row
}

export async function insertSetting(db: ScopedSql, resellerId: number, fields: SettingFields): Promise<Setting> {
  const [row] = await db<
    Setting[]
  >`INSERT INTO notification_settings ${db({ reseller_id: resellerId, ...fields })} RETURNING ${columns(db)}`
  return row as Setting
}

/** Returns the setting as it is now, or undefined if there is none. */
export async function updateSetting(db: ScopedSql, resellerId: number, id: number, fields: SettingFields): Promise<Setting | undefined> {
  if (Object.keys(fields).length === 0) return findSetting(db, resellerId, id)
  const [row] = await db<Setting[]>`
    UPDATE notification_settings SET ${db(fields)} WHERE reseller_id = ${resellerId} AND id = ${id} RETURNING ${columns(db)}`
  return row
}

/** Returns the id of the deleted setting, or undefined if there was none. */
export async function deleteSetting(db: ScopedSql, resellerId: number, id: number): Promise<number | undefined> {
  const [row] = await db<{ id: number }[]>`DELETE FROM notification_settings WHERE reseller_id = ${resellerId} AND id = ${id} RETURNING id`
  return row?.id
}
