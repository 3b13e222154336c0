/** What a job is and works with. */
import type { FastifyBaseLogger } from 'fastify'
import type { SystemSql } from '../db/scope.ts'
import type { Clock } from '../lib/clock.ts'

/** Days that each is kept after its end; 0 for ever. */
export interface Keep {
  sessions: number
  links: number
  mails: number
  logs: number
}

export interface JobDeps {
  system: SystemSql
  clock: Clock
  log: FastifyBaseLogger
  keep: Keep
  /** Aborted when the server stops: a long run ends after what it has in hand. */
  stopping?: AbortSignal
}

export interface Job {
  /** Of its queue, and in figures. */
  name: string
  /** Seconds of the clock from one run to the next. */
  every: number
  /**
   * Brings everything up to the instant it is given, so that none is missed however long nothing ran. Several servers may run it at once: rows
   * that another one has in hand are skipped.
   */
  run: (deps: JobDeps, at: Date) => Promise<void>
}
