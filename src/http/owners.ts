/** Determines which tenant and caller a request counts for, where work is shared among tenants (lib/semaphore.ts). */
import type { FastifyRequest } from 'fastify'
import { ownerOf } from '../lib/owner.ts'
import type { Owner } from '../lib/semaphore.ts'
import { knownCaller } from './access.ts'
import { networkOf } from './origin.ts'

/** For an unauthenticated request, the address counts as the tenant. */
export const ownerOfRequest = (request: FastifyRequest): Owner => {
  const caller = knownCaller(request)
  return caller ? ownerOf(caller) : { tenant: `address ${networkOf(request)}`, caller: '' }
}
