/** Applies change sets: some accounts in each transaction, by the rules of the operations on one account. */
import { refreshClients } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { mayCall } from '../../http/access.ts'
import type { ErrorCode } from '../../http/error-codes.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { accountsToChange, lockedAccounts } from '../clients/clients.rules.ts'
import { assertWhole, kindOf } from './change-sets.kinds.ts'
import { type ChangeSetRecord, keepResults, type Result, setDone, setStopped, takeAccounts, takeApplying } from './change-sets.queries.ts'

/**
 * Changes up to `most` of the accounts that a set is still to change, and keeps their results, in the transaction of `db`: a crash leaves
 * both or neither. Holds the set's lock, so that no other server takes the same accounts and a stop takes effect after this. Then locks the
 * accounts in order of id, as every change does.
 * @param refusal refuses the accounts with this code without trying
 * @returns how many accounts it handled: none if the set is done, stopped, or taken by another server
 * @throws whatever one of the accounts throws
 */
export async function applyNext(db: ScopedSql, caller: Caller | undefined, id: number, most: number, refusal?: ErrorCode): Promise<number> {
  const set = await takeApplying(db, id)
  if (!set) return 0
  if (!caller || !mayCall(kindOf(set.change).access, caller)) {
    await setStopped(db, id, 'access_lost')
    return 0
  }
  const ids = await takeAccounts(db, id, most)
  if (ids.length === 0) {
    await setDone(db, id)
    return 0
  }
  const results = refusal ? ids.map((id) => ({ id, outcome: 'refused' as const, code: refusal })) : await changeAll(db, caller, set, ids)
  await keepResults(db, set, results)
  return ids.length
}

async function changeAll(db: ScopedSql, caller: Caller, set: ChangeSetRecord, ids: readonly number[]): Promise<Result[]> {
  const change = assertWhole(set.change)
  const kind = kindOf(change)
  const { accounts, refused } = await (kind.deletedToo ? lockedAccounts : accountsToChange)(db, caller, ids)
  // An operator of the platform sees other resellers' accounts too.
  const own = accounts.filter(({ reseller_id }) => reseller_id === set.reseller_id)
  for (const { id, reseller_id } of accounts) if (reseller_id !== set.reseller_id) refused.set(id, errors.notFound())
  const outcome = await kind.apply(db, caller, own, change, set.reseller_id)
  if (!outcome.refreshed) await refreshClients(db, outcome.changed)

  const changed = new Set(outcome.changed)
  return ids.map((id) => {
    const refusal = refused.get(id) ?? outcome.refused.get(id)
    return refusal ? { id, outcome: 'refused', code: refusal.code } : { id, outcome: changed.has(id) ? 'changed' : 'unchanged', code: null }
  })
}
