/**
 * Which products an account may use. No product is taken from an account that uses it.
 *
 *   the account's own setting | its reseller's default | the product is
 *   available                 | any                    | available
 *   unavailable               | any                    | unavailable
 *   none                      | available              | available
 *   none                      | unavailable, or none   | unavailable
 *
 * Own settings and services change only under the lock of their account; defaults only under that of the reseller's row, which is taken
 * after all accounts. Whatever depends on a default (a service coming into use, a reset, an account moved to the reseller) shares the row;
 * changing a default locks it exclusively. So if a default is turned off while a service starts, one of the two sees the other.
 */
import type { Static } from 'typebox'
import { refreshClient, touchReseller } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { type ApiError, errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Product, ServiceStatus } from '../../lib/products.ts'
import type { AccountRecord } from '../clients/clients.queries.ts'
import { accountToChange, type Refused, throwFor } from '../clients/clients.rules.ts'
import {
  accountsUsing,
  following,
  havingPersonal,
  lockPersonalized,
  losing,
  ofThese,
  productsInUse,
  resetPersonal,
  setDefault,
  setPersonal,
  shareDefaults,
  shareLockDefaults,
} from './availability.queries.ts'
import type { ProductAvailability } from './availability.schema.ts'

type Availability = Static<typeof ProductAvailability>

/** Timeout for resetting a very large reseller's accounts; other statements of a request have less. */
const PATIENCE = '120s'

/** @throws 403 with the product if it is turned off and an account without a setting of its own uses it */
export async function changeDefault(db: ScopedSql, { resellerId }: Caller, wanted: Availability): Promise<Availability> {
  await shareLockDefaults(db, resellerId)
  if (!wanted.available) refuseInUse(await productsInUse(db, resellerId, [wanted.product_name], following(db)))
  await setDefault(db, resellerId, wanted)
  await touchReseller(db, resellerId)
  return wanted
}

/** @throws as accountToChange; 403 with the product if it is turned off and the account uses it */
export async function changePersonal(db: ScopedSql, caller: Caller, clientId: number, wanted: Availability): Promise<Availability> {
  await accountToChange(db, caller, clientId)
  const { refused } = await givePersonal(db, [clientId], wanted)
  throwFor(refused, clientId)
  await refreshClient(db, clientId)
  return wanted
}

/**
 * Gives these accounts a setting of their own. Requires their locks; refresh those that it returns as changed.
 * @returns those that had another, and by id the 403 for those that use the product that is turned off
 */
export async function givePersonal(db: ScopedSql, accounts: readonly number[], wanted: Availability) {
  const refused: Refused = wanted.available
    ? new Map()
    : refusalsInUse(wanted.product_name, await accountsUsing(db, wanted.product_name, ofThese(db, accounts)))
  return { changed: await setPersonal(db, without(accounts, refused), wanted), refused }
}

/**
 * Removes these accounts' own setting for a product. Requires their locks, and updates the read model itself.
 * @returns those that had one, and by id the 403 for those that use the product, which the default does not offer
 */
export async function takePersonal(db: ScopedSql, accounts: readonly AccountRecord[], product: Product) {
  for (const reseller of new Set(accounts.map(({ reseller_id }) => reseller_id))) await shareDefaults(db, reseller)
  const ids = accounts.map(({ id }) => id)
  const refused = refusalsInUse(product, await accountsUsing(db, product, losing(db, ids)))
  const changed = await havingPersonal(db, without(ids, refused), product)
  await resetPersonal(db, changed, [product])
  return { changed, refused }
}

const refusalsInUse = (product: Product, used: Awaited<ReturnType<typeof accountsUsing>>): Refused =>
  new Map(used.map(({ client_id, status }) => [client_id, inUseError([{ product, status }])]))

const without = (accounts: readonly number[], refused: Refused) => accounts.filter((id) => !refused.has(id))

/** @throws as accountToChange; 403 with the products that the account uses and the default does not offer */
export async function resetOne(db: ScopedSql, caller: Caller, clientId: number, products: readonly Product[]): Promise<void> {
  const account = await accountToChange(db, caller, clientId)
  await reset(db, account.reseller_id, [clientId], products)
}

/** Resets all accounts of the caller's reseller, for a seller except its technical account. @throws 403 as resetOne */
export async function resetAll(db: ScopedSql, caller: Caller, products: readonly Product[]): Promise<void> {
  await db`SELECT set_config('statement_timeout', ${PATIENCE}, true)`
  const accounts = await lockPersonalized(db, caller.resellerId, products, { withTechnical: caller.kind !== 'seller' })
  await reset(db, caller.resellerId, accounts, products)
}

async function reset(db: ScopedSql, resellerId: number, accounts: readonly number[], products: readonly Product[]) {
  await shareDefaults(db, resellerId)
  refuseInUse(await productsInUse(db, resellerId, products, losing(db, accounts)))
  await resetPersonal(db, accounts, products)
}

type Used = readonly { product: Product; status: ServiceStatus }[]

function refuseInUse(used: Used) {
  if (used.length > 0) throw inUseError(used)
}

function inUseError(used: Used): ApiError {
  const products = (status: string) => used.filter((one) => one.status === status).map(({ product }) => product)
  return errors.inUse({ trial: products('trial'), activating: products('activating'), active: products('active') })
}
