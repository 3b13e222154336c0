/** A database that hangs, waits for a lost standby, or has no space left: everybody gets an answer, and everything goes on afterwards. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { clusterProcesses } from '../src/db/embedded/processes.ts'
import { openPool } from '../src/db/pool.ts'
import { readConfig } from '../src/lib/config.ts'
import { startDemo } from './demo-server.ts'
import { outsideDatabase } from './outside.ts'
import { until } from './until.ts'

const skip = process.env.DATABASE_URL
  ? 'DATABASE_URL is set, and that database is not ours to stop'
  : process.platform !== 'linux' && 'needs /proc of Linux'
const asRoot = skip || (process.geteuid?.() !== 0 && 'needs root, for a disk of its own')

test('of several hosts the one that takes writes is used, wherever it stands', async () => {
  const url = await outsideDatabase()
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as { port: number }
  closed.close()
  const several = (first: string, ...rest: string[]) => url.replace(/@[^/]*/, `@${[first, ...rest].join(',')}`)
  const there = new URL(url).host
  for (const to of [several(`127.0.0.1:${port}`, there), several(there, `127.0.0.1:${port}`)]) {
    const sql = openPool(to, { max: 2 })
    assert.equal((await sql`SELECT 1 AS one`)[0]?.one, 1)
    await sql.end()
  }
  const nobody = openPool(several(`127.0.0.1:${port}`, `127.0.0.1:${port}`), { max: 1 })
  const began = performance.now()
  await assert.rejects(async () => void (await nobody`SELECT 1`), { code: 'ECONNREFUSED' })
  assert.ok(performance.now() - began < 40_000)
  await nobody.end()
})

test('DATABASE_URL takes several hosts, and no other than the primary', () => {
  const read = (url: string) => readConfig({ DATABASE_URL: url }).databaseUrl
  for (const url of ['postgres://u:p@one,two:5433/db', 'postgresql://u:p@[::1]:5432,two/db?target_session_attrs=primary'])
    assert.equal(read(url), url)
  for (const wanted of ['any', 'read-write', 'read-only', 'standby', 'prefer-standby'])
    assert.throws(() => read(`postgres://u:p@one,two/db?target_session_attrs=${wanted}`), /no target_session_attrs but primary/)
})

test('DATABASE_REPLICA_URL takes standbys of a DATABASE_URL', () => {
  const read = (url: string, primary = 'postgres://u:p@one/db') =>
    readConfig({ DATABASE_REPLICA_URL: url, DATABASE_URL: primary }).replicaUrl
  assert.equal(read(''), undefined)
  for (const url of ['postgres://u:p@two/db', 'postgres://u:p@two,three:5433/db?target_session_attrs=standby']) assert.equal(read(url), url)
  for (const wanted of ['any', 'primary', 'read-only', 'prefer-standby'])
    assert.throws(() => read(`postgres://u:p@two/db?target_session_attrs=${wanted}`), /no target_session_attrs but standby/)
  assert.throws(() => read('two'), /DATABASE_REPLICA_URL is not usable/)
  assert.throws(() => read('postgres://u:p@two/db', ''), /needs a DATABASE_URL/)
})

test('a database that hangs is waited for ten seconds, and /readyz says so within one', { skip, timeout: 120_000 }, async () => {
  const reeve = await start()
  const [user] = (await reeve.ask('GET', '/iam/users?limit=1')).body.results
  const cluster = join(reeve.data, 'postgres')
  const stopped = clusterProcesses(cluster)
  for (const pid of stopped) process.kill(pid, 'SIGSTOP')
  try {
    const timed = async (limit: number, ...ask: Parameters<typeof reeve.ask>) => {
      const began = performance.now()
      const { status } = await reeve.ask(...ask)
      const took = performance.now() - began
      assert.equal(status, 503, ask.join(' '))
      assert.ok(took < limit, `${ask.join(' ')} was answered after ${took} ms`)
    }
    await Promise.all([
      timed(2000, 'GET', '/readyz'),
      timed(14_000, 'GET', '/iam/users/me'),
      timed(14_000, 'PATCH', `/iam/users/${user.id}`, { name: 'Nobody' }),
      timed(29_000, 'GET', '/iam/clients?limit=1&offset=1'),
    ])
    await timed(2000, 'GET', '/readyz')
  } finally {
    for (const pid of stopped) process.kill(pid, 'SIGCONT')
  }
  await until('it is ready again', async () => (await reeve.ask('GET', '/readyz')).status === 200)
  assert.equal((await reeve.ask('PATCH', `/iam/users/${user.id}`, { name: 'Somebody' })).status, 200)
  await reeve.stop()
})

