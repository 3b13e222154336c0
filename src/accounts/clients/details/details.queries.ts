/** SQL of the details of an account that staff keep beyond the contract's Client. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../../db/scope.ts'
import { commonProducts } from '../../../lib/products.ts'
import type { ClientDetails } from './details.schema.ts'

export type Details = Static<typeof ClientDetails>

/** Row-level security hides accounts of other tenants. */
export async function findDetails(db: ScopedSql, id: number): Promise<Details | undefined> {
  const [row] = await db<Details[]>`
    SELECT c.id, json_time(c.created_at) AS created_at, c.bill_type, c.promocode, c.allowed_traffic, c.country_code, c.website,
      ARRAY(SELECT hostname::text FROM client_hostnames h WHERE h.client_id = c.id ORDER BY hostname COLLATE "C") AS secondary_hostnames,
      coalesce((SELECT json_agg(json_build_object('product_name', p.product, 'available', p.available) ORDER BY place)
        FROM client_availability p
          JOIN unnest(${commonProducts as unknown as string[]}::text[]) WITH ORDINALITY AS named (product, place) USING (product)
        WHERE p.client_id = c.id), '[]') AS personal_availability,
      json_time(c.deletion_requested_at) AS deletion_requested_at, c.deleted_at IS NOT NULL AS deleted
    FROM clients c WHERE c.id = ${id}`
  return row
}

export type DetailFields = Partial<Pick<Details, 'bill_type' | 'promocode' | 'allowed_traffic' | 'country_code' | 'website'>>

/** Violates clients_reseller_id_promocode_fkey if the reseller has no such promo code. */
export async function updateDetails(db: ScopedSql, id: number, fields: DetailFields): Promise<void> {
  if (Object.keys(fields).length > 0) await db`UPDATE clients SET ${db(fields)} WHERE id = ${id}`
}

export async function replaceHostnames(db: ScopedSql, of: { client_id: number; reseller_id: number }, hostnames: string[]): Promise<void> {
  await db`DELETE FROM client_hostnames WHERE client_id = ${of.client_id}`
  if (hostnames.length > 0) await db`INSERT INTO client_hostnames ${db(hostnames.map((hostname) => ({ ...of, hostname })))}`
}
