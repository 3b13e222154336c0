/** Outgoing requests: where they may go, whatever a name resolves to and however an address is written, and what they accept as an answer. */
import assert from 'node:assert/strict'
import type { LookupAddress, lookup } from 'node:dns'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { networks } from '../src/lib/networks.ts'
import { HostNotAllowed, OutgoingError, type OutgoingOptions, outgoingFetch } from '../src/lib/outgoing.ts'
import { certificate } from './smtp.ts'

const loopback = ['127.0.0.0/8', '::1/128']
const fetchFrom = (allowed: string[], options: OutgoingOptions = {}) => outgoingFetch(networks(allowed), options)

/** A resolver that answers each question with the next of these lists of addresses. */
function resolver(...answers: string[][]) {
  const asked: string[] = []
  const resolve = ((name: string, _options: unknown, done: (error: null, found: LookupAddress[]) => void) => {
    asked.push(name)
    const found = answers[asked.length - 1] ?? []
    done(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as unknown as typeof lookup
  return { resolve, asked }
}

/** Requests that reached the server. */
let met = 0
async function serve(listener: RequestListener, tls?: 'localhost' | 'other') {
  const counted: RequestListener = (request, response) => {
    met++
    return listener(request, response)
  }
  const pem = tls && certificate(tls)
  const server = pem ? createTlsServer({ key: pem, cert: pem }, counted) : createServer(counted)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const hello: RequestListener = (_request, response) => response.end('hello')
const plain = await serve(hello)
const secure = await serve(hello, 'localhost')
const ca = [certificate('localhost')]

/** What a request is refused with; it must not have reached the server. */
async function refused(sent: Promise<Response>, words: RegExp, kind: typeof OutgoingError = OutgoingError) {
  const before = met
  await assert.rejects(sent, (error: Error) => {
    assert.ok(error instanceof kind, `${error.name}: ${error.message}`)
    assert.match(error.message, words)
    return true
  })
  assert.equal(met, before, 'nothing arrived')
}

test('http goes to the networks that are allowed, https with a trusted certificate', async () => {
  const allowed = fetchFrom(loopback, { ca })
  assert.equal(await (await allowed(`http://127.0.0.1:${plain}/`)).text(), 'hello')
  assert.equal(await (await allowed(`http://localhost:${plain}/`)).text(), 'hello')
  assert.equal(await (await allowed(`https://localhost:${secure}/`)).text(), 'hello')
  await refused(fetchFrom(loopback)(`https://localhost:${secure}/`), /certificate of localhost is not trusted.*self.signed/)
  const other = await serve(hello, 'other')
  const trusting = fetchFrom(loopback, { ca: [certificate('other')] })
  for (const host of ['localhost', '127.0.0.1'])
    await refused(trusting(`https://${host}:${other}/`), new RegExp(`certificate of ${host} is not trusted`))
})

const inner = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0', '10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1'],
  ...['169.254.169.254', '198.18.0.1', '224.0.0.1', '255.255.255.255', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
  ...['[::127.0.0.1]', '[64:ff9b::7f00:1]', '[fd00::1]', '[fe80::1]', '[2002:7f00:1::]', '[2001:db8::1]', '[ff02::1]', 'localhost'],
]
for (const host of inner)
  test(`${host} is refused unless its network is allowed`, async () => {
    for (const port of [plain, secure])
      await refused(fetchFrom([], { ca })(`https://${host}:${port}/`), /in a network that is not public/, HostNotAllowed)
    await refused(fetchFrom([])(`http://${host}:${plain}/`), /must begin with https/, HostNotAllowed)
  })

test('an IPv4 address written as IPv6 belongs to its network', async () => {
  await assert.rejects(fetchFrom(['10.0.0.0/8'])(`http://[::ffff:127.0.0.1]:${plain}/`), HostNotAllowed)
  assert.equal((await fetchFrom(loopback)(`http://[::ffff:127.0.0.1]:${plain}/`)).status, 200)
})

test('http is refused at public addresses, without a connection', async () => {
  await refused(fetchFrom(loopback)('http://1.1.1.1/'), /must begin with https/, HostNotAllowed)
  const { resolve } = resolver(['1.1.1.1'])
  await refused(fetchFrom(loopback, { resolve })('http://idp.example/'), /must begin with https/, HostNotAllowed)
})

test('all addresses of a name are checked, and the name is resolved once', async () => {
  const both = resolver(['1.1.1.1', '127.0.0.1'])
  await refused(fetchFrom([], { ...both, ca })(`https://idp.example:${secure}/`), /not public/, HostNotAllowed)
  const mapped = resolver(['::ffff:127.0.0.1'])
  await refused(fetchFrom([], { ...mapped, ca })(`https://idp.example:${secure}/`), /not public/, HostNotAllowed)
  // Were it resolved again to connect, the second answer would be used.
  const rebound = resolver(['127.0.0.1'], ['10.0.0.1'])
  assert.equal((await fetchFrom(['127.0.0.0/8'], rebound)(`http://idp.example:${plain}/`)).status, 200)
  assert.deepEqual(rebound.asked, ['idp.example'])
})

test('a name that resolves elsewhere later is checked then', async () => {
  const { resolve, asked } = resolver(['127.0.0.1'], ['10.0.0.1'])
  const send = fetchFrom(['127.0.0.0/8'], { resolve })
  assert.equal((await send(`http://idp.example:${plain}/`)).status, 200)
  await refused(send(`http://idp.example:${plain}/`), /must begin with https/, HostNotAllowed)
  assert.equal(asked.length, 2)
})

test('a redirect is refused, and not followed', async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const port = await serve((_request, response) => response.writeHead(status, { location: `http://127.0.0.1:${plain}/` }).end())
    const before = met
    await assert.rejects(fetchFrom(loopback)(`http://127.0.0.1:${port}/`), /redirects to another address/)
    assert.equal(met, before + 1, 'the first server alone was asked')
  }
})

test('an answer of 1 MB is read, a longer one is not, compressed or without an end', async () => {
  const length = 1_048_576
  const sizes = await serve((request, response) => {
    if (request.url === '/endless') {
      const more = () => response.write(Buffer.alloc(65_536)) && setImmediate(more)
      response.on('drain', more).on('error', () => {})
      return more()
    }
    const body = Buffer.alloc(Number(request.url?.slice(1)), 'a')
    if (request.headers['x-zip']) response.setHeader('content-encoding', 'gzip').end(gzipSync(body))
    else response.end(body)
  })
  const send = fetchFrom(loopback)
  const at = (path: string | number, headers = {}) => send(`http://127.0.0.1:${sizes}/${path}`, { headers })
  assert.equal((await (await at(length)).text()).length, length)
  assert.equal((await (await at(length, { 'x-zip': '1' })).text()).length, length)
  for (const ask of [() => at(length + 1), () => at(length + 1, { 'x-zip': '1' }), () => at('endless')])
    await assert.rejects(ask, /answers with more than/)
})

test('an answer must be there in time, its last byte too', async () => {
  const slow = await serve((request, response) => {
    if (request.url === '/body') response.write('{')
  })
  const send = fetchFrom(loopback, { milliseconds: 100 })
  for (const path of ['', 'body']) await assert.rejects(send(`http://127.0.0.1:${slow}/${path}`), /does not answer in time/)
  const never = { resolve: (() => {}) as unknown as typeof lookup }
  await assert.rejects(fetchFrom(loopback, { ...never, milliseconds: 100 })('https://idp.example/'), /does not answer in time/)
})

test('what goes wrong is said to whoever named the host', async () => {
  const send = fetchFrom(loopback)
  const closed = createServer()
  await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done))
  const { port } = closed.address() as AddressInfo
  await new Promise((done) => closed.close(done))
  await assert.rejects(send(`http://127.0.0.1:${port}/`), new OutgoingError(`Nothing listens at 127.0.0.1:${port}.`))
  await assert.rejects(send('https://idp.invalid/'), /The name idp\.invalid is not known to the DNS/)
  await assert.rejects(send(`https://127.0.0.1:${plain}/`), /The connection to 127\.0\.0\.1:\d+ broke off/)
  for (const text of ['ftp://a.example/', 'file:///etc/passwd', 'data:text/plain,a', 'idp', ''])
    await assert.rejects(send(text), /is no address of the web/)
})

test('method, headers and body arrive; status, headers and body come back', async () => {
  const port = await serve(async (request, response) => {
    const { method, headers } = request
    const body = (await request.toArray()).join('')
    if (request.url === '/empty') response.writeHead(204).end()
    else
      response
        .writeHead(418, { 'x-mine': 'yes', 'content-type': 'application/json' })
        .end(JSON.stringify({ method, mine: headers['x-mine'], body }))
  })
  const send = fetchFrom(loopback)
  const answer = await send(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { 'x-mine': 'a' }, body: 'text' })
  assert.equal(answer.status, 418)
  assert.equal(answer.headers.get('x-mine'), 'yes')
  assert.deepEqual(await answer.json(), { method: 'POST', mine: 'a', body: 'text' })
  assert.equal((await send(`http://127.0.0.1:${port}/empty`)).body, null)
})
