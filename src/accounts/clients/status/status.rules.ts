/** The status of an account follows from its services, its owner's email and a request to delete it. */
import type { ScopedSql } from '../../../db/scope.ts'
import type { ServiceStatus } from '../../../lib/products.ts'
import type { AccountRecord } from '../clients.queries.ts'
import { setAccountStatus, statusesOf } from './status.queries.ts'

export type AccountStatus = 'new' | 'paused' | 'active' | 'trial' | 'trialend' | 'preparation'

/** Returns the status of an account, which is never set by hand. */
export function accountStatus(account: {
  emailConfirmed: boolean
  deletionRequested: boolean
  services: readonly ServiceStatus[]
}): AccountStatus {
  const any = (...statuses: ServiceStatus[]) => account.services.some((status) => statuses.includes(status))
  if (account.deletionRequested) return 'paused'
  if (!account.emailConfirmed) return 'new'
  if (any('active')) return 'active'
  if (any('trial')) return 'trial'
  if (any('trialend', 'paused', 'deleted')) return 'trialend'
  return 'preparation'
}

/**
 * Sets the account's status to what follows from its services, its owner's email and a request to delete it. Requires the account's lock.
 */
export async function followServices(db: ScopedSql, account: AccountRecord, at?: string): Promise<void> {
  const { activated: emailConfirmed, deletionRequested } = account
  const follows = accountStatus({ emailConfirmed, deletionRequested, services: await statusesOf(db, account.id) })
  if (follows !== account.status) await setAccountStatus(db, account, follows, at)
}
