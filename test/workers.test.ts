/** REEVE_WORKERS: several processes on one port give one answer, one that dies is replaced, and SIGTERM ends them all in order. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import type { Showcase } from '../src/demo/showcase.ts'
import { until } from './until.ts'

const skip = process.env.DATABASE_URL
  ? 'it starts a server on its own embedded database'
  : process.platform === 'win32' && 'it finds processes by ps'
const data = mkdtempSync(join(tmpdir(), 'reeve-workers-'))
let server: ChildProcess | undefined

after(async () => {
  if (server && server.exitCode === null && server.signalCode === null) {
    server.kill('SIGTERM')
    await once(server, 'close')
  }
  rmSync(data, { recursive: true, force: true })
})

const children = () =>
  execFileSync('ps', ['-o', 'pid=,ppid=,args=', '-A'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === server?.pid && args.at(-1) === 'worker')
    .map(([pid]) => Number(pid))

test('two processes answer as one, one that dies is replaced, SIGTERM ends all', { skip }, async () => {
  const env = {
    ...process.env,
    REEVE_DATA: data,
    PORT: '0',
    REEVE_WORKERS: '2',
    REEVE_DEMO_CLIENTS: '30',
    REEVE_LOG: 'error',
    DATABASE_URL: '',
  }
  server = spawn(process.execPath, [resolve(import.meta.dirname, '../bin/reeve.mjs'), 'demo'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  server.stdout?.on('data', (chunk) => {
    said += chunk
  })
  await until('the server starts', () => {
    assert.equal(server?.exitCode, null, `the server ended: ${said}`)
    return said.includes('Try:')
  })
  const { baseUrl, resellers }: Showcase = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'))
  const [reseller] = resellers
  assert.ok(reseller)
  const headers = { authorization: `APIKey ${reseller.token}`, connection: 'close', 'content-type': 'application/json' }
  const ask = (path: string, options: RequestInit = {}) => fetch(baseUrl + path, { ...options, headers })

  const before = children()
  assert.equal(before.length, 2, 'two workers answer')
  // Each connection goes to the next worker: a change by one is in the next answer of the other.
  for (let n = 0; n < 6; n++) {
    const name = `North ${n}`
    const changed = await ask(`/iam/users/${await own()}`, { method: 'PATCH', body: JSON.stringify({ name }) })
    assert.equal(changed.status, 200, await changed.text())
    const users = (await (await ask('/iam/users?limit=5')).json()) as { results: { email: string; name: string }[] }
    assert.equal(users.results.find(({ email }) => email === reseller.email)?.name, name, 'no worker may answer what was')
  }
  async function own() {
    return ((await (await ask('/iam/users/me')).json()) as { id: number }).id
  }
  const metrics = await (await ask('/metrics')).text()
  assert.match(metrics, /route="\/iam\/users\/me",status="200"} 6/, 'the metrics are those of all workers')
  assert.match(metrics, /^reeve_ready 1$/m, 'what is so in each is not added up')
  assert.match(metrics, /^reeve_build_info\{.*\} 1$/m)
  assert.match(metrics, /^reeve_database_connections_max\{pool="background"\} 12$/m, 'the connections of the first process count too')
  const families = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  assert.deepEqual(families, [...new Set(families)], 'no metric comes twice')

  process.kill(before[0] as number, 'SIGKILL')
  await until('a worker that dies is replaced', () => children().length === 2 && !children().includes(before[0] as number))
  for (let n = 0; n < 4; n++) assert.equal((await ask('/iam/users/me')).status, 200)

  const ended = once(server, 'close')
  server.kill('SIGTERM')
  assert.equal((await ended)[0], 0, 'all end in order')
  assert.deepEqual(children(), [])
})
