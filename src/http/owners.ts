/** Whose work a request is, where work is shared out among tenants (lib/semaphore.ts). */
import type { FastifyRequest } from 'fastify'
import { ownerOf } from '../lib/owner.ts'
import type { Owner } from '../lib/semaphore.ts'
import { knownCaller } from './access.ts'
import { networkOf } from './origin.ts'

/** Of a request that nobody has signed in for, the address is the tenant. */
export const ownerOfRequest = (request: FastifyRequest): Owner => {
  const caller = knownCaller(request)
  return caller ? ownerOf(caller) : { tenant: `address ${networkOf(request)}`, caller: '' }
}
