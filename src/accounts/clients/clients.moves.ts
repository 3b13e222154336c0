/** Moves an account to another reseller, with its users and everything that belongs to it. */

import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { inUse } from '../../lib/products.ts'
import type { AccountRecord } from './clients.queries.ts'

/**
 * Requires lockClientAndUsers with `toMove`, and a caller who sees both resellers. Removes the seller and the promo code, which are the
 * old reseller's. The account's own sign-ins and requests move along; what the old reseller's staff did to it stays with that reseller.
 * @throws 400 naming `reseller` if there is no such reseller, the account is a reseller's own, some of its users belong to accounts that
 * stay, or the new reseller does not offer a product that it uses
 */
export async function moveAccount(db: ScopedSql, { id, client_type }: AccountRecord, resellerId: number): Promise<void> {
  const refuse = (reason: string) => errors.invalid({ reseller: [reason] }, 'account_not_movable')
  if (client_type === 'reseller') throw refuse("A reseller's own account cannot be moved.")
  // Shared lock: the reseller must not be deleted before the account is moved.
  const [target] = await db`SELECT FROM resellers WHERE id = ${resellerId} AND deleted_at IS NULL FOR SHARE`
  if (!target) throw refuse('There is no such reseller.')
  const bound = await boundPeople(db, id)
  if (bound.length > 0) throw refuse(`These users also belong to other accounts: ${bound.join(', ')}.`)
  const missing = await productsNotOffered(db, id, resellerId)
  if (missing.length > 0) throw refuse(`The account uses products that this reseller does not offer: ${missing.join(', ')}.`)

  await leaveProviders(db, id, resellerId)
  // One statement, because rows that refer to both tables follow both (ON UPDATE CASCADE), and are checked at its end.
  await db`
    WITH people AS (UPDATE users SET reseller_id = ${resellerId} WHERE id = ANY (ARRAY(SELECT users_of(${id}))))
    UPDATE clients SET reseller_id = ${resellerId}, seller_id = NULL, promocode = NULL WHERE id = ${id}`
  await db`UPDATE logins SET reseller_id = ${resellerId} WHERE client_id = ${id}
    OR user_id = ANY (ARRAY(SELECT users_of(${id})))`
  await db`UPDATE activity SET reseller_id = ${resellerId} WHERE client_id = ${id}`
  await db`UPDATE activity SET affected_reseller_id = ${resellerId} WHERE affected_client_id = ${id} AND affected_reseller_id <> reseller_id`
  await db`UPDATE outbox SET reseller_id = ${resellerId} WHERE client_id = ${id} AND sent_at IS NULL AND failed_at IS NULL`
}

/**
 * The account's own identity providers move along, but for the word of the old reseller for their domains; nobody may come by the old
 * reseller's any more.
 */
async function leaveProviders(db: ScopedSql, id: number, resellerId: number): Promise<void> {
  const people = db`user_id = ANY (ARRAY(SELECT users_of(${id}))) AND provider_id IN (SELECT id FROM identity_providers WHERE client_id IS NULL)`
  await db`DELETE FROM identities WHERE ${people}`
  await db`DELETE FROM identity_provider_exceptions WHERE ${people}`
  await db`UPDATE identity_provider_domains SET client_id = NULL WHERE client_id = ${id}`
  await db`UPDATE identity_provider_domains d SET proven_at = NULL, proven_by = NULL
    WHERE provider_id IN (SELECT id FROM identity_providers WHERE client_id = ${id}) AND (proven_by = 'reseller' OR EXISTS (
      SELECT FROM identity_provider_domains o WHERE o.reseller_id = ${resellerId} AND o.domain = d.domain AND o.proven_at IS NOT NULL))`
  await db`UPDATE sessions s SET revoked_at = reeve_now() WHERE client_id = ${id} AND revoked_at IS NULL
    AND provider_id IN (SELECT id FROM identity_providers WHERE client_id IS NULL)`
}

/** Returns the users of the account who were created in another, belong to another or own another. */
async function boundPeople(db: ScopedSql, id: number): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    SELECT u.id FROM users u WHERE u.id = ANY (ARRAY(SELECT users_of(${id})))
      AND (u.client_id <> ${id} OR EXISTS (SELECT FROM clients_of(u.id) AS account WHERE account <> ${id})) ORDER BY 1`
  return rows.map((row) => row.id)
}

/** Returns products in use that neither the account's own setting nor the new reseller's default makes available (docs/domain.md, Availability). */
async function productsNotOffered(db: ScopedSql, id: number, resellerId: number): Promise<string[]> {
  const rows = await db<{ product: string }[]>`
    SELECT s.product FROM services s LEFT JOIN client_availability p USING (client_id, product)
      LEFT JOIN default_availability d ON d.reseller_id = ${resellerId} AND d.product = s.product
    WHERE s.client_id = ${id} AND s.status = ANY (${inUse as string[]}) AND NOT coalesce(p.available, d.available, false) ORDER BY 1`
  return rows.map((row) => row.product)
}
