/** Creates an account. */

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

/** A setting of this account, which overrides its reseller's default (DOMAIN, availability). */
export interface PersonalAvailability {
  product: Product
  available: boolean
}

/**
 * Inserts an account whose owner has confirmed the email, with the common products as new services. The same transaction must add its owner
 * and users and refresh the read model.
 * @throws clients_company_is_unique if the reseller has an account of the company; the second of two concurrent inserts waits and fails
 */
export async function insertAccount(db: ScopedSql, account: NewAccount, personal: readonly PersonalAvailability[]): Promise<number> {
  const status = accountStatus({ emailConfirmed: true, deletionRequested: false, services: commonProducts.map(() => 'new' as const) })
  const [row] = await db<{ id: number }[]>`INSERT INTO clients ${db({ ...account, status })} RETURNING id`
  const own = { client_id: row?.id as number, reseller_id: account.reseller_id }
  await db`INSERT INTO services ${db(commonProducts.map((product) => ({ ...own, product })))}`
  if (personal.length > 0) await db`INSERT INTO client_availability ${db(personal.map((one) => ({ ...own, ...one })))}`
  return own.client_id
}
