/** Enabling and disabling a feature for an account: once each, free ones and paid ones by paths of their own. */
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
 * Of two who enable it at once the second waits for the account's lock and is told; the table's unique constraint stands behind it.
 * @throws 400 for an account out of sight, a feature that is none of this kind, and one that the account has; else as accountToChange
 */
export async function enableFeature(
  db: ScopedSql,
  caller: Caller,
  isFree: boolean,
  { client_id, feature_id }: FeatureToEnable,
): Promise<Static<typeof EnabledFeature>> {
  if (!(await findAccount(db, client_id))) throw errors.invalid({ client_id: ['There is no such account.'] })
  const account = await accountToChange(db, caller, client_id)
  const refuse = (reason: string) => errors.invalid({ feature_id: [reason] })
  const [feature] = await findFeatures(db, feature_id)
  if (!feature) throw refuse('There is no such feature.')
  if (feature.is_free !== isFree) throw refuse(`This feature is ${feature.is_free ? 'free' : 'paid'}.`)
  const id = await insertEnabled(db, account, feature_id)
  if (id === undefined) throw errors.invalid({ feature_id: ['The account already has this feature.'] }, 'feature_enabled')
  await refreshClient(db, client_id)
  return (await findEnabled(db, caller, isFree, id)) as Static<typeof EnabledFeature>
}

/** Answers the account that had it. @throws 404 for none of this kind in sight; else as accountToChange */
export async function disableFeature(db: ScopedSql, caller: Caller, isFree: boolean, id: number): Promise<number> {
  const enabled = await findEnabled(db, caller, isFree, id)
  if (!enabled) throw errors.notFound()
  const { client_id } = enabled
  await accountToChange(db, caller, client_id)
  if (!(await deleteEnabled(db, client_id, id))) throw errors.notFound() // by somebody else, before the lock
  await refreshClient(db, client_id)
  return client_id
}
