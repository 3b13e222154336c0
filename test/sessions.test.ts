/** What sessions mean: signing in, the claims, refresh tokens that work once, another account, and what ends a session. */
import assert from 'node:assert/strict'
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { claimsOf, sessionOf, shownBy, shownCallers, signIn, usersOfSeveralAccounts } from './callers.ts'
import { openWorld } from './harness.ts'
import { notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const shown = shownCallers(t)
const the = shownBy(t)
const [platform, reseller, seller, administrator] = [the('platform'), the('reseller'), the('seller'), the('client')]
const bearer = (access: string) => `Bearer ${access}`
const login = (body: unknown) => t.ask('POST', '/iam/auth/jwt/login', { body, headers: { 'user-agent': 'the test' } })
const refresh = (token: string, field = 'refresh') => t.ask('POST', '/iam/auth/jwt/refresh', { body: { [field]: token } })
const me = (access: string) => t.ask('GET', '/iam/users/me', { headers: { authorization: bearer(access) } })
const noSuchAccount = '{"errors":{"errors":["No active account found with the given credentials."]}}'
const notValid = { message: 'Given token not valid for any token type' }

/** Users of the world whom nothing else here needs, each with one live account. */
const spare = world.users
  .filter((u) => u.user_type === 'common' && u.is_active && u.activated_at && !u.deleted_at && !shown.some((one) => one.userId === u.id))
  .filter(
    (u) =>
      world.client_users.filter((m) => m.user_id === u.id).length === 1 && world.clients.some((c) => c.id === u.client_id && !c.deleted_at),
  )
const takeSpare = () => spare.pop() ?? assert.fail('the world is too small for this test')

for (const one of [platform, reseller, seller, administrator, the('client', 3, 3022)])
  test(`200 and the claims of docs/domain.md for ${one.name}, which any service can verify`, async () => {
    const { body, text } = await login({ username: one.email, password: demoPassword })
    assert.deepEqual(Object.keys(body).sort(), ['access', 'refresh'])
    assert.match(text, /^\{"(access|refresh)":"[\w.-]+","(access|refresh)":"[\w.-]+"\}$/, 'shell scripts cut it with sed: no blanks')
    const { body: jwks } = await t.ask('GET', '/.well-known/jwks.json')
    for (const token of [body.access, body.refresh]) {
      const [head = '', payload = '', signature = ''] = token.split('.')
      const header = JSON.parse(Buffer.from(head, 'base64url').toString())
      assert.deepEqual(Object.keys(header).sort(), ['alg', 'kid', 'typ'])
      assert.deepEqual([header.typ, header.alg], ['JWT', 'RS256'])
      const jwk = jwks.keys.find(({ kid }: { kid: string }) => kid === header.kid) as JsonWebKey
      assert.ok(jwk, 'the key that signs must be shown')
      assert.deepEqual([jwk.d, jwk.p, jwk.kty], [undefined, undefined, 'RSA'], 'only the public half may be shown')
      assert.ok(
        verify(
          'sha256',
          Buffer.from(`${head}.${payload}`),
          createPublicKey({ key: jwk, format: 'jwk' }),
          Buffer.from(signature, 'base64url'),
        ),
      )
    }
    const { jti, exp, iat, ...claims } = claimsOf(body.refresh)
    assert.deepEqual(claims, {
      token_type: 'refresh',
      user_id: one.userId,
      user_type: one.kind === 'client' ? 'common' : one.kind === 'platform' ? 'reseller' : one.kind,
      user_groups: [one.roleId === 1 ? 'Administrators' : 'Purge and Prefetch only (API)'],
      client_id: one.clientId,
      email: one.email,
      username: one.email,
      sso_entity: null,
      is_admin: one.kind === 'platform',
      client_name: world.clients.find(({ id }) => id === one.clientId)?.company_name,
      exchangeable: true,
    })
    assert.match(jti, /^[0-9a-f]{32}$/)
    assert.equal(exp - iat, 24 * 3600, 'a refresh token lives for a day')
    const access = claimsOf(body.access)
    assert.deepEqual(
      { ...access, jti: '' },
      { ...claims, token_type: 'access', iat, exp: iat + 3600, jti: '', rjti: jti },
      'an access token lives for an hour and names its refresh token',
    )
    assert.match(access.jti, /^[0-9a-f]{32}$/)
    assert.notEqual(access.jti, jti)
    assert.equal((await me(body.access)).body.id, one.userId)
  })

test('400 with one body for an unknown email, a wrong password, a blocked, unconfirmed and deleted user, and one without any account', async () => {
  const [blocked, unconfirmed, deleted, homeless] = [takeSpare(), takeSpare(), takeSpare(), takeSpare()]
  await system`UPDATE users SET is_active = false WHERE id = ${blocked.id}`
  await system`UPDATE users SET activated_at = NULL WHERE id = ${unconfirmed.id}`
  await system`UPDATE users SET deleted_at = now() WHERE id = ${deleted.id}`
  await system`UPDATE clients SET deleted_at = now() WHERE id = ${homeless.client_id}`
  const emails = ['nobody@nowhere.example', '', 'x', administrator.email, blocked.email, unconfirmed.email, deleted.email, homeless.email]
  const answers = []
  for (const username of emails) {
    await system`DELETE FROM failures` // names that are no address are counted as one
    for (const password of ['a wrong password', '', ...(username === administrator.email ? [] : [demoPassword])])
      answers.push(await login({ username, password }))
  }
  for (const { status, text, headers } of answers) {
    assert.deepEqual([status, text], [400, noSuchAccount])
    assert.deepEqual(Object.keys(headers).sort(), Object.keys(answers[0]?.headers ?? {}).sort(), 'nor may the headers differ')
  }
})

test('400 naming each field that is missing or of another type; one_time_password and unknown fields do no harm', async () => {
  assert.deepEqual((await login({})).body, { errors: { username: ['This field is required.'], password: ['This field is required.'] } })
  assert.deepEqual(Object.keys((await login({ username: 5, password: null })).body.errors).sort(), ['password', 'username'])
  const good = { username: administrator.email, password: demoPassword }
  for (const more of [{ one_time_password: '' }, { unknown: { field: true } }, { username: administrator.email.toUpperCase() }])
    assert.equal((await login({ ...good, ...more })).status, 200, JSON.stringify(more))
})

test('an email that is free again belongs to the live user', async () => {
  const [left, came] = [takeSpare(), takeSpare()]
  await system`UPDATE users SET deleted_at = now() WHERE id = ${left.id}`
  await system`UPDATE users SET email = ${left.email.toUpperCase()} WHERE id = ${came.id}`
  assert.equal(claimsOf((await signIn(t, left.email)).access).user_id, came.id)
})

test('every attempt is in the log of sign-ins, and signing in is no activity', async () => {
  const user = takeSpare()
  await system`DELETE FROM logins WHERE user_id IS NULL` // others of this hour would be counted together with this one
  const [before] = await system`SELECT coalesce(max(id), 0) AS id FROM logins`
  await login({ username: user.email, password: demoPassword })
  await login({ username: user.email, password: 'wrong' })
  await login({ username: 'nobody@nowhere.example', password: demoPassword })
  const rows =
    await system`SELECT reseller_id, client_id, user_id, is_successful, auth_type, host(ip_address) AS ip, user_agent FROM logins WHERE id > ${before?.id} ORDER BY id`
  const common = { auth_type: 'password', ip: '127.0.0.1', user_agent: 'the test' }
  const known = { reseller_id: user.reseller_id, client_id: user.client_id, user_id: user.id, ...common }
  const nobody = { reseller_id: null, client_id: null, user_id: null, is_successful: false, ...common }
  assert.deepEqual([...rows], [{ ...known, is_successful: true }, { ...known, is_successful: false }, nobody])
  assert.deepEqual(await activity.since(0), [])
})

test('200 once for a refresh token, again within the grace, 401 after it: then the whole session is over', async () => {
  const first = await signIn(t, administrator.email)
  const { body: second } = await refresh(first.refresh)
  const { body: third } = await refresh(second.refresh, 'token')
  const { body: again } = await refresh(first.refresh)
  for (const pair of [second, third, again]) assert.equal((await me(pair.access)).status, 200)
  const { jti } = claimsOf(first.refresh)
  const jtis = [first, second, third, again].map((pair) => claimsOf(pair.refresh).jti)
  assert.equal(new Set(jtis).size, 4, 'every refresh hands out a new token')
  const other = await signIn(t, administrator.email)
  await system`UPDATE refresh_tokens SET used_at = used_at - interval '1 minute' WHERE jti = ${jti}`
  const late = await refresh(first.refresh)
  assert.deepEqual([late.status, late.body], [401, notValid])
  assert.ok(late.headers['www-authenticate'], 'every 401 carries WWW-Authenticate')
  for (const pair of [first, second, third, again]) {
    assert.deepEqual((await me(pair.access)).body, notValid, 'access tokens of the family die with it')
    assert.equal((await refresh(pair.refresh)).status, 401, 'so do its refresh tokens')
  }
  assert.equal((await me(other.access)).status, 200, 'another session of the user goes on')
})

test('the grace counts from the first use: using again does not prolong it', async () => {
  const { refresh: token } = await signIn(t, administrator.email)
  const { jti } = claimsOf(token)
  await refresh(token)
  await system`UPDATE refresh_tokens SET used_at = used_at - interval '15 seconds' WHERE jti = ${jti}`
  assert.equal((await refresh(token)).status, 200, 'fifteen seconds are within the grace')
  await system`UPDATE refresh_tokens SET used_at = used_at - interval '15 seconds' WHERE jti = ${jti}`
  assert.equal((await refresh(token)).status, 401, 'thirty seconds after the first use are not')
})

test('50 refreshes of one token at once all get a pair, and the session goes on', async () => {
  const { refresh: token } = await signIn(t, administrator.email)
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(token)))
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  for (const { body } of answers) assert.equal((await me(body.access)).status, 200)
  assert.equal((await refresh(answers[7]?.body.refresh)).status, 200)
})

