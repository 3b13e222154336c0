/** Chooses the server of a connection if there are several: the last one that accepted writes, else the next. */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { parse, toClientConfig } from 'pg-connection-string'
import { urlsOf } from '../lib/database-url.ts'
import { ConnectionError, UNREACHABLE } from './errors.ts'

/** Address and credentials of a connection. `host` is the folder of a Unix socket, or a name or address. */
export interface Login {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** Milliseconds that one of several hosts has to accept a connection, and to report whether it accepts writes. */
const ANSWER = 3000
const PAUSE = 100

/** The index of the last host found, by DATABASE_URL: all pools share it. */
const found = new Map<string, number>()

/** Returns options for a pool, and a function that gets a connection within a number of milliseconds by retrying `once`. */
export function reach(to: string | Login): {
  options: pg.PoolConfig
  connect: <T>(once: () => Promise<T>, deadline: number) => Promise<T>
} {
  if (typeof to !== 'string') return { options: { ...to, ssl: false }, connect: (once) => once() }
  const hosts = (urlsOf(to) ?? []).map(optionsOf)
  if (hosts.length === 1) return { options: hosts[0] as pg.PoolConfig, connect: (once) => once() }
  const given = hosts[0]?.options === undefined ? {} : { options: hosts[0].options }
  const current = () => found.get(to) ?? 0

  /** The pool creates one for each connection. */
  class Client extends pg.Client {
    constructor(options?: pg.ClientConfig) {
      super({ ...hosts[current()], ...options, connectionTimeoutMillis: ANSWER })
    }
  }

  async function onConnect(client: pg.ClientBase) {
    const question = { text: 'SELECT pg_is_in_recovery() AS standby', query_timeout: ANSWER }
    const { rows } = await client.query<{ standby: boolean }>(question)
    if (rows[0]?.standby) throw new ConnectionError(UNREACHABLE, new Error('The server is a standby.'))
  }

  /** A failed host moves all pools on to the next one. */
  async function connect<T>(once: () => Promise<T>, deadline: number): Promise<T> {
    const until = performance.now() + deadline
    for (let tries = 1; ; tries++) {
      const at = current()
      try {
        return await once()
      } catch (error) {
        if (performance.now() > until || /^(28|3D)/.test((error as { code?: string }).code ?? '')) throw error
        if (current() === at) found.set(to as string, (at + 1) % hosts.length)
        if (tries % hosts.length === 0) await delay(PAUSE)
      }
    }
  }

  return { options: { ...given, Client: Client as new () => pg.ClientBase, onConnect }, connect }
}

/** Interprets sslmode as libpq does. */
function optionsOf(url: URL): pg.ClientConfig {
  url.searchParams.delete('uselibpqcompat')
  return toClientConfig(parse(url.href, { useLibpqCompat: true }))
}
