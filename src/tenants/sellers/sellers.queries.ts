/** SQL of sellers: users of type `seller`, who belong to the technical account of their reseller. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { flag, integers } from '../../http/parameters.ts'
import type { Caller } from '../../lib/caller.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { contains, equals, equalsId, type Filter, type Fragment, onlyDeleted, where } from '../../lists/filters.ts'
import { type Order, type Slice, slice } from '../../lists/slices.ts'
import type { unblocked } from '../../people/users/users.queries.ts'
import type { ListedSeller, SellerState } from './sellers.schema.ts'

export const sellerFilters = {
  id: equalsId('id', 'This seller.'),
  id__in: {
    parameter: integers('These sellers, ids separated by commas.'),
    condition: (db, value) => db`id = ANY (${value}::bigint[])`,
  } satisfies Filter<number[]>,
  id__contains: contains('digits', 'Part of the id.'),
  email: contains('email', 'Part of the email.'),
  full_name: contains('full_name', 'Part of the name.'),
  activated: equals('activated', flag('Whether the seller set a password.')),
  deleted: onlyDeleted('`true` only deleted sellers, `false` only live ones, anything else all.'),
  reseller_name: contains('reseller_name', "Part of the reseller's name."),
}

/** Fields of `ordering` and their columns. Text is sorted by its folded form, by code point. */
export const sellerOrders = {
  id: 'id',
  email: 'email',
  full_name: 'full_name',
  date_joined: 'date_joined',
  activated: 'activated',
  deleted: 'deleted',
} as const

type SellerFilterValues = Record<string, unknown>
export type SellerOrder = Order<(typeof sellerOrders)[keyof typeof sellerOrders]>

const visible = (db: ScopedSql, caller: Caller) =>
  db`u.user_type = 'seller' ${caller.kind === 'platform' ? db`` : db`AND u.reseller_id = ${caller.resellerId}`}`

const from = (db: ScopedSql) => db`FROM users u JOIN resellers r ON r.id = u.reseller_id JOIN clients c ON c.id = u.client_id`

/** Contract schema Seller. */
const shown = (db: ScopedSql) => db`u.id, u.email, coalesce(u.name, '') AS full_name, coalesce(u.phone, '') AS phone,
  r.name AS reseller_name, c.company_name AS company, json_time(u.created_at) AS date_joined,
  u.activated_at IS NOT NULL AS activated, u.deleted_at IS NOT NULL AS deleted`

/** What ListedSeller has beyond it. */
const state = (db: ScopedSql) => db`u.is_active, u.totp_secret IS NOT NULL AS two_fa,
  (SELECT json_time(max(l.created_at)) FROM one_time_links l WHERE l.user_id = u.id AND l.purpose = 'activation') AS invited_at`

/** The visible sellers, with the columns they are filtered and sorted by. */
const matching = (db: ScopedSql, caller: Caller, filters: SellerFilterValues, columns = shown(db)) => db`FROM (
    SELECT u.id, u.id::text AS digits, fold(u.email) AS email, fold(coalesce(u.name, '')) AS full_name, fold(r.name) AS reseller_name,
      u.created_at AS date_joined, u.activated_at IS NOT NULL AS activated, u.deleted_at IS NOT NULL AS deleted,
      (SELECT row_to_json(d) FROM (SELECT ${columns}) d)::text AS doc
    ${from(db)} WHERE ${visible(db, caller)}
  ) sellers WHERE ${where(db, db`true`, sellerFilters, filters, caller)}`

export async function countSellers(db: ScopedSql, caller: Caller, filters: SellerFilterValues): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT count(*) ${matching(db, caller, filters)}`
  return row?.count ?? 0
}

/** Selects documents, ties in order of id. A reseller has few sellers, so pages are read from the start. */
export function sellerRows(
  db: ScopedSql,
  caller: Caller,
  filters: SellerFilterValues,
  wanted: SellerOrder,
  { limit, offset }: Slice,
  more: Fragment,
  columns = shown(db),
): Fragment {
  const order = wanted.some(({ column }) => column === 'id') ? wanted : [...wanted, { column: 'id' as const, descending: false }]
  return db`SELECT doc ${more} ${matching(db, caller, filters, columns)} ${slice(db, order, { limit, offset })}`
}

/** A page of what ListedSeller has, read anew: a mailed link is no change to a list, so the list cache would not see it. */
export async function listedSellers(db: ScopedSql, caller: Caller, filters: SellerFilterValues, order: SellerOrder, page: Slice) {
  const rows = (await sellerRows(db, caller, filters, order, page, db``, db`${shown(db)}, ${state(db)}`)) as unknown as { doc: string }[]
  return rows.map(({ doc }) => JSON.parse(doc) as Static<typeof ListedSeller>)
}

export type SellerRow = Static<typeof SellerState> & { reseller_id: number; client_id: number; lang: string }

/** Returns the seller's document with its reseller, account and language. Without the seller's lock it may be stale. */
export async function findSeller(db: ScopedSql, caller: Caller, id: number): Promise<SellerRow | undefined> {
  const [row] = await db<SellerRow[]>`
    SELECT ${shown(db)}, u.is_active, u.reseller_id, u.client_id, u.lang ${from(db)} WHERE ${visible(db, caller)} AND u.id = ${id}`
  return row
}

export async function technicalAccount(db: ScopedSql, resellerId: number): Promise<number> {
  const [row] = await db<{ id: number }[]>`SELECT technical_client_id AS id FROM resellers WHERE id = ${resellerId}`
  if (!row) throw new Error(`Reseller ${resellerId} is not there.`)
  return row.id
}

/** Inserts a seller, who cannot sign in before setting a password. @returns its id */
export async function insertSeller(
  db: ScopedSql,
  seller: { reseller_id: number; client_id: number; email: string; name: string; phone: string | null },
) {
  const [row] = await db<{ id: number }[]>`INSERT INTO users ${db({ ...seller, user_type: 'seller' })} RETURNING id`
  const { id } = row as { id: number }
  const { reseller_id, client_id } = seller
  await db`INSERT INTO client_users ${db({ client_id, user_id: id, reseller_id, role_id: ADMINISTRATORS })}`
  return id
}

export type SellerFields = Partial<{ email: string; name: string; phone: string; is_active: boolean } & typeof unblocked>

export async function updateSeller(db: ScopedSql, id: number, fields: SellerFields): Promise<void> {
  await db`UPDATE users SET ${db(fields)} WHERE id = ${id}`
}

/** Ends the user's sessions, including those as another user, and mailed links, which would let in whoever holds them. */
export async function endSessionsAndLinks(db: ScopedSql, userId: number): Promise<void> {
  await db`UPDATE sessions SET revoked_at = reeve_now() WHERE (user_id = ${userId} OR actor_id = ${userId}) AND revoked_at IS NULL`
  await db`UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = ${userId} AND used_at IS NULL`
}

/** Locks the seller with the accounts it sells to and belongs to, for a deletion. These may be many, so the statement timeout is raised. */
export async function lockSeller(db: ScopedSql, id: number): Promise<void> {
  await db`SELECT set_config('statement_timeout', '5min', true)`
  await db`SELECT lock_seller(${id})`
}

/** Requires lockSeller. */
export async function removeSeller(db: ScopedSql, id: number): Promise<void> {
  await db`SELECT release_clients(${id})`
  await db`UPDATE users SET deleted_at = reeve_now() WHERE id = ${id}`
  await db`UPDATE api_tokens SET deleted_at = reeve_now() WHERE user_id = ${id} AND deleted_at IS NULL`
}
