/** One standby: whether it may be used, and reads on it that see all that the primary named. */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { ConnectionError, isAway } from './errors.ts'
import type { Sql, TransactionSql } from './pool.ts'
import type { Position, PositionOf } from './positions.ts'
import type { ISql } from './sql.ts'

/** Why a read was not served by a standby: label values of a metric. */
export type Reason = 'unusable' | 'behind' | 'history' | 'failed'

class Unfit extends Error {
  readonly reason: Reason
  constructor(reason: Reason) {
    super(`The standby does not serve this read: ${reason}.`)
    this.reason = reason
  }
}

export interface StandbyPools {
  lists: Sql
  streams: Sql
  /** One connection that no read takes. */
  probe: Sql
}

export interface Standby {
  readonly host: string
  /** Undefined if it may be used, else what it does or lacks. Names no host: /readyz shows it to anybody. */
  readonly fault: string | undefined
  /** How far it is behind, if that is known. */
  readonly lag: { bytes: number; seconds: number } | undefined
  /**
   * Runs `fn` on a connection whose snapshots, from now on, hold all that was committed before `position` was named. Rejects at once if the
   * standby is lost meanwhile.
   */
  run<T>(pool: 'lists' | 'streams', position: Position, fn: (db: TransactionSql) => Promise<T>): Promise<T>
  close(timeout: number): Promise<void>
}

/** Milliseconds that a read waits for the standby to replay, that pass between two probes, and that a probe may take. */
const PATIENCE = 8
const PAUSE = 500
const ANSWER = 1000
/** A standby that is further behind is not asked. */
const MOST_SECONDS = 1
/** Named positions that have not been replayed: so many tell for how long, and of later ones none is needed. */
const REMEMBERED = 100

/** @param say is told, for the log, whenever the standby begins or ceases to be used */
export function openStandby(host: string, pools: StandbyPools, positionOf: PositionOf, say: (line: string) => void): Standby {
  let fault: string | undefined = 'has not answered yet'
  let lag: { bytes: number; seconds: number } | undefined
  const inProgress = new Set<(error: Error) => void>()
  const named: { position: Position; at: number }[] = []
  const closing = new AbortController()

  function become(now: string | undefined, cause?: unknown) {
    if (now === fault) return
    fault = now
    const { message, code } = (cause ?? {}) as { message?: string; code?: string }
    say(`The standby ${host} is ${now === undefined ? 'used' : `not used: it ${now}${cause ? ` (${message || code})` : ''}`}.`)
  }

  /** Reads in progress would wait for a server that hangs. */
  function lose(why: string, cause?: unknown) {
    become(why, cause)
    lag = undefined
    for (const reject of inProgress) reject(new Unfit('failed'))
  }

  async function probe() {
    const position = await positionOf().catch(() => undefined) // without a primary nothing is known of its standbys
    if (!position) return
    const late = new AbortController()
    try {
      const hangs = delay(ANSWER, undefined, late).then(() => Promise.reject(new Error('It does not answer.')))
      judge(position, await Promise.race([stateOf(pools.probe), hangs]))
    } catch (error) {
      lose('cannot be reached', error)
    } finally {
      late.abort()
    }
  }

  function judge(position: Position, { inRecovery, mark, replayed }: State) {
    if (!inRecovery) return lose('is not in recovery, so it is no standby')
    if (mark !== position.mark) {
      named.length = 0
      lag = undefined
      return become('has not replayed what the primary wrote since its start or promotion, or follows another')
    }
    const now = performance.now()
    if (named.length < REMEMBERED) named.push({ position, at: now })
    while (named[0] && (named[0].position.mark !== mark || named[0].position.lsn <= replayed)) named.shift()
    const seconds = named[0] ? (now - named[0].at) / 1000 : 0
    lag = { bytes: Math.max(0, position.lsn - replayed), seconds }
    become(seconds > MOST_SECONDS ? 'is more than a second behind' : undefined)
  }

  async function watch() {
    while (!closing.signal.aborted) {
      await probe()
      await delay(PAUSE, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }
  void watch()

  return {
    host,
    get fault() {
      return fault
    },
    get lag() {
      return lag
    },
    async run(pool, position, fn) {
      const lost = Promise.withResolvers<never>()
      inProgress.add(lost.reject)
      const work = pools[pool].reserve(async (db) => {
        await untilReplayed(db, position)
        if (!inProgress.has(lost.reject)) throw new Unfit('failed') // the primary serves it by now
        return fn(db)
      })
      work.catch(() => {}) // nobody waits for it once the standby is lost
      try {
        return await Promise.race([work, lost.promise])
      } catch (error) {
        if (isConnection(error)) lose('cannot be reached', error)
        throw error
      } finally {
        inProgress.delete(lost.reject)
      }
    },
    async close(timeout) {
      closing.abort()
      await Promise.all(Object.values(pools).map((one) => one.end({ timeout })))
    },
  }
}

interface State {
  inRecovery: boolean
  mark: string | null
  replayed: number
}

/**
 * What a later statement of this connection sees at least. Not one of the same transaction: its snapshot would be older than the position that is
 * read with it.
 */
async function stateOf(db: ISql): Promise<State> {
  const [row] = await db<
    [State]
  >`SELECT pg_is_in_recovery() AS "inRecovery", (SELECT mark || ' ' || current_database() FROM replication_mark) AS mark,
    (pg_last_wal_replay_lsn() - '0/0')::bigint AS replayed`
  return row
}

async function untilReplayed(db: TransactionSql, { mark, lsn }: Position) {
  for (const end = performance.now() + PATIENCE; ; await delay(1)) {
    const state = await stateOf(db)
    if (!state.inRecovery || state.mark !== mark) throw new Unfit('history')
    if (state.replayed >= lsn) return
    if (performance.now() > end) throw new Unfit('behind')
  }
}

const isConnection = (error: unknown) => error instanceof ConnectionError || isAway((error as { code?: string }).code ?? '')

/**
 * Why the primary must serve what a standby did not; undefined for what it would reject likewise, such as a refusal of ours. An error of the
 * standby's PostgreSQL counts, whatever it is: a conflict with recovery, a timeout, a database that is not ours.
 */
export function reasonOf(error: unknown): Reason | undefined {
  if (error instanceof Unfit) return error.reason
  return error instanceof pg.DatabaseError || isConnection(error) ? 'failed' : undefined
}
