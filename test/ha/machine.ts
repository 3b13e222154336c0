/** One machine of PostgreSQL under Patroni, as deploy/ha/patroni.yml says, and what can happen to it. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { clusterProcesses } from '../../src/db/embedded/processes.ts'
import { openPool } from '../../src/db/pool.ts'
import { freePort } from '../demo-server.ts'
import { root, type Stage, signalAll } from './stage.ts'

/** What Patroni tells of a member. */
export interface Member {
  name: string
  role: string
  state: string
  timeline: number
}

export interface Machine {
  name: string
  port: number
  api: string
  /** Starts Patroni, which starts PostgreSQL. */
  start(): void
  /** All processes of PostgreSQL and Patroni get a signal, as when the machine loses power or hangs. */
  signal(signal: NodeJS.Signals, only?: 'patroni' | 'postgres'): void
  /** Runs statements as PostgreSQL's superuser. */
  ask(text: string, database?: string): Promise<Record<string, unknown>[]>
  /** Whether PostgreSQL answers and accepts writes. */
  isPrimary(): Promise<boolean>
  /** What Patroni and PostgreSQL have logged from this character on. */
  log(from?: number): string
}

export const PASSWORD = 'only-for-this-test'
export const authorization = `Basic ${Buffer.from(`patroni:${PASSWORD}`).toString('base64')}`

export async function createMachine(stage: Stage, name: string, etcd: string): Promise<Machine> {
  const [port, apiPort] = [await freePort(), await freePort()]
  const folder = join(stage.base, name)
  const env = {
    PATRONI_NAME: name,
    PATRONI_ETCD3_HOSTS: etcd,
    PATRONI_RESTAPI_LISTEN: `127.0.0.1:${apiPort}`,
    PATRONI_RESTAPI_CONNECT_ADDRESS: `127.0.0.1:${apiPort}`,
    PATRONI_RESTAPI_USERNAME: 'patroni',
    PATRONI_RESTAPI_PASSWORD: PASSWORD,
    PATRONI_POSTGRESQL_LISTEN: `127.0.0.1:${port}`,
    PATRONI_POSTGRESQL_CONNECT_ADDRESS: `127.0.0.1:${port}`,
    PATRONI_POSTGRESQL_BIN_DIR: stage.postgres,
    PATRONI_POSTGRESQL_DATA_DIR: folder,
    PATRONI_POSTGRESQL_PGPASS: join(stage.base, `${name}.pgpass`),
    PATRONI_SUPERUSER_PASSWORD: PASSWORD,
    PATRONI_REPLICATION_PASSWORD: PASSWORD,
    PATRONI_REWIND_PASSWORD: PASSWORD,
  }
  let patroni: ChildProcess | undefined
  const ask = async (text: string, database = 'reeve') => {
    const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`
    const sql = openPool(url, { max: 1, settings: { 'reeve.scope': 'system' }, deadline: 5000 })
    try {
      return await sql.unsafe(text)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
  return {
    name,
    port,
    api: `http://127.0.0.1:${apiPort}`,
    start() {
      patroni = stage.spawn(name, 'patroni', [join(root, 'deploy/ha/patroni.yml')], env)
    },
    signal(signal, only) {
      // Patroni first, which would start PostgreSQL again.
      if (only !== 'postgres' && patroni?.pid) signalAll([patroni.pid], signal)
      if (only !== 'patroni') signalAll(clusterProcesses(folder), signal)
    },
    ask,
    isPrimary: () =>
      ask('SELECT pg_is_in_recovery() AS standby', 'postgres').then(
        ([row]) => row?.standby === false,
        () => false,
      ),
    log: (from = 0) => readFileSync(join(stage.base, `${name}.log`), 'utf8').slice(from),
  }
}

/** What Patroni knows of all machines, asked of any that answers. */
export async function membersOf(machines: Machine[]): Promise<Member[]> {
  for (const { api } of machines) {
    try {
      const answer = await fetch(`${api}/cluster`, { signal: AbortSignal.timeout(1000) })
      return ((await answer.json()) as { members: Member[] }).members
    } catch {
      // It is down or hangs: another is asked.
    }
  }
  return []
}
