/** An account that is closed to staff: who decides it, that nobody of its reseller logs in as its users, and that those who have are out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Browser, fromOwnPage } from './browser.ts'
import { sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { watchActivity } from './scenarios.ts'

const t = await openWorld()
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, seller] = [the('platform'), the('reseller'), the('seller')]
const [administrator, engineer] = [the('client'), the('client', 2, 5)]
const account = administrator.clientId
const path = `/reeve/clients/${account}/staff_access`
const as = ({ authorization }: { authorization: string }) => ({ headers: { authorization } })
const bearer = (access: string) => as({ authorization: `Bearer ${access}` })

const put = async (body: object, one: { authorization: string } = administrator) => t.ask('PUT', path, { ...as(one), body })
async function set(body: object) {
  const answer = await put(body)
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}
const shown = async (one: TestCaller = reseller) => (await t.ask('GET', path, as(one))).body
const admin = `/iam/auth/jwt/clients/${account}/admin_token`
const user = `/iam/auth/jwt/users/${administrator.userId}/token`
const actAs = (one: TestCaller, path = admin) => t.ask('GET', path, as(one))
const works = async (access: string) => (await t.ask('GET', '/iam/users/me', bearer(access))).status === 200
async function acting(one: TestCaller): Promise<{ access: string; refresh: string }> {
  const answer = await actAs(one)
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}
/** As if so many hours had gone by since it was decided. */
const later = (hours: number) =>
  system`UPDATE clients SET closed_to_staff_from = closed_to_staff_from - ${hours}::int * interval '1 hour' WHERE id = ${account}`
const open = { access: 'open', until: null }
const closed = { access: 'closed', until: null }

test('an account is open until it is closed, and the activity has who closed it', async () => {
  for (const one of [administrator, platform, reseller, seller]) assert.deepEqual(await shown(one), open)
  assert.deepEqual(await set({ access: 'closed' }), closed)
  assert.partialDeepStrictEqual(await activity.since(1), [
    { action: 'setStaffAccess', user_id: administrator.userId, affected_client_id: account, status_code: 200 },
  ])
  for (const one of [administrator, platform, reseller, seller]) assert.deepEqual(await shown(one), closed)
})

test('while it is closed nobody of the reseller logs in there, as whom and how ever; an operator does', async () => {
  for (const one of [reseller, seller])
    for (const asked of [admin, user]) {
      const answer = await actAs(one, asked)
      assert.deepEqual([answer.status, answer.headers['x-error-code']], [403, 'account_closed'])
      assert.match(answer.body.message, /closed to staff/)
    }
  const browser = new Browser(t)
  const { access } = await browser.expect('login', { username: seller.email, password: 'reeve-demo-password' })
  const refused = await browser.post('act_as', { client_id: account, reason: 'x' }, { ...fromOwnPage, authorization: `Bearer ${access}` })
  assert.deepEqual([refused.status, refused.headers['x-error-code']], [403, 'account_closed'])
  const operator = await acting(platform)
  assert.ok(await works(operator.access))
  assert.equal((await t.ask('GET', `/iam/clients/${account}`, as(seller))).status, 200, 'what staff see they still see')
  const elsewhere = t.world.clients.find((c) => c.reseller_id === 2 && c.id !== account && c.client_type === 'common' && !c.deleted_at)
  assert.notEqual((await actAs(seller, `/iam/auth/jwt/clients/${elsewhere?.id}/admin_token`)).headers['x-error-code'], 'account_closed')
  await activity.since(7)
})

test('opened for some hours it closes by itself', async () => {
  for (const hours of [1, 24, 72]) {
    const { access, until } = await set({ access: 'open', hours })
    assert.equal(access, 'open')
    const left = (Date.parse(until) - Date.now()) / 3_600_000
    assert.ok(left > hours - 0.1 && left <= hours + 0.01, `${left} of ${hours}`)
    const { access: token } = await acting(seller)
    await later(hours)
    assert.deepEqual(await shown(), closed)
    assert.equal((await actAs(seller)).status, 403)
    assert.ok(!(await works(token)), 'who is in is out')
  }
  await activity.since(9)
})

test('sessions there end when it closes, and do not come back when it opens', async () => {
  assert.deepEqual(await set({ access: 'open' }), open)
  const pairs = [await acting(reseller), await acting(seller)]
  for (const { access } of pairs) assert.ok(await works(access))
  await set({ access: 'closed' })
  const expectEnded = async () => {
    for (const { access, refresh } of pairs) {
      assert.ok(!(await works(access)))
      assert.equal((await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh } })).status, 401)
    }
  }
  await expectEnded()
  await set({ access: 'open' })
  await expectEnded()

  await set({ access: 'open', hours: 1 })
  pairs.push(await acting(seller))
  await later(1)
  await expectEnded()
  await set({ access: 'open' })
  await expectEnded()
  assert.ok(await works((await acting(seller)).access))
  await activity.since(9)
})

test('a session of one’s own goes on', async () => {
  const own = await sessionOf(t, administrator.email, account)
  await set({ access: 'closed' })
  assert.equal((await t.ask('GET', '/iam/users/me', as(own))).status, 200)
  await set({ access: 'open' })
  await activity.since(2)
})

test('nobody acting as an Administrator keeps the account open, nor moves into a closed one', async () => {
  const { access } = await acting(seller)
  const refused = await put({ access: 'open' }, { authorization: `Bearer ${access}` })
  assert.deepEqual([refused.status, refused.headers['x-error-code']], [403, 'acting_session'])

  const other = t.world.clients.find((c) => c.reseller_id === 2 && c.id !== account && c.client_type === 'common' && !c.deleted_at)
  assert.ok(other)
  await system`INSERT INTO client_users ${system({ client_id: other.id, user_id: administrator.userId, reseller_id: 2, role_id: 1 })}`
  await system`UPDATE clients SET closed_to_staff_from = now() WHERE id = ${other.id}`
  const select = () => t.ask('GET', `/iam/auth/jwt/clients/${other.id}/login`, bearer(access))
  const moved = await select()
  assert.deepEqual([moved.status, moved.headers['x-error-code']], [403, 'account_closed'])
  await system`UPDATE clients SET closed_to_staff_from = NULL WHERE id = ${other.id}`
  assert.equal((await select()).status, 200)
  await activity.since(2)
})

test('400 for what is no choice, 403 for who may not decide', async () => {
  for (const [body, field] of [
    [{}, 'access'],
    [{ access: 'ajar' }, 'access'],
    [{ access: 'open', hours: 2 }, 'hours'],
    [{ access: 'open', hours: '1' }, 'hours'],
    [{ access: 'closed', hours: 1 }, 'hours'],
  ] as const) {
    const answer = await put(body)
    assert.equal(answer.status, 400, JSON.stringify(body))
    assert.deepEqual(Object.keys(answer.body.errors), [field])
  }
  for (const one of [platform, reseller, seller, engineer]) assert.equal((await put({ access: 'closed' }, one)).status, 403)
  assert.deepEqual(await shown(), open)
  await activity.since(9)
})
