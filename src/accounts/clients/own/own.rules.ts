/** Another account for a user who has one. */

import { lockUser, refreshUser } from '../../../db/read-model.ts'
import type { ScopedSql } from '../../../db/scope.ts'
import { companyTaken, orRefuse } from '../../../http/constraints.ts'
import { errors } from '../../../http/errors.ts'
import type { Caller } from '../../../lib/caller.ts'
import { accountStatus } from '../status/status.rules.ts'
import { insertOwnAccount } from './own.queries.ts'

/** Accounts that one user may own. */
const MOST_ACCOUNTS = 20

/**
 * The user owns and administers it. The user stays locked, so that two at once are counted one after the other; of two of one company at
 * once the constraint clients_company_is_unique tells one.
 * @throws 400 naming `company` where there is such an account, or the user owns as many as it may
 */
export async function createAccount(db: ScopedSql, { userId }: Caller, company: string): Promise<{ id: number; company: string }> {
  await lockUser(db, userId)
  const status = accountStatus({ emailConfirmed: true, deletionRequested: false, services: [] })
  const inserting = insertOwnAccount(db, userId, company, status, MOST_ACCOUNTS)
  const id = await orRefuse(inserting, companyTaken('company', 'Company with this name already exists')) // the contract's words
  if (id === null) throw errors.invalid({ errors: [`A user can own at most ${MOST_ACCOUNTS} accounts.`] }, 'account_limit')
  await refreshUser(db, userId)
  return { id, company }
}
