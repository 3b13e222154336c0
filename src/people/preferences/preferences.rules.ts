/** Preferences of a user for the console: their defaults, and what they may refer to. */

import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { mapConstraint } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import { listsOf } from '../presets/presets.queries.ts'
import { findSettings, mergeSettings } from './preferences.queries.ts'
import type { Changes, ListSettings, Preferences } from './preferences.schema.ts'

type Shown = Static<typeof Preferences>

const defaults: Shown = { theme: 'system', density: 'standard', lists: {} }

export const readPreferences = async (db: ScopedSql, { userId }: Caller): Promise<Shown> => ({
  ...defaults,
  ...(await findSettings(db, userId)),
})

/**
 * A preset that is deleted or made private later stays in the preferences and has no effect: an id is never used again.
 * @throws 403 while somebody acts as the user, whose own they are; 400 if a preset is not one of the list that the caller sees, or if they
 * grow too large
 */
export async function changePreferences(db: ScopedSql, caller: Caller, { lists = {}, ...fields }: Changes): Promise<Shown> {
  if (caller.actorId !== null) throw errors.forbidden('You cannot change preferences while acting as somebody else.', 'acting_session')
  const named = Object.entries(lists)
  const kept = named.filter((entry): entry is [string, ListSettings] => entry[1] !== null)
  await assertPresets(db, caller, kept)
  const removed = named.filter(([, one]) => one === null).map(([list]) => list)
  const merged = mergeSettings(db, caller, definedFields(fields), Object.fromEntries(kept), removed)
  const settings = await mapConstraint(merged, {
    preferences_are_small: ['invalid_parameter', { lists: ['Preferences take more than 16 KiB. Remove those of a list.'] }],
  })
  return { ...defaults, ...settings }
}

async function assertPresets(db: ScopedSql, caller: Caller, lists: [string, ListSettings][]): Promise<void> {
  const chosen = lists.flatMap(([list, { preset }]) => (preset == null ? [] : [{ list, preset }]))
  if (chosen.length === 0) return
  const seen = await listsOf(
    db,
    caller,
    chosen.map(({ preset }) => preset),
  )
  const wrong = chosen.filter(({ list, preset }) => seen.get(preset) !== list)
  if (wrong.length > 0)
    throw errors.invalid({ lists: Object.fromEntries(wrong.map(({ list }) => [list, { preset: ['The list has no such preset.'] }])) })
}
