/** Who changes a preset: its owner; one that is shared also the reseller's users, who keep order among what all staff see. */

import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { mapConstraint, type Refusals } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import { countOwn, deletePreset, findPreset, insertPreset, lockPreset, updatePreset } from './presets.queries.ts'
import type { NewPreset, Preset, PresetFields } from './presets.schema.ts'

/** Presets of one user. */
const MOST = 200

const nameTaken: Refusals = {
  presets_name_is_unique: ['preset_name_taken', { name: ['There is already a preset of this name for the list.'] }],
}

/** @throws 404 if the preset is not visible to the caller */
export async function presetInSight(db: ScopedSql, caller: Caller, id: number): Promise<Static<typeof Preset>> {
  const preset = await findPreset(db, caller, id)
  if (!preset) throw errors.notFound()
  return preset
}

/** @throws 400 if the name is taken, or the caller has MOST presets already */
export async function createPreset(db: ScopedSql, caller: Caller, wanted: Static<typeof NewPreset>): Promise<Static<typeof Preset>> {
  if ((await countOwn(db, caller)) >= MOST)
    throw errors.invalid({ errors: [`You have ${MOST} presets already. Delete one first.`] }, 'preset_limit')
  const id = await mapConstraint(insertPreset(db, caller, wanted), nameTaken)
  return presetInSight(db, caller, id)
}

/** @throws as presetToChange; 403 if somebody else's is to be private, which would hide it from the caller; 400 if the name is taken */
export async function changePreset(db: ScopedSql, caller: Caller, id: number, wanted: PresetFields): Promise<Static<typeof Preset>> {
  const { isOwn } = await presetToChange(db, caller, id)
  if (!isOwn && wanted.shared === false) throw errors.forbidden('Only its owner can make a preset private.')
  await mapConstraint(updatePreset(db, id, definedFields(wanted)), nameTaken)
  return presetInSight(db, caller, id)
}

/** @throws as presetToChange */
export async function removePreset(db: ScopedSql, caller: Caller, id: number): Promise<void> {
  await presetToChange(db, caller, id)
  await deletePreset(db, id)
}

/** Locks the preset. @throws 404 if it is not visible to the caller; 403 for a seller if it is somebody else's */
async function presetToChange(db: ScopedSql, caller: Caller, id: number): Promise<{ isOwn: boolean }> {
  const preset = await lockPreset(db, caller, id)
  if (!preset) throw errors.notFound()
  const isOwn = preset.owner_id === caller.userId
  if (!isOwn && caller.kind === 'seller') throw errors.forbidden()
  return { isOwn }
}
