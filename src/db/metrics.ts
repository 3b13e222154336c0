/** Metrics of the database: the connection pools of this process, and what PostgreSQL says of itself. */
import type pg from 'pg'
import { Gauge } from 'prom-client'
import { processMetrics, sampled, sampledGauge } from '../lib/metrics.ts'
import type { ISql } from './sql.ts'

const open = new Map<pg.Pool, string>()
const ofPools = (name: string, help: string, state: readonly string[], read: (pool: pg.Pool) => readonly number[]) =>
  new Gauge({
    name,
    help,
    labelNames: state.length > 0 ? ['pool', 'state'] : ['pool'],
    registers: [processMetrics],
    collect() {
      this.reset()
      for (const [one, pool] of open)
        for (const [n, value] of read(one).entries()) this.inc(state.length > 0 ? { pool, state: state[n] as string } : { pool }, value)
    },
  })
ofPools('reeve_database_connections', 'Open connections to the database, by pool.', ['in_use', 'idle'], ({ totalCount, idleCount }) => [
  totalCount - idleCount,
  idleCount,
])
ofPools('reeve_database_connections_max', 'The most connections that a pool opens.', [], ({ options }) => [options.max])
ofPools('reeve_database_waiting', 'Requests and tasks that wait for a connection.', [], ({ waitingCount }) => [waitingCount])

/** @returns what to call when the pool is closed */
export function watchPool(label: string, pool: pg.Pool): () => void {
  open.set(pool, label)
  return () => void open.delete(pool)
}

/** What statements wait for most: exported even while none waits. */
const usualLocks = ['relation', 'transactionid', 'tuple', 'advisory']

/** Exports what the database says, which is the same whichever process asks. */
export function watchDatabase(db: ISql, known: readonly { id: number }[]): void {
  const sample = sampled(async () => {
    const ids = known.map(({ id }) => id)
    const [locks, [row]] = await Promise.all([
      db<{ lock: string; waiting: number }[]>`SELECT wait_event AS lock, count(*)::int AS waiting FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' GROUP BY 1`,
      db<[{ oldest: number; size: number; applied: number; missing: number }]>`
        SELECT (SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::float8 FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()) AS oldest,
          pg_database_size(current_database())::float8 AS size,
          (SELECT count(*)::int FROM migrations) AS applied,
          (SELECT count(*)::int FROM unnest(${ids}::int[]) AS id WHERE id NOT IN (SELECT id FROM migrations)) AS missing`,
    ])
    return {
      ...row,
      locks: new Map([...usualLocks.map((one) => [one, 0] as const), ...locks.map((one) => [one.lock, one.waiting] as const)]),
    }
  })
  sampledGauge({
    name: 'reeve_database_lock_waiting',
    help: 'Statements that wait for a lock in the database, by what is locked (wait events of type Lock).',
    label: 'lock',
    sample,
    values: ({ locks }) => locks,
  })
  sampledGauge({
    name: 'reeve_database_oldest_transaction_seconds',
    help: 'For how long the oldest transaction has been open.',
    sample,
    values: ({ oldest }) => [['', oldest]],
  })
  sampledGauge({ name: 'reeve_database_size_bytes', help: 'Disk space of the database.', sample, values: ({ size }) => [['', size]] })
  sampledGauge({
    name: 'reeve_migrations',
    help: 'Migrations that the database has, and those that this version knows and the database lacks.',
    label: 'state',
    sample,
    values: ({ applied, missing }) => [
      ['applied', applied],
      ['missing', missing],
    ],
  })
}
