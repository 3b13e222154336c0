/** Creating a client: an account together with its first user. */

import type { Static } from 'typebox'
import { insertAccount, type PersonalAvailability } from '../../accounts/clients/clients.creation.ts'
import { isLiveSeller } from '../../accounts/clients/clients.queries.ts'
import { refreshMember } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { companyTaken, emailTaken, mapConstraint } from '../../http/constraints.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { passwordErrors } from '../../lib/passwords.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { insertUser } from './users.queries.ts'
import type { NewClient } from './users.schema.ts'

type Wanted = Static<typeof NewClient>

/** Validates what needs no database. @throws 400 naming the invalid fields */
export function assertUserAllowed({ email, password, services = [] }: Wanted): void {
  const wrong: FieldErrors = {}
  const objections = passwordErrors(password, email)
  if (objections.length > 0) wrong.password = objections
  const names = services.map(({ product_name }) => product_name)
  const unclear = names.flatMap((name, place) => {
    if (name === undefined) return [[place, { product_name: ['This field is required.'] }]]
    return names.indexOf(name) < place ? [[place, { product_name: ['The list has this product twice.'] }]] : []
  })
  if (unclear.length > 0) wrong.services = Object.fromEntries(unclear)
  if (Object.keys(wrong).length > 0) throw errors.invalid(wrong)
}

/**
 * Adds an account and its user, both active, the user as Administrator and owner. The indexes clients_company_is_unique and
 * users_email_is_unique decide between concurrent requests: the second waits for the first, always on the company before the email, so they
 * cannot deadlock. Locks the seller, so that it remains one until the account is assigned to it.
 * @throws 400 if the reseller has an account of the company, somebody has the email, or the seller is not the reseller's
 */
export async function createClient(db: ScopedSql, caller: Caller, wanted: Wanted, passwordHash: string) {
  const { email, company, name = null, phone = null, lang = 'en', custom_id = null, country_code = null, is_test = false } = wanted
  const { resellerId: reseller_id } = caller
  // A seller's new clients are its own, unless the request says otherwise.
  const seller_id = wanted.seller === undefined && caller.kind === 'seller' ? caller.userId : (wanted.seller ?? null)
  if (seller_id !== null) {
    await db`SELECT FROM users WHERE id = ${seller_id} FOR NO KEY UPDATE`
    if (!(await isLiveSeller(db, seller_id, reseller_id))) throw errors.invalid({ seller: ['The reseller has no such seller.'] })
  }
  const personal = (wanted.services ?? []).flatMap(({ product_name: product, available }): PersonalAvailability[] =>
    product === undefined || available == null ? [] : [{ product, available }],
  )
  const creating = async () => {
    const account = { reseller_id, seller_id, company_name: company, email, name, phone, custom_id, country_code, is_test }
    const clientId = await insertAccount(db, account, { emailConfirmed: true, personal })
    const person = { reseller_id, client_id: clientId, user_type: 'common' as const, email, name, phone, lang, password_hash: passwordHash }
    const userId = await insertUser(db, person, ADMINISTRATORS)
    await db`UPDATE clients SET owner_id = ${userId} WHERE id = ${clientId}`
    await refreshMember(db, clientId, userId)
    return { clientId, userId }
  }
  return mapConstraint(creating(), { ...companyTaken('company'), ...emailTaken() })
}
