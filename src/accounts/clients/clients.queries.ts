/** SQL of clients: the read model of client_list and client_documents, limited to what the caller may see. */
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller } from '../../lib/caller.ts'
import { type KeysetOrder, type Position, rowsAfter } from '../../lists/cursors.ts'
import { type Fragment, where } from '../../lists/filters.ts'
import { FAR_OFFSET, type Order, orderBy, type Slice, slice } from '../../lists/slices.ts'
import { clientContext, clientDocument, documentColumns } from './list/list.documents.ts'
import { clientFilters, type clientOrders } from './list/list.filters.ts'
import { fromPosition, positionedBy } from './list/list.positions.ts'

/** Values of the filters by name. */
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

/** Up to this many matches are collected and sorted. More of them are found soon enough by walking the order's index. */
const FEW = 2000

const withId = (order: ClientOrder): ClientOrder =>
  order.some(({ column }) => column === 'id') ? order : [...order, { column: 'id', descending: false }]

/** Selects the documents (contract schema Client), ties in order of id: first the ids of the slice, then only their documents. */
export function clientRows(
  db: ScopedSql,
  caller: Caller,
  filters: ClientFilterValues,
  wanted: ClientOrder,
  page: Slice,
  more: Fragment,
): Fragment {
  const order = withId(wanted)
  const few = page.total !== undefined && page.total <= FEW
  const facets = page.offset >= FAR_OFFSET && page.total !== undefined ? positionedBy(caller, filters, wanted) : undefined
  const rows =
    page.ids !== undefined
      ? db`FROM (SELECT * FROM client_list WHERE ${visible(db, caller)} AND id = ANY (${page.ids}::bigint[]) OFFSET 0) few`
      : few
        ? db`FROM (SELECT * FROM client_list WHERE ${matching(db, caller, filters)} OFFSET 0) few`
        : db`FROM client_list WHERE ${matching(db, caller, filters)}`
  const selected = facets ? db`${rows} ${fromPosition(db, caller, facets, order, page)}` : db`${rows} ${slice(db, order, page)}`
  return db`SELECT ${documentColumns(db)} ${more}
    FROM (SELECT ${db(order.map(({ column }) => column))} ${selected}) page
    JOIN client_documents d USING (id) ORDER BY ${orderBy(db, order)}`
}

/** Selects `selection`, expressions over `page`, the row in the list, and `c`, the account, of all matches. */
export function exportRows(db: ScopedSql, caller: Caller, filters: ClientFilterValues, wanted: ClientOrder, selection: Fragment): Fragment {
  const order = withId(wanted)
  const whole = slice(db, order, { limit: undefined, offset: 0 })
  return db`SELECT d.* FROM (SELECT * FROM client_list WHERE ${matching(db, caller, filters)} ${whole}) page
    JOIN LATERAL (SELECT ${selection} FROM clients c WHERE c.id = page.id) d ON true ORDER BY ${orderBy(db, order)}`
}

/** Returns up to `limit` documents after a position, and the position of the last one. */
export async function clientsAfter(
  db: ScopedSql,
  caller: Caller,
  filters: ClientFilterValues,
  order: KeysetOrder,
  position: Position | undefined,
  limit: number,
) {
  const rows = db`SELECT id, ${db(order.column)} AS value FROM client_list WHERE ${matching(db, caller, filters)}`
  const found = await db`
    SELECT ${documentColumns(db)}, page.value::text, page.id::text
    FROM (${rowsAfter(db, rows, order, position, limit)}) page JOIN client_documents d USING (id)
    ORDER BY ${orderBy(db, [
      { column: 'value', descending: order.descending },
      { column: 'id', descending: false },
    ])}`.raw()
  const document = clientDocument(caller, await clientContext(db, caller))
  const last = found.at(-1) as (Buffer | null)[] | undefined
  return {
    rows: found.map((row) => document(row as Buffer[])),
    last: last && { value: last[2]?.toString() ?? null, id: Number(last[3]) },
  }
}

export async function findClient(db: ScopedSql, caller: Caller, id: number): Promise<Buffer | undefined> {
  const [row] = await db`SELECT ${documentColumns(db)} FROM client_documents d WHERE ${visible(db, caller)} AND id = ${id}`.raw()
  return row && Buffer.concat(clientDocument(caller, await clientContext(db, caller))(row as Buffer[]))
}

/** The account's row, for a change. Without the account's lock it may be stale. */
export interface AccountRecord {
  id: number
  reseller_id: number
  client_type: 'common' | 'reseller' | 'sales'
  company_name: string
  status: string
  deleted: boolean
  deletionRequested: boolean
  /** Whether its owner confirmed the email. */
  activated: boolean
}

const records = (db: ScopedSql) => db`
  SELECT c.id, c.reseller_id, c.client_type, c.company_name, c.status, c.deleted_at IS NOT NULL AS deleted,
    c.deletion_requested_at IS NOT NULL AS "deletionRequested", coalesce(o.activated_at IS NOT NULL, false) AS activated
  FROM clients c LEFT JOIN users o ON o.id = c.owner_id`

/** Row-level security hides accounts of other tenants. */
export async function findAccount(db: ScopedSql, id: number): Promise<AccountRecord | undefined> {
  const [row] = await db<AccountRecord[]>`${records(db)} WHERE c.id = ${id}`
  return row
}

export const findAccounts = (db: ScopedSql, ids: readonly number[]): Promise<AccountRecord[]> =>
  db<AccountRecord[]>`${records(db)} WHERE c.id = ANY (${[...ids]}::bigint[]) ORDER BY c.id`

export type AccountFields = Partial<{
  email: string
  company_name: string
  custom_id: string | null
  name: string | null
  phone: string | null
  seller_id: number | null
  is_test: boolean
}>

export async function updateAccount(db: ScopedSql, id: number, fields: AccountFields): Promise<void> {
  if (Object.keys(fields).length > 0) await db`UPDATE clients SET ${db(fields)} WHERE id = ${id}`
}

/** Sets one field of these accounts. Returns those that had another value. */
export async function updateAccounts<Field extends keyof AccountFields>(
  db: ScopedSql,
  ids: readonly number[],
  field: Field,
  value: NonNullable<AccountFields[Field]> | null,
): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    UPDATE clients SET ${db({ [field]: value })} WHERE id = ANY (${[...ids]}::bigint[]) AND ${db(field)} IS DISTINCT FROM ${value} RETURNING id`
  return rows.map(({ id }) => id)
}

export async function isLiveSeller(db: ScopedSql, id: number, resellerId: number): Promise<boolean> {
  const [row] = await db`
    SELECT FROM users WHERE id = ${id} AND reseller_id = ${resellerId} AND user_type = 'seller' AND deleted_at IS NULL`
  return row !== undefined
}

/** A reseller has the name of its technical account (docs/domain.md, Who is who). */
export async function renameReseller(db: ScopedSql, id: number, name: string): Promise<void> {
  await db`UPDATE resellers SET name = ${name} WHERE id = ${id}`
}

export async function companyOf(db: ScopedSql, clientId: number): Promise<string> {
  const [row] = await db<{ company: string }[]>`SELECT company_name AS company FROM clients WHERE id = ${clientId}`
  return row?.company ?? ''
}
