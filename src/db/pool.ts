/** Pools of connections and their transactions, by `pg` in pipeline mode: the statements of a transaction are sent without waiting for answers. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import pg from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'
import { from as copyFrom } from 'pg-copy-streams'
import { ABORTED, errorOf, isLost, UNREACHABLE } from './errors.ts'
import { type ISql, type Query, type Rows, type Send, Statement, tag } from './sql.ts'
import { asBytes, asValues } from './types.ts'

/** Where and as whom to connect. `host` is the folder of a Unix socket, or a name or address. */
export interface Login {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** A handle on one connection. */
export interface TransactionSql extends ISql {
  /** Takes the lines for `COPY … FROM STDIN`. Only where the pool says `copies`. */
  copy(text: string): Writable
}

export interface Sql extends ISql {
  /** Runs `fn` in one transaction, committed when it resolves and undone when it throws. `mode` is what stands behind BEGIN. */
  begin<T>(fn: (db: TransactionSql) => PromiseLike<T>): Promise<T>
  begin<T>(mode: string, fn: (db: TransactionSql) => PromiseLike<T>): Promise<T>
  /** Runs `fn` on one connection, without a transaction. */
  reserve<T>(fn: (db: TransactionSql) => PromiseLike<T>): Promise<T>
  /** Waits for what is under way, at most so many seconds, and closes all connections. */
  end(options?: { timeout?: number }): Promise<void>
}

export interface PoolOptions {
  max: number
  name?: string
  /** PostgreSQL's settings for these connections. */
  settings?: Record<string, string>
  /** For COPY, which takes no pipeline: a statement is sent when the one before is answered. */
  copies?: boolean
  /**
   * A transaction's statements follow BEGIN without waiting for it. Should it be cancelled they run outside of a transaction: so only where they see
   * and write nothing there, because row-level security is told in the transaction whose they are.
   */
  ahead?: boolean
}

/** Milliseconds until a connection is made or becomes free. */
const CONNECT = 10_000
/** Seconds. PostgreSQL remembers prepared statements and more for each connection: from time to time it is a new one. */
const LIFETIME = 3600

export function openPool(to: string | Login, { max, name = 'reeve', settings = {}, copies = false, ahead = false }: PoolOptions): Sql {
  const pool = new pg.Pool({
    ...(typeof to === 'string' ? parseIntoClientConfig(to) : { ...to, ssl: false }),
    max,
    application_name: name,
    options: Object.entries({ TimeZone: 'UTC', ...settings })
      .map(([key, value]) => `-c ${key}=${value.replace(/[\\ ]/g, '\\$&')}`)
      .join(' '),
    types: asValues as typeof pg.types,
    pipeline: !copies,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT,
    idleTimeoutMillis: 0,
    maxLifetimeSeconds: LIFETIME,
  })
  const open = new Set<pg.PoolClient>()
  // That a connection is lost is told by the queries on it, and the pool replaces one that is idle.
  pool.on('error', () => {})
  pool.on('connect', (client) => void open.add(client.on('error', () => {})))
  pool.on('remove', (client) => void open.delete(client as pg.PoolClient))

  const acquire = () => pool.connect().catch((error: Error) => Promise.reject(errorOf(error, UNREACHABLE)))

  const send: Send = async (query) => {
    const client = await acquire()
    try {
      const rows = await request(client, query)
      client.release()
      return rows
    } catch (error) {
      // A text of several statements may have begun a transaction.
      client.release(isLost(error) || query.isPlain)
      throw error
    }
  }

  async function reserve<T>(fn: (db: TransactionSql) => PromiseLike<T>) {
    const client = await acquire()
    const { db, close, failed } = handleOn(client, copies)
    try {
      return await fn(db)
    } finally {
      await close()
      client.release(failed() !== undefined)
    }
  }

  async function transaction<T>(mode: string, fn: (db: TransactionSql) => PromiseLike<T>) {
    const client = await acquire()
    const { db, close, failed } = handleOn(client, copies)
    try {
      const begun = db.unsafe(`BEGIN ${mode}`).execute()
      if (!ahead) await begun
      const result = await fn(db)
      await close()
      if (failed()) throw failed()
      if (/read only/i.test(mode)) {
        // Nothing was changed, so nobody waits for the end.
        control(client, 'COMMIT').then(
          () => client.release(),
          () => client.release(true),
        )
        return result
      }
      const ended = await control(client, 'COMMIT')
      // Something that nobody waited for has failed, and the answer to COMMIT is ROLLBACK.
      if (ended !== 'COMMIT') throw failed() ?? new Error(`The transaction ended with ${ended}.`)
      client.release()
      return result
    } catch (error) {
      await close()
      const undone = await control(client, 'ROLLBACK').catch(() => undefined)
      client.release(undone === undefined || isLost(error))
      throw (error as { code?: string }).code === ABORTED ? failed() : error
    }
  }

  let ended: Promise<void> | undefined
  async function end(timeout: number) {
    const late = setTimeout(() => {
      for (const client of open) destroy(client)
    }, timeout * 1000)
    await pool.end()
    while (open.size > 0) await once(pool, 'remove')
    clearTimeout(late)
  }

  return Object.assign(tag(send), {
    begin: <T>(...given: [string, (db: TransactionSql) => PromiseLike<T>] | [(db: TransactionSql) => PromiseLike<T>]) =>
      given.length === 2 ? transaction(...given) : transaction('', given[0]),
    reserve,
    end: ({ timeout = 5 } = {}) => {
      ended ??= end(timeout)
      return ended
    },
  })
}

/** A handle on one connection that refuses everything once it is closed, and the first error of its queries. */
function handleOn(client: pg.PoolClient, copies: boolean) {
  let closed = false
  let first: Error | undefined
  let last: Promise<unknown> = Promise.resolve()
  const send: Send = (query) => {
    if (closed) return Promise.reject(new Error('The transaction of this handle has ended.'))
    const sent = copies ? last.then(() => request(client, query)) : request(client, query)
    last = sent.catch((error: Error) => {
      first ??= error
    })
    return sent
  }
  return {
    db: Object.assign(tag(send), { copy: (text: string) => client.query(copyFrom(text)) }),
    failed: () => first,
    async close() {
      closed = true
      if (copies) await last
    },
  }
}

/** Texts that have the name of a prepared statement. Those made of parts are countless, and only the first ones get a name. */
const names = new Map<string, string>()
const MOST = 300
let composed = 0

function nameOf({ text, isComposed }: Statement): string | undefined {
  const known = names.get(text)
  if (known !== undefined || (isComposed && ++composed > MOST)) return known
  const name = `reeve_${names.size}`
  names.set(text, name)
  return name
}

/** Sends it at once; what was sent on the connection before is answered before. */
function request<T>(client: pg.PoolClient, query: Query<T>): Promise<Rows<T>> {
  return new Promise((resolve, reject) => {
    const statement = new Statement()
    query.write(statement)
    const { text, values } = statement
    const how = !query.isPlain && { name: nameOf(statement), queryMode: 'extended' }
    const config = { text, values, ...how, ...(query.isRaw && { rowMode: 'array', types: asBytes }) }
    client.query(config, (error: Error | null, result: pg.QueryResult | pg.QueryResult[]) =>
      error ? reject(errorOf(error)) : resolve(rowsOf(result) as Rows<T>),
    )
  })
}

/** Of several statements the rows of all. */
function rowsOf(result: pg.QueryResult | pg.QueryResult[]) {
  const rows = Array.isArray(result) ? result.flatMap((one) => one.rows) : result.rows
  return Object.defineProperty(rows, 'count', { value: Array.isArray(result) ? rows.length : (result.rowCount ?? 0) })
}

/** BEGIN, COMMIT or ROLLBACK; resolves with what PostgreSQL did. */
const control = (client: pg.PoolClient, text: string) =>
  client.query(text).then(
    ({ command }) => command,
    (error: Error) => Promise.reject(errorOf(error)),
  )

const destroy = (client: pg.PoolClient) =>
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
