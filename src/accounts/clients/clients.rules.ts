/** Changes that staff may make to an account. */
import type { Static } from 'typebox'
import { lockClient, lockClientAndUsers, refreshClient, refreshClientAndUsers } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { companyTaken, mapConstraint, resellerNameTaken } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import { moveAccount } from './clients.moves.ts'
import { type AccountRecord, findAccount, isLiveSeller, renameReseller, updateAccount } from './clients.queries.ts'
import type { ClientChanges } from './clients.schema.ts'

/**
 * Returns the account, deleted or not, locked by `lock`, which is called only if the account is visible to the caller.
 * @throws 404 if the account is not visible to the caller; 403 for a seller at the technical account
 */
export async function lockedAccount(
  db: ScopedSql,
  caller: Pick<Caller, 'kind'>,
  id: number,
  lock: (db: ScopedSql, id: number) => Promise<void> = lockClient,
): Promise<AccountRecord> {
  const seen = await findAccount(db, id)
  if (!seen) throw errors.notFound()
  if (caller.kind === 'seller' && seen.client_type === 'reseller') throw errors.forbidden()
  const [, account] = await Promise.all([lock(db, id), findAccount(db, id)])
  if (!account) throw errors.notFound() // moved away meanwhile
  return account
}

/** @throws as lockedAccount; 400 if the account is deleted */
export async function accountToChange(...of: Parameters<typeof lockedAccount>): Promise<AccountRecord> {
  const account = await lockedAccount(...of)
  if (account.deleted) throw errors.invalid({ errors: ['The account was deleted.'] }, 'object_deleted')
  return account
}

/**
 * Changes the defined fields, in the transaction of `db`.
 * @throws as accountToChange and moveAccount; 403 if anyone but the platform names another reseller; 400 if an account of the company
 * exists (the constraint clients_company_is_unique decides, so one of two concurrent requests fails) or the seller is not the reseller's
 */
export async function changeAccount(db: ScopedSql, caller: Caller, id: number, wanted: Static<typeof ClientChanges>): Promise<void> {
  const { email, companyName, custom_id, name, phone, reseller, seller, is_test } = wanted
  const toMove = reseller !== undefined && caller.kind === 'platform' // if it is another one, which is known only under the lock
  const withPeople = companyName !== undefined || typeof seller === 'number' || toMove
  // Lock the seller, so that it remains one until the account is assigned to it.
  const others = typeof seller === 'number' ? [seller] : []
  const lock = withPeople ? (db: ScopedSql, id: number) => lockClientAndUsers(db, id, others, { toMove }) : lockClient
  const account = await accountToChange(db, caller, id, lock)

  const moves = reseller !== undefined && reseller !== account.reseller_id
  if (moves && !toMove)
    throw errors.forbidden('Only an operator of the platform can move an account to another reseller.', 'operators_only')
  const resellerId = reseller ?? account.reseller_id
  const fields = definedFields({ email, company_name: companyName, custom_id, name, phone, seller_id: seller, is_test })
  const changing = async () => {
    if (moves) await moveAccount(db, account, resellerId)
    if (typeof seller === 'number' && !(await isLiveSeller(db, seller, resellerId)))
      throw errors.invalid({ seller: ['The reseller has no such seller.'] })
    await updateAccount(db, id, fields)
  }
  await mapConstraint(changing(), companyTaken('companyName'))
  if (account.client_type === 'reseller' && companyName !== undefined)
    await mapConstraint(renameReseller(db, resellerId, companyName), resellerNameTaken('companyName'))
  await (moves || companyName !== undefined ? refreshClientAndUsers(db, id) : refreshClient(db, id))
}