test('401 for a refresh token whose day is over', async () => {
  const { refresh: token } = await signIn(t, administrator.email)
  await system`UPDATE refresh_tokens SET expires_at = now() - interval '1 second' WHERE jti = ${claimsOf(token).jti}`
  assert.equal((await refresh(token)).status, 401)
})

test('400 for a refresh without a token, 401 for one that is none', async () => {
  assert.deepEqual((await t.ask('POST', '/iam/auth/jwt/refresh', { body: {} })).body, { errors: { refresh: ['This field is required.'] } })
  for (const token of ['', 'x', 'a.b.c', `${administrator.authorization.slice(7)}`]) assert.equal((await refresh(token)).status, 401, token)
  for (const value of [5, null, {}])
    assert.equal((await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: value } })).status, 400, JSON.stringify(value))
})

test('401 for an access token as refresh token and the other way round', async () => {
  const pair = await signIn(t, administrator.email)
  assert.equal((await refresh(pair.access)).status, 401)
  assert.deepEqual((await me(pair.refresh)).body, notValid)
  assert.equal((await me(pair.access)).status, 200, 'the session does not mind')
})

const several = usersOfSeveralAccounts(t)

test('select account: a pair for one’s other account, 404 for a foreign or unknown one, 403 by API token', async () => {
  const user = several[0]
  assert.ok(user)
  const first = await sessionOf(t, user.email)
  const other = first.accountIds.find((id) => id !== first.clientId && world.clients.some((c) => c.id === id && !c.deleted_at))
  const foreign = world.clients.find((c) => c.reseller_id !== user.reseller_id && !c.deleted_at)?.id
  const neighbour = world.clients.find((c) => c.reseller_id === user.reseller_id && !first.accountIds.includes(c.id))?.id
  const ask = (clientId: number | undefined, as = first.authorization): Omit<Scenario, 'name' | 'status'> => ({
    as,
    method: 'GET',
    path: `/iam/auth/jwt/clients/${clientId}/login`,
  })
  await activity.since(0)
  const { body } = await run(t, activity, { ...ask(other), name: 'the other account', status: 200 })
  assert.equal(claimsOf(body.access).client_id, other)
  assert.equal(claimsOf(body.refresh).client_id, other)
  assert.equal(claimsOf((await refresh(body.refresh)).body.access).client_id, other, 'a refresh stays in the account')
  const seen = await t.ask('GET', '/iam/clients/me', { headers: { authorization: bearer(body.access) } })
  assert.equal(seen.body.id, other)
  assert.equal(
    (await t.ask('GET', '/iam/clients/me', { headers: { authorization: first.authorization } })).body.id,
    first.clientId,
    'the first session stays where it was',
  )
  for (const id of [foreign, neighbour, 2 ** 40])
    await run(t, activity, { ...ask(id), name: `not one’s own, ${id}`, status: 404, says: notFound })
  await run(t, activity, { ...ask(administrator.clientId, administrator.authorization), name: 'by API token', status: 403 })
  await run(t, activity, {
    ...ask(neighbour, reseller.authorization),
    name: 'a reseller in a client’s account',
    status: reseller.resellerId === user.reseller_id ? 403 : 404,
  })
})

