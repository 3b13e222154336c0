/** Exact counts of clients: from bitmaps where the filters are by exact values, from rows where they are not. */
import type { ScopedSql } from '../../db/scope.ts'
import { type Facet, type Fragment, facetsOf } from '../../http/filters.ts'
import type { Caller } from '../../lib/caller.ts'
import { clientFilters } from './clients.filters.ts'
import { type ClientFilterValues, matching } from './clients.queries.ts'

/**
 * How many clients of the caller's tenant match. Exact filters, a span of creation and ids left out, in any combination: some hundred
 * blocks of bits and the rows of the two months on the span's borders. With text or traffic filters: the rows that match.
 */
export async function countClients(db: ScopedSql, caller: Caller, filters: ClientFilterValues): Promise<number> {
  const { created_at_gte: from, created_at_lte: to, id__in__exclude: without, ...exact } = filters
  const facets = caller.kind === 'client' ? undefined : facetsOf(clientFilters, exact)
  if (!facets) return countRows(db, matching(db, caller, filters))

  const spanned = { ...exact, created_at_gte: from, created_at_lte: to }
  const counted = await countSpan(db, caller, spanned, facets, from as string | undefined, to as string | undefined)
  if (without === undefined || counted === 0) return counted
  return counted - (await countRows(db, db`${matching(db, caller, spanned)} AND id = ANY (${without as number[]}::bigint[])`))
}

async function countRows(db: ScopedSql, condition: Fragment): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT count(*) FROM client_list WHERE ${condition}`
  return row?.count ?? 0
}

/** Whole months by bits, the months that the span begins and ends in by their rows. */
async function countSpan(db: ScopedSql, caller: Caller, filters: ClientFilterValues, facets: Facet[], from?: string, to?: string) {
  if (from === undefined && to === undefined) return countBits(db, caller, facets)
  const [first, last] = [from && monthOf(from), to && monthOf(to)]
  const rows = matching(db, caller, filters)
  const ofMonth = (month: string) =>
    db`${rows} AND created_at >= ${month}::timestamptz AND created_at < ${month}::timestamptz + interval '1 month'`
  if (first !== undefined && last !== undefined && first >= last) return countRows(db, rows)
  const inside = db`AND (${first ?? null}::timestamptz IS NULL OR value > created_bucket(${first ?? null}::timestamptz))
    AND (${last ?? null}::timestamptz IS NULL OR value < created_bucket(${last ?? null}::timestamptz))`
  let total = await countBits(
    db,
    caller,
    facets,
    db`SELECT reseller_id, block, bit_or(bits) AS bits FROM client_bits
    WHERE facet = 'created_at' ${inside} AND ${own(db, caller)} GROUP BY 1, 2`,
  )
  if (first !== undefined) total += await countRows(db, ofMonth(first))
  if (last !== undefined) total += await countRows(db, ofMonth(last))
  return total
}

/** The first instant of the month, UTC, of a time that readInstant gave. */
function monthOf(instant: string): string {
  const at = new Date(instant)
  at.setUTCDate(1)
  at.setUTCHours(0, 0, 0, 0)
  return at.toISOString()
}

const own = (db: ScopedSql, caller: Caller) => (caller.kind === 'platform' ? db`true` : db`reseller_id = ${caller.resellerId}`)

/** The bits that are left when all facets hold, and `also` a set of blocks. */
async function countBits(db: ScopedSql, caller: Caller, facets: Facet[], also?: Fragment): Promise<number> {
  const sets = (facets.length > 0 || also ? facets : [{ facet: 'all', anyOf: [''] }]).map(({ facet, anyOf: [value, ...others] }) =>
    others.length === 0
      ? db`SELECT reseller_id, block, bits FROM client_bits WHERE facet = ${facet} AND value = ${value ?? ''} AND ${own(db, caller)}`
      : db`SELECT reseller_id, block, bit_or(bits) AS bits FROM client_bits
          WHERE facet = ${facet} AND value = ANY (${[value as string, ...others]}) AND ${own(db, caller)} GROUP BY 1, 2`,
  )
  if (also) sets.push(also)
  const names = sets.map((_, n) => `s${n}`)
  const from = sets
    .map((set, n) => (n === 0 ? db`(${set}) s0` : db`JOIN (${set}) ${db(`s${n}`)} USING (reseller_id, block)`))
    .reduce((all, one) => db`${all} ${one}`)
  const and = names.map((name) => db`${db(name)}.bits`).reduce((all, one) => db`${all} & ${one}`)
  const [row] = await db<{ count: number }[]>`SELECT coalesce(sum(bit_count(${and})), 0)::bigint AS count FROM ${from}`
  return row?.count ?? 0
}
