/** Creates an account: the only way to, for new clients, for users who add one, and for resellers. */
import type { TransactionSql } from '../../db/pool.ts'
import { commonProducts, type Product } from '../../lib/products.ts'
import { accountStatus } from './status/status.rules.ts'

export interface NewAccount {
  reseller_id: number
  company_name: string
  email: string
  name: string | null
  phone?: string | null
  client_type?: 'reseller'
  owner_id?: number
  seller_id?: number | null
  custom_id?: string | null
  country_code?: string | null
  is_test?: boolean
}

/** A setting of this account, which overrides its reseller's default (docs/domain.md, Availability). */
export interface PersonalAvailability {
  product: Product
  available: boolean
}

export interface Beginning {
  emailConfirmed: boolean
  personal?: readonly PersonalAvailability[]
}

/**
 * Inserts an account with the common products as new services. The same transaction must add its owner and users and refresh the read model.
 * @throws clients_company_is_unique if the reseller has an account of the company; the second of two concurrent inserts waits and fails
 */
export async function insertAccount(db: TransactionSql, account: NewAccount, beginning: Beginning): Promise<number> {
  const [next] = await nextAccountId(db)
  const id = next?.id as number
  await Promise.all(accountRows(db, id, account, beginning))
  return id
}

/** Reserves the id first: a user who adds an account does not see it yet, and RETURNING shows only visible rows. */
export const nextAccountId = (db: TransactionSql) => db<{ id: number }[]>`SELECT nextval(pg_get_serial_sequence('clients', 'id')) AS id`

/** Returns the statements of insertAccount. */
export function accountRows(db: TransactionSql, id: number, account: NewAccount, { emailConfirmed, personal = [] }: Beginning) {
  const status = accountStatus({ emailConfirmed, deletionRequested: false, services: commonProducts.map(() => 'new' as const) })
  const own = { client_id: id, reseller_id: account.reseller_id }
  return [
    db`INSERT INTO clients ${db({ id, ...account, status })}`,
    db`INSERT INTO services ${db(commonProducts.map((product) => ({ ...own, product })))}`,
    ...(personal.length > 0 ? [db`INSERT INTO client_availability ${db(personal.map((one) => ({ ...own, ...one })))}`] : []),
  ]
}
