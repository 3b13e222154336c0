/** Exact counts of clients: from bits where possible, from rows when a filter searches for text. */
import type { ScopedSql } from '../../../db/scope.ts'
import type { Caller } from '../../../lib/caller.ts'
import { type Filters, type Fragment, facetsOf } from '../../../lists/filters.ts'
import type { Counted } from '../../../lists/list.ts'
import { type ClientFilterValues, matching } from '../clients.queries.ts'
import { bitsLeft } from './list.bits.ts'
import { clientFilters, ofPeople, peopleColumns } from './list.filters.ts'

/** Counts the matching clients of the caller's tenant. */
export async function countClients(db: ScopedSql, caller: Caller, filters: ClientFilterValues): Promise<number> {
  const facets = caller.kind === 'client' ? undefined : facetsOf(clientFilters, filters)
  const count = facets
    ? db`${bitsLeft(db, caller, facets)} - (${excess(db, caller, filters)})`
    : db`(SELECT count(*) ${rows(db, caller, filters)})`
  const [row] = await db<{ count: number }[]>`SELECT ${count} AS count`
  return row?.count ?? 0
}

/**
 * Counts the clients that match the facets but not the filters, such as those created on the first day of a period, before its hour. Counts
 * each of them at the first filter that excludes it, in a narrow range of that column's index.
 */
function excess(db: ScopedSql, caller: Caller, filters: ClientFilterValues): Fragment {
  const table: Filters = clientFilters
  const inexact = Object.entries(table).flatMap(([name, { condition, excess }]) => {
    const value = filters[name]
    return excess && value !== undefined ? [{ holds: condition(db, value, caller), exceeds: excess(db, value) }] : []
  })
  const exact = Object.fromEntries(Object.entries(filters).filter(([name]) => !table[name]?.excess))
  return inexact
    .map((_, first) =>
      inexact
        .map(({ holds, exceeds }, n) => (n < first ? holds : n === first ? exceeds : db`(${holds} OR ${exceeds})`))
        .reduce((all, one) => db`${all} AND ${one}`, matching(db, caller, exact)),
    )
    .reduce((sum, left) => db`${sum} + (SELECT count(*) FROM client_list WHERE ${left})`, db`0`)
}

/** Up to this many clients are found and counted in one pass. */
const FEW = 3000

/** Returns the matching clients and their number if there are at most `few`. */
export async function findFewClients(db: ScopedSql, caller: Caller, filters: ClientFilterValues, few = FEW): Promise<Counted | undefined> {
  const [found] = await db<{ total: number; ids: string }[]>`
    SELECT count(*) AS total, coalesce(array_agg(id), '{}')::text AS ids FROM (SELECT id ${rows(db, caller, filters)} LIMIT ${few + 1}) found`
  return found && found.total <= few ? found : undefined
}

/** The matching rows. If only texts of users are searched for, client_user_search alone is enough. */
function rows(db: ScopedSql, caller: Caller, filters: ClientFilterValues): Fragment {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  const alone = caller.kind !== 'client' && given.every(([name]) => peopleColumns.includes(name))
  return alone
    ? db`FROM client_user_search WHERE ${ofPeople(db, caller, Object.fromEntries(given) as Record<string, string>)}`
    : db`FROM client_list WHERE ${matching(db, caller, filters)}`
}
