/** SQL of clients: the read model client_list, always within what the caller may see. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { type Fragment, where } from '../../http/filters.ts'
import { rawBatches } from '../../http/paging.ts'
import type { Caller } from '../../lib/caller.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { clientFilters, type clientOrders } from './clients.filters.ts'
import type { Client } from './clients.schema.ts'

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
  const query = db`SELECT doc FROM client_list WHERE ${matching(db, caller, filters)} ORDER BY ${orderBy}
    LIMIT ${page.limit ?? null} OFFSET ${page.offset}`
  for await (const batch of rawBatches(query, page.limit)) yield batch.map((doc) => seenBy(caller, doc))
}

export async function findClient(db: ScopedSql, caller: Caller, id: number): Promise<Buffer | undefined> {
  const [row] = await db`SELECT doc FROM client_list WHERE ${visible(db, caller)} AND id = ${id}`.raw()
  return row && seenBy(caller, row[0] as Buffer)
}

/**
 * The stored document lacks its opening brace and `currentUser`, which is the caller. A client user who is not an Administrator
 * of the account it works in sees no other people of it.
 */
function seenBy(caller: Caller, doc: Buffer): Buffer {
  const whole = Buffer.concat([Buffer.from(`{"currentUser":${caller.userId},`), doc])
  if (caller.kind !== 'client') return whole
  const client: Static<typeof Client> = JSON.parse(whole.toString())
  if (client.id === caller.clientId && caller.role.id === ADMINISTRATORS) return whole
  client.users = client.users.filter((user) => user.id === caller.userId)
  return Buffer.from(JSON.stringify(client))
}
