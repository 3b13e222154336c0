/** Connection pools and transactions on `pg` in pipeline mode: the statements of a transaction are sent without waiting for results. */
import { EventEmitter, once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import pg from 'pg'
import { end, handleOn, request } from './connection.ts'
import { ABORTED, ConnectionError, errorOf, isLost, isTimeout, UNKNOWN, UNREACHABLE } from './errors.ts'
import { type Login, reach } from './hosts.ts'
import { watchPool } from './metrics.ts'
import { type ISql, type Send, tag } from './sql.ts'
import { asValues } from './types.ts'

export type { Login }

/** A handle on one connection. */
export interface TransactionSql extends ISql {
  /** Returns the stream for `COPY … FROM STDIN`. Requires `copies` of the pool. */
  copy(text: string): Writable & { rowCount: number }
  /** Returns the stream of `COPY … TO STDOUT`. Requires `copies` of the pool. The number of rows is known at its end. */
  copyOut(text: string): Readable & { rowCount: number }
}

export interface Sql extends ISql {
  /** Runs `fn` in one transaction, committed when it resolves and rolled back when it throws. `mode` follows BEGIN. */
  begin<T>(fn: (db: TransactionSql) => PromiseLike<T>): Promise<T>
  begin<T>(mode: string, fn: (db: TransactionSql) => PromiseLike<T>): Promise<T>
  /** Runs `fn` on one connection, without a transaction. */
  reserve<T>(fn: (db: TransactionSql) => PromiseLike<T>): Promise<T>
  /** Waits for statements in progress, at most the given seconds, and closes all connections. */
  end(options?: { timeout?: number }): Promise<void>
}

export interface PoolOptions {
  max: number
  /**
   * How many of the connections are reserved for transactions that write: while these wait for the disk or a standby, other requests are
   * served.
   */
  writers?: number
  name?: string
  /** Names the pool in metrics, where it is left out without one. */
  label?: string
  /** PostgreSQL's settings for these connections. */
  settings?: Record<string, string>
  /** For COPY, which does not work in a pipeline: each statement is sent after the result of the one before. */
  copies?: boolean
  /**
   * Sends a transaction's statements without waiting for BEGIN. If BEGIN is cancelled, they run outside of a transaction. So use it only if
   * they can neither see nor write anything there, because their row-level security scope is set inside the transaction.
   */
  ahead?: boolean
  /** Milliseconds that a statement may take. Longer than its statement_timeout, because it is for a database that hangs. */
  deadline?: number
  /** Called with each error, and without an argument after each successful change. */
  noted?: (error?: unknown) => void
}

/** Timeouts in milliseconds: to get a connection, to receive a result, and to have a commit confirmed. */
const CONNECT = 10_000
const ANSWER = 10_000
const CONFIRM = 15_000
const CONFIRM_AGAIN = 2000
/** Seconds. PostgreSQL caches prepared statements and more for each connection, so connections are replaced from time to time. */
const LIFETIME = 3600

export function openPool(
  to: string | Login,
  {
    max,
    writers = 0,
    name = 'reeve',
    label,
    settings = {},
    copies = false,
    ahead = false,
    deadline = ANSWER,
    noted = () => {},
  }: PoolOptions,
): Sql {
  const { options, connect, doubt, close: leave } = reach(to)
  const open = new Set<pg.PoolClient>()
  const events = new EventEmitter()
  const unwatch: (() => void)[] = []
  const make = (max: number, label: string | undefined) => {
    const pool = new pg.Pool({
      ...options,
      max,
      application_name: name,
      options: [options.options ?? '', ...Object.entries({ TimeZone: 'UTC', ...settings }).map(setting)].join(' '),
      types: asValues as typeof pg.types,
      pipeline: !copies,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT,
      idleTimeoutMillis: 0,
      maxLifetimeSeconds: LIFETIME,
    })
    // The queries on a lost connection report the error, and the pool replaces an idle one.
    pool.on('error', () => {})
    pool.on('connect', (client) => void open.add(client.on('error', () => {})))
    pool.on('remove', (client) => {
      open.delete(client)
      if (open.size === 0) events.emit('closed')
    })
    if (label !== undefined) unwatch.push(watchPool(label, pool))
    return pool
  }
  const pool = make(max - writers, label)
  const writing = writers > 0 ? make(writers, label && `${label}_writes`) : pool

  const acquire = (from: pg.Pool) => connect(() => from.connect()).catch((error: Error) => Promise.reject(errorOf(error, UNREACHABLE)))

  const send: Send = async (query) => {
    const client = await acquire(pool)
    try {
      const rows = await request(client, query, deadline)
      client.release()
      return rows
    } catch (error) {
      noted(error)
      if (isTimeout(error)) void giveUp(client)
      if (isLost(error)) doubt(client)
      // A text of several statements may have begun a transaction.
      client.release(isLost(error) || query.isPlain)
      throw error
    }
  }
  const db = tag(send)

  async function reserve<T>(fn: (db: TransactionSql) => PromiseLike<T>) {
    const client = await acquire(writing)
    const { db, close, failed } = handleOn(client, copies, deadline)
    try {
      return await fn(db)
    } finally {
      await close()
      client.release(failed() !== undefined)
    }
  }

  async function transaction<T>(mode: string, fn: (db: TransactionSql) => PromiseLike<T>) {
    const writes = !/read only/i.test(mode)
    const client = await acquire(writes ? writing : pool)
    const { db, close, failed } = handleOn(client, copies, deadline)
    try {
      const begun = db.unsafe(`BEGIN ${mode}`).execute()
      if (!ahead) await begun
      const result = await fn(db)
      await close()
      if (failed()) throw failed()
      if (writes) {
        const ended = await commit(client)
        // A statement that was not awaited has failed, so COMMIT was answered with ROLLBACK.
        if (ended !== 'COMMIT') throw failed() ?? new Error(`The transaction ended with ${ended}.`)
        client.release()
        noted()
      } else {
        // Does not wait for the end of a transaction that changed nothing.
        end(client, 'COMMIT', deadline).then(
          () => client.release(),
          () => client.release(true),
        )
      }
      return result
    } catch (error) {
      noted(error)
      await close()
      if (isLost(error)) doubt(client)
      const undone = await end(client, 'ROLLBACK', deadline).catch(() => undefined)
      client.release(undone === undefined || isLost(error))
      throw (error as { code?: string }).code === ABORTED ? failed() : error
    }
  }

  /** A commit has timed out, and none was confirmed since. */
  let standbyIsLost = false

  /** If the connection is lost meanwhile, it is unknown whether the change was committed. */
  async function commit(client: pg.PoolClient) {
    try {
      const ended = await end(client, 'COMMIT', standbyIsLost ? CONFIRM_AGAIN : Math.max(CONFIRM, deadline))
      standbyIsLost = false
      return ended
    } catch (error) {
      if (!isLost(error)) throw error
      standbyIsLost = isTimeout(error)
      if (standbyIsLost) void giveUp(client)
      throw new ConnectionError(UNKNOWN, error as Error)
    }
  }

  /**
   * Ends a commit that holds its locks on the primary while it waits for a standby. To keep waiting would take one connection after the
   * other.
   */
  const giveUp = (client: pg.PoolClient) => {
    const { processID } = client as unknown as { processID: number }
    return db`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ${processID} AND wait_event = 'SyncRep'`.catch(() => {})
  }

  let ended: Promise<void> | undefined
  async function close(timeout: number) {
    const late = setTimeout(() => {
      for (const { connection } of open) connection.stream.destroy()
    }, timeout * 1000)
    await Promise.all([...new Set([pool, writing])].map((one) => one.end()))
    while (open.size > 0) await once(events, 'closed')
    clearTimeout(late)
    for (const one of unwatch) one()
    await leave()
  }

  return Object.assign(db, {
    begin: <T>(...given: [string, (db: TransactionSql) => PromiseLike<T>] | [(db: TransactionSql) => PromiseLike<T>]) =>
      given.length === 2 ? transaction(...given) : transaction('', given[0]),
    reserve,
    end: ({ timeout = 5 } = {}) => {
      ended ??= close(timeout)
      return ended
    },
  })
}

/** Formats a setting as on the command line of PostgreSQL. */
const setting = ([name, value]: [string, string]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`
