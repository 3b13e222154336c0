/** From draft to enforced, and back: what each step takes, and what it ends. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { mapConstraint, type Refusals } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { findProvider, lockProvider, type ProviderRow, updateProvider } from './providers.queries.ts'
import { isComplete, providerToChange } from './providers.rules.ts'
import type { Enforcement, StateChange } from './providers.schema.ts'
import {
  addException,
  countExceptions,
  effectOf,
  endNonconforming,
  endSessionsOf,
  isCovered,
  removeException,
} from './providers.states.queries.ts'

const MOST_EXCEPTIONS = 20
const lastWayOut =
  'Nobody who administers this could sign in. Let an Administrator sign in by it first, or name an exception who has a second step.'

const enforced = (text: string): Refusals[string] => ['provider_state', { state: [text] }]
const oneAtATime: Refusals = {
  identity_providers_enforced_client: enforced('Another provider of the account is enforced.'),
  identity_providers_enforced_clients: enforced('Another provider is enforced for the users of accounts.'),
  identity_providers_enforced_staff: enforced('Another provider is enforced for staff.'),
}

export async function previewEnforcement(db: ScopedSql, caller: Caller, provider: ProviderRow): Promise<Static<typeof Enforcement>> {
  const { covers_caller, admits_caller, way_out, ...effect } = await effectOf(db, provider, caller.userId)
  const objections = [
    ...(provider.state === 'on' || provider.state === 'enforced' ? [] : ['Switch the provider on first.']),
    ...(covers_caller && !admits_caller
      ? ['You would lock yourself out: sign in by this provider first, or make an exception of yourself.']
      : []),
    ...(way_out ? [] : [lastWayOut]),
  ]
  return { may_enforce: objections.length === 0, objections, ...effect }
}

/** @throws 404 */
export async function enforcementInSight(db: ScopedSql, caller: Caller, id: number) {
  if (!(await findProvider(db, caller, id))) throw errors.notFound()
  const [provider] = await db<ProviderRow[]>`SELECT * FROM identity_providers WHERE id = ${id}`
  return previewEnforcement(db, caller, provider as ProviderRow)
}

/**
 * Switching off ends the sessions that it began; enforcing those that it did not, in this transaction. A session begun meanwhile is refused by
 * its first request.
 * @throws 400 where the step is not allowed; 403, 404
 */
export async function setState(db: ScopedSql, caller: Caller, id: number, { state }: Static<typeof StateChange>): Promise<ProviderRow> {
  const provider = await providerToChange(db, caller, id)
  const refuse = (text: string) => errors.invalid({ state: [text] }, 'provider_state')
  if (provider.state === state) return provider
  if (state === 'draft') {
    await updateProvider(db, id, { state: provider.state === 'draft' ? 'draft' : 'tested' })
    await endSessionsOf(db, id)
    return provider
  }
  if (provider.state === 'draft' || !isComplete(provider)) throw refuse('Test the provider first.')
  if (state === 'on') {
    await updateProvider(db, id, { state })
    return provider
  }
  const { objections } = await previewEnforcement(db, caller, provider)
  if (objections.length > 0) throw errors.invalid({ state: objections }, provider.state === 'on' ? 'would_lock_out' : 'provider_state')
  await mapConstraint(updateProvider(db, id, { state }), oneAtATime)
  await endNonconforming(db, (await lockProvider(db, caller, id)) as ProviderRow)
  return provider
}

/** @throws 400 for somebody whom it does not cover, and for one too many; 403, 404 */
export async function makeException(db: ScopedSql, caller: Caller, id: number, userId: number): Promise<ProviderRow> {
  const provider = await providerToChange(db, caller, id)
  if (!(await isCovered(db, provider, userId))) throw errors.notFound()
  if ((await countExceptions(db, id)) >= MOST_EXCEPTIONS)
    throw errors.invalid({ errors: [`There are ${MOST_EXCEPTIONS} exceptions, which is the maximum.`] }, 'provider_limit')
  await addException(db, provider, userId)
  return provider
}

/** Its sessions end where the provider is enforced. @throws 400 where nobody could come in any more; 403, 404 */
export async function dropException(db: ScopedSql, caller: Caller, id: number, userId: number): Promise<ProviderRow> {
  const provider = await providerToChange(db, caller, id)
  if (!(await removeException(db, provider, userId))) throw errors.notFound()
  if (provider.state !== 'enforced') return provider
  const { way_out } = await effectOf(db, provider, caller.userId)
  if (!way_out) throw errors.invalid({ errors: [lastWayOut] }, 'would_lock_out')
  await endNonconforming(db, provider)
  return provider
}
