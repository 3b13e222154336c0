/** Log in as: whom staff may act as, what such a session may, that both are in the activity, and what ends it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimsOf, sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, seller] = [the('platform'), the('reseller'), the('seller')]
const [administrator, engineer] = [the('client'), the('client', 2, 5)]
const [strangers, foreign] = [the('reseller', 3), the('client', 3)]

const ofClient = (id: number) => `/iam/auth/jwt/clients/${id}/admin_token`
const ofUser = (id: number) => `/iam/auth/jwt/users/${id}/token`
const bearer = (access: string) => `Bearer ${access}`
const askAs = (one: TestCaller, path: string) => t.ask('GET', path, { headers: { authorization: one.authorization } })
const actAs = async (one: TestCaller, path: string): Promise<{ access: string; refresh: string }> => {
  const answer = await askAs(one, path)
  assert.equal(answer.status, 200, `${one.name} asks for ${path}: ${answer.text}`)
  return answer.body
}
const me = (access: string) => t.ask('GET', '/iam/users/me', { headers: { authorization: bearer(access) } })

const action = (path: string) => (path.endsWith('admin_token') ? 'getClientAdminToken' : 'getUserToken')
const granted = (name: string, one: TestCaller, path: string, who: TestCaller): Scenario => ({
  name: `200 ${name}`,
  as: one.authorization,
  method: 'GET',
  path,
  status: 200,
  records: [
    { action: action(path), method: 'GET', status_code: 200, user_id: one.userId, actor_id: null, affected_client_id: who.clientId },
  ],
  also: async ({ body, headers }) => {
    assert.equal(headers['cache-control'], 'no-store')
    for (const token of [body.access, body.refresh]) {
      const { user_id, client_id, email, act, exchangeable } = claimsOf(token)
      assert.deepEqual([user_id, client_id, email], [who.userId, who.clientId, who.email])
      assert.deepEqual([act, exchangeable], [{ sub: String(one.userId) }, false])
    }
    assert.equal((await me(body.access)).body.id, who.userId)
  },
})
const denied = (name: string, status: 403 | 404, one: TestCaller, path: string, says: object = {}): Scenario => ({
  name: `${status} ${name}`,
  as: one.authorization,
  method: 'GET',
  path,
  status,
  says,
  records: [{ action: action(path), method: 'GET', status_code: status, user_id: one.userId }],
})
const platformClient = platform.clientId

const scenarios: Scenario[] = [
  granted('for an Administrator, by the reseller', reseller, ofClient(administrator.clientId), administrator),
  granted('for an Administrator, by a seller', seller, ofClient(administrator.clientId), administrator),
  granted('for an Administrator, by the platform', platform, ofClient(foreign.clientId), foreign),
  granted('for a user, by the reseller', reseller, ofUser(engineer.userId), engineer),
  granted('for a user, by a seller', seller, ofUser(engineer.userId), engineer),
  granted('for a seller, by the reseller', reseller, ofUser(seller.userId), seller),
  granted('for a reseller, by the platform', platform, ofUser(reseller.userId), reseller),
  denied('for a reseller user, by a seller', 403, seller, ofUser(reseller.userId)),
  denied('for the technical account, by a seller', 403, seller, ofClient(seller.clientId)),
  denied('for the platform, by itself', 403, platform, ofUser(platform.userId)),
  denied('for the platform’s account', 403, platform, ofClient(platformClient)),
  denied('for the platform, by a reseller that does not see it', 404, reseller, ofUser(platform.userId), notFound),
  denied('for an account of another reseller', 404, strangers, ofClient(administrator.clientId), notFound),
  denied('for a user of another reseller', 404, strangers, ofUser(administrator.userId), notFound),
  denied('for no account', 404, reseller, ofClient(2 ** 40), notFound),
  denied('for nobody', 404, reseller, ofUser(2 ** 40), notFound),
  denied('to an Administrator', 403, administrator, ofUser(engineer.userId)),
  denied('to an Administrator, of the own account', 403, administrator, ofClient(administrator.clientId)),
  ...[ofClient(administrator.clientId), ofUser(engineer.userId)].map((path) => ({
    name: `401 for nobody at ${path}`,
    method: 'GET',
    path,
    status: 401,
  })),
]
for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('403 for whoever acts as somebody already, also where it would see the account', async () => {
  const asReseller = await actAs(platform, ofUser(reseller.userId))
  await activity.since(1)
  for (const path of [ofClient(administrator.clientId), ofUser(engineer.userId), ofUser(2 ** 40), ofUser(seller.userId)]) {
    const chained = denied('', 403, { ...reseller, authorization: bearer(asReseller.access) }, path)
    await run(t, activity, { ...chained, records: [{ user_id: reseller.userId, actor_id: platform.userId, status_code: 403 }] })
  }
})

test('the session may what its user may, and the activity names both', async () => {
  const { access, refresh } = await actAs(seller, ofClient(administrator.clientId))
  await activity.since(1)
  const as = bearer(access)
  const by = (action: string, status_code: number) => ({
    action,
    status_code,
    user_id: administrator.userId,
    user_email: administrator.email,
    actor_id: seller.userId,
    client_id: administrator.clientId,
    reseller_id: 2,
  })
  const path = `/iam/users/${administrator.userId}`
  const rename = { as, method: 'PATCH', path, body: { name: 'By two' } }
  await run(t, activity, { ...rename, name: 'its user’s own', status: 200, says: { name: 'By two' }, records: [by('updateUser', 200)] })
  const other = { ...rename, path: `/iam/users/${engineer.userId}`, body: { phone: '+49 30 1234567' } }
  await run(t, activity, { ...other, name: 'what its user may not', status: 403, records: [by('updateUser', 403)] })
  const staff = { as, method: 'PATCH', path: `/iam/clients/${administrator.clientId}`, body: { name: 'x' } }
  await run(t, activity, { ...staff, name: 'what staff may', status: 403, records: [by('updateClient', 403)] })
  const password = {
    as,
    method: 'PUT',
    path: `${path}/password`,
    body: { old: 'reeve-demo-password', new: 'of the other', double: 'of the other' },
  }
  await run(t, activity, { ...password, name: 'its user’s password', status: 403, records: [by('changePassword', 403)] })

  const next = await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh } })
  assert.deepEqual(claimsOf(next.body.access).act, { sub: String(seller.userId) }, 'a refresh does not forget who acts')
  await run(t, activity, {
    ...rename,
    as: bearer(next.body.access),
    name: 'after a refresh',
    status: 200,
    records: [by('updateUser', 200)],
  })
})

test('whoever acts as somebody stays named in the user’s other accounts', async () => {
  const two = world.users.find(
    (u) =>
      u.reseller_id === 2 &&
      u.is_active &&
      u.activated_at &&
      !u.deleted_at &&
      world.client_users.filter((m) => m.user_id === u.id && world.clients.some((c) => c.id === m.client_id && !c.deleted_at)).length > 1,
  )
  assert.ok(two, 'the world has nobody with two accounts')
  const { access } = await actAs(reseller, ofUser(two.id))
  const other = world.client_users.find(
    (m) =>
      m.user_id === two.id &&
      m.client_id !== claimsOf(access).client_id &&
      world.clients.some((c) => c.id === m.client_id && !c.deleted_at),
  )
  const chosen = await t.ask('GET', `/iam/auth/jwt/clients/${other?.client_id}/login`, { headers: { authorization: bearer(access) } })
  assert.deepEqual(claimsOf(chosen.body.access).act, { sub: String(reseller.userId) })
})

test('403 for a user who cannot sign in, 404 for an account without an active Administrator', async () => {
  const { userId, clientId } = engineer
  await system`UPDATE users SET is_active = false WHERE id = ${userId}`
  assert.equal((await askAs(reseller, ofUser(userId))).status, 403)
  await system`UPDATE users SET is_active = true, activated_at = NULL WHERE id = ${userId}`
  assert.equal((await askAs(reseller, ofUser(userId))).status, 403)
  await system`UPDATE users SET activated_at = now() WHERE id = ${userId}`
  const gone = world.users.find((u) => u.reseller_id === 2 && u.deleted_at)
  assert.equal((await askAs(reseller, ofUser(gone?.id ?? 0))).status, 403)

  const away = (role: number) =>
    system`UPDATE client_users SET role_id = ${role} WHERE client_id = ${clientId} AND user_id = ${administrator.userId}`
  await away(5)
  assert.deepEqual((await askAs(reseller, ofClient(clientId))).body, notFound)
  await away(1)
  const deleted = world.clients.find((c) => c.reseller_id === 2 && c.deleted_at)
  assert.equal((await askAs(reseller, ofClient(deleted?.id ?? 0))).status, 404)
})

test('the owner is preferred among Administrators', async () => {
  const { clientId } = administrator
  await system`UPDATE client_users SET role_id = 1 WHERE client_id = ${clientId} AND user_id = ${engineer.userId}`
  const owner = async (id: number) => {
    await system`UPDATE clients SET owner_id = ${id} WHERE id = ${clientId}`
    return claimsOf((await actAs(reseller, ofClient(clientId))).access).user_id
  }
  assert.equal(await owner(engineer.userId), engineer.userId)
  assert.equal(await owner(administrator.userId), administrator.userId)
  await system`UPDATE client_users SET role_id = 5 WHERE client_id = ${clientId} AND user_id = ${engineer.userId}`
})

test('it ends when who acts is blocked or deleted, or the account goes to another reseller, and when the session it came from had ended', async () => {
  const session = await sessionOf(t, seller.email)
  const ends = async (pair: { access: string; refresh: string }, why: string) => {
    assert.equal((await me(pair.access)).status, 401, why)
    assert.equal((await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: pair.refresh } })).status, 401, why)
  }
  const pair = await actAs(session, ofUser(engineer.userId))
  await system`UPDATE users SET is_active = false WHERE id = ${seller.userId}`
  await ends(pair, 'a blocked seller acts no more')
  await system`UPDATE users SET is_active = true WHERE id = ${seller.userId}`
  assert.equal((await me(pair.access)).status, 200)
  await system`UPDATE users SET deleted_at = now() WHERE id = ${seller.userId}`
  await ends(pair, 'a deleted seller acts no more')
  await system`UPDATE users SET deleted_at = NULL WHERE id = ${seller.userId}`

  await system`UPDATE sessions SET actor_id = ${strangers.userId} WHERE user_id = ${engineer.userId}`
  await ends(pair, 'whoever is of another reseller by now acts no more')

  const [asked] = await Promise.all([
    askAs(session, ofUser(engineer.userId)),
    system`UPDATE sessions SET revoked_at = now() WHERE user_id = ${seller.userId}`,
  ])
  assert.ok([200, 401].includes(asked.status))
  assert.equal((await askAs(session, ofUser(engineer.userId))).status, 401)
})

test('reason, duration and read_only: kept in the account’s own log, ended by itself, and nothing is changed', async () => {
  const path = `${ofClient(administrator.clientId)}?reason=ticket%2042&duration=10&read_only=true`
  const pair = await actAs(seller, path)
  const [row] =
    await system`SELECT query_params FROM activity WHERE user_id = ${seller.userId} AND status_code = 200 ORDER BY id DESC LIMIT 1`
  assert.equal(row?.query_params, 'reason=ticket+42&duration=10&read_only=true')
  const log = await askAs(administrator, '/reeve/activity?limit=20')
  const told = JSON.stringify(log.body)
  assert.ok(told.includes('ticket+42'), 'the account sees why')
  const [access, refresh] = [claimsOf(pair.access), claimsOf(pair.refresh)]
  assert.deepEqual([access.exp - access.iat, refresh.exp - refresh.iat], [600, 600])

  const change = (method: string, path: string, body?: unknown) =>
    t.ask(method, path, { headers: { authorization: bearer(pair.access) }, ...(body !== undefined && { body }) })
  assert.equal((await me(pair.access)).status, 200)
  const readOnly = { message: 'This session is read-only.' }
  assert.deepEqual((await change('PATCH', `/iam/users/${administrator.userId}`, { name: 'x' })).body, readOnly)
  assert.deepEqual((await change('DELETE', `/iam/users/${engineer.userId}`)).body, readOnly)
  assert.deepEqual((await change('DELETE', `/reeve/users/${administrator.userId}/sessions`)).body, readOnly)

  await system`UPDATE sessions SET ends_at = ends_at - interval '5 minutes' WHERE actor_id = ${seller.userId} AND ends_at > reeve_now()`
  const next = await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: pair.refresh } })
  const left = claimsOf(next.body.refresh)
  assert.ok(left.exp <= refresh.exp - 300 && claimsOf(next.body.access).exp === left.exp, 'a refresh does not prolong it')
  const again = await t.ask('PATCH', `/iam/users/${administrator.userId}`, {
    headers: { authorization: bearer(next.body.access) },
    body: { name: 'x' },
  })
  assert.deepEqual([again.status, again.body], [403, readOnly], 'nor does it grow rights')
  const signOut = await t.ask('POST', '/reeve/sign_out', { headers: { authorization: bearer(next.body.access) } })
  assert.equal(signOut.status, 204, 'but it can be ended')
})

test('400 for a duration that is none, of an account as of a user', async () => {
  for (const path of [ofClient(administrator.clientId), ofUser(administrator.userId)]) {
    const answer = await t.ask('GET', `${path}?duration=61`, { headers: { authorization: seller.authorization } })
    assert.equal(answer.status, 400)
    assert.ok(answer.body.errors.duration)
  }
})

test('an hour where no duration is said; in another account of the user the limits go along', async () => {
  const { access, refresh } = await actAs(seller, ofClient(administrator.clientId))
  assert.equal(claimsOf(refresh).exp - claimsOf(refresh).iat, 3600)
  assert.equal(claimsOf(access).exp, claimsOf(refresh).exp)
  const limited = await actAs(seller, `${ofUser(administrator.userId)}?duration=7&read_only=1`)
  const home = `/iam/auth/jwt/clients/${claimsOf(limited.access).client_id}/login`
  const chosen = await t.ask('GET', home, { headers: { authorization: bearer(limited.access) } })
  assert.ok(claimsOf(chosen.body.refresh).exp <= claimsOf(limited.refresh).exp)
  const [row] =
    await system`SELECT read_only FROM sessions s JOIN refresh_tokens r ON r.session_id = s.id WHERE r.jti = ${claimsOf(chosen.body.refresh).jti}`
  assert.equal(row?.read_only, true)
})

for (const [name, value] of [
  ['duration', '0'],
  ['duration', '61'],
  ['duration', '1.5'],
  ['duration', 'PT10M'],
  ['duration', '-1'],
  ['read_only', 'perhaps'],
  ['reason', 'x'.repeat(501)],
])
  test(`400 naming ${name} for ${value?.slice(0, 10)}`, async () => {
    const { status, body } = await askAs(seller, `${ofUser(engineer.userId)}?${name}=${value}`)
    assert.deepEqual([status, Object.keys(body.errors)], [400, [name]])
  })

test('403 for API tokens asked for by whoever acts as somebody: they would outlive the session', async () => {
  const { access } = await actAs(seller, ofClient(administrator.clientId))
  const body = { name: 'for ever', exp_date: null, client_user: { role: { id: 2 } } }
  for (const version of ['/v2', '']) {
    const path = `/iam${version}/clients/${administrator.clientId}/tokens`
    assert.equal((await t.ask('POST', path, { headers: { authorization: bearer(access) }, body })).status, 403)
  }
})
