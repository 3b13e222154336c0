/** Sends statements on one connection, and makes handles that are valid as long as their transaction. */
import { debuglog } from 'node:util'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { failureOf } from '../lib/tracing.ts'
import { errorOf } from './errors.ts'
import { type Query, type Rows, type Send, Statement, tag } from './sql.ts'
import { startStatement } from './statement-spans.ts'
import { asBytes } from './types.ts'

/** Makes a handle on one connection that rejects everything once it is closed, and records the first error of its queries. */
export function handleOn(client: pg.PoolClient, copies: boolean, deadline: number) {
  let closed = false
  let first: Error | undefined
  let last: Promise<unknown> = Promise.resolve()
  const send: Send = (query) => {
    if (closed) return Promise.reject(new Error('The transaction of this handle has ended.'))
    const sent = copies ? last.then(() => request(client, query, deadline)) : request(client, query, deadline)
    last = sent.catch((error: Error) => {
      first ??= error
    })
    return sent
  }
  return {
    db: Object.assign(tag(send), {
      copy: (text: string) => client.query(copyFrom(text)),
      copyOut: (text: string) => client.query(copyTo(text)),
    }),
    failed: () => first,
    async close() {
      closed = true
      if (copies) await last
    },
  }
}

/** Texts with a named prepared statement. The number of composed texts is unbounded, so only the first ones get a name. */
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

/** NODE_DEBUG=sql prints each statement, without its values: they may be secrets. */
const logSql = debuglog('sql')

/** Sends the query at once; results arrive in the order of sending. If one is late, the connection is given up. */
export function request<T>(client: pg.PoolClient, query: Query<T>, deadline: number): Promise<Rows<T>> {
  return new Promise((resolve, reject) => {
    const statement = new Statement()
    query.write(statement)
    const { text, values } = statement
    if (logSql.enabled) logSql('%s', text)
    const how = !query.isPlain && { name: nameOf(statement), queryMode: 'extended' }
    const config = { text, values, query_timeout: deadline, ...how, ...(query.isRaw && { rowMode: 'array', types: asBytes }) }
    const span = startStatement(text, query.isPlain)
    gather(client)
    client.query(config, (error: Error | null, result: pg.QueryResult | pg.QueryResult[]) => {
      span?.end(error ? failureOf(error) : undefined)
      if (error) reject(errorOf(error))
      else resolve(rowsOf(result) as Rows<T>)
    })
  })
}

/**
 * What is sent on the connection until all that is ready to run has run leaves in one write: a write of its own for each statement took a third of
 * what a change costs this process. The tick comes after all microtasks, in which queries are sent.
 */
function gather({ connection: { stream } }: pg.PoolClient) {
  if (stream.writableCorked > 0) return
  stream.cork()
  queueMicrotask(() => process.nextTick(() => stream.uncork()))
}

/** Collects the rows of all statements. */
function rowsOf(result: pg.QueryResult | pg.QueryResult[]) {
  const rows = Array.isArray(result) ? result.flatMap((one) => one.rows) : result.rows
  return Object.defineProperty(rows, 'count', { value: Array.isArray(result) ? rows.length : (result.rowCount ?? 0) })
}

/** Sends COMMIT or ROLLBACK, and resolves with what PostgreSQL did. */
export function end(client: pg.PoolClient, text: 'COMMIT' | 'ROLLBACK', deadline: number): Promise<string> {
  const span = startStatement(text)
  gather(client)
  return client.query({ text, query_timeout: deadline } as pg.QueryConfig).then(
    ({ command }) => {
      span?.end()
      return command
    },
    (error: Error) => {
      span?.end(failureOf(error))
      return Promise.reject(errorOf(error))
    },
  )
}
