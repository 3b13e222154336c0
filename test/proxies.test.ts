/** Requests through proxies: whose address counts, whose request id is taken, and what becomes of headers that say nonsense. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trustIn } from '../src/http/origin.ts'
import { openWorld } from './harness.ts'
import { until } from './until.ts'

const behind = await openWorld({ trustProxy: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'] })
const direct = await openWorld()
const { platform } = behind.shown
const login = (t: typeof behind, forwarded: string, username: string) =>
  t.ask('POST', '/iam/auth/jwt/login', { headers: { 'x-forwarded-for': forwarded }, body: { username, password: 'a wrong password' } })

/** The address that the activity has of a change, refused, that this header came with. */
async function recordedAddress(t: typeof behind, forwarded: string) {
  const what = `what=${++tried}`
  const headers = { 'x-forwarded-for': forwarded }
  const { status } = await t.ask('PATCH', `/iam/clients/1002?${what}`, { token: platform.token, headers, body: { name: 7 } })
  assert.equal(status, 400)
  const [row] = await until('the refused change is recorded', async () => {
    const found = await t.database.system`SELECT host(remote_ip) AS address FROM activity WHERE query_params = ${what}`
    return found.length > 0 && found
  })
  return row?.address
}

let tried = 0
for (const [forwarded, address] of [
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:5678', '203.0.113.7'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['[2001:db8::2]', '2001:db8::2'],
  ['2001:db8::3', '2001:db8::3'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['fe80::1%eth0', 'fe80::1'],
  ['spoofed, 203.0.113.7:1, 10.1.2.3:4', '203.0.113.7'],
  ['203.0.113.8, [fd00::5]:99', '203.0.113.8'],
  ['203.0.113.8,10.1.1.1,10.2.2.2', '203.0.113.8'],
  ['unknown', '127.0.0.1'],
  ['_hidden', '127.0.0.1'],
  ['203.0.113.7:x', '127.0.0.1'],
  ['999.1.1.1', '127.0.0.1'],
  ['[::1', '127.0.0.1'],
  ['::1]', '127.0.0.1'],
  ["1'; DROP TABLE x", '127.0.0.1'],
  ['', '127.0.0.1'],
  [',', '127.0.0.1'],
] as const)
  test(`behind a proxy that forwards "${forwarded}" it is ${address} that signs in, fails and is counted`, async () => {
    const email = `nobody${++tried}@forwarded.example`
    for (let n = 0; n < 5; n++) assert.equal((await login(behind, forwarded, email)).status, 400)
    // As if the last failure were an hour ahead: the wait is a second, and an attempt takes longer on a busy machine.
    await behind.database.system`UPDATE failures SET last_at = last_at + interval '1 hour'`
    assert.equal((await login(behind, forwarded, email)).status, 429, 'failures are counted whatever the header says')
    assert.equal(await recordedAddress(behind, forwarded), address)
  })

test('nobody is believed where no proxy is named', async () => {
  assert.equal((await login(direct, '203.0.113.7:1', 'nobody@direct.example')).status, 400)
  assert.equal(await recordedAddress(direct, '203.0.113.7'), '127.0.0.1')
})

test('a request id is taken from a trusted proxy alone', async () => {
  const id = async (t: typeof behind, given: string) =>
    (await t.ask('GET', '/healthz', { headers: { 'x-request-id': given } })).headers['x-request-id']
  assert.equal(await id(behind, 'of-the-proxy.1'), 'of-the-proxy.1')
  for (const given of ['', 'two words', 'x'.repeat(65), '"}{"level":60']) assert.match(String(await id(behind, given)), /^[\da-f-]{36}$/)
  assert.match(String(await id(direct, 'of-another-request')), /^[\da-f-]{36}$/)
})

test('a proxy is trusted however its own address is written', () => {
  const trusts = trustIn(['10.0.0.0/8', '2001:db8::1'])
  for (const peer of ['10.1.2.3', '::ffff:10.1.2.3', '10.1.2.3:80', '2001:db8::1', '2001:DB8:0::1', '[2001:db8::1]:9'])
    assert.ok(trusts(peer), peer)
  for (const peer of ['11.1.2.3', '::ffff:11.1.2.3', '2001:db8::2', '', 'unknown', undefined]) assert.ok(!trusts(peer), peer)
  assert.ok(!trustIn([])('127.0.0.1'))
})
