/** Determines the owner of a caller's work, where work is shared among tenants (semaphore.ts). */
import type { Caller } from './caller.ts'
import type { Owner } from './semaphore.ts'

/**
 * Counts staff by user, because each may create any number of credentials; counts client users by account, because an account may have any
 * number of users.
 */
export const ownerOf = ({ kind, resellerId, userId, clientId }: Caller): Owner => ({
  tenant: resellerId,
  caller: kind === 'client' ? `account ${clientId}` : userId,
})
