/** The list of accounts: its count, its rows, and how it is split if that is the shorter way to a page. */

import type { ScopedSql } from '../../../db/scope.ts'
import { type Caller, seesTenant } from '../../../lib/caller.ts'
import { clientStatuses } from '../../../lib/products.ts'
import { facetsOf } from '../../../lists/filters.ts'
import type { List } from '../../../lists/list.ts'
import { type ClientFilterValues, type ClientOrder, clientRows } from '../clients.queries.ts'
import { countClients, findFewClients } from './list.counts.ts'
import { type ClientContext, clientContext, clientDocument } from './list.documents.ts'
import { clientFilters } from './list.filters.ts'
import { positionedBy } from './list.positions.ts'

const statuses = [...clientStatuses].sort()

export function clientList(caller: Caller, filters: ClientFilterValues, wanted: ClientOrder): List<ClientContext> {
  // Accounts of one status are not ordered by it.
  const order = filters.status === undefined ? wanted : wanted.filter(({ column }) => column !== 'status')
  const counted = facetsOf(clientFilters, filters) !== undefined
  const parts = counted && seesTenant(caller) ? byStatus(caller, filters, order) : undefined
  return {
    alwaysEnvelope: false,
    filters,
    costly: !counted || (order.length > 1 && !parts),
    anyOffset: positionedBy(caller, filters, order) !== undefined,
    count: (db) => countClients(db, caller, filters),
    onReadModel: true,
    context: (db) => clientContext(db, caller),
    rows: (db, slice, more) => clientRows(db, caller, filters, order, slice, more),
    document: (facts) => clientDocument(caller, facts),
    ...(!counted && { few: (db: ScopedSql) => findFewClients(db, caller, filters) }),
    ...(parts && { parts }),
  }
}

/**
 * Splits an order by status and another field into one list per status, each of which has an index to walk. Sorting within a status would
 * read a third of all rows.
 */
function byStatus(caller: Caller, filters: ClientFilterValues, order: ClientOrder): List<ClientContext>[] | undefined {
  const [first, ...rest] = order
  if (first?.column !== 'status' || rest.length === 0) return undefined
  const parts = statuses.map((status) => clientList(caller, { ...filters, status }, rest))
  return first.descending ? parts.reverse() : parts
}