test('signing in begins in the account one came from, and in the first other one where that is gone', async () => {
  const user = several[1]
  assert.ok(user)
  const { access } = await signIn(t, user.email)
  const home = claimsOf(access).client_id
  await system`UPDATE clients SET deleted_at = now() WHERE id = ${home}`
  assert.equal((await me(access)).status, 401, 'the account is deleted: the session in it is over')
  const next = claimsOf((await signIn(t, user.email)).access).client_id
  assert.notEqual(next, home)
  assert.ok(world.client_users.some((m) => m.user_id === user.id && m.client_id === next))
})

/** What happens to a user, and what the next request of its session and the next refresh must answer. */
const changes: {
  what: string
  change: (one: { id: number; client_id: number }) => Promise<unknown>
  undo?: (one: { id: number; client_id: number }) => Promise<unknown>
}[] = [
  {
    what: 'blocked',
    change: ({ id }) => system`UPDATE users SET is_active = false WHERE id = ${id}`,
    undo: ({ id }) => system`UPDATE users SET is_active = true WHERE id = ${id}`,
  },
  { what: 'deleted', change: ({ id }) => system`UPDATE users SET deleted_at = now() WHERE id = ${id}` },
  { what: 'of a deleted account', change: ({ client_id }) => system`UPDATE clients SET deleted_at = now() WHERE id = ${client_id}` },
  { what: 'put out of the account', change: ({ id }) => system`DELETE FROM client_users WHERE user_id = ${id}` },
  { what: 'signed out everywhere', change: ({ id }) => system`UPDATE sessions SET revoked_at = now() WHERE user_id = ${id}` },
]
for (const { what, change, undo } of changes)
  test(`401 on the next request for a user who was ${what}`, async () => {
    const user = takeSpare()
    const pair = await signIn(t, user.email)
    assert.equal((await me(pair.access)).status, 200)
    await change(user)
    assert.deepEqual([(await me(pair.access)).body, (await refresh(pair.refresh)).status], [notValid, 401])
    if (!undo) return
    await undo(user)
    assert.equal((await me(pair.access)).status, 200, 'and it works again when that is undone')
    assert.equal((await refresh(pair.refresh)).status, 200)
  })

test('a role that is lowered counts from the next request on, and in the next claims', async () => {
  const one = the('client', 3)
  const pair = await signIn(t, one.email)
  const people = async () => (await t.ask('GET', '/iam/users', { headers: { authorization: bearer(pair.access) } })).body.count
  assert.ok((await people()) > 1)
  await system`UPDATE client_users SET role_id = 2 WHERE user_id = ${one.userId} AND client_id = ${one.clientId}`
  assert.equal(await people(), 1)
  assert.deepEqual(claimsOf((await refresh(pair.refresh)).body.access).user_groups, ['Users'])
})

test('neither a refresh token nor a password is anywhere in the database', async () => {
  const pair = await signIn(t, administrator.email)
  await login({ username: administrator.email, password: 'a wrong password that stands nowhere' })
  const tables = await system`SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`
  for (const { name } of tables)
    for (const text of [pair.refresh, pair.access, demoPassword, 'stands nowhere']) {
      const [found] = await system`SELECT count(*) FROM ${system(name)} r WHERE r::text LIKE ${`%${text}%`}`
      assert.equal(found?.count, 0, `${name} holds ${text.slice(0, 20)}…`)
    }
})
