/** Applies change sets in the background: a batch of each in turn, so that a small one does not wait for a large one. */
import { setTimeout as delay } from 'node:timers/promises'
import { applyNext } from '../accounts/change-sets/change-sets.apply.ts'
import { BATCH } from '../accounts/change-sets/change-sets.rules.ts'
import { CANCELLED, DISK_FULL, isAway } from '../db/errors.ts'
import { asSystem, type ScopedSql } from '../db/scope.ts'
import { callerAgain, type Requester } from '../http/authenticate.ts'
import type { ErrorCode } from '../http/error-codes.ts'
import { ApiError } from '../http/errors.ts'
import { Busy } from '../lib/semaphore.ts'
import type { JobDeps } from './job.ts'

/** How long it pauses, as a share of the time it works: requests of the same tenant come in between. */
const REST = 0.3

type Applying = Requester & { id: number; resellerId: number }

const applying = ({ system }: JobDeps) => system<
  { id: number; reseller: number; user: number; client: number; actor: number | null; token: number | null; session: string | null }[]
>`
  SELECT id, reseller_id AS reseller, applied_by AS user, applied_in AS client, applied_by_actor AS actor, applied_with_token AS token, applied_with_session AS session
  FROM change_sets WHERE state = 'applying' ORDER BY id`

/** Goes on until all sets are done or stopped, or another server has them. A set that is cut off goes on in the next run. */
export async function applyChangeSets(deps: JobDeps): Promise<void> {
  const sizes = new Map<number, number>()
  while (!deps.stopping?.aborted) {
    let handled = 0
    for (const { id, reseller, user, client, actor, token, session } of await applying(deps)) {
      if (deps.stopping?.aborted) return
      const credential = token === null ? ({ type: 'session', id: session ?? '' } as const) : ({ type: 'token', id: token } as const)
      const began = performance.now()
      handled += await step(deps, { id, resellerId: reseller, userId: user, clientId: client, actorId: actor, credential }, sizes)
      await delay((performance.now() - began) * REST, undefined, { signal: deps.stopping }).catch(() => {})
    }
    if (handled === 0) return
  }
}

/**
 * Applies a set to the next accounts. If one of them fails, none is changed: half as many are tried next, until the one that fails is alone
 * and refused.
 * @returns how many accounts it tried
 */
async function step(deps: JobDeps, set: Applying, sizes: Map<number, number>): Promise<number> {
  const most = sizes.get(set.id) ?? BATCH
  try {
    const handled = await inTransaction(deps, set, (db, caller) => applyNext(db, caller, set.id, most))
    sizes.set(set.id, Math.min(BATCH, 2 * most))
    return handled
  } catch (error) {
    if (saysNothing(error)) throw error
    if (most > 1) {
      sizes.set(set.id, most >> 1)
      return most
    }
    if (isTransient(error)) throw error
    const code: ErrorCode = error instanceof ApiError ? error.code : 'internal_error'
    if (code === 'internal_error') deps.log.error({ err: error, changeSet: set.id }, 'an account could not be changed')
    return inTransaction(deps, set, (db, caller) => applyNext(db, caller, set.id, 1, code))
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? ''

/** Returns whether an error says nothing of the accounts: the next run tries them again. */
const saysNothing = (error: unknown) => error instanceof Busy || isAway(codeOf(error)) || codeOf(error) === DISK_FULL

/** Returns whether the same account may be changed another time: it was locked for too long, or in the way of another transaction. */
const isTransient = (error: unknown) => [CANCELLED, '40001', '40P01'].includes(codeOf(error))

/** In the scope of whoever applied the set. Without a right to it any more, the set is only stopped. */
async function inTransaction(
  deps: JobDeps,
  set: Applying,
  work: (db: ScopedSql, caller?: Parameters<typeof applyNext>[1]) => Promise<number>,
) {
  const caller = await callerAgain(deps.system, set)
  const seesSet = caller && (caller.kind === 'platform' || (caller.kind !== 'client' && caller.resellerId === set.resellerId))
  return seesSet ? deps.scope.write(caller, (db) => work(db, caller)) : asSystem(deps.system, (db) => work(db))
}
