/**
 * Metrics of all processes of this server. Any worker may be asked for them: it asks the first process, which asks all workers. Not
 * prom-client's clusterMetrics(), which leaves out the first process.
 */
import type { Worker } from 'node:cluster'
import { once } from 'node:events'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { processMetrics, serverMetrics } from '../lib/metrics.ts'

/** Messages from the first process to a worker, and back. */
export type MetricsOrder = { type: 'measure'; id: number } | { type: 'metrics'; text?: string }
export type MetricsReport = { type: 'metrics wanted' } | { type: 'measured'; id: number; metrics: object[] }

/** Milliseconds that a worker has to report: one that hangs is left out. */
const PATIENCE = 3000

/** Returns the metrics as text for Prometheus. Called in a worker. */
export async function metricsOfAll(): Promise<string> {
  process.send?.({ type: 'metrics wanted' } satisfies MetricsReport)
  for (;;) {
    const [order] = await once(process, 'message')
    if (order.type !== 'metrics') continue
    if (order.text === undefined) throw new Error('The metrics could not be collected.')
    return order.text
  }
}

/** Reports the metrics of this worker whenever the first process asks. */
export function reportMetrics(registries: readonly Registry[]): void {
  process.on('message', async (order: MetricsOrder) => {
    if (order.type !== 'measure') return
    const metrics = await measure(registries)
    process.send?.({ type: 'measured', id: order.id, metrics } satisfies MetricsReport)
  })
}

const measure = (registries: readonly Registry[]) => Promise.all(registries.map((one) => one.getMetricsAsJSON()))

let asked = 0

/** Adds up the metrics of the workers and those of the first process, in which it is called. */
export async function collectMetrics(workers: readonly Worker[]): Promise<string> {
  const ofWorkers = await Promise.all(workers.map((worker) => metricsOf(worker).catch(() => [])))
  const all = AggregatorRegistry.aggregate([...ofWorkers.flat(), await processMetrics.getMetricsAsJSON()])
  return `${await all.metrics()}\n${await serverMetrics.metrics()}`
}

async function metricsOf(worker: Worker): Promise<object[]> {
  const id = asked++
  const signal = AbortSignal.timeout(PATIENCE)
  worker.send({ type: 'measure', id } satisfies MetricsOrder)
  for (;;) {
    const [report] = (await once(worker, 'message', { signal })) as [MetricsReport]
    if (report.type === 'measured' && report.id === id) return report.metrics
  }
}
