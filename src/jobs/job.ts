/** The type of a job, and what jobs share. */

import type { FastifyBaseLogger } from 'fastify'
import { asSystem, type Scope, type ScopedSql, type SystemSql } from '../db/scope.ts'
import type { Clock } from '../lib/clock.ts'
import type { Retention } from '../lib/config.ts'
import type { OutgoingFetch } from '../lib/outgoing.ts'

export interface JobDeps {
  system: SystemSql
  /** For what is done in the name of a caller. */
  scope: Scope
  clock: Clock
  log: FastifyBaseLogger
  keep: Retention
  /** Days until a password expires; undefined if passwords do not expire. */
  passwordDays: number | undefined
  /** For what other systems publish. */
  outgoing: OutgoingFetch
  /** Aborted when the server stops or the run takes too long. The job then finishes the batch in hand and returns. */
  stopping?: AbortSignal
}

export interface Job {
  /** Names its queue, and labels its metrics. */
  name: string
  /** Seconds between two runs, by the server's clock. */
  every: number
  /**
   * Handles everything due at the given instant, so that nothing is missed even if no server ran for a long time. Several servers may run
   * the job at once: it skips rows that another one has locked.
   */
  run: (deps: JobDeps, at: Date) => Promise<void>
}

/** Mail details about a future end: the days left, rounded up, and the date. */
export const timeRemaining = (ends: Date, at: Date) => ({
  days: Math.ceil((ends.getTime() - at.getTime()) / 86_400_000),
  date: ends.toISOString(),
})

/** The most rows that one transaction of a job handles. */
export const BATCH = 200

/** Runs `take`, which returns how many rows it handled, in one transaction after another until no rows are left or the server stops. */
export async function inBatches({ system, stopping }: JobDeps, take: (db: ScopedSql) => Promise<number>): Promise<void> {
  while ((await asSystem(system, take)) === BATCH && !stopping?.aborted);
}
