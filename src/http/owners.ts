/** Whose work a request is, where work is shared out among tenants (lib/semaphore.ts). */
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../lib/caller.ts'
import type { Owner } from '../lib/semaphore.ts'
import { knownCaller } from './access.ts'
import { networkOf } from './origin.ts'

/** Staff count by user and not by credential, of which each may make any number; client users by account, whose users are as many as it likes. */
export const ownerOf = ({ kind, resellerId, userId, clientId }: Caller): Owner => ({
  tenant: resellerId,
  caller: kind === 'client' ? `account ${clientId}` : userId,
})

/** Of a request that nobody has signed in for, the address is the tenant. */
export const ownerOfRequest = (request: FastifyRequest): Owner => {
  const caller = knownCaller(request)
  return caller ? ownerOf(caller) : { tenant: `address ${networkOf(request)}`, caller: '' }
}
