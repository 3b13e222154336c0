/** The queues of jobs: a run is one server's, one that fails runs again, one that hangs stops no other; and a demo whose days pass in seconds. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { connect } from '../src/db/open.ts'
import { openPool } from '../src/db/pool.ts'
import type { Showcase } from '../src/demo/showcase.ts'
import type { Job } from '../src/jobs/job.ts'
import { startScheduler } from '../src/jobs/scheduler.ts'
import { createClock, machineClock } from '../src/lib/clock.ts'
import { serverMetrics } from '../src/lib/metrics.ts'
import { StartupError } from '../src/lib/startup-error.ts'
import { nothingOutgoing, openWorld, ownerOf, testServer } from './harness.ts'
import { until } from './until.ts'

const { database, login } = await openWorld()
const { system } = database
const log = pino({ level: process.env.REEVE_LOG ?? 'silent' })
const keep = { sessions: 0, links: 0, mails: 0, logs: 0 }
const deps = { system, scope: database.scope, clock: machineClock, log, keep, passwordDays: undefined, outgoing: nothingOutgoing }

test('of several servers one takes each run; one that fails or hangs is alone with it; the time is the clock’s', async () => {
  const ran: Record<string, number[]> = { steady: [], failing: [], hanging: [] }
  const job = (name: string, end: () => Promise<void>): Job => ({
    name,
    every: 2 * 86_400,
    run: async (_, at) => {
      ran[name]?.push(at.getTime())
      await end()
    },
  })
  const fast = createClock({ origin: Date.parse('2030-01-01T00:00:00Z'), since: Date.now(), rate: 86_400 })
  const table = [
    job('steady', async () => {}),
    job('failing', () => Promise.reject(new Error('on purpose'))),
    job('hanging', () => new Promise(() => {})),
  ]
  const servers = [1, 2, 3].map(() => startScheduler({ ...deps, clock: fast }, table, 86_400, 3))
  await until(
    'several runs of each',
    () => (ran.steady?.length ?? 0) > 3 && (ran.failing?.length ?? 0) > 3 && (ran.hanging?.length ?? 0) > 1,
  )
  await Promise.all(servers.map((server) => server.close()))

  const rows = await system`SELECT singleton_on, count(*)::int AS runs FROM reeve_jobs.job WHERE name = 'steady' GROUP BY 1`
  assert.ok(rows.length > 3)
  assert.deepEqual([...new Set(rows.map(({ runs }) => runs))], [1], 'one run in each span, however many servers')
  assert.ok((ran.steady?.length ?? 0) <= rows.length, 'and each is run once')
  assert.ok((ran.steady?.[0] ?? 0) >= Date.parse('2030-01-01'), 'a job is given the time of the clock')
  const metrics = await serverMetrics.metrics()
  assert.match(
    metrics,
    /reeve_job_duration_seconds_count\{outcome="done",name="steady"\}|reeve_job_duration_seconds_count\{name="steady",outcome="done"\}/,
  )
  assert.match(metrics, /"hanging",outcome="failed"/)

  const stopped = ran.steady?.length
  await delay(2500)
  assert.equal(ran.steady?.length, stopped, 'nothing runs after close')
})

test('a database that is away for a while stops nothing for good', async () => {
  let runs = 0
  const other = await connect(login, 4, 'jobs', async () => {})
  const server = startScheduler({ ...deps, system: other.background }, [{ name: 'again', every: 1, run: async () => void runs++ }])
  await until('the first run', () => runs > 0)
  await system`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`.catch(
    () => {},
  )
  const seen = runs
  await until('a run afterwards', () => runs > seen + 1)
  await server.close()
  await other.close()
})

test('a login that may make no schema is refused with what to do, unless the schema is there', async () => {
  const { maintenance, app } = testServer()
  const name = `confined_${process.pid}`
  const admin = openPool(maintenance, { max: 1 })
  after(() => admin.end())
  const [row] = await admin`SELECT rolsuper OR rolcreaterole AS may FROM pg_roles WHERE rolname = current_user`
  if (!row?.may) return
  await admin.unsafe(`CREATE DATABASE ${name} ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0`)
  try {
    const to = typeof app === 'string' ? Object.assign(new URL(app), { pathname: `/${name}` }).href : { ...app, database: name }
    await assert.rejects(
      connect(to, 2, '', async () => {}),
      (error) => error instanceof StartupError && error.message.includes(`GRANT CREATE ON DATABASE "${name}" TO "${ownerOf(app)}"`),
    )
  } finally {
    await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`)
  }
})

test('in a demo whose days pass in a tenth of a second a trial ends by itself', {
  skip: process.env.DATABASE_URL && 'it starts a server on its own embedded database',
}, async () => {
  const data = mkdtempSync(join(tmpdir(), 'reeve-jobs-'))
  const env = { ...process.env, REEVE_DATA: data, PORT: '0', REEVE_DEMO_CLIENTS: '30', REEVE_LOG: 'error', DATABASE_URL: '' }
  const server = spawn(process.execPath, [resolve(import.meta.dirname, '../bin/reeve.mjs'), 'demo'], {
    env: { ...env, REEVE_CLOCK: 'x864000' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGTERM')
      await once(server, 'close')
    }
    rmSync(data, { recursive: true, force: true })
  })
  let said = ''
  server.stdout.on('data', (chunk) => {
    said += chunk
  })
  await until('the server starts', () => {
    assert.equal(server.exitCode, null, `the server ended: ${said}`)
    return said.includes('Try:')
  })
  const { baseUrl, resellers, clients }: Showcase = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'))
  const headers = { authorization: `APIKey ${resellers[0]?.token}` }
  const count = async (filter: string) =>
    ((await (await fetch(`${baseUrl}/iam/clients?limit=0&${filter}`, { headers })).json()) as { count: number }).count
  await until(
    'all trials of DNS are over and deleted in the end',
    async () => (await count('dns=trial')) === 0 && (await count('dns=trialend')) === 0,
  )
  assert.ok((await count('dns=deleted')) > 0)
  const administrator = clients.find(({ role }) => role === 'Administrators')
  const issue = async (exp_date: string | null) => {
    const answer = await fetch(`${baseUrl}/iam/v2/clients/${administrator?.id}/tokens`, {
      method: 'POST',
      headers: { authorization: `APIKey ${administrator?.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'short', exp_date, client_user: { role: { id: 1 } } }),
    })
    assert.equal(answer.status, 200, await answer.clone().text())
    return (await answer.json()) as { token: string; created: string }
  }
  const { token: lasting, created } = await issue(null)
  const { token } = await issue(new Date(Date.parse(created) + 200 * 86_400_000).toISOString())
  const status = async (token: string) => (await fetch(`${baseUrl}/iam/users/me`, { headers: { authorization: `APIKey ${token}` } })).status
  await until('a token of two hundred days expires', async () => (await status(token)) === 401)
  assert.equal(await status(lasting), 200)

  assert.match(await (await fetch(`${baseUrl}/metrics`)).text(), /reeve_job_duration_seconds_count\{.*services-over/)
  server.kill('SIGTERM')
  const [code] = await once(server, 'close')
  assert.equal(code, 0, 'SIGTERM ends the scheduler too')
})
