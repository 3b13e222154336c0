/** Making an account. */

import type { ScopedSql } from '../../db/scope.ts'
import { commonProducts, type Product } from '../../lib/products.ts'
import { accountStatus } from './status/status.rules.ts'

export interface NewAccount {
  reseller_id: number
  seller_id: number | null
  company_name: string
  email: string
  name: string | null
  phone: string | null
  custom_id: string | null
  country_code: string | null
  is_test: boolean
}

/** What is decided for this account, whatever its reseller decides for all (DOMAIN, availability). */
export interface PersonalAvailability {
  product: Product
  available: boolean
}

/**
 * Adds an account whose owner confirmed the email, with the common products as new services. Its owner and its people are to be added, and
 * the read model refreshed, in the same transaction.
 * @throws clients_company_is_unique where the reseller has an account of the company; of two at once the second waits and is told
 */
export async function insertAccount(db: ScopedSql, account: NewAccount, personal: readonly PersonalAvailability[]): Promise<number> {
  const status = accountStatus({ emailConfirmed: true, deletionRequested: false, services: commonProducts.map(() => 'new' as const) })
  const [row] = await db<{ id: number }[]>`INSERT INTO clients ${db({ ...account, status })} RETURNING id`
  const own = { client_id: row?.id as number, reseller_id: account.reseller_id }
  await db`INSERT INTO services ${db(commonProducts.map((product) => ({ ...own, product })))}`
  if (personal.length > 0) await db`INSERT INTO client_availability ${db(personal.map((one) => ({ ...own, ...one })))}`
  return own.client_id
}
