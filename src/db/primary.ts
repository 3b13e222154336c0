/**
 * Knows which of several servers is the primary, by asking each of them all the time. So a server that hangs, or one that has been
 * replaced and does not know it, is left although its connections are open.
 */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { ConnectionError, isRefusal, UNREACHABLE } from './errors.ts'

export interface Primary {
  /** Resolves with its place among the servers, at once if it is known. Rejects after so many milliseconds without one. */
  find(milliseconds: number): Promise<number>
  /** The place of the last one that was known. */
  readonly last: number
  /** Something failed on that server: it is asked now. */
  doubt(host: number): void
  close(): Promise<void>
}

/** Milliseconds that a server has to answer, from one question to the next, and likewise while no server is known to be the primary. */
const ANSWER = 3000
const PAUSE = 250
const HASTE = 100

/** The name of its connections in `pg_stat_activity`. A server has others beside them. */
export const WATCH = 'reeve watch'
const ofWatch = { application_name: WATCH, keepAlive: true, connectionTimeoutMillis: ANSWER }

/** A standby that is promoted begins a new timeline, so of two primaries the one with the higher number has replaced the other. */
const question = {
  text: `SELECT CASE WHEN NOT pg_is_in_recovery() THEN ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END AS timeline`,
  query_timeout: ANSWER,
}

/** @param noticed is given the place of the primary when it is another than before; undefined if none is known any more */
export function watchPrimary(hosts: pg.ClientConfig[], noticed: (host: number | undefined) => void): Primary {
  /** By host; undefined if it is no primary or does not answer. */
  const timelines: (number | undefined)[] = hosts.map(() => undefined)
  const failures: (Error | undefined)[] = hosts.map(() => undefined)
  const sleeps: (AbortController | undefined)[] = hosts.map(() => undefined)
  let found: number | undefined
  let last: number | undefined
  const clients: (pg.Client | undefined)[] = hosts.map(() => undefined)
  let changed = Promise.withResolvers<void>()
  const closing = new AbortController()

  function judge(host: number, timeline: number | undefined, failure?: Error) {
    timelines[host] = timeline
    failures[host] = failure
    const before = found
    const highest = Math.max(...timelines.map((one) => one ?? 0))
    // A server that was promoted in place is as good as another of its timeline.
    found = highest === 0 ? undefined : found !== undefined && timelines[found] === highest ? found : timelines.indexOf(highest)
    last = found ?? last
    if (found !== before) noticed(found)
    changed.resolve()
    changed = Promise.withResolvers()
  }

  async function ask(host: number): Promise<number | undefined> {
    const client = clients[host] ?? new pg.Client({ ...hosts[host], ...ofWatch })
    if (!clients[host]) {
      clients[host] = client.on('error', () => doubt(host)).on('end', () => doubt(host))
      await client.connect()
    }
    const { rows } = await client.query<{ timeline: number | null }>(question)
    return rows[0]?.timeline ?? undefined
  }

  async function watch(host: number) {
    while (!closing.signal.aborted) {
      try {
        judge(host, await ask(host))
      } catch (error) {
        drop(host)
        if (!closing.signal.aborted) judge(host, undefined, error as Error)
      }
      const sleep = new AbortController()
      sleeps[host] = sleep
      const signal = AbortSignal.any([sleep.signal, closing.signal])
      await delay(found === undefined ? HASTE : PAUSE, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  /** At once: a server that hangs would take no part in an orderly end. */
  function drop(host: number) {
    ;(clients[host] as unknown as pg.PoolClient | undefined)?.connection.stream.destroy()
    clients[host] = undefined
  }

  const doubt = (host: number) => sleeps[host]?.abort()
  const watching = Promise.all(hosts.map((_, host) => watch(host)))

  return {
    async find(milliseconds) {
      const end = performance.now() + milliseconds
      while (found === undefined) {
        const refused = failures.find(isRefusal)
        if (failures.every(isRefusal)) throw refused
        const left = end - performance.now()
        if (left <= 0 || closing.signal.aborted) {
          // One that refuses us may be none that matters: the others were waited for.
          if (refused) throw new ConnectionError(UNREACHABLE, refused)
          throw failures.find(Boolean) ?? new ConnectionError(UNREACHABLE, new Error('No server is a primary.'))
        }
        const late = new AbortController()
        await Promise.race([changed.promise, delay(left, undefined, { signal: late.signal }).catch(() => {})])
        late.abort()
      }
      return found
    },
    doubt,
    get last() {
      return last ?? 0
    },
    async close() {
      closing.abort()
      changed.resolve()
      for (const host of hosts.keys()) drop(host)
      await watching
    },
  }
}
