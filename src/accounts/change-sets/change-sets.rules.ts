/** Drafts, applies, stops and goes on with change sets. What is done to accounts is in change-sets.apply.ts. */
import type { Scope, ScopedSql } from '../../db/scope.ts'
import { mayCall } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { assertWhole, kindOf } from './change-sets.kinds.ts'
import { previewOf } from './change-sets.preview.ts'
import {
  type ChangeSetRecord,
  findChangeSet,
  freeze,
  insertDraft,
  lockChangeSet,
  nextActivityId,
  setApplying,
  setStopped,
} from './change-sets.queries.ts'
import type { Change, ChangeSetDraft, Preview } from './change-sets.schema.ts'
import { type Selection, selectionOf, valuesOf } from './change-sets.selection.ts'

/** Accounts that are changed in one transaction, and so keep requests about them waiting. */
export const BATCH = 250

export interface Draft {
  change: Change
  selection: Selection
  preview: Preview
}

/**
 * Works out a draft in one snapshot.
 * @throws 403 if the caller may not make such a change to one account either; 400 if the change cannot be made to any account
 */
export function draft(scope: Scope, caller: Caller, { change: wanted, select }: ChangeSetDraft): Promise<Draft> {
  const change = assertWhole(wanted)
  assertMay(caller, change)
  // The best plan depends on the filters.
  return scope.read(
    caller,
    async (db) => {
      const selection = await selectionOf(db, caller, select)
      await kindOf(change).assertPossible?.(db, change, selection.resellerId)
      return { change, selection, preview: await previewOf(db, caller, change, selection) }
    },
    'custom',
  )
}

function assertMay(caller: Caller, change: Pick<Change, 'type'>) {
  if (!mayCall(kindOf(change).access, caller)) throw errors.forbidden()
}

export async function keepDraft(db: ScopedSql, caller: Caller, { change, selection, preview }: Draft): Promise<Buffer> {
  const id = await insertDraft(db, caller, selection, change, preview)
  return (await findChangeSet(db, caller, id)) as Buffer
}

/** Locks a set that the caller may apply. @throws 404 if it is not visible; 403 as draft; 409 if it is in another state */
async function inState(db: ScopedSql, caller: Caller, id: number, ...states: ChangeSetRecord['state'][]): Promise<ChangeSetRecord> {
  const set = await lockChangeSet(db, caller, id)
  if (!set) throw errors.notFound()
  assertMay(caller, set.change)
  if (!states.includes(set.state)) throw errors.conflict(`The change set is ${words[set.state]}.`, 'change_set_state')
  return set
}

const words = { draft: 'a draft', applying: 'being applied', stopped: 'stopped', done: 'done' } as const

/**
 * Lets the job apply a draft to the accounts that are selected now, or go on with a stopped set.
 * @returns the set, and the number that the entry of this request in the log is to have
 * @throws as inState
 */
export async function apply(db: ScopedSql, caller: Caller, id: number) {
  const { state, reseller_id, change, filter, ids } = await inState(db, caller, id, 'draft', 'stopped')
  const selection = { resellerId: reseller_id, ids, filter, values: filter ? valuesOf(filter) : {} }
  const total = state === 'draft' ? await freeze(db, caller, id, selection, BATCH) : undefined
  const entry = await nextActivityId(db)
  await setApplying(db, caller, id, entry, total)
  return { change, resellerId: reseller_id, entry, document: (await findChangeSet(db, caller, id)) as Buffer }
}

/** Waits for the batch in hand. @throws as inState */
export async function stop(db: ScopedSql, caller: Caller, id: number) {
  const { reseller_id: resellerId } = await inState(db, caller, id, 'applying')
  await setStopped(db, id, 'requested')
  return { resellerId, document: (await findChangeSet(db, caller, id)) as Buffer }
}
