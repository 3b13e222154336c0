/** Reserves connections for others while the writes of one tenant wait for each other's locks. */
import { ownerOf } from '../lib/owner.ts'
import { createSemaphore, sharesOf } from '../lib/semaphore.ts'
import type { Scope } from './scope.ts'

/** How many of these connections may write at once. */
export const writePermits = (connections: number) => Math.max(1, Math.floor((connections * 3) / 4))

/**
 * Limits writes to three quarters of the connections, so that reads always have some. Of those a tenant gets half, so that two of them whose
 * writes all wait for locks leave some to others, and a caller a third. The queue is long, because a write that waits for no lock takes a
 * few milliseconds. Before it they wait until the database is `there`, and so not in each other's way.
 * @throws Busy from `write`, if the queue is full or a write waited too long
 */
export function shareWrites(scope: Scope, connections: number, there: () => Promise<void>): Scope {
  const permits = writePermits(connections)
  const shares = sharesOf({ permits, queue: 1000 })
  const caller = { ...shares.caller, permits: Math.max(1, Math.floor(permits / 3)) }
  const semaphore = createSemaphore({ name: 'writes', ...shares, caller, timeout: 10_000 })
  return { ...scope, write: (caller, fn) => there().then(() => semaphore.run(ownerOf(caller), () => scope.write(caller, fn))) }
}
