/** Prometheus metrics of the jobs. The label is `name`, because `job` is Prometheus' own. */
import { Gauge, Histogram } from 'prom-client'
import { QUEUES } from '../db/open.ts'
import type { ISql } from '../db/sql.ts'
import { sampled, sampledGauge, serverMetrics } from '../lib/metrics.ts'
import type { Job } from './job.ts'

export const runs = new Histogram({
  name: 'reeve_job_duration_seconds',
  help: 'Time that a run of a job took, by how it ended.',
  labelNames: ['name', 'outcome'],
  buckets: [0.01, 0.1, 1, 10, 100],
  registers: [serverMetrics],
})

const intervals = new Gauge({
  name: 'reeve_job_interval_seconds',
  help: 'Time between two runs of a job.',
  labelNames: ['name'],
  registers: [serverMetrics],
})

/** Exports when each job succeeded last, on whichever server: they share the runs. */
export function watchJobs(db: ISql, jobs: readonly Job[]): void {
  for (const { name, every } of jobs) {
    intervals.set({ name }, every)
    for (const outcome of ['done', 'failed']) runs.zero({ name, outcome }) // exported before the first
  }
  const sample = sampled(
    async (): Promise<{ name: string; at: number }[]> =>
      db`SELECT name, extract(epoch FROM max(completed_on))::float8 AS at FROM ${db(QUEUES)}.job WHERE state = 'completed' GROUP BY name`,
  )
  sampledGauge({
    name: 'reeve_job_last_success_timestamp_seconds',
    help: 'When a job was last completed by any server on this database, since 1970; 0 if not within the last hours.',
    label: 'name',
    sample,
    values: (rows) => jobs.map(({ name }) => [name, rows.find((row) => row.name === name)?.at ?? 0] as const),
  })
}
