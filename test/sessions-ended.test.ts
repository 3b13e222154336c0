/** Sessions seen and ended: by oneself, by staff, by Administrators, and by what happens to the user. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { claimsOf, shownBy, signIn, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, watchActivity } from './scenarios.ts'

const t = await openWorld({ trustProxy: ['127.0.0.1'] })
const { system } = t.database
const activity = await watchActivity(t)
const the = shownBy(t)
const [platform, reseller, seller, administrator, engineer] = [
  the('platform'),
  the('reseller'),
  the('seller'),
  the('client'),
  the('client', 2, 5),
]
const strangers = the('client', 3)

type Pair = Awaited<ReturnType<typeof signIn>>
const as = ({ access }: Pair) => ({ headers: { authorization: `Bearer ${access}` } })
const by = ({ authorization }: TestCaller) => ({ headers: { authorization } })
const status = async (pair: Pair) => (await t.ask('GET', '/iam/users/me', as(pair))).status
const own = async (pair: Pair) => (await t.ask('GET', '/reeve/sessions', as(pair))).body
const current = async (pair: Pair): Promise<string> => (await own(pair)).find((one: { current: boolean }) => one.current).id
const refresh = (pair: Pair) => t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: pair.refresh } })
const over = async (pair: Pair, why: string) => {
  assert.equal(await status(pair), 401, why)
  assert.equal((await refresh(pair)).status, 401, why)
}

test('a list says of each session when and where it began, and which one asks', async () => {
  const login = (address: string, agent: string) =>
    t.ask('POST', '/iam/auth/jwt/login', {
      body: { username: engineer.email, password: demoPassword },
      headers: { 'x-forwarded-for': address, 'user-agent': agent },
    })
  const first: Pair = (await login('192.0.2.7', 'first program')).body
  const second: Pair = (await login('2001:db8::7', 'second program')).body
  const [last, before] = await own(second)
  assert.partialDeepStrictEqual(last, {
    ip_address: '2001:db8::7',
    user_agent: 'second program',
    current: true,
    actor: null,
    read_only: false,
  })
  assert.partialDeepStrictEqual(before, {
    ip_address: '192.0.2.7',
    user_agent: 'first program',
    current: false,
    client_id: engineer.clientId,
  })
  assert.equal(last.refreshed_at, last.created_at)
  assert.equal(Date.parse(last.expires_at) / 1000, claimsOf(second.refresh).exp, 'it lives as long as its refresh token')

  await system`UPDATE sessions SET created_at = created_at - interval '1 hour', expires_at = expires_at - interval '1 hour' WHERE id = ${before.id}`
  const next: Pair = (await refresh(first)).body
  const [, renewed] = await own(second)
  assert.ok(renewed.refreshed_at > renewed.created_at)
  assert.equal(Date.parse(renewed.expires_at) / 1000, claimsOf(next.refresh).exp)

  await system`UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = ${before.id}`
  assert.deepEqual(
    (await own(second)).map(({ id }: { id: string }) => id),
    [last.id],
    'what is over is not shown',
  )
})

test('one’s own are ended one by one, all others at once, and the present one by signing out', async () => {
  const [a, b, c, d] = [
    await signIn(t, engineer.email),
    await signIn(t, engineer.email),
    await signIn(t, engineer.email),
    await signIn(t, engineer.email),
  ]
  await activity.since(0)
  const asked = (action: string) => ({ action, user_id: engineer.userId, affected_client_id: engineer.clientId, status_code: 204 })
  const ask = { as: `Bearer ${a.access}`, method: 'DELETE', status: 204 }
  await run(t, activity, { ...ask, name: 'one', path: `/reeve/sessions/${await current(b)}`, records: [asked('endOwnSession')] })
  await over(b, 'it was ended')
  assert.deepEqual([await status(a), await status(c)], [200, 200])
  const all = `/reeve/users/${engineer.userId}/sessions`
  await run(t, activity, { ...ask, name: 'all others', path: all, records: [asked('endSessions')] })
  await over(c, 'all others were ended')
  await over(d, 'all others were ended')
  assert.equal((await own(a)).length, 1)
  await run(t, activity, { ...ask, method: 'POST', name: 'the present one', path: '/reeve/sign_out', records: [asked('signOut')] })
  await over(a, 'it signed out')
  assert.equal((await t.ask('POST', '/reeve/sign_out', by(engineer))).status, 403, 'an API token is no session')
})

test('who administers a user ends its sessions; of a colleague an Administrator sees those in the account alone', async () => {
  const elsewhere = t.world.clients.find(
    (c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at && c.id !== engineer.clientId,
  )
  const [other] = await system`
    INSERT INTO sessions ${system({ reseller_id: 2, client_id: elsewhere?.id, user_id: engineer.userId, expires_at: new Date(Date.now() + 3600_000) })} RETURNING id`
  const path = `/reeve/users/${engineer.userId}/sessions`
  const seen = async (one: TestCaller) => (await t.ask('GET', path, by(one))).body.map(({ id }: { id: string }) => id)
  for (const one of [platform, reseller, seller, administrator]) {
    const pair = await signIn(t, engineer.email)
    const id = await current(pair)
    assert.ok((await seen(one)).includes(id), one.name)
    assert.equal((await seen(one)).includes(other?.id), one !== administrator, one.name)
    assert.equal((await t.ask('DELETE', `${path}/${id}`, by(one))).status, 204)
    await over(pair, `ended by ${one.name}`)
    assert.equal((await t.ask('DELETE', `${path}/${id}`, by(one))).status, 404, 'once')
  }
  assert.equal((await t.ask('DELETE', `${path}/${other?.id}`, by(administrator))).status, 404)
  const pair = await signIn(t, engineer.email)
  assert.equal((await t.ask('DELETE', path, by(strangers))).status, 404)
  assert.equal(await status(pair), 200)
  assert.equal((await t.ask('DELETE', path, by(administrator))).status, 204)
  await over(pair, 'an Administrator ended all')
  assert.deepEqual(await seen(reseller), [other?.id], 'but those in other accounts')
})

test('staff who are signed out everywhere act as nobody any more', async () => {
  const pair = await signIn(t, seller.email)
  const acting: Pair = (await t.ask('GET', `/iam/auth/jwt/users/${engineer.userId}/token`, as(pair))).body
  assert.equal(await status(acting), 200)
  const [shownSession] = await own(acting)
  assert.equal(shownSession.actor, seller.userId, 'the user sees who acts')
  assert.equal((await t.ask('DELETE', `/reeve/users/${seller.userId}/sessions`, by(reseller))).status, 204)
  await over(acting, 'it was begun by somebody who is signed out')
})

/** Through the API, and no session is asked anything before: what the next request answers is what counts. */
test('a block, a lowered role, a new password and a deletion count from the next request on', async () => {
  const pair = await signIn(t, engineer.email)
  const role = (id: number) =>
    t.ask('PUT', `/iam/clients/${engineer.clientId}/client-users/${engineer.userId}`, { ...by(administrator), body: { user_role: { id } } })
  assert.equal((await role(1)).status, 204)
  const people = async () => (await t.ask('GET', '/iam/users', as(pair))).body.count
  assert.ok((await people()) > 1)
  assert.equal((await role(5)).status, 204)
  assert.equal(await people(), 1)

  const changed = { old: demoPassword, new: 'quite another word', double: 'quite another word' }
  const present = await signIn(t, engineer.email)
  assert.equal((await t.ask('PUT', `/iam/users/${engineer.userId}/password`, { ...as(present), body: changed })).status, 200)
  await over(pair, 'the password is another one')
  assert.equal(await status(present), 200)

  const block = (is_active: boolean) => t.ask('PATCH', `/reeve/users/${engineer.userId}`, { ...by(reseller), body: { is_active } })
  assert.equal((await block(false)).status, 200)
  assert.equal(await status(present), 401)
  assert.equal((await block(true)).status, 200)

  await system`UPDATE api_tokens SET deleted_at = now() WHERE user_id = ${engineer.userId}`
  const { body: last } = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: engineer.email, password: changed.new } })
  assert.equal(await status(last), 200)
  assert.equal((await t.ask('DELETE', `/iam/users/${engineer.userId}`, by(reseller))).status, 200)
  await over(last, 'the user is deleted')
})
