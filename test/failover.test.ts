/**
 * A primary dies with a synchronous standby beside it: Reeve, which is given both, goes on with the one that is promoted. What was
 * acknowledged is there, once; what was not says 503; no request hangs.
 */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { accountFor } from '../src/db/embedded/account.ts'
import { clusterProcesses } from '../src/db/embedded/processes.ts'
import { findPrograms, runAs, runProgram, spawnProgram } from '../src/db/embedded/programs.ts'
import { openPool } from '../src/db/pool.ts'
import { reeve as runReeve } from './command.ts'
import { freePort, startDemo } from './demo-server.ts'
import { until } from './until.ts'

const skip = process.env.DATABASE_URL
  ? 'DATABASE_URL is set, and that database is not ours to kill'
  : process.platform !== 'linux' && 'needs /proc of Linux'

const WRITERS = 6
/** Milliseconds within which every request has its answer: ten to get a connection, fifteen for a commit, and some to spare. */
const DEADLINE = 30_000

test('a standby takes over: what was acknowledged is there once, and no request hangs', { skip, timeout: 240_000 }, async (t) => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'reeve-failover-')))
  chmodSync(base, 0o755)
  const ports = [await freePort(), await freePort()] as const
  const urls = ports.map((port) => `postgres://postgres@127.0.0.1:${port}/postgres`)
  const databaseUrl = `postgres://reeve@${ports.map((port) => `127.0.0.1:${port}`).join(',')}/reeve`
  const programs = await runAs(findPrograms(), accountFor(undefined))
  const folders = ['first', 'second'].map((name) => join(base, name)) as [string, string]
  const [first, second] = folders
  after(() => {
    killClusters(folders)
    rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  })
  const own = (path: string) => programs.account && chownSync(path, programs.account.uid, programs.account.gid)
  const startCluster = async (n: 0 | 1) => {
    const child = spawnProgram(programs, 'postgres', folders[n], (folder) => ['-D', folder], { detached: true })
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said = (said + chunk).slice(-5000)
    })
    await until('PostgreSQL answers', () => {
      assert.equal(child.exitCode, null, said)
      return ask(urls[n] as string, 'SELECT 1').then(Boolean, () => false)
    })
  }

  mkdirSync(first, { mode: 0o700 })
  own(first)
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--lc-ctype=C.UTF-8']
  await runProgram(programs, 'initdb', first, (folder) => ['-D', folder, '-U', 'postgres', '--auth=trust', '--no-sync', ...locale])
  const settings = `listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\n`
  appendFileSync(join(first, 'postgresql.conf'), `${settings}port = ${ports[0]}\n`)
  await startCluster(0)
  await ask(urls[0] as string, 'CREATE ROLE reeve LOGIN')
  await ask(urls[0] as string, 'CREATE DATABASE reeve OWNER reeve')
  const data = join(base, 'reeve')
  await (await startDemo(data, { DATABASE_URL: databaseUrl })).stop()

  // The standby is a copy of the primary at rest.
  await runProgram(programs, 'pg_ctl', first, (folder) => ['stop', '-D', folder, '-m', 'fast'])
  cpSync(first, second, { recursive: true, preserveTimestamps: true })
  chmodSync(second, 0o700)
  copyOwners(second, own)
  writeFileSync(join(second, 'standby.signal'), '')
  own(join(second, 'standby.signal'))
  const upstream = `host=127.0.0.1 port=${ports[0]} user=postgres application_name=second`
  appendFileSync(join(second, 'postgresql.conf'), `port = ${ports[1]}\nprimary_conninfo = '${upstream}'\n`)
  await startCluster(0)
  await startCluster(1)
  await ask(urls[0] as string, `ALTER SYSTEM SET synchronous_standby_names = 'second'`)
  await ask(urls[0] as string, 'SELECT pg_reload_conf()')
  await until('the standby is synchronous', async () => {
    const [row] = await ask(urls[0] as string, `SELECT count(*)::int AS n FROM pg_stat_replication WHERE sync_state = 'sync'`)
    return row?.n === 1
  })

  const reeve = await startDemo(data, { DATABASE_URL: databaseUrl, REEVE_LOG: 'fatal' })
  const all: { id: number; deleted: boolean; user_type: string }[] = (await reeve.ask('GET', '/iam/users?limit=60')).body.results
  const users = all.filter(({ deleted, user_type }) => !deleted && user_type === 'common').slice(0, WRITERS)
  assert.equal(users.length, WRITERS)

  const acknowledged: { id: number; name: string }[] = []
  const statuses = new Map<number, number>()
  let slowest = 0
  const ending = new AbortController()
  async function write({ id }: { id: number }) {
    for (let n = 0; !ending.signal.aborted; n++) {
      const name = `Writer of ${id}, ${n}`
      const began = performance.now()
      const { status } = await reeve.ask('PATCH', `/iam/users/${id}`, { name })
      slowest = Math.max(slowest, performance.now() - began)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      assert.ok([200, 503].includes(status), `a change was answered with ${status}`)
      if (status === 200) acknowledged.push({ id, name })
      else await delay(20)
    }
  }
  const writing = Promise.all(users.map(write))
  const unlessFailed = <T>(waited: Promise<T>) => Promise.race([writing.then(() => waited), waited])
  try {
    await unlessFailed(until('changes are acknowledged', () => acknowledged.length > 40))
    killClusters([first])
    const before = acknowledged.length
    await unlessFailed(delay(500))
    await ask(urls[1] as string, 'SELECT pg_promote()')
    const promoted = performance.now()
    await unlessFailed(until('changes go on with the standby', () => acknowledged.length > before + 40))
    t.diagnostic(`${before} changes before, the next ones within ${Math.round(performance.now() - promoted)} ms of the promotion`)
  } finally {
    ending.abort()
  }
  await writing
  t.diagnostic(`answers by status: ${JSON.stringify(Object.fromEntries(statuses))}, the slowest after ${Math.round(slowest)} ms`)
  assert.ok(slowest < DEADLINE, `a request took ${slowest} ms`)

  const rows = await ask(
    `postgres://postgres@127.0.0.1:${ports[1]}/reeve`,
    `SELECT path, data::json ->> 'name' AS name, count(*)::int AS times FROM activity
     WHERE action = 'updateUser' AND status_code = 200 AND data::json ->> 'name' LIKE 'Writer of %' GROUP BY 1, 2`,
  )
  const recorded = new Map(rows.map(({ name, path, times }) => [name, { path, times }]))
  for (const { id, name } of acknowledged)
    assert.deepEqual(recorded.get(name), { path: `/iam/users/${id}`, times: 1 }, `${name} was acknowledged: it is recorded once, as itself`)
  for (const { id } of users) {
    const names = rows.filter(({ path }) => path === `/iam/users/${id}`).map(({ name }) => Number(name.split(', ')[1]))
    const { body } = await reeve.ask('GET', `/iam/users/${id}`)
    assert.equal(body.name, `Writer of ${id}, ${Math.max(...names)}`, 'the user has the last name that is recorded')
  }
  assert.equal((await reeve.ask('GET', '/readyz')).status, 200)
  const check = await runReeve(['check'], { REEVE_DATA: data, DATABASE_URL: databaseUrl })
  assert.equal(check.code, 0, `the read model is that of the records: ${check.stdout}${check.stderr}`)
  await reeve.stop()
})

async function ask(url: string, statement: string) {
  const sql = openPool(url, { max: 1, settings: { 'reeve.scope': 'system' } })
  try {
    return await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

function killClusters(folders: readonly string[]) {
  for (const folder of folders)
    for (const pid of clusterProcesses(folder)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended with its postmaster.
      }
    }
}

function copyOwners(folder: string, own: (path: string) => void) {
  own(folder)
  for (const path of readdirSync(folder, { recursive: true }) as string[]) own(join(folder, path))
}
