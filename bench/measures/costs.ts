/** What one request costs in time of a core, WAL and disk: docs/capacity.md computes with it what a machine carries. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { clusterProcesses } from '../../src/db/embedded/processes.ts'
import { asker, uncached } from '../asking.ts'
import { nextName, people, renaming } from '../changes.ts'
import { cannon } from '../load.ts'
import type { Measure, World } from '../stage.ts'
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

export const costs: Measure = {
  name: 'costs of a request',
  async run(world, { seconds, rounds }) {
    if (process.platform !== 'linux') return []
    const rows: Row[] = []
    const state = async () => {
      const postgres = clusterProcesses(world.login.host)
      const server = processesOf(world.child.pid, new Set(postgres))
      const [row] = await world.sql<{ wal: number }[]>`SELECT (pg_current_wal_insert_lsn() - '0/0')::float8 AS wal`
      return { database: cpuOf(postgres), server: cpuOf(server), wal: row?.wal ?? 0 }
    }
    for (const [work, run] of works) {
      await run(world, seconds) // connections are open, code is compiled
      const before = await state()
      const done = await run(world, seconds * rounds)
      const after = await state()
      const ms = (of: 'database' | 'server') => (1000 * (after[of] - before[of])) / done
      const wal = (after.wal - before.wal) / done / 1024
      rows.push({
        work: `${work}: time of a core`,
        figure: ms('server') + ms('database'),
        unit: 'ms',
        remark: `server ${ms('server').toFixed(2)} ms, PostgreSQL ${ms('database').toFixed(2)} ms; WAL ${wal.toFixed(1)} KB; ${Math.round(done)} done`,
      })
    }
    const [row] = await world.sql<{ bytes: number }[]>`SELECT pg_database_size(current_database())::float8 AS bytes`
    rows.push({ work: 'disk of the database', figure: (row?.bytes ?? 0) / world.clients / 1024, unit: 'KB an account' })
    return rows
  },
}
