/** Reaches a page at any offset for the cost of a count: in order of id, bits say which id stands at a position. */
import type { ScopedSql } from '../../../db/scope.ts'
import type { Caller } from '../../../lib/caller.ts'
import { type Facet, type Fragment, facetsOf, isExact } from '../../../lists/filters.ts'
import { type Order, type Slice, slice } from '../../../lists/slices.ts'
import { idAt } from './list.bits.ts'
import { clientFilters } from './list.filters.ts'

/** Returns the facets that positions are counted by; undefined in another order, or if facets and filters do not select the same rows. */
export const positionedBy = (caller: Caller, filters: Record<string, unknown>, order: Order): Facet[] | undefined =>
  order.every(({ column }) => column === 'id') && caller.kind !== 'client' && isExact(clientFilters, filters)
    ? facetsOf(clientFilters, filters)
    : undefined

/** As `slice`, which passes over the rows before the page: this begins at the id in its position. Needs the total. */
export function fromPosition(db: ScopedSql, caller: Caller, facets: Facet[], order: Order, { limit, offset, total = 0 }: Slice): Fragment {
  const [begins, position] = order[0]?.descending ? [db`<=`, total - 1 - offset] : [db`>=`, offset]
  return db`AND id ${begins} ${idAt(db, caller, facets, position)} ${slice(db, order, { limit, offset: 0 })}`
}
