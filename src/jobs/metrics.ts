/** Prometheus metrics of the jobs, kept by the first process, which runs them. */
import { Histogram, Registry } from 'prom-client'

export const jobMetrics = new Registry()

export const runs = new Histogram({
  name: 'reeve_job_duration_seconds',
  help: 'Time that a run of a job took, by how it ended.',
  labelNames: ['job', 'outcome'],
  buckets: [0.01, 0.1, 1, 10, 100],
  registers: [jobMetrics],
})
