/** SQL of availability: defaults by reseller and product, personal settings by account and product. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { commonProducts, inUse, type Product } from '../../lib/products.ts'
import type { Fragment } from '../../lists/filters.ts'
import type { ProductAvailability } from './availability.schema.ts'

type Availability = Static<typeof ProductAvailability>

/** Locks a reseller's defaults against changes until the transaction ends. Others can share this lock. */
export async function shareDefaults(db: ScopedSql, resellerId: number): Promise<void> {
  await db`SELECT FROM resellers WHERE id = ${resellerId} FOR SHARE`
}

/** Locks a reseller's defaults exclusively: waits for everyone who shares them. */
export async function shareLockDefaults(db: ScopedSql, resellerId: number): Promise<void> {
  await db`SELECT FROM resellers WHERE id = ${resellerId} FOR NO KEY UPDATE`
}

/** The documented products in their order. */
const named = (db: ScopedSql) => db`unnest(${commonProducts as unknown as string[]}::text[]) WITH ORDINALITY AS named (product, place)`

export async function defaultsOf(db: ScopedSql, resellerId: number): Promise<Availability[]> {
  return db<Availability[]>`
    SELECT named.product AS product_name, coalesce(d.available, false) AS available
    FROM ${named(db)} LEFT JOIN default_availability d ON d.reseller_id = ${resellerId} AND d.product = named.product ORDER BY place`
}

/** Returns what is available to an account: its own setting overrides its reseller's default. */
export async function availabilityOf(db: ScopedSql, { id, reseller_id }: { id: number; reseller_id: number }): Promise<Availability[]> {
  return db<Availability[]>`
    SELECT named.product AS product_name, coalesce(p.available, d.available, false) AS available
    FROM ${named(db)} LEFT JOIN client_availability p ON p.client_id = ${id} AND p.product = named.product
      LEFT JOIN default_availability d ON d.reseller_id = ${reseller_id} AND d.product = named.product ORDER BY place`
}

/** Requires shareDefaults, or the result may be stale. */
export async function isAvailable(db: ScopedSql, clientId: number, product: Product): Promise<boolean> {
  const [row] = await db<{ available: boolean }[]>`
    SELECT coalesce((SELECT available FROM client_availability WHERE client_id = c.id AND product = ${product}),
      (SELECT available FROM default_availability WHERE reseller_id = c.reseller_id AND product = ${product}), false) AS available
    FROM clients c WHERE c.id = ${clientId}`
  return row?.available ?? false
}

export async function setDefault(db: ScopedSql, resellerId: number, { product_name, available }: Availability): Promise<void> {
  await db`INSERT INTO default_availability (reseller_id, product, available) VALUES (${resellerId}, ${product_name}, ${available})
    ON CONFLICT (reseller_id, product) DO UPDATE SET available = excluded.available`
}

export async function setPersonal(
  db: ScopedSql,
  { id, reseller_id }: { id: number; reseller_id: number },
  { product_name, available }: Availability,
): Promise<void> {
  await db`INSERT INTO client_availability (client_id, reseller_id, product, available) VALUES (${id}, ${reseller_id}, ${product_name}, ${available})
    ON CONFLICT (client_id, product) DO UPDATE SET available = excluded.available`
}

/** Locks a reseller's live accounts that have settings of their own for any of the products, in order of id. Returns their ids. */
export async function lockPersonalized(
  db: ScopedSql,
  resellerId: number,
  products: readonly Product[],
  { withTechnical }: { withTechnical: boolean },
): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    SELECT c.id FROM clients c WHERE c.reseller_id = ${resellerId} AND c.deleted_at IS NULL
      AND (${withTechnical} OR c.client_type <> 'reseller')
      AND c.id IN (SELECT p.client_id FROM client_availability p WHERE p.reseller_id = ${resellerId} AND p.product = ANY (${[...products]}))
    ORDER BY c.id FOR NO KEY UPDATE OF c`
  return rows.map(({ id }) => id)
}

/** Resets any number of accounts in one statement, their read model included: schema/18_refresh.sql. */
export async function resetPersonal(db: ScopedSql, accounts: readonly number[], products: readonly Product[]): Promise<void> {
  await db`SELECT reset_availability(${[...accounts]}::bigint[], ${[...products]}::text[])`
}

/** Condition on the services `s` to count: those of accounts without a setting of their own. */
export const following = (db: ScopedSql) =>
  db`NOT EXISTS (SELECT FROM client_availability p WHERE p.client_id = s.client_id AND p.product = s.product)`
export const ofOne = (db: ScopedSql, clientId: number) => db`s.client_id = ${clientId}`
/** Condition on the services `s` to count: those of accounts that have a setting to lose, where the default does not offer the product. */
export const losing = (db: ScopedSql, accounts: readonly number[]) => db`s.client_id = ANY (${[...accounts]}::bigint[])
  AND EXISTS (SELECT FROM client_availability p WHERE p.client_id = s.client_id AND p.product = s.product)
  AND NOT EXISTS (SELECT FROM default_availability d WHERE d.reseller_id = s.reseller_id AND d.product = s.product AND d.available)`

/** Returns the products that live accounts of a reseller use, with the status of a service. Finds one service of each, not all. */
export async function productsInUse(db: ScopedSql, resellerId: number, products: readonly Product[], whose: Fragment) {
  return db<{ product: Product; status: (typeof inUse)[number] }[]>`
    SELECT used.product, used.status
    FROM ${named(db)}, unnest(${[...inUse]}::text[]) AS in_use (status), LATERAL (
      SELECT s.product, s.status FROM services s JOIN clients c ON c.id = s.client_id
      WHERE s.reseller_id = ${resellerId} AND s.product = named.product AND s.status = in_use.status
        AND s.status IN ('trial', 'activating', 'active') AND c.deleted_at IS NULL AND ${whose} LIMIT 1) AS used
    WHERE named.product = ANY (${[...products]}) ORDER BY place`
}
