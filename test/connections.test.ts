/** Whoever sends slowly, or opens many connections, is cut. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import Fastify from 'fastify'
import { pino } from 'pino'
import { CONNECTION_LIMITS, limitConnections } from '../src/http/connections.ts'
import { handleErrors } from '../src/http/errors.ts'
import { trustIn } from '../src/http/origin.ts'
import type { App } from '../src/http/resource.ts'
import { Busy } from '../src/lib/semaphore.ts'
import { shownBy } from './callers.ts'
import { openWorld } from './harness.ts'
import { multipart, png } from './images.ts'
import { listen } from './wire.ts'

const t = await openWorld({ connections: { head: 300, body: 300, request: 1500, interval: 50, connections: 3 } })
const wire = await listen(t.app)
after(() => wire.close())
const { authorization } = shownBy(t)('reseller')

const head = (path: string, type: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`
const timedOut = /^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*\{"message":"The request took too long to arrive\."\}$/i

for (const [what, sent] of Object.entries({
  'a head': 'POST /iam/auth/jwt/login HTTP/1.1\r\nHost: x\r\n',
  'a body': `${head('/iam/auth/jwt/login', 'application/json', 1000)}{"username":`,
  'a body that nobody reads': head('/iam/auth/jwt/login', 'application/xml', 1000),
  'a form': `${head('/reeve/links/x', 'application/x-www-form-urlencoded', 1000)}password=`,
}))
  test(`408 for ${what} that does not arrive, and the connection is closed`, async () => {
    const answer = await wire.raw(sent)
    if (what === 'a body that nobody reads') assert.match(answer, /^HTTP\/1\.1 415 /)
    else assert.match(answer, timedOut)
  })

test('408 for a body that trickles', async () => {
  const answer = await wire.raw(head('/iam/auth/jwt/login', 'application/json', 1000), { trickle: 100 })
  assert.match(answer, timedOut)
})

test('an upload may take longer than other bodies, but not for ever', async () => {
  const { type, body } = multipart([{ name: 'logo', content: png() }])
  const [start, rest] = [body.subarray(0, 50), body.subarray(50)]
  const slow = await wire.send('POST', '/iam/reselling/settings/upload', {
    headers: { authorization, 'content-type': type },
    body: Readable.from(
      (async function* () {
        yield start
        await new Promise((resolve) => setTimeout(resolve, 700))
        yield rest
      })(),
    ),
  })
  assert.equal(slow.status, 200)
  assert.match(await wire.raw(`${head('/iam/reselling/settings/upload', type, 1000)}--x`), timedOut)
})

test('a connection more than there may be is closed at once, and counted', async () => {
  wire.close()
  const sockets = Array.from({ length: 8 }, () => connect(wire.port, '127.0.0.1').on('error', () => {}))
  await Promise.all(sockets.slice(3).map((socket) => new Promise((resolve) => socket.once('close', resolve))))
  for (const socket of sockets) socket.destroy()
  const { text } = await t.ask('GET', '/metrics')
  assert.match(text, /^reeve_connections_refused_total\{limit="all"\} [5-9]/m)
})

const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one && !one.internal && one.family === 'IPv4')?.address

test('an address has its own number of connections, and a proxy of ours any', {
  skip: outside === undefined && 'this machine has no address besides those of the loopback',
}, async () => {
  for (const [proxies, most] of [
    [[], 2],
    [[outside as string], 6],
  ] as const) {
    const app = Fastify() as unknown as App
    limitConnections(app, { ...CONNECTION_LIMITS, perAddress: 2 }, trustIn(proxies))
    app.get('/', async () => 'served')
    after(() => app.close())
    await app.listen({ port: 0, host: '0.0.0.0' })
    const { port } = app.server.address() as { port: number }
    const open = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const socket = connect(port, outside)
        socket.on('error', () => {})
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        const served = await new Promise<boolean>((resolve) => {
          socket.once('data', () => resolve(true))
          socket.once('close', () => resolve(false))
        })
        return { socket, served }
      }),
    )
    assert.equal(open.filter(({ served }) => served).length, most)
    for (const { socket } of open) socket.destroy()
    await app.close()
  }
})

test('requests that are refused because the server is busy are a line in ten seconds, without a stack', async () => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line)) })
  const app = Fastify({ loggerInstance: log }) as unknown as App
  handleErrors(app)
  app.get('/busy', { config: { access: 'public' } }, async () => {
    throw new Busy('a test')
  })
  app.get('/wrong', { config: { access: 'public' } }, async () => {
    throw new Error('a mistake')
  })
  for (let n = 0; n < 50; n++) assert.equal((await app.inject('/busy')).statusCode, 503)
  assert.deepEqual(
    lines.map(({ level, err, more }) => ({ level, err, more })),
    [{ level: 40, err: undefined, more: 0 }],
  )
  await app.inject('/wrong')
  assert.match(JSON.stringify(lines[1]), /"level":50.*"stack"/)
})
