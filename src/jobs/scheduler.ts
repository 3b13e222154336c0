/** Runs the jobs by queues of pg-boss in the database. Of all servers on it, one takes each run; a failed run is retried. */
import { setTimeout as delay } from 'node:timers/promises'
import type { PgBoss } from 'pg-boss'
import { locks } from '../db/locks.ts'
import { QUEUES } from '../db/open.ts'
import type { SystemSql } from '../db/scope.ts'
import type { Job, JobDeps } from './job.ts'
import { runs } from './metrics.ts'

/** Seconds of the machine's clock: the shortest time between two runs, and the longest until a failed run is looked for. */
const SHORTEST = 1
const LOOK = 15
/** A run that takes longer counts as failed. It may still finish what it has in hand: others skip those rows, or find them done. */
const HANGS = 600
/** Completed runs are kept longer than the longest interval, so that none is queued twice within one. */
const KEPT = 10_800
/** Seconds until the next attempt if the database did not answer. */
const AGAIN = 5

export interface Scheduler {
  /** Starts no more runs, and waits up to ten seconds for those in progress. */
  close(): Promise<void>
}

/** @param rate the speed of the clock: a faster clock runs the jobs more often by the same factor */
export function startScheduler(deps: JobDeps, jobs: readonly Job[], rate = 1, hangs = HANGS): Scheduler {
  const { log } = deps
  const closing = new AbortController()
  const pause = (seconds: number) => delay(seconds * 1000, undefined, { signal: closing.signal }).catch(() => {})

  async function live() {
    const boss = await open()
    if (!boss) return
    await Promise.all(jobs.map((job) => keepRunning(boss, job)))
    await boss.stop({ graceful: false }).catch((error: Error) => log.warn({ err: error }, 'the queues could not be closed'))
  }

  async function open(): Promise<PgBoss | undefined> {
    while (!closing.signal.aborted) {
      try {
        return await openQueues(deps, jobs, hangs)
      } catch (error) {
        log.error({ err: error }, 'the scheduler could not start: it tries again')
        await pause(AGAIN)
      }
    }
    return undefined
  }

  async function keepRunning(boss: PgBoss, job: Job) {
    const every = Math.max(SHORTEST, Math.round(job.every / Math.max(1, rate)))
    while (!closing.signal.aborted) {
      try {
        // At most one run is queued per interval, by whichever server comes first.
        await boss.send(job.name, {}, { singletonSeconds: every })
        const [taken] = await boss.fetch(job.name)
        if (taken) await runTaken(boss, job, taken.id)
      } catch (error) {
        log.error({ err: error, job: job.name }, 'the queue of a job does not answer')
      }
      const span = Math.min(every, LOOK)
      await pause(span - ((Date.now() / 1000) % span) + 0.02)
    }
  }

  async function runTaken(boss: PgBoss, job: Job, id: string) {
    const ended = runs.startTimer({ name: job.name })
    const late = new AbortController()
    const tooLong = delay(hangs * 1000, undefined, { signal: late.signal, ref: false }).then(() => {
      throw new Error(`It takes longer than ${hangs} s.`)
    })
    tooLong.catch(() => {})
    try {
      // A job with much work stops in time, and goes on in its next run.
      const stopping = AbortSignal.any([closing.signal, AbortSignal.timeout(hangs * 500)])
      await Promise.race([job.run({ ...deps, stopping }, deps.clock.now()), tooLong])
      ended({ outcome: 'done' })
      await boss.complete(job.name, id)
    } catch (error) {
      ended({ outcome: 'failed' })
      log.error({ err: error, job: job.name }, 'a job failed: it is run again')
      await boss.fail(job.name, id, { message: (error as Error).message })
    } finally {
      late.abort()
    }
  }

  const living = live().catch((error: Error) => log.error({ err: error }, 'the scheduler has stopped'))
  return {
    async close() {
      closing.abort()
      await Promise.race([living, delay(10_000, undefined, { ref: false })])
    },
  }
}

/** Imports pg-boss here, so that the start does not wait for it. */
async function openQueues({ system, log }: JobDeps, jobs: readonly Job[], hangs: number): Promise<PgBoss> {
  const { PgBoss } = await import('pg-boss')
  const boss = new PgBoss({
    db: { executeSql: async (text, values) => ({ rows: await system.unsafe(text, values) }) },
    schema: QUEUES,
    schedule: false, // its cron counts in minutes, and a demo's days may pass in seconds
    maintenanceIntervalSeconds: 60,
  })
  boss.on('error', (error) => log.warn({ err: error }, 'the queues of jobs'))
  try {
    await boss.start()
    await createQueues(system, boss, jobs, hangs)
    return boss
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {})
    throw error
  }
}

/** Creates missing queues, one server at a time: two at once would deadlock. */
const createQueues = (system: SystemSql, boss: PgBoss, jobs: readonly Job[], hangs: number) =>
  system.begin(async (db) => {
    await db`SELECT pg_advisory_xact_lock(${locks.queues})`
    const there = new Set((await boss.getQueues()).map(({ name }) => name))
    // At most one run waits: while a run hangs, no others pile up after it.
    for (const { name } of jobs)
      if (!there.has(name))
        await boss.createQueue(name, { policy: 'short', expireInSeconds: hangs, retryLimit: 3, retryDelay: 30, deleteAfterSeconds: KEPT })
  })
