/** SQL of clients: the read model client_list, always within what the caller may see. */
import type { ScopedSql } from '../../db/scope.ts'
import { type Fragment, where } from '../../http/filters.ts'
import { rawBatches } from '../../http/paging.ts'
import type { Caller } from '../../lib/caller.ts'
import { documentColumns, documentsFor } from './clients.documents.ts'
import { clientFilters, type clientOrders } from './clients.filters.ts'

/** The values of the filters by their names. */
export type ClientFilterValues = Record<string, unknown>
export type Order = { column: (typeof clientOrders)[keyof typeof clientOrders]; descending: boolean }[]

/** Staff see every account of their reseller, a client user the accounts it belongs to. */
function visible(db: ScopedSql, caller: Caller): Fragment {
  if (caller.kind === 'platform') return db`true`
  const own = db`reseller_id = ${caller.resellerId}`
  return caller.kind === 'client' ? db`${own} AND id = ANY (${caller.accountIds as number[]}::bigint[])` : own
}

const matching = (db: ScopedSql, caller: Caller, filters: ClientFilterValues) =>
  where(db, visible(db, caller), clientFilters, filters, caller)

export async function countClients(db: ScopedSql, caller: Caller, filters: ClientFilterValues): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT count(*) FROM client_list WHERE ${matching(db, caller, filters)}`
  return row?.count ?? 0
}

/** The documents (contract schema Client), ties in order of id, nulls last both ways. */
export async function* clientRows(
  db: ScopedSql,
  caller: Caller,
  filters: ClientFilterValues,
  order: Order,
  page: { limit: number | undefined; offset: number },
) {
  const keys = order.some((one) => one.column === 'id') ? order : [...order, { column: 'id' as const, descending: false }]
  const orderBy = keys
    .map(({ column, descending }) => db`${db(column)} ${descending ? db`DESC` : db`ASC`} NULLS LAST`)
    .reduce((all, key) => db`${all}, ${key}`)
  const query = db`SELECT ${db(documentColumns)} FROM client_list WHERE ${matching(db, caller, filters)} ORDER BY ${orderBy}
    LIMIT ${page.limit ?? null} OFFSET ${page.offset}`
  const document = await documentsFor(db, caller)
  for await (const batch of rawBatches(query, page.limit)) yield batch.map(document)
}

export async function findClient(db: ScopedSql, caller: Caller, id: number): Promise<Buffer | undefined> {
  const [row] = await db`SELECT ${db(documentColumns)} FROM client_list WHERE ${visible(db, caller)} AND id = ${id}`.raw()
  return row && (await documentsFor(db, caller))(row as Buffer[])
}
