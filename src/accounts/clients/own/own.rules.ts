/** Adds another account for a user who has one. */

import { lockUser, refreshUser } from '../../../db/read-model.ts'
import type { ScopedSql } from '../../../db/scope.ts'
import { companyTaken, mapConstraint } from '../../../http/constraints.ts'
import { errors } from '../../../http/errors.ts'
import type { Caller } from '../../../lib/caller.ts'
import { countOwned, insertOwnAccount } from './own.queries.ts'

/** Maximum of accounts that one user may own. */
const MOST_ACCOUNTS = 20

/**
 * Creates an account that the user owns and administers. Locks the user, so that concurrent requests are counted one after the other. If
 * two of them name the same company, the constraint clients_company_is_unique makes one fail.
 * @throws 400 naming `company` if such an account exists; 400 if the user owns as many as it may
 */
export async function createAccount(db: ScopedSql, { userId }: Caller, company: string): Promise<{ id: number; company: string }> {
  await lockUser(db, userId)
  if ((await countOwned(db, userId)) >= MOST_ACCOUNTS)
    throw errors.invalid({ errors: [`A user can own at most ${MOST_ACCOUNTS} accounts.`] }, 'account_limit')
  const inserting = insertOwnAccount(db, userId, company)
  const id = await mapConstraint(inserting, companyTaken('company', 'Company with this name already exists')) // the contract's words
  await refreshUser(db, userId)
  return { id, company }
}
