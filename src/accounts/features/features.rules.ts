/** Enables and disables features of an account: each once, free and paid ones by separate paths. */
import type { Static } from 'typebox'
import { refreshClient } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { findAccount } from '../clients/clients.queries.ts'
import { accountToChange } from '../clients/clients.rules.ts'
import { deleteEnabled, findEnabled, findFeatures, insertEnabled } from './features.queries.ts'
import type { EnabledFeature, FeatureToEnable } from './features.schema.ts'

/**
 * Locks the account, so that the second of two concurrent requests fails; the table's unique constraint backs this.
 * @throws 400 if the caller does not see the account, the feature is not of this kind, or the account has it; else as accountToChange
 */
export async function enableFeature(
  db: ScopedSql,
  caller: Caller,
  isFree: boolean,
  { client_id, feature_id }: FeatureToEnable,
): Promise<Static<typeof EnabledFeature>> {
  if (!(await findAccount(db, client_id))) throw errors.invalid({ client_id: ['There is no such account.'] })
  await accountToChange(db, caller, client_id)
  const refuse = (reason: string) => errors.invalid({ feature_id: [reason] })
  const [feature] = await findFeatures(db, feature_id)
  if (!feature) throw refuse('There is no such feature.')
  if (feature.is_free !== isFree) throw refuse(`This feature is ${feature.is_free ? 'free' : 'paid'}.`)
  const [enabled] = await insertEnabled(db, [client_id], feature_id)
  if (!enabled) throw errors.invalid({ feature_id: ['The account already has this feature.'] }, 'feature_enabled')
  await refreshClient(db, client_id)
  return (await findEnabled(db, caller, isFree, enabled.id)) as Static<typeof EnabledFeature>
}

/** Returns the account that had it. @throws 404 if none of this kind is visible to the caller; else as accountToChange */
export async function disableFeature(db: ScopedSql, caller: Caller, isFree: boolean, id: number): Promise<number> {
  const enabled = await findEnabled(db, caller, isFree, id)
  if (!enabled) throw errors.notFound()
  const { client_id } = enabled
  await accountToChange(db, caller, client_id)
  if (!(await deleteEnabled(db, client_id, id))) throw errors.notFound() // by another request, before the lock
  await refreshClient(db, client_id)
  return client_id
}
