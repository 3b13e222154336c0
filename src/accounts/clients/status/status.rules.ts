/** The status of an account follows from its services, its owner's email and a request to delete it. */
import type { ScopedSql } from '../../../db/scope.ts'
import type { ServiceStatus } from '../../../lib/products.ts'
import type { AccountRecord } from '../clients.queries.ts'
import { setAccountStatuses, statusesOf } from './status.queries.ts'

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
 * Sets the accounts' statuses to what follows from their services, their owners' emails and requests to delete them. Requires the accounts'
 * locks.
 */
export async function followServices(db: ScopedSql, accounts: readonly AccountRecord[], at?: string): Promise<void> {
  if (accounts.length === 0) return
  const services = await statusesOf(
    db,
    accounts.map(({ id }) => id),
  )
  const following = accounts.flatMap(({ id, status, activated: emailConfirmed, deletionRequested }) => {
    const follows = accountStatus({ emailConfirmed, deletionRequested, services: services.get(id) ?? [] })
    return follows === status ? [] : [{ id, status: follows }]
  })
  if (following.length > 0) await setAccountStatuses(db, following, at)
}
