/** Reads from standbys: by one that is proven to be fresh, else by the primary (docs/decisions/0029-standby-reads.md). */
import { Counter, Gauge } from 'prom-client'
import { urlsOf } from '../lib/database-url.ts'
import { processMetrics } from '../lib/metrics.ts'
import type { TransactionSql } from './pool.ts'
import type { PositionOf } from './positions.ts'
import { openStandby, type Reason, reasonOf, type Standby, type StandbyPools } from './standby.ts'

type Run = <T>(fn: (db: TransactionSql) => Promise<T>) => Promise<T>

export interface Standbys {
  /** Runs `there` on a standby, whose next snapshot holds all that was acknowledged before the call. Runs `here` if none does. */
  read<T>(there: (db: TransactionSql) => Promise<T>, here: () => Promise<T>): Promise<T>
  /** Yields what `there` yields, which works inside of `run`; what `here` yields if that fails before its first item. */
  stream<T>(there: (run: Run) => AsyncGenerator<T, void>, here: () => AsyncGenerator<T, void>): AsyncGenerator<T, void>
  /** A sentence about each standby that is not used. Names no host: /readyz shows it to anybody. */
  warnings(): string[]
  /** Has `say` told, for the log, whenever a standby begins or ceases to be used. */
  report(say: (line: string) => void): void
  close(timeout: number): Promise<void>
}

const reads = new Counter({
  name: 'reeve_replica_reads_total',
  help: 'Reads that a standby may serve, by the server that served them, and why it was not a standby.',
  labelNames: ['server', 'reason'],
  registers: [processMetrics],
})

const opened = new Set<Standby>()
/** In a server of several processes the worst counts. */
const gauge = (name: string, help: string, aggregator: 'max' | 'min', read: (standby: Standby) => number | undefined) =>
  new Gauge({
    name,
    help,
    labelNames: ['standby'],
    registers: [processMetrics],
    aggregator,
    collect() {
      this.reset()
      for (const one of opened) {
        const value = read(one)
        if (value !== undefined) this.set({ standby: one.host }, value)
      }
    },
  })
gauge('reeve_replica_usable', 'Whether reads may go to this standby.', 'min', ({ fault }) => (fault === undefined ? 1 : 0))
gauge('reeve_replica_lag_seconds', 'For how long this standby has not replayed what the primary wrote.', 'max', ({ lag }) => lag?.seconds)
gauge('reeve_replica_lag_bytes', 'How much WAL of the primary this standby has not replayed.', 'max', ({ lag }) => lag?.bytes)

const byStandby = () => reads.inc({ server: 'standby', reason: '' })
const byPrimary = (reason: Reason) => reads.inc({ server: 'primary', reason })

/** @param open opens the pools of the standby that a URL names */
export function openStandbys(text: string, positionOf: PositionOf, open: (url: string) => StandbyPools): Standbys {
  let told = (_: string) => {}
  const standbys = (urlsOf(text, 'standby') ?? []).map((url) => openStandby(url.host, open(url.href), positionOf, (line) => told(line)))
  for (const one of standbys) opened.add(one)
  let turn = 0

  /** The standbys take turns. */
  function choose(): Standby | undefined {
    const usable = standbys.filter(({ fault }) => fault === undefined)
    if (usable.length === 0) byPrimary('unusable')
    return usable[turn++ % usable.length]
  }

  /** Counts why a standby failed. @throws what the primary would reject likewise */
  function note(error: unknown) {
    const reason = reasonOf(error)
    if (reason === undefined) throw error
    byPrimary(reason)
  }

  return {
    async read(there, here) {
      const one = choose()
      if (!one) return here()
      const position = await positionOf()
      try {
        const result = await one.run('lists', position, there)
        byStandby()
        return result
      } catch (error) {
        note(error)
        return here()
      }
    },

    async *stream(there, here) {
      const one = choose()
      if (!one) return yield* here()
      const position = await positionOf()
      const failed = Promise.withResolvers<never>()
      failed.promise.catch(() => {})
      const pieces = there((fn) => {
        const work = one.run('streams', position, fn)
        work.catch(failed.reject)
        return work
      })
      const first = await Promise.race([pieces.next(), failed.promise]).catch((error) => {
        pieces.return().catch(() => {}) // not awaited: it ends when the standby answers, if ever
        note(error)
      })
      if (!first) return yield* here()
      byStandby()
      try {
        if (first.done) return
        yield first.value
        yield* pieces
      } finally {
        await pieces.return()
      }
    },

    warnings: () => standbys.flatMap(({ fault }, n) => (fault ? [`Host ${n + 1} of DATABASE_REPLICA_URL is not used: it ${fault}.`] : [])),
    report: (say) => {
      told = say
    },

    async close(timeout) {
      for (const one of standbys) opened.delete(one)
      await Promise.all(standbys.map((one) => one.close(timeout)))
    },
  }
}
