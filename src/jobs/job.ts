/** What a job is and works with. */

import type { FastifyBaseLogger } from 'fastify'
import { asSystem, type ScopedSql, type SystemSql } from '../db/scope.ts'
import type { Clock } from '../lib/clock.ts'
import type { Keep } from '../lib/config.ts'

export interface JobDeps {
  system: SystemSql
  clock: Clock
  log: FastifyBaseLogger
  keep: Keep
  /** Days that a password works; undefined for as long as its user likes. */
  passwordDays: number | undefined
  /** Aborted when the server stops, or the run takes long: it ends after what it has in hand. */
  stopping?: AbortSignal
}

export interface Job {
  /** Of its queue, and in metrics. */
  name: string
  /** Seconds of the clock from one run to the next. */
  every: number
  /**
   * Brings everything up to the instant it is given, so that none is missed however long nothing ran. Several servers may run it at once: rows
   * that another one has in hand are skipped.
   */
  run: (deps: JobDeps, at: Date) => Promise<void>
}

/** What a mail says of an end that is ahead: the days that are left, begun ones too, and when it is. */
export const untilThen = (ends: Date, at: Date) => ({
  days: Math.ceil((ends.getTime() - at.getTime()) / 86_400_000),
  date: ends.toISOString(),
})

/** Rows that one transaction of a job takes at most. */
export const BATCH = 200

/** Runs `take`, which answers how many rows it took, in one transaction after another until none are left over or the server stops. */
export async function inBatches({ system, stopping }: JobDeps, take: (db: ScopedSql) => Promise<number>): Promise<void> {
  while ((await asSystem(system, take)) === BATCH && !stopping?.aborted);
}
