/** What a change would come to for all selected accounts, computed in one pass over the list and not account by account. */
import type { ScopedSql } from '../../db/scope.ts'
import { type ErrorCode, errorCodes } from '../../http/error-codes.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Fragment } from '../../lists/filters.ts'
import { type assertWhole, kindOf, type Verdict } from './change-sets.kinds.ts'
import type { Preview } from './change-sets.schema.ts'
import { type Selection, selected } from './change-sets.selection.ts'

/** Accounts that are shown for each reason. */
const SHOWN = 5

interface Group {
  verdict: Verdict | 'changed'
  count: number
  examples: number[]
}

/**
 * Reasons that only the change itself can find, such as another request that comes first, are in the results alone.
 */
export async function previewOf(
  db: ScopedSql,
  caller: Caller,
  change: ReturnType<typeof assertWhole>,
  selection: Selection,
): Promise<Preview> {
  const kind = kindOf(change)
  const verdicts: (readonly [Verdict, Fragment])[] = [
    ...(caller.kind === 'seller' ? [['forbidden', db`client_type = 'reseller'`] as const] : []),
    ...(kind.deletedToo ? [] : [['object_deleted', db`deleted`] as const]),
    ...kind.verdicts(db, change, selection.resellerId),
  ]
  const groups = await count(db, caller, verdicts, selection)
  const found = groups.reduce((sum, group) => sum + group.count, 0)
  if (selection.ids && found < selection.ids.length) groups.push(await missing(db, caller, selection, selection.ids.length - found))

  const of = (verdict: Group['verdict']) => groups.find((group) => group.verdict === verdict)?.count ?? 0
  const refused = groups.filter(({ verdict }) => verdict !== 'changed' && verdict !== 'unchanged').sort((a, b) => b.count - a.count)
  const companies = await companiesOf(
    db,
    refused.flatMap(({ examples }) => examples),
  )
  return {
    selected: groups.reduce((sum, group) => sum + group.count, 0),
    will_change: of('changed'),
    unchanged: of('unchanged'),
    refused: refused.reduce((sum, group) => sum + group.count, 0),
    reasons: refused.map(({ verdict, count, examples }) => ({
      code: verdict,
      message: errorCodes[verdict as ErrorCode][1],
      count,
      examples: examples.sort((a, b) => a - b).map((id) => ({ id, company: companies.get(id) ?? null })),
    })),
  }
}

/** Collects ids of those that are refused only, which are few and not in any order. */
async function count(db: ScopedSql, caller: Caller, verdicts: (readonly [Verdict, Fragment])[], selection: Selection): Promise<Group[]> {
  const cases = verdicts.reduce((all, [verdict, holds]) => db`${all} WHEN ${holds} THEN ${verdict}`, db``)
  return db<Group[]>`
    SELECT verdict, count(*) AS count, coalesce((array_agg(id) FILTER (WHERE verdict NOT IN ('changed', 'unchanged')))[:${SHOWN}], '{}') AS examples
    FROM (SELECT id, CASE ${cases} ELSE 'changed' END AS verdict FROM client_list WHERE ${selected(db, caller, selection)}) accounts
    GROUP BY verdict`
}

/** Ids that name no account, or one that is not visible to the caller. */
async function missing(db: ScopedSql, caller: Caller, selection: Selection, count: number): Promise<Group> {
  const rows = await db<{ id: number }[]>`
    SELECT id FROM unnest(${selection.ids}::bigint[]) AS id
    WHERE id NOT IN (SELECT id FROM client_list WHERE ${selected(db, caller, selection)}) ORDER BY 1 LIMIT ${SHOWN}`
  return { verdict: 'not_found', count, examples: rows.map(({ id }) => id) }
}

async function companiesOf(db: ScopedSql, ids: readonly number[]): Promise<Map<number, string>> {
  const rows = await db<{ id: number; name: string }[]>`SELECT id, company_name AS name FROM clients WHERE id = ANY (${[...ids]}::bigint[])`
  return new Map(rows.map(({ id, name }) => [id, name]))
}
