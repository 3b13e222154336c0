/** SQL of lockdowns. */
import type { Static } from 'typebox'
import { elevated, type ScopedSql } from '../../db/scope.ts'
import { stopAskedEmailChanges } from '../users/users.queries.ts'
import type { Lockdown } from './lockdown.schema.ts'

/**
 * Blocks a locked user in all of its accounts: sessions, also those as somebody else, links and changes of email end; API tokens and passkeys
 * rest until it signs in anew.
 */
export async function lockOut(db: ScopedSql, userId: number, by: number, reason: string): Promise<void> {
  await elevated(
    db,
    db`UPDATE users SET is_active = false, locked_at = reeve_now(), locked_by = ${by}, lock_reason = ${reason} WHERE id = ${userId}`,
    ...endAndRest(db, userId),
  )
}

/** Blocks a locked user as its reseller's directory says: as a lockdown, but the directory may undo it. */
export async function deactivateUser(db: ScopedSql, userId: number): Promise<void> {
  await elevated(db, db`UPDATE users SET is_active = false WHERE id = ${userId}`, ...endAndRest(db, userId))
}

/** What ends, and what rests, of a user who may no longer act. For `elevated`. */
const endAndRest = (db: ScopedSql, userId: number) => [
  db`UPDATE client_users SET rests_since = reeve_now() WHERE user_id = ${userId}`,
  db`UPDATE sessions SET revoked_at = reeve_now() WHERE (user_id = ${userId} OR actor_id = ${userId}) AND revoked_at IS NULL`,
  db`UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = ${userId} AND used_at IS NULL`,
  stopAskedEmailChanges(db, userId),
]

export async function findLockdown(db: ScopedSql, userId: number): Promise<Static<typeof Lockdown> | undefined> {
  const [row] = await db<Static<typeof Lockdown>[]>`
    SELECT json_time(locked_at) AS locked_at, locked_by, lock_reason AS reason FROM users WHERE id = ${userId}`
  return row
}
