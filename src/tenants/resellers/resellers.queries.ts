/** SQL of resellers. */

import type { Static } from 'typebox'
import { insertAccount } from '../../accounts/clients/clients.creation.ts'
import type { TransactionSql } from '../../db/pool.ts'
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller } from '../../lib/caller.ts'
import { products } from '../../lib/products.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { contains, type Fragment, onlyDeleted, where } from '../../lists/filters.ts'
import { type Order, type Slice, slice } from '../../lists/slices.ts'
import { insertUser } from '../../people/users/users.queries.ts'
import type { Reseller } from './resellers.schema.ts'

export const resellerFilters = {
  name: contains('name', 'Part of the name.'),
  deleted: onlyDeleted('`true` only deleted resellers, `false` only live ones, anything else all.'),
}

type ResellerFilterValues = Record<string, unknown>

const shown = (db: ScopedSql) => db`r.id, r.name, c.email, r.technical_client_id, r.is_platform, json_time(r.created_at) AS created_at,
  r.deleted_at IS NOT NULL AS deleted`
const from = (db: ScopedSql) => db`FROM resellers r JOIN clients c ON c.id = r.technical_client_id`

const matching = (db: ScopedSql, caller: Caller, filters: ResellerFilterValues) => db`FROM (
    SELECT r.id, fold(r.name) AS name, r.deleted_at IS NOT NULL AS deleted, (SELECT row_to_json(d) FROM (SELECT ${shown(db)}) d)::text AS doc
    ${from(db)}
  ) resellers WHERE ${where(db, db`true`, resellerFilters, filters, caller)}`

export async function countResellers(db: ScopedSql, caller: Caller, filters: ResellerFilterValues): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT count(*) ${matching(db, caller, filters)}`
  return row?.count ?? 0
}

const byId: Order = [{ column: 'id', descending: false }]

export const resellerRows = (db: ScopedSql, caller: Caller, filters: ResellerFilterValues, { limit, offset }: Slice, more: Fragment) =>
  db`SELECT doc ${more} ${matching(db, caller, filters)} ${slice(db, byId, { limit, offset })}`

/** Row-level security shows the platform all resellers, and everyone else their own. */
export async function findReseller(db: ScopedSql, id: number): Promise<Static<typeof Reseller> | undefined> {
  const [row] = await db<Static<typeof Reseller>[]>`SELECT ${shown(db)} ${from(db)} WHERE r.id = ${id}`
  return row
}

export async function setDeleted(db: ScopedSql, id: number, deleted: boolean): Promise<void> {
  await db`UPDATE resellers SET deleted_at = CASE WHEN ${deleted} THEN coalesce(deleted_at, reeve_now()) END WHERE id = ${id}`
}

export interface NewReseller {
  name: string
  email: string
  isPlatform: boolean
  /** Null if the first user sets a password by a link: until then it cannot sign in. */
  passwordHash: string | null
}

/**
 * Inserts a reseller with its technical account, its first user, and every product available by default. Violates users_email_is_unique if
 * the email is taken, resellers_name_is_unique if the name is taken, resellers_one_platform if the platform has its reseller already.
 */
export async function insertReseller(db: TransactionSql, { name, email, isPlatform, passwordHash }: NewReseller) {
  const [reseller] = await db<{ id: number }[]>`INSERT INTO resellers ${db({ name, is_platform: isPlatform })} RETURNING id`
  const { id: resellerId } = reseller as { id: number }
  const account = { reseller_id: resellerId, client_type: 'reseller' as const, email, company_name: name, name }
  const clientId = await insertAccount(db, account, { emailConfirmed: passwordHash !== null })
  const person = { user_type: 'reseller' as const, email, name, phone: null, lang: 'en', password_hash: passwordHash }
  const userId = await insertUser(db, { reseller_id: resellerId, client_id: clientId, ...person }, ADMINISTRATORS)
  await db`UPDATE clients SET owner_id = ${userId} WHERE id = ${clientId}`
  await db`UPDATE resellers SET technical_client_id = ${clientId} WHERE id = ${resellerId}`
  await db`INSERT INTO default_availability ${db(products.map((product) => ({ reseller_id: resellerId, product, available: true })))}`
  await db`SELECT refresh_clients(${[clientId]}::bigint[]), refresh_users(${[userId]}::bigint[])`
  return { resellerId, clientId, userId }
}
