/** Prometheus metrics beside those of the HTTP routes. Labels come from the code, so their number does not grow with tenants. */
import { setTimeout as delay } from 'node:timers/promises'
import { Counter, Gauge, Registry } from 'prom-client'

/** Of each process. Those of several are added up, or combined as the aggregator of the metric says. */
export const processMetrics = new Registry()
/** Of the server as a whole, kept by its first process: what that process alone does, and what is read from the database. */
export const serverMetrics = new Registry()

/** Milliseconds for which a reading is kept, and for which a scrape waits for one. */
const KEPT = 5000
const PATIENCE = 1000

/** Shares one reading among the metrics that are made of it, and among scrapes for some seconds. Undefined if there is none in time. */
export function sampled<T>(read: () => Promise<T>): () => Promise<T | undefined> {
  let reading: Promise<T | undefined> | undefined
  return () => {
    reading ??= read()
      .catch(() => undefined)
      .finally(() => {
        setTimeout(() => {
          reading = undefined
        }, KEPT).unref()
      })
    return Promise.race([reading, delay(PATIENCE, undefined, { ref: false })])
  }
}

interface SampledGauge<T> {
  name: string
  help: string
  /** The name of the only label. */
  label?: string
  sample: () => Promise<T | undefined>
  /** The values, by the value of the label; '' without one. */
  values: (reading: T) => Iterable<readonly [string, number]>
}

/** A metric of the server that is absent while it cannot be read. It replaces that of a server that ran in this process before. */
export function sampledGauge<T>({ name, help, label, sample, values }: SampledGauge<T>): void {
  serverMetrics.removeSingleMetric(name)
  new Gauge({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [serverMetrics],
    async collect() {
      const reading = await sample()
      this.reset()
      if (label === undefined) this.remove() // the 0 with which a gauge without labels begins
      if (reading === undefined) return
      for (const [key, value] of values(reading)) this.set(label === undefined ? {} : { [label]: key }, value)
    },
  })
}

const lookUps = new Counter({
  name: 'reeve_cache_lookups_total',
  help: 'Look-ups in a cache, by whether it had what was looked for.',
  labelNames: ['cache', 'result'],
  registers: [processMetrics],
})

/** Returns what counts the look-ups of a cache. */
export function lookUpCounter(cache: string): (found: boolean) => void {
  const [hits, misses] = [lookUps.labels(cache, 'hit'), lookUps.labels(cache, 'miss')]
  for (const one of [hits, misses]) one.inc(0) // exported from the start
  return (found) => (found ? hits : misses).inc()
}
