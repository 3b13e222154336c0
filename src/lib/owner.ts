/** Whose work a caller's is, where work is shared out among tenants (semaphore.ts). */
import type { Caller } from './caller.ts'
import type { Owner } from './semaphore.ts'

/** Staff count by user and not by credential, of which each may make any number; client users by account, whose users are as many as it likes. */
export const ownerOf = ({ kind, resellerId, userId, clientId }: Caller): Owner => ({
  tenant: resellerId,
  caller: kind === 'client' ? `account ${clientId}` : userId,
})
