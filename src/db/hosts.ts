/** Connects to the primary, wherever it is, if DATABASE_URL names several servers. */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { parse, toClientConfig } from 'pg-connection-string'
import { urlsOf } from '../lib/database-url.ts'
import { ConnectionError, isRefusal, UNREACHABLE } from './errors.ts'
import { type Primary, watchPrimary } from './primary.ts'

/** Address and credentials of a connection. `host` is the folder of a Unix socket, or a name or address. */
export interface Login {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** Milliseconds to wait for a primary: until Patroni has replaced one that is lost, with a ttl of 20 seconds at most. */
const FAILOVER = 25_000
/** Milliseconds that one of several hosts has to accept a connection, and to report whether it accepts writes. */
const ANSWER = 3000
const PAUSE = 100
/**
 * Milliseconds that connections in use keep when another server is the primary: until every server of ours knows that, so that who tries again is not
 * refused twice.
 */
const LEAVE = 500

type Placed<T> = T & { place: number }

interface Servers {
  hosts: pg.ClientConfig[]
  primary: Primary
  clients: Set<Placed<pg.Client>>
  pools: number
  say: (line: string) => void
}
/** By DATABASE_URL: all pools share what is known of its servers. */
const known = new Map<string, Servers>()

function join(url: string, hosts: pg.ClientConfig[]): Servers {
  const there = known.get(url)
  if (there) {
    there.pools++
    return there
  }
  const clients: Servers['clients'] = new Set()
  /** On the others statements would wait for a server that hangs, or read what has been replaced. */
  const leaveOthers = () => {
    for (const client of clients) if (client.place !== primary.last) streamOf(client).destroy()
  }
  const primary = watchPrimary(hosts, (place) => {
    if (place === undefined) return servers.say('No host of DATABASE_URL is a primary. Requests wait for one.')
    const { host, port } = hosts[place] ?? {}
    servers.say(`The primary is ${host}:${port ?? 5432}.`)
    setTimeout(leaveOthers, LEAVE).unref()
  })
  const servers: Servers = { hosts, primary, clients, pools: 1, say: () => {} }
  known.set(url, servers)
  return servers
}

async function leave(url: string) {
  const servers = known.get(url)
  if (!servers || --servers.pools > 0) return
  known.delete(url)
  await servers.primary.close()
}

export interface Reach {
  /** Options for a pool. */
  options: pg.PoolConfig
  /** Gets a connection by `once`, or several tries of it. */
  connect: (once: () => Promise<pg.PoolClient>) => Promise<pg.PoolClient>
  /** A connection was lost, or did not answer in time. */
  doubt: (client: pg.PoolClient) => void
  /** After the last connection. */
  close: () => Promise<void>
}

const direct = { connect: (once: () => Promise<pg.PoolClient>) => once(), doubt: () => {}, close: async () => {} }

export function reach(to: string | Login): Reach {
  if (typeof to !== 'string') return { ...direct, options: { ...to, ssl: false } }
  const all = (urlsOf(to) ?? []).map(optionsOf)
  if (all.length === 1) return { ...direct, options: all[0] as pg.PoolConfig }
  const { hosts, primary, clients } = join(to, all)
  const given = hosts[0]?.options === undefined ? {} : { options: hosts[0].options }

  /** The pool creates one for each connection. */
  class Client extends pg.Client {
    readonly place: number
    constructor(options?: pg.ClientConfig) {
      super({ ...hosts[primary.last], ...options, connectionTimeoutMillis: ANSWER })
      this.place = primary.last
      clients.add(this)
      this.once('end', () => clients.delete(this))
    }
  }

  async function onConnect(client: pg.ClientBase) {
    const question = { text: 'SELECT pg_is_in_recovery() AS standby', query_timeout: ANSWER }
    const { rows } = await client.query<{ standby: boolean }>(question)
    if (rows[0]?.standby) throw new ConnectionError(UNREACHABLE, new Error('The server is a standby.'))
  }

  async function connect(once: () => Promise<pg.PoolClient>): Promise<pg.PoolClient> {
    for (const end = performance.now() + FAILOVER; ; await delay(PAUSE)) {
      const host = await primary.find(end - performance.now())
      try {
        for (;;) {
          const client = (await once()) as Placed<pg.PoolClient>
          if (client.place === primary.last) return client
          client.release(true)
        }
      } catch (error) {
        if (performance.now() > end || isBusy(error) || isRefusal(error)) throw error
        primary.doubt(host)
      }
    }
  }

  const doubt = (client: pg.PoolClient) => primary.doubt((client as Placed<pg.PoolClient>).place)
  return { options: { ...given, Client: Client as new () => pg.ClientBase, onConnect }, connect, doubt, close: () => leave(to) }
}

/** Resolves once connections can be had, if DATABASE_URL names several servers and a pool for it is open. */
export async function untilPrimary(to: string | Login): Promise<void> {
  if (typeof to === 'string') await known.get(to)?.primary.find(FAILOVER)
}

/** Has `say` told when the primary is lost or another. */
export function reportPrimary(to: string | Login, say: (line: string) => void): void {
  const servers = typeof to === 'string' ? known.get(to) : undefined
  if (servers) servers.say = say
}

/** All connections of the pool are taken. */
const isBusy = (error: unknown) => (error as Error).message === 'timeout exceeded when trying to connect'

const streamOf = (client: object) => (client as pg.PoolClient).connection.stream

/** Interprets sslmode as libpq does. */
function optionsOf(url: URL): pg.ClientConfig {
  url.searchParams.delete('uselibpqcompat')
  return toClientConfig(parse(url.href, { useLibpqCompat: true }))
}
