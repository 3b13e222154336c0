/** Metrics of the server as a whole, which its first process keeps, however many there are. */
import { Gauge } from 'prom-client'
import manifest from '../../package.json' with { type: 'json' }
import { watchDatabase } from '../db/metrics.ts'
import type { Migration } from '../db/migrate.ts'
import type { ISql } from '../db/sql.ts'
import { jobs } from '../jobs/jobs.ts'
import { watchJobs } from '../jobs/metrics.ts'
import { serverMetrics } from '../lib/metrics.ts'
import { watchOutbox } from '../mail/metrics.ts'

const build = new Gauge({
  name: 'reeve_build_info',
  help: 'Versions of Reeve and of Node, with the value 1.',
  labelNames: ['version', 'node'],
  registers: [serverMetrics],
})
build.set({ version: manifest.version, node: process.version }, 1)

/** @param hasMailServer whether the installation has one, for resellers without their own */
export function watchServer(db: ISql, migrations: readonly Migration[], hasMailServer: boolean): void {
  watchDatabase(db, migrations)
  watchOutbox(db, hasMailServer)
  watchJobs(db, jobs)
}
