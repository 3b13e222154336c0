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

/** Returns those of the services whose product is available to their account. Requires shareDefaults, or the result may be stale. */
export async function availableServices(db: ScopedSql, services: readonly number[]): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    SELECT s.id FROM services s LEFT JOIN client_availability p USING (client_id, product)
      LEFT JOIN default_availability d ON d.reseller_id = s.reseller_id AND d.product = s.product
    WHERE s.id = ANY (${[...services]}::bigint[]) AND coalesce(p.available, d.available, false)`
  return rows.map(({ id }) => id)
}

export async function setDefault(db: ScopedSql, resellerId: number, { product_name, available }: Availability): Promise<void> {
  await db`INSERT INTO default_availability (reseller_id, product, available) VALUES (${resellerId}, ${product_name}, ${available})
    ON CONFLICT (reseller_id, product) DO UPDATE SET available = excluded.available`
}

/** Returns the accounts that did not have this setting. */
export async function setPersonal(db: ScopedSql, ids: readonly number[], { product_name, available }: Availability): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    INSERT INTO client_availability AS p (client_id, reseller_id, product, available)
    SELECT id, reseller_id, ${product_name}::text, ${available} FROM clients WHERE id = ANY (${[...ids]}::bigint[]) ORDER BY id
    ON CONFLICT (client_id, product) DO UPDATE SET available = excluded.available WHERE p.available <> excluded.available
    RETURNING client_id AS id`
  return rows.map(({ id }) => id)
}

/** Returns the accounts that have a setting of their own for the product. */
export async function havingPersonal(db: ScopedSql, ids: readonly number[], product: Product): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    SELECT client_id AS id FROM client_availability WHERE client_id = ANY (${[...ids]}::bigint[]) AND product = ${product} ORDER BY 1`
  return rows.map(({ id }) => id)
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
export const ofThese = (db: ScopedSql, accounts: readonly number[]) => db`s.client_id = ANY (${[...accounts]}::bigint[])`
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

/** Returns which of these accounts use a product, with the status of the service. */
export async function accountsUsing(db: ScopedSql, product: Product, whose: Fragment) {
  return db<{ client_id: number; status: (typeof inUse)[number] }[]>`
    SELECT s.client_id, s.status FROM services s WHERE s.product = ${product} AND s.status = ANY (${[...inUse]}::text[]) AND ${whose}`
}