test('a commit that waits for a lost standby is waited for fifteen seconds, and others get their answers', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const reeve = await start()
  const all: { id: number; deleted: boolean; user_type: string }[] = (await reeve.ask('GET', '/iam/users?limit=40')).body.results
  const users = all.filter(({ deleted, user_type }) => !deleted && user_type === 'common')
  const [user] = users
  assert.ok(user)
  const admin = reeve.admin()
  after(() => admin.end({ timeout: 1 }))
  async function read(seconds: number) {
    const end = performance.now() + seconds * 1000
    let reads = 0
    for (; performance.now() < end; reads++) assert.equal((await reeve.ask('GET', `/iam/clients?limit=1&offset=${reads % 7}`)).status, 200)
    return reads / seconds
  }
  await read(2)
  const before = await read(4)
  await admin.unsafe(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
  await admin`SELECT pg_reload_conf()`
  const began = performance.now()
  const waiting = Promise.all(users.map(({ id }) => reeve.ask('PATCH', `/iam/users/${id}`, { name: 'Waiting' })))
  const reading = read(12)
  const answers = await waiting
  const took = performance.now() - began
  const meanwhile = await reading
  t.diagnostic(
    `${Math.round(before)} pages a second before, ${Math.round(meanwhile)} meanwhile; the changes were answered after ${Math.round(took)} ms`,
  )
  assert.ok(took < 25_000, `after ${took} ms`)
  assert.ok(meanwhile > 8, `${meanwhile} pages a second were read meanwhile`)
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503])
  assert.ok(
    answers.some(({ body }) => /may have been made/.test(body.message)),
    'who waited for the commit is told that nobody knows',
  )
  const waits = () =>
    admin<
      { n: number }[]
    >`SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND state_change < now() - interval '20 s'`
  // What the background does waits for as long as it takes, on four connections.
  await until('no connection of a given-up change is left', async () => ((await waits())[0]?.n ?? 5) <= 4)
  await admin.unsafe('ALTER SYSTEM RESET synchronous_standby_names')
  await admin`SELECT pg_reload_conf()`
  await until(
    'changes are taken again',
    async () => (await reeve.ask('PATCH', `/iam/users/${user.id}`, { name: 'Somebody' })).status === 200,
  )
  await reeve.stop()
})

test('a full disk is named, and changes go on by themselves once there is space', { skip: asRoot, timeout: 180_000 }, async () => {
  const disk = mkdtempSync(join(tmpdir(), 'reeve-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300m,mode=755', 'tmpfs', disk])
  after(() => {
    execFileSync('umount', ['-l', disk])
    rmSync(disk, { recursive: true, force: true })
  })
  const reeve = await start(join(disk, 'data'))
  const [user] = (await reeve.ask('GET', '/iam/users?limit=1')).body.results
  const ballast = join(disk, 'ballast')
  const fill = () => {
    try {
      writeFileSync(ballast, Buffer.alloc(300 * 2 ** 20))
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
    }
  }
  fill()
  const statuses = new Set<number>()
  let acknowledged = 'none'
  let n = 0
  await until('it is not ready', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const name = `Full ${n++} ${'x'.repeat(200)}`
        const { status } = await reeve.ask('PATCH', `/iam/users/${user.id}`, { name })
        statuses.add(status)
        if (status === 200) acknowledged = name
      }),
    )
    return (await reeve.ask('GET', '/readyz')).status === 503
  })
  const ready = await reeve.ask('GET', '/readyz')
  assert.match(String(ready.body.warnings), /out of disk space/)
  for (const status of statuses) assert.ok([200, 503].includes(status), `a change was answered with ${status}`)
  rmSync(ballast)
  await until('it is ready again', async () => (await reeve.ask('GET', '/readyz')).status === 200)
  assert.equal(reeve.child.exitCode, null, 'it was never started again')
  assert.ok(acknowledged === 'none' || statuses.has(200))
  assert.equal((await reeve.ask('PATCH', `/iam/users/${user.id}`, { name: 'Somebody' })).status, 200)
  await reeve.stop()
})

/** A server with the demo world on a folder of its own. */
async function start(data = realpathSync(mkdtempSync(join(tmpdir(), 'reeve-faults-')))) {
  after(() => {
    for (const pid of clusterProcesses(join(data, 'postgres'))) process.kill(pid, 'SIGKILL')
    rmSync(data, { recursive: true, force: true, maxRetries: 5 })
  })
  return {
    ...(await startDemo(data)),
    data,
    admin() {
      const password = readFileSync(join(data, 'postgres.password'), 'utf8').trim()
      return openPool({ host: join(data, 'postgres'), port: 5432, user: 'postgres', password, database: 'postgres' }, { max: 1 })
    },
  }
}
