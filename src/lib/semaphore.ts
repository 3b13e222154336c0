/** A semaphore whose permits are shared among tenants and callers. p-queue, async-sema and bottleneck know priorities, but not whose a task is. */
import { Counter, Gauge } from 'prom-client'
import { processMetrics } from './metrics.ts'

/** Whose work it is. A tenant is a reseller or, where nobody has signed in, an address; a caller is one of its people, with all their tokens. */
export interface Owner {
  readonly tenant: number | string
  readonly caller: number | string
}

/** What this program does for itself. */
export const ourselves: Owner = { tenant: 'ourselves', caller: '' }

/** Too many wait for a permit, or one waited too long. */
export class Busy extends Error {
  constructor(semaphore: string) {
    super(`${semaphore}: too much of this is being done, or waits`)
  }
}

export type Release = () => void

export interface AcquireOptions {
  /** Comes before all that is not `first`, but for one of eight. */
  first?: boolean
  /** Ends the wait of somebody who has left. */
  signal?: AbortSignal
}

export interface Semaphore {
  /** Waits for a permit; call the result when done. @throws Busy */
  acquire(owner: Owner, options?: AcquireOptions): Promise<Release>
  /** Runs a task with a permit. @throws Busy */
  run<T>(owner: Owner, task: () => Promise<T>, options?: AcquireOptions): Promise<T>
}

interface Bounds {
  /** How many run at once. */
  permits: number
  /** How many may wait. */
  queue: number
}

export interface SemaphoreOptions extends Bounds {
  /** Its label in metrics. */
  name: string
  /** How long one waits, in milliseconds. */
  timeout: number
  /** What one tenant may have of each. Permits need bounds where they are held for long; else turns are enough. */
  tenant?: Partial<Bounds>
  /** What one caller may have. */
  caller?: Partial<Bounds>
}

/** Half of all for one tenant, and half of that for one of its callers, so that nobody takes what others wait for. */
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

/** A tenant or a caller, for as long as any of its tasks is here. */
interface Party {
  held: number
  waiting: number
  /** How many permits had been given when it got its last one, or came: then it is before the one that was served last. */
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

/** Every eighth permit goes to a task that is not `first`, so that a flood of those stops nobody else for good. */
const YIELDS = 8

export function createSemaphore({ name, permits, queue, timeout, tenant: perTenant, caller: perCaller }: SemaphoreOptions): Semaphore {
  const tenants = new Map<string, Party>()
  const callers = new Map<string, Party>()
  const queued = new Set<Waiter>()
  let free = permits
  let given = 0
  const metrics = { inUse: inUse.labels(name), waiting: waiting.labels(name), refused: refused.labels(name) }
  for (const one of Object.values(metrics)) one.inc(0) // shown from the start

  /** The party of this name, and its end when the last of its tasks has left. */
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

  /** Of those who may run, one of the tenant that was served longest ago, and of its callers likewise; else the first that came. */
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
    // Where permits are free, those who wait have all that they may have.
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

/** One at a time for each key, whoever else comes with another: a semaphore for each, forgotten when the last one leaves. */
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
