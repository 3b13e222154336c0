/**
 * A semaphore whose permits are shared among tenants and callers. p-queue, async-sema and bottleneck have priorities, but no notion of
 * whose a task is.
 */
import { Counter, Gauge } from 'prom-client'
import { processMetrics } from './metrics.ts'

/**
 * The owner of a task. A tenant is a reseller or, for unauthenticated requests, an address; a caller is one of its users or accounts
 * (owner.ts), with all its credentials.
 */
export interface Owner {
  readonly tenant: number | string
  readonly caller: number | string
}

/** The owner of the server's own tasks. */
export const ourselves: Owner = { tenant: 'ourselves', caller: '' }

/** The queue is full, or a task waited too long. */
export class Busy extends Error {
  constructor(semaphore: string) {
    super(`${semaphore}: too much of this is being done, or waits`)
  }
}

export type Release = () => void

export interface AcquireOptions {
  /** Goes ahead of tasks that are not `first`, except for every eighth permit. */
  first?: boolean
  /** Ends the wait of a client that has disconnected. */
  signal?: AbortSignal
}

export interface Semaphore {
  /** Waits for a permit. Call the returned function to release it. @throws Busy */
  acquire(owner: Owner, options?: AcquireOptions): Promise<Release>
  /** Runs a task with a permit. @throws Busy */
  run<T>(owner: Owner, task: () => Promise<T>, options?: AcquireOptions): Promise<T>
}

interface Bounds {
  /** How many tasks run at once. */
  permits: number
  /** How many tasks may wait. */
  queue: number
}

export interface SemaphoreOptions extends Bounds {
  /** Its label in metrics. */
  name: string
  /** Milliseconds that a task waits at most. */
  timeout: number
  /** Limits for one tenant. Limit its permits only if they are held for long; otherwise the fair order is enough. */
  tenant?: Partial<Bounds>
  /** Limits for one caller. */
  caller?: Partial<Bounds>
}

/** Returns limits that give one tenant half of everything and one of its callers half of that, so that nobody can starve others. */
export function sharesOf(all: Bounds): Bounds & { tenant: Bounds; caller: Bounds } {
  const half = ({ permits, queue }: Bounds) => ({ permits: Math.max(1, permits >> 1), queue: Math.max(1, queue >> 1) })
  return { ...all, tenant: half(all), caller: half(half(all)) }
}

const inUse = new Gauge({
  name: 'reeve_semaphore_permits_in_use',
  help: 'Permits of a semaphore that are held.',
  labelNames: ['semaphore'],
  registers: [processMetrics],
})
const waiting = new Gauge({
  name: 'reeve_semaphore_waiting',
  help: 'Tasks that wait for a permit.',
  labelNames: ['semaphore'],
  registers: [processMetrics],
})
const refused = new Counter({
  name: 'reeve_semaphore_refused_total',
  help: 'Tasks that were refused because too many waited, or after they had waited too long.',
  labelNames: ['semaphore'],
  registers: [processMetrics],
})

/** A tenant or a caller, while any of its tasks runs or waits. */
interface Party {
  held: number
  waiting: number
  /** The count of granted permits when it got its last one. A newcomer starts just before the party that was served last. */
  served: number
}

interface Waiter {
  tenant: Party
  caller: Party
  first: boolean
  start: () => void
}

interface Wait {
  first: boolean
  signal: AbortSignal | undefined
  take: () => void
}

/** Every eighth permit goes to a task that is not `first`, so that a flood of `first` tasks cannot starve the others. */
const YIELDS = 8

