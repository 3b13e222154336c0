/** Limits of requests: what counts as one, what a refusal says, and who is never refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLimit } from '../src/http/rate-limits.ts'
import { shownBy } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld({
  trustProxy: ['127.0.0.1'],
  metricsToken: 'a-token-of-operators',
  rates: { token: 5, address: 8, now: () => 1_000_000 },
})
const the = shownBy(t)
const [platform, reseller, another] = [the('platform'), the('reseller'), the('reseller', 3)]
let used = 0
const place = () => `192.0.2.${++used}`
const ask = (path: string, address: string, authorization?: string) =>
  t.ask('GET', path, { headers: { 'x-forwarded-for': address, ...(authorization && { authorization }) } })

test('429 for the sixth request of a token, wherever it comes from, in the one shape of errors', async () => {
  for (let left = 4; left >= 0; left--) {
    const { status, headers } = await ask('/iam/users/me', place(), platform.authorization)
    assert.equal(status, 200)
    assert.equal(headers['ratelimit-policy'], '"address";q=8;w=60, "token";q=5;w=60')
    assert.match(String(headers.ratelimit), new RegExp(`^"address";r=7;t=8, "token";r=${left};t=\\d+$`))
  }
  const refused = await ask('/iam/users/me', place(), platform.authorization)
  assert.deepEqual([refused.status, refused.body], [429, { message: 'Too many requests. Try again later.' }])
  assert.ok(Number(refused.headers['retry-after']) >= 1 && Number(refused.headers['retry-after']) <= 12)
  assert.match(String(refused.headers.ratelimit), /^"token";r=0;t=\d+$/)
  assert.equal((await ask('/iam/users/me', place(), reseller.authorization)).status, 200, 'another token is another')
})

test('429 for the ninth request of an address, whoever asks and whatever it tries; the server is watched all the same', async () => {
  const address = place()
  const credentials = [undefined, another.authorization, 'APIKey 1_wrong', 'Bearer wrong']
  for (let n = 0; n < 8; n++) assert.notEqual((await ask(n % 2 ? '/iam/users/me' : '/nowhere', address, credentials[n % 4])).status, 429)
  for (const one of credentials) assert.equal((await ask('/iam/users/me', address, one)).status, 429)
  assert.equal((await ask('/nowhere', address)).status, 429)
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    const { status, headers } = await ask(path, address, 'Bearer a-token-of-operators')
    assert.deepEqual([status, headers.ratelimit], [200, undefined], path)
  }
  assert.equal((await ask('/iam/users/me', place(), another.authorization)).status, 200)
})

test('a refused change of a token that asks too often is not written down each time', async () => {
  const change = () =>
    t.ask('DELETE', '/iam/users/0', { headers: { 'x-forwarded-for': place(), authorization: another.authorization ?? '' } })
  const [before] = await t.database.system`SELECT count(*) FROM activity`
  let refused = 0
  for (let n = 0; n < 12; n++) if ((await change()).status === 429) refused++
  assert.ok(refused >= 7)
  const [after] = await t.database.system`SELECT count(*) FROM activity`
  assert.ok(after?.count - before?.count <= 12 - refused)
})

test('this machine may ask any number of times', async () => {
  const { authorization = '' } = the('seller')
  for (let n = 0; n < 20; n++) {
    const { status, headers } = await t.ask('GET', '/iam/users/me', { headers: { authorization } })
    assert.deepEqual([status, headers.ratelimit], [200, undefined])
  }
  const elsewhere = await ask('/iam/users/me', place(), authorization)
  assert.match(String(elsewhere.headers.ratelimit), /"token";r=4/)
})

test('a proxy that is not trusted is seen in a metric, and what the settings lack in /readyz', async () => {
  const open = await openWorld({ warnings: async () => ['REEVE_TRUST_PROXY is not set.'] })
  const untrusted = async () => Number(/^reeve_untrusted_forwarded_total (\d+)$/m.exec((await open.ask('GET', '/metrics')).text)?.[1])
  const before = await untrusted()
  for (const headers of [{ 'x-forwarded-for': '192.0.2.1' }, { forwarded: 'for=192.0.2.1' }]) await open.ask('GET', '/healthz', { headers })
  await ask('/healthz', place()) // by a proxy of ours
  assert.equal((await untrusted()) - before, 2)
  const ready = await open.ask('GET', '/readyz')
  assert.deepEqual([ready.status, ready.body.warnings], [200, ['REEVE_TRUST_PROXY is not set.']])
})

test('refused changes of a credential are recorded one by one up to a number a minute, and the rest in one row', async () => {
  const few = await openWorld({ rates: { token: 0, address: 0, refused: 3 } })
  const rows = () =>
    few.database.system`SELECT status_code, data FROM activity WHERE user_id = ${reseller.userId} AND status_code >= 400 ORDER BY id`
  const before = (await rows()).length
  const refused = (one: typeof reseller) =>
    few.ask('POST', '/iam/users', { headers: { authorization: one.authorization }, body: { email: 7 } })
  for (let n = 0; n < 10; n++) assert.equal((await refused(reseller)).status, 400)
  await refused(another)
  await few.app.close() // as the end of the minute does
  const recorded = (await rows()).slice(before).map(({ data }) => data)
  assert.deepEqual(recorded, [...Array(3).fill('{"email":7}'), '{"refused":7}'])
})

test('a bucket holds a minute’s requests, is filled evenly, and is forgotten when it is full', () => {
  const take = createLimit(60)
  let now = 1_000_000
  for (let left = 59; left >= 0; left--) assert.deepEqual(take('a', now).left, left)
  assert.deepEqual(take('a', now), { left: 0, full: 60, wait: 1 })
  now += 1000
  assert.equal(take('a', now).wait, 0, 'one a second')
  assert.ok(take('a', now).wait > 0)
  assert.equal(take('b', now).left, 59)
  now += 59_500
  assert.ok(take('a', now).wait === 0, 'what is left of the minute before is not forgotten')
  now += 200_000
  assert.equal(take('a', now).left, 59)
  const one = createLimit(1)
  assert.deepEqual(one('a', now), { left: 0, full: 60, wait: 0 })
  assert.equal(one('a', now + 30_000).wait, 30)
  const seven = createLimit(7)
  for (let n = 0; n < 7; n++) assert.equal(seven('a', now).wait, 0, 'no fraction is lost')
  assert.ok(seven('a', now).wait > 0)
})
