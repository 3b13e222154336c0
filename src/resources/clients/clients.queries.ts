/** SQL of clients: the read model of client_list and client_documents, always within what the caller may see. */
import type { ScopedSql } from '../../db/scope.ts'
import { type Fragment, where } from '../../http/filters.ts'
import { rawBatches } from '../../http/paging.ts'
import { type Order, orderBy, type Slice, slice } from '../../http/slices.ts'
import type { Caller } from '../../lib/caller.ts'
import { documentColumns, documentsFor } from './clients.documents.ts'
import { clientFilters, type clientOrders } from './clients.filters.ts'

/** The values of the filters by their names. */
export type ClientFilterValues = Record<string, unknown>
export type ClientOrder = Order<(typeof clientOrders)[keyof typeof clientOrders]>

/** Staff see every account of their reseller, a client user the accounts it belongs to. */
function visible(db: ScopedSql, caller: Caller): Fragment {
  if (caller.kind === 'platform') return db`true`
  const own = db`reseller_id = ${caller.resellerId}`
  return caller.kind === 'client' ? db`${own} AND id = ANY (${caller.accountIds as number[]}::bigint[])` : own
}

export const matching = (db: ScopedSql, caller: Caller, filters: ClientFilterValues) =>
  where(db, visible(db, caller), clientFilters, filters, caller)

/** Up to so many matches are gathered and sorted; more of them are met soon enough on a walk along the order's index. */
const FEW = 2000

/** The documents (contract schema Client), ties in order of id. First the ids of the slice, then the documents of those alone. */
export async function* clientRows(db: ScopedSql, caller: Caller, filters: ClientFilterValues, wanted: ClientOrder, page: Slice) {
  const order = wanted.some(({ column }) => column === 'id') ? wanted : [...wanted, { column: 'id' as const, descending: false }]
  const few = page.total !== undefined && page.total <= FEW
  const gathered = db`FROM (SELECT * FROM client_list WHERE ${matching(db, caller, filters)} OFFSET 0) few`
  const walked = db`FROM client_list WHERE ${matching(db, caller, filters)}`
  const query = db`SELECT ${db(documentColumns.map((column) => `d.${column}`))}
    FROM (SELECT ${db(order.map(({ column }) => column))} ${few ? gathered : walked} ${slice(db, order, page)}) page
    JOIN client_documents d USING (id) ORDER BY ${orderBy(db, order)}`
  const document = await documentsFor(db, caller)
  for await (const batch of rawBatches(query, page.limit)) yield batch.map(document)
}

export async function findClient(db: ScopedSql, caller: Caller, id: number): Promise<Buffer | undefined> {
  const [row] = await db`SELECT ${db(documentColumns)} FROM client_documents WHERE ${visible(db, caller)} AND id = ${id}`.raw()
  return row && Buffer.concat((await documentsFor(db, caller))(row as Buffer[]))
}
