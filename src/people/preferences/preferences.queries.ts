/** SQL of preferences. Row-level security shows a user its own and nobody else's. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Preferences } from './preferences.schema.ts'

type Settings = Partial<Static<typeof Preferences>>

export async function findSettings(db: ScopedSql, userId: number): Promise<Settings | undefined> {
  const [row] = await db<{ settings: Settings }[]>`SELECT settings FROM preferences WHERE user_id = ${userId}`
  return row?.settings
}

/**
 * Merges `fields` and the lists in `lists`, and removes the lists in `removed`. One statement, so that concurrent changes of different
 * fields do not undo each other. Violates preferences_are_small if they grow too large.
 */
export async function mergeSettings(
  db: ScopedSql,
  { userId, resellerId }: Caller,
  fields: object,
  lists: object,
  removed: string[],
): Promise<Settings> {
  const [row] = await db<{ settings: Settings }[]>`
    INSERT INTO preferences AS p (user_id, reseller_id, settings)
    VALUES (${userId}, ${resellerId}, ${db.json({ ...fields, lists })})
    ON CONFLICT (user_id) DO UPDATE SET updated_at = reeve_now(), settings = p.settings || excluded.settings
      || jsonb_build_object('lists', (coalesce(p.settings -> 'lists', '{}') || (excluded.settings -> 'lists')) - ${removed}::text[])
    RETURNING settings`
  return (row as { settings: Settings }).settings
}
