/** What one request costs in time of a core, WAL and disk: docs/capacity.md computes with it what a machine carries. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { clusterProcesses } from '../../src/db/embedded/processes.ts'
import { openPair, urlOf } from '../../test/replication.ts'
import { asker, uncached } from '../asking.ts'
import { nextName, people, renaming } from '../changes.ts'
import { cannon } from '../load.ts'
import { closeWorld, type Measure, type Stage, type World } from '../stage.ts'
import type { Row } from '../table.ts'

const CONNECTIONS = 8
const SIGN_INS = 20
/** So few that all are renamed in the warm-up: the first change of a page after a checkpoint writes the whole page to the WAL. */
const PEOPLE = 200

/** Runs for some seconds, and resolves with the number of requests done. */
type Work = (world: World, seconds: number) => Promise<number>

const pages =
  (path: string, isCached = false): Work =>
  async ({ url, headers }, seconds) => {
    const how = isCached ? {} : { path: () => uncached(path) }
    return (await cannon({ url: url + path, headers, connections: CONNECTIONS, ...how }, seconds)).perSecond * seconds
  }

const renames: Work = async (world, seconds) => {
  const some = await people(world, PEOPLE)
  let done = 0
  const until = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, n) => {
      const ask = asker(world)
      const { rename } = await renaming(world, ask)
      for (let turn = n; performance.now() < until; turn += CONNECTIONS) {
        const person = some[turn % some.length] as (typeof some)[number]
        person.name = nextName(person.name)
        await rename(person, person.name)
        done++
      }
      ask.close()
    }),
  )
  return done
}

const signIns: Work = async (world) => {
  const ask = asker({ ...world, headers: {} as World['headers'] })
  const { email: username, password } = world.shown.clients[0] as World['shown']['clients'][number]
  for (let n = 0; n < SIGN_INS; n++) {
    const { status } = await ask('/iam/auth/jwt/login', { method: 'POST', body: { username, password } })
    if (status !== 200) throw new Error(`A sign-in was answered with ${status}.`)
  }
  ask.close()
  return SIGN_INS
}

const works: [string, Work][] = [
  ['/iam/clients?limit=100, not cached', pages('/iam/clients?limit=100')],
  ['/iam/clients?limit=20, not cached', pages('/iam/clients?limit=20')],
  ['/iam/clients?limit=20, cached', pages('/iam/clients?limit=20', true)],
  ['rename of a user', renames],
  ['sign-in with a password', signIns],
]

/** Seconds of a core that the processes have used since they began. */
function cpuOf(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It has ended.
    }
  }
  return ticks / TICKS
}
const TICKS = process.platform === 'linux' ? Number(execFileSync('getconf', ['CLK_TCK'])) : 100

/** The server and the processes that it has started, but for PostgreSQL's. */
function processesOf(pid: number, but: ReadonlySet<number>): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.filter((one) => !but.has(one)).flatMap((one) => processesOf(one, but))]
}

/** The processes that one piece of work may use, by name. */
type Parts = Record<string, () => number[]>

/** A row for each work: the seconds of a core that each part used for one request, and the WAL. */
async function costsOf(world: World, those: typeof works, parts: Parts, { seconds, rounds }: Stage, how = ''): Promise<Row[]> {
  const rows: Row[] = []
  const state = async () => {
    const used = Object.values(parts).map((pids) => cpuOf(pids()))
    const [row] = await world.sql<{ wal: number }[]>`SELECT (pg_current_wal_insert_lsn() - '0/0')::float8 AS wal`
    return { used, wal: row?.wal ?? 0 }
  }
  for (const [work, run] of those) {
    await run(world, seconds) // connections are open, code is compiled
    const before = await state()
    const done = await run(world, seconds * rounds)
    const after = await state()
    const ms = after.used.map((used, n) => (1000 * (used - (before.used[n] ?? 0))) / done)
    const shares = Object.keys(parts).map((name, n) => `${name} ${ms[n]?.toFixed(2)} ms`)
    const wal = (after.wal - before.wal) / done / 1024
    rows.push({
      work: `${work}${how}: time of a core`,
      figure: ms.reduce((sum, one) => sum + one, 0),
      unit: 'ms',
      remark: `${shares.join(', ')}; WAL ${wal.toFixed(1)} KB; ${Math.round(done)} done`,
    })
  }
  return rows
}

function partsOf({ login, child }: World): Parts {
  const postgres = () => clusterProcesses(login.host)
  return { server: () => processesOf(child.pid, new Set(postgres())), PostgreSQL: postgres }
}

export const costs: Measure = {
  name: 'costs of a request',
  async run(world, stage) {
    if (process.platform !== 'linux') return []
    const rows = await costsOf(world, works, partsOf(world), stage)
    const [row] = await world.sql<{ bytes: number }[]>`SELECT pg_database_size(current_database())::float8 AS bytes`
    rows.push({ work: 'disk of the database', figure: (row?.bytes ?? 0) / world.clients / 1024, unit: 'KB an account' })
    return rows
  },
}

/** The same with a standby that serves reads, beside the same without: what leaves the primary, and what replay takes. */
export const standbyCosts: Measure = {
  name: 'with a standby',
  async run(world, stage) {
    if (process.platform !== 'linux') return []
    let close = () => {}
    try {
      const { base, first, second } = await openPair('bench', (fn) => {
        close = fn
      })
      await second.start()
      const login = { host: '127.0.0.1', port: first.port, user: 'reeve', password: '', database: 'reeve' }
      const rows: Row[] = []
      for (const replica of [undefined, urlOf(second)]) {
        const settings = { DATABASE_URL: urlOf(first), ...(replica && { DATABASE_REPLICA_URL: replica }) }
        const there = await stage.beside(world, { data: join(base, 'data'), login, settings })
        const clusters = { primary: () => clusterProcesses(first.folder), standby: () => clusterProcesses(second.folder) }
        const parts = { server: () => processesOf(there.child.pid, new Set()), ...clusters }
        rows.push(...(await costsOf(there, works.slice(0, -1), parts, stage, `, ${replica ? 'read from' : 'beside'} a standby`)))
        await closeWorld(there)
      }
      return rows
    } finally {
      close()
    }
  },
}
