/** Keeps connections for others while the writes of one tenant wait for each other's locks. */
import { ownerOf } from '../lib/owner.ts'
import { createSemaphore } from '../lib/semaphore.ts'
import type { Scope } from './scope.ts'

/**
 * Writes take three quarters of the connections at most, so reads always have some; of those a tenant has two thirds and a caller one: several, for
 * commits that wait for the disk at once are written at once. The queue is long, for a write that does not wait for a lock takes a few milliseconds.
 * @throws Busy from `write`, where too many wait or one waited too long
 */
export function shareWrites(scope: Scope, connections: number): Scope {
  const permits = Math.max(1, Math.floor((connections * 3) / 4))
  const share = (parts: number) => Math.ceil((permits * parts) / 3)
  const semaphore = createSemaphore({
    name: 'writes',
    permits,
    queue: 1000,
    tenant: { permits: share(2), queue: 500 },
    caller: { permits: share(1), queue: 250 },
    timeout: 10_000,
  })
  return { ...scope, write: (caller, fn) => semaphore.run(ownerOf(caller), () => scope.write(caller, fn)) }
}
