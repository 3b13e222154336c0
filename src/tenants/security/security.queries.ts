/** SQL of a reseller's security settings. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { SecuritySettings } from './security.schema.ts'

type Settings = Static<typeof SecuritySettings>

export async function findSettings(db: ScopedSql, resellerId: number): Promise<Settings> {
  const [row] = await db<Settings[]>`
    SELECT sellers_need_two_step, administrators_need_two_step, sellers_may_change_email, sellers_may_reset_two_step FROM resellers WHERE id = ${resellerId}`
  return row as Settings
}

export async function updateSettings(db: ScopedSql, resellerId: number, wanted: Partial<Settings>): Promise<void> {
  if (Object.keys(wanted).length === 0) return
  await db`UPDATE resellers SET ${db(wanted, ...(Object.keys(wanted) as (keyof Settings)[]))} WHERE id = ${resellerId}`
}
