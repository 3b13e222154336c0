/** Another account for a user who has one. */

import { lockUser, refreshUser } from '../../../db/read-model.ts'
import type { ScopedSql } from '../../../db/scope.ts'
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
  const id = await insertOwnAccount(db, userId, company, status, MOST_ACCOUNTS).catch((error) => {
    if (error.constraint_name !== 'clients_company_is_unique') throw error
    throw errors.invalid({ company: ['Company with this name already exists'] })
  })
  if (id === null) throw errors.invalid({ errors: [`A user owns ${MOST_ACCOUNTS} accounts at most.`] })
  await refreshUser(db, userId)
  return { id, company }
}
