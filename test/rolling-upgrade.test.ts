/**
 * Servers of two versions on one database, under load: one after the other is replaced by the next version, which has another migration, and then
 * by the old version again. No request fails, and nothing that was acknowledged is lost.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openPool } from '../src/db/pool.ts'
import type { Showcase } from '../src/demo/showcase.ts'
import { reeve, spawnReeve } from './command.ts'
import { freePort, untilAnswering } from './demo-server.ts'
import { outsideDatabase } from './outside.ts'
import { until } from './until.ts'

const WRITERS = 4
const root = resolve(import.meta.dirname, '..')

test('servers are replaced by the next version and back, and no request fails', { timeout: 240_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-upgrade-'))
  const settings = {
    DATABASE_URL: await outsideDatabase(),
    REEVE_SECRET: 'a secret for tests that is long enough',
    REEVE_DATA: folder,
    REEVE_DRAIN_SECONDS: '1',
    REEVE_CONNECTIONS: '4',
    REEVE_LOG: 'info', // says that it answers
  }
  const versions = { old: join(root, 'bin/reeve.mjs'), next: nextVersion(folder) }
  const seeded = await reeve(['seed', '--clients', '30'], settings)
  assert.equal(seeded.code, 0, seeded.stderr)
  const shown: Showcase = JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8'))
  const headers = { authorization: `APIKey ${shown.resellers[0]?.token}`, 'content-type': 'application/json' }

  const balancer = await openBalancer()
  const children = new Set<ReturnType<typeof spawnReeve>>()
  after(() => {
    for (const child of children) child.kill('SIGKILL')
    balancer.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  /** Starts a server, and returns how to stop it as a service manager does. */
  const start = async (version: keyof typeof versions) => {
    const port = await freePort()
    const child = spawnReeve(['serve'], { ...settings, PORT: String(port) }, undefined, versions[version])
    children.add(child)
    const said = await untilAnswering(child)
    balancer.add(port)
    await until('the balancer uses it', () => balancer.uses(port))
    return async () => {
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      children.delete(child)
      balancer.remove(port)
      assert.equal(code, 0, said())
    }
  }

  let [first, second] = [await start('old'), await start('old')]
  const agent = new Agent({ keepAlive: true })
  const failures: string[] = []
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await send({ agent, port: balancer.port, method, path, headers, body: body && JSON.stringify(body) })
    if (answer.status !== 200) failures.push(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer
  }
  const { results } = JSON.parse((await ask('GET', '/iam/users?limit=60')).text)
  const users: { id: number; deleted: boolean; user_type: string }[] = results
  const some = users.filter(({ deleted, user_type }) => !deleted && user_type === 'common').slice(0, WRITERS)
  assert.equal(some.length, WRITERS)

  const last = new Map<number, string>()
  const over = new AbortController()
  let asked = 0
  const writers = some.map(async ({ id }) => {
    for (let n = 0; !over.signal.aborted; n++, asked++) {
      const name = `Renamed ${n}`
      if ((await ask('PATCH', `/iam/users/${id}`, { name })).status === 200) last.set(id, name)
      const read = await ask('GET', `/iam/users/${id}`)
      if (read.status === 200) assert.equal(JSON.parse(read.text).name, last.get(id), 'every server shows the change at once')
    }
  })
  const reader = (async () => {
    for (; !over.signal.aborted; asked++) await ask('GET', `/iam/clients?limit=20&offset=${asked % 10}`)
  })()
  const load = Promise.all([...writers, reader])
  load.catch(() => over.abort())

  try {
    await first()
    first = await start('next')
    await delay(500)
    await second()
    second = await start('old') // one of the old version is started again beside the new one
    await delay(500)
    await second()
    second = await start('next')
    await delay(500)
    await first()
    first = await start('old') // and back, on what the migration has made
    await delay(500)
  } finally {
    over.abort()
  }
  await load
  t.diagnostic(`${asked} requests while servers were replaced five times`)
  assert.deepEqual(failures, [])
  assert.ok(asked > 100)

  for (const { id } of some) assert.equal(JSON.parse((await ask('GET', `/iam/users/${id}`)).text).name, last.get(id))
  const sql = openPool(settings.DATABASE_URL, { max: 1, settings: { 'reeve.scope': 'system' } })
  const [row] = await sql`SELECT sum(renamed)::int AS renamed FROM users`
  await sql.end()
  assert.ok(row?.renamed > 0, 'the next version has used what its migration made')
  agent.destroy()
  await first()
  await second()
})

/** A copy of the program whose next migration adds a column, which it counts renames in. */
function nextVersion(folder: string): string {
  const copy = join(folder, 'next')
  for (const part of ['src', 'bin', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const migration = '-- expand: how often a user was renamed\nALTER TABLE users ADD COLUMN renamed int NOT NULL DEFAULT 0;\n'
  writeFileSync(join(copy, 'src/db/migrations/9000_renamed.sql'), migration)
  const file = join(copy, 'src/db/read-model.ts')
  const text = readFileSync(file, 'utf8')
  const changed = text.replace(
    /await (db`)SELECT refresh_user(\(\$\{userId\}\)`)/,
    'await Promise.all([$1UPDATE users SET renamed = renamed + 1 WHERE id = $2, $1SELECT refresh_user$2])',
  )
  assert.notEqual(changed, text, 'refreshUser has changed: change it here too')
  writeFileSync(file, changed)
  return join(copy, 'bin/reeve.mjs')
}

interface Sent {
  agent: Agent
  port: number
  method: string
  path: string
  headers: object
  body?: string | undefined
}

const send = ({ body, headers, ...options }: Sent) =>
  new Promise<{ status: number; text: string }>((resolve) => {
    const fail = (error: Error) => resolve({ status: 0, text: String(error) })
    const call = request({ host: '127.0.0.1', ...options, headers: { ...headers } }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (piece) => {
        text += piece
      })
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text })).on('error', fail)
    })
    call.on('error', fail).end(body)
  })

/** A load balancer as it should be: it asks /readyz, keeps connections open, and never sends a request twice. */
async function openBalancer() {
  const servers = new Map<number, { isReady: boolean; agent: Agent }>()
  let turn = 0
  const forward = (incoming: IncomingMessage, reply: ServerResponse) => {
    const ready = [...servers].filter(([, { isReady }]) => isReady)
    const [port, server] = ready[turn++ % ready.length] ?? []
    if (!server) return reply.writeHead(502).end('No server is ready.')
    const { method, url: path, headers } = incoming
    const call = request({ host: '127.0.0.1', port, method, path, headers, agent: server.agent }, (answer) => {
      const { connection: _, 'keep-alive': __, ...others } = answer.headers
      reply.writeHead(answer.statusCode ?? 502, others)
      answer.pipe(reply)
    })
    call.on('error', (error) => reply.writeHead(502).end(String(error)))
    incoming.pipe(call)
  }
  const balancer = createServer(forward).listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  const checking = setInterval(() => {
    for (const [port, server] of servers)
      fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: 'close' } }).then(
        ({ status }) => {
          server.isReady = status === 200
        },
        () => {
          server.isReady = false
        },
      )
  }, 100)
  return {
    port: (balancer.address() as AddressInfo).port,
    add: (port: number) => servers.set(port, { isReady: false, agent: new Agent({ keepAlive: true }) }),
    remove: (port: number) => {
      servers.get(port)?.agent.destroy()
      servers.delete(port)
    },
    uses: (port: number) => servers.get(port)?.isReady === true,
    close() {
      clearInterval(checking)
      for (const { agent } of servers.values()) agent.destroy()
      balancer.close()
      balancer.closeAllConnections()
    },
  }
}