export function createSemaphore({ name, permits, queue, timeout, tenant: perTenant, caller: perCaller }: SemaphoreOptions): Semaphore {
  const tenants = new Map<string, Party>()
  const callers = new Map<string, Party>()
  const queued = new Set<Waiter>()
  let free = permits
  let given = 0
  const metrics = { inUse: inUse.labels(name), waiting: waiting.labels(name), refused: refused.labels(name) }
  for (const one of Object.values(metrics)) one.inc(0) // exported from the start

  /** Returns the party with this key, creating it if needed; `leave` removes it after its last task. */
  function join(parties: Map<string, Party>, key: string) {
    const party = parties.get(key) ?? { held: 0, waiting: 0, served: given - 1 }
    parties.set(key, party)
    return party
  }
  function leave(parties: Map<string, Party>, key: string) {
    const party = parties.get(key)
    if (party?.held === 0 && party.waiting === 0) parties.delete(key)
  }

  const mayRun = (tenant: Party, caller: Party) =>
    free > 0 && tenant.held < (perTenant?.permits ?? permits) && caller.held < (perCaller?.permits ?? permits)

  function mayWait(tenant: Party, caller: Party, first: boolean) {
    let same = 0
    for (const one of queued) if (one.first === first) same++
    return same < queue && tenant.waiting < (perTenant?.queue ?? queue) && caller.waiting < (perCaller?.queue ?? queue)
  }

  /**
   * Returns the next task that may run: of the tenant served longest ago, then of its caller served longest ago, else in order of arrival.
   */
  function next(): Waiter | undefined {
    const yields = given % YIELDS === YIELDS - 1
    const isBefore = (a: Waiter, b: Waiter) => {
      if (a.first !== b.first) return a.first !== yields
      return a.tenant === b.tenant ? a.caller.served < b.caller.served : a.tenant.served < b.tenant.served
    }
    let chosen: Waiter | undefined
    for (const one of queued) if (mayRun(one.tenant, one.caller) && (chosen === undefined || isBefore(one, chosen))) chosen = one
    return chosen
  }

  async function acquire(owner: Owner, { first = false, signal }: AcquireOptions = {}): Promise<Release> {
    const keys = [String(owner.tenant), `${owner.tenant} ${owner.caller}`] as const
    const parties = [join(tenants, keys[0]), join(callers, keys[1])] as const
    const gone = () => {
      leave(tenants, keys[0])
      leave(callers, keys[1])
    }
    const take = () => {
      free--
      given++
      metrics.inUse.inc()
      for (const party of parties) {
        party.held++
        party.served = given
      }
    }
    // While permits are free, only tasks whose owner is at its limit wait, so this one may run at once.
    if (mayRun(...parties)) take()
    else {
      try {
        if (!mayWait(...parties, first)) throw new Busy(name)
        await wait(parties, { first, signal, take })
      } catch (error) {
        metrics.refused.inc()
        gone()
        throw error
      }
    }
    let released = false
    return () => {
      if (released) return
      released = true
      free++
      metrics.inUse.dec()
      for (const party of parties) party.held--
      gone()
      for (let one = next(); one; one = next()) one.start()
    }
  }

  function wait([tenant, caller]: readonly [Party, Party], { first, signal, take }: Wait): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const count = (by: 1 | -1) => {
      for (const party of [tenant, caller]) party.waiting += by
      metrics.waiting.inc(by)
    }
    const waiter: Waiter = {
      tenant,
      caller,
      first,
      start() {
        end()
        take()
        resolve()
      },
    }
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      queued.delete(waiter)
      count(-1)
    }
    const giveUp = () => {
      end()
      reject(new Busy(name))
    }
    const timer = setTimeout(giveUp, timeout)
    signal?.addEventListener('abort', giveUp)
    queued.add(waiter)
    count(1)
    return promise
  }

  return {
    acquire,
    async run(owner, task, options) {
      const release = await acquire(owner, options)
      try {
        return await task()
      } finally {
        release()
      }
    },
  }
}

/** Runs one task at a time for each key: a semaphore per key, removed after its last task. */
export function createKeyedSemaphore(options: { name: string; queue: number; timeout: number }) {
  const semaphores = new Map<string, { semaphore: Semaphore; inside: number }>()
  return {
    async acquire(key: string): Promise<Release> {
      const own = semaphores.get(key) ?? { semaphore: createSemaphore({ ...options, permits: 1 }), inside: 0 }
      semaphores.set(key, own)
      own.inside++
      const gone = () => {
        if (--own.inside === 0) semaphores.delete(key)
      }
      const release = await own.semaphore.acquire(ourselves).catch((error) => {
        gone()
        throw error
      })
      return () => {
        release()
        gone()
      }
    },
  }
}
