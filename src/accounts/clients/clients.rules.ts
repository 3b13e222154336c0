/** Changes that staff may make to an account. */
import type { Static } from 'typebox'
import { lockClient, lockClientAndUsers, lockClients, refreshClient, refreshClientAndUsers } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { companyTaken, mapConstraint, resellerNameTaken } from '../../http/constraints.ts'
import { type ApiError, errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import { moveAccount } from './clients.moves.ts'
import { type AccountRecord, findAccount, findAccounts, isLiveSeller, renameReseller, updateAccount } from './clients.queries.ts'
import type { ClientChanges } from './clients.schema.ts'

/** Returns why staff may not change an account that they see. */
const objectionTo = ({ client_type }: AccountRecord, { kind }: Pick<Caller, 'kind'>): ApiError | undefined =>
  kind === 'seller' && client_type === 'reseller' ? errors.forbidden() : undefined
const objectionToDeleted = ({ deleted }: AccountRecord): ApiError | undefined =>
  deleted ? errors.invalid({ errors: ['The account was deleted.'] }, 'object_deleted') : undefined

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
  const objection = objectionTo(seen, caller)
  if (objection) throw objection
  const [, account] = await Promise.all([lock(db, id), findAccount(db, id)])
  if (!account) throw errors.notFound() // moved away meanwhile
  return account
}

/** @throws as lockedAccount; 400 if the account is deleted */
export async function accountToChange(...of: Parameters<typeof lockedAccount>): Promise<AccountRecord> {
  const account = await lockedAccount(...of)
  const objection = objectionToDeleted(account)
  if (objection) throw objection
  return account
}

/** Why accounts were not changed, by id. */
export type Refused = Map<number, ApiError>

/** @throws what is said of the account, if anything */
export function throwFor(refused: Refused, id: number): void {
  const refusal = refused.get(id)
  if (refusal) throw refusal
}

/** Locks those of these accounts that lockedAccount would return, and says what it would throw for the others. */
export async function lockedAccounts(db: ScopedSql, caller: Pick<Caller, 'kind'>, ids: readonly number[]) {
  const refused: Refused = new Map(ids.map((id) => [id, errors.notFound()]))
  const open: number[] = []
  for (const seen of await findAccounts(db, ids)) {
    const objection = objectionTo(seen, caller)
    if (objection) refused.set(seen.id, objection)
    else open.push(seen.id)
  }
  const [, accounts] = await Promise.all([lockClients(db, open), findAccounts(db, open)])
  for (const { id } of accounts) refused.delete(id)
  return { accounts, refused }
}

/** As lockedAccounts, by accountToChange. */
export async function accountsToChange(...of: Parameters<typeof lockedAccounts>): ReturnType<typeof lockedAccounts> {
  const { accounts, refused } = await lockedAccounts(...of)
  const live = accounts.filter((account) => {
    const objection = objectionToDeleted(account)
    if (objection) refused.set(account.id, objection)
    return !objection
  })
  return { accounts: live, refused }
}

/** @throws 400 */
export async function assertLiveSeller(db: ScopedSql, seller: number, resellerId: number): Promise<void> {
  if (!(await isLiveSeller(db, seller, resellerId))) throw errors.invalid({ seller: ['The reseller has no such seller.'] })
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
    if (typeof seller === 'number') await assertLiveSeller(db, seller, resellerId)
    await updateAccount(db, id, fields)
  }
  await mapConstraint(changing(), companyTaken('companyName'))
  if (account.client_type === 'reseller' && companyName !== undefined)
    await mapConstraint(renameReseller(db, resellerId, companyName), resellerNameTaken('companyName'))
  await (moves || companyName !== undefined ? refreshClientAndUsers(db, id) : refreshClient(db, id))
}
