/** SQL of features: the catalogue, which is the same for every tenant, and the features of accounts. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller } from '../../lib/caller.ts'
import { commonProducts } from '../../lib/products.ts'
import type { Fragment } from '../../lists/filters.ts'
import type { EnabledFeature, Feature } from './features.schema.ts'

/** The contract does not name the other products, so nobody sees their features. */
const ofCommonProducts = (db: ScopedSql) => db`f.product = ANY (${commonProducts as unknown as string[]})`

/** Returns the whole catalogue, or the feature with this id. */
export async function findFeatures(db: ScopedSql, id?: number): Promise<Static<typeof Feature>[]> {
  return db<Static<typeof Feature>[]>`
    SELECT f.id, f.name, f.product AS service, f.is_free FROM features f
    WHERE ${ofCommonProducts(db)} AND ${id === undefined ? db`true` : db`f.id = ${id}::bigint`} ORDER BY f.id`
}

/** Features of accounts that are visible to the caller. */
const visible = (db: ScopedSql, caller: Caller) => (caller.kind === 'platform' ? db`true` : db`e.reseller_id = ${caller.resellerId}`)

const enabled = (db: ScopedSql, caller: Caller, isFree: boolean, condition: Fragment) => db`
  SELECT e.id, e.client_id, e.feature_id,
    (SELECT row_to_json(d) FROM (SELECT f.id, f.name, f.product AS service, f.is_free) d) AS feature, json_time(e.created_at) AS created_date
  FROM client_features e JOIN features f ON f.id = e.feature_id
  WHERE ${visible(db, caller)} AND f.is_free = ${isFree} AND ${ofCommonProducts(db)} AND ${condition} ORDER BY e.id`

/** As JSON text. */
export const enabledFeatures = (db: ScopedSql, caller: Caller, isFree: boolean, more: Fragment): Fragment =>
  db`SELECT row_to_json(e)::text ${more} FROM (${enabled(db, caller, isFree, db`true`)}) e`

export async function findEnabled(db: ScopedSql, caller: Caller, isFree: boolean, id: number) {
  const [row] = await db<Static<typeof EnabledFeature>[]>`${enabled(db, caller, isFree, db`e.id = ${id}`)}`
  return row
}

/** Returns the new ids and their accounts, without the accounts that have the feature already. */
export async function insertEnabled(db: ScopedSql, accounts: readonly number[], featureId: number) {
  return db<{ id: number; client_id: number }[]>`
    INSERT INTO client_features (client_id, reseller_id, feature_id)
    SELECT id, reseller_id, ${featureId}::int FROM clients WHERE id = ANY (${[...accounts]}::bigint[]) ORDER BY id
    ON CONFLICT (client_id, feature_id) DO NOTHING RETURNING id, client_id`
}

/** Returns the accounts that had it. */
export async function deleteFeature(db: ScopedSql, accounts: readonly number[], featureId: number): Promise<number[]> {
  const rows = await db<{ client_id: number }[]>`
    DELETE FROM client_features WHERE client_id = ANY (${[...accounts]}::bigint[]) AND feature_id = ${featureId} RETURNING client_id`
  return rows.map(({ client_id }) => client_id)
}

/** Returns whether the account had it. */
export async function deleteEnabled(db: ScopedSql, clientId: number, id: number): Promise<boolean> {
  const { count } = await db`DELETE FROM client_features WHERE id = ${id} AND client_id = ${clientId}`
  return count > 0
}
