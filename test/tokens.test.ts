/** The life of API tokens: what is shown once, what lists show, when they stop working, and what the activity keeps of it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { insertToken, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, watchActivity } from './scenarios.ts'
import { created, invalidRole, refused, wanted, withRole } from './tokens.ts'
import { until } from './until.ts'

const t = await openWorld()
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [administrator, engineer, user] = [the('client'), the('client', 2, 5), the('client', 2, 2)]
const [reseller, seller] = [the('reseller'), the('seller')]

const tokens = `/iam/v2/clients/${administrator.clientId}/tokens`
const older = `/iam/clients/${administrator.clientId}/tokens`
const key = (token: string) => `APIKey ${token}`
const create = async (one: TestCaller, role = one.roleId, more: object = {}) => {
  const answer = await t.ask('POST', `/iam/v2/clients/${one.clientId}/tokens`, {
    headers: { authorization: one.authorization },
    body: wanted({ id: role }, more),
  })
  assert.equal(answer.status, 200, answer.text)
  await activity.since(1)
  return answer.body as { id: number; token: string; created: string; last_usage: string }
}

test('the activity keeps what was asked for, without secrets', async () => {
  await run(t, activity, {
    name: 'kept',
    as: administrator.authorization,
    method: 'POST',
    path: `${tokens}?token=hidden&x=shown`,
    status: 200,
    body: wanted({ id: 2 }, { name: 'Kept', password: 'hidden', nested: { secret: 'hidden' } }),
    records: [created(administrator)],
  })
  const [row] = await system`SELECT * FROM activity ORDER BY id DESC LIMIT 1`
  assert.equal(row?.path, tokens)
  assert.equal(JSON.parse(row?.data).name, 'Kept')
  assert.ok(!JSON.stringify(row).includes('hidden'), `a secret is in the activity: ${JSON.stringify(row)}`)
  assert.equal(new URLSearchParams(row?.query_params).get('x'), 'shown')
})

test('the secret is shown once, and nowhere in the database', async () => {
  const made = await create(administrator)
  const [, secret = ''] = made.token.split('_')
  for (const path of [tokens, `${tokens}/${made.id}`, older, `${older}/${made.id}`]) {
    const { text } = await t.ask('GET', path, { headers: { authorization: administrator.authorization } })
    assert.ok(
      text.includes(`"id":${made.id},`) && !text.includes(secret) && !text.includes('"token"'),
      `${path} must show the token without its secret`,
    )
  }
  const tables = await system`SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`
  const inHex = Buffer.from(secret).toString('hex')
  for (const { name } of tables) {
    const [found] = await system`SELECT count(*) FROM ${system(name)} r WHERE r::text LIKE ${`%${secret}%`} OR r::text LIKE ${`%${inHex}%`}`
    assert.equal(found?.count, 0, `${name} holds the secret of a token`)
  }
  const [row] = await system`SELECT secret_hash FROM api_tokens WHERE id = ${made.id}`
  assert.deepEqual(row?.secret_hash, createHash('sha256').update(secret).digest())
})

test('last_usage is the creation before the first use, and later the last use', async () => {
  const made = await create(administrator)
  const see = async () => (await t.ask('GET', `${tokens}/${made.id}`, { headers: { authorization: administrator.authorization } })).body
  assert.equal(made.last_usage, made.created)
  assert.equal((await see()).last_usage, made.created)
  assert.equal((await t.ask('GET', '/iam/users/me', { token: made.token })).status, 200)
  await until('a use shows in last_usage', async () => (await see()).last_usage > made.created, 50)
  assert.equal((await see()).created, made.created)
})

test('list: role, issued_by, not_issued_by and deleted filter, each and together', async () => {
  for (const one of [administrator, engineer, user])
    for (const [role_id, given] of [
      [1, {}],
      [2, { deleted_at: new Date() }],
      [5, { exp_date: new Date(0) }],
      [2, {}],
    ] as const)
      await insertToken(t, { client_id: one.clientId, user_id: one.userId, reseller_id: one.resellerId, role_id }, given)
  const rows =
    await system`SELECT id, role_id, user_id, deleted_at IS NOT NULL AS deleted FROM api_tokens WHERE client_id = ${administrator.clientId} ORDER BY id`
  const by: Record<string, (row: (typeof rows)[number]) => boolean> = {
    '': () => true,
    'role=2': (row) => row.role_id === 2,
    'role=Engineers': (row) => row.role_id === 5,
    'role=Purge and Prefetch only (API%2BWeb)': (row) => row.role_id === 3009,
    [`issued_by=${user.userId}`]: (row) => row.user_id === user.userId,
    [`not_issued_by=${administrator.userId}`]: (row) => row.user_id !== administrator.userId,
    'deleted=true': (row) => row.deleted,
    'deleted=False': (row) => !row.deleted,
    'deleted=all': () => true,
    'deleted=': () => true,
    [`issued_by=${engineer.userId}&role=Users&deleted=true`]: (row) => row.user_id === engineer.userId && row.role_id === 2 && row.deleted,
    [`issued_by=${user.userId}&not_issued_by=${user.userId}`]: () => false,
    [`issued_by=${reseller.userId}`]: () => false,
  }
  for (const [query, keep] of Object.entries(by))
    for (const [path, one] of [
      [tokens, administrator],
      [older, reseller],
      [tokens, seller],
    ] as const) {
      const { body } = await t.ask('GET', `${path}?${query.replaceAll(' ', '%20')}`, { headers: { authorization: one.authorization } })
      assert.deepEqual(
        body.map(({ id }: { id: number }) => id),
        rows.filter(keep).map(({ id }) => id),
        `${path}?${query} as ${one.name}`,
      )
    }
  const own = await t.ask('GET', tokens, { headers: { authorization: user.authorization } })
  assert.deepEqual(
    own.body.map(({ id }: { id: number }) => id),
    rows.filter((row) => row.user_id === user.userId).map(({ id }) => id),
    'a user sees its own alone',
  )
})

test('204 on delete, 401 at use from then on, 404 on the second delete, and it stays listed', async () => {
  const made = await create(user)
  const path = `${tokens}/${made.id}`
  const asked = { method: 'DELETE', path, headers: { 'content-type': 'application/json' } }
  await run(t, activity, { name: 'works before', as: key(made.token), method: 'GET', path: '/iam/users/me', status: 200 })
  await run(t, activity, {
    ...asked,
    name: 'deleted',
    as: administrator.authorization,
    status: 204,
    records: [
      {
        action: 'deleteToken',
        method: 'DELETE',
        status_code: 204,
        affected_client_id: user.clientId,
        user_id: administrator.userId,
        data: '',
      },
    ],
    also: ({ text }) => assert.equal(text, ''),
  })
  await run(t, activity, {
    name: 'stops at once',
    as: key(made.token),
    method: 'GET',
    path: '/iam/users/me',
    status: 401,
    says: { message: `Bad token: ${made.id}` },
  })
  await run(t, activity, { ...asked, name: 'again', as: administrator.authorization, status: 404, records: [refused(404, 'deleteToken')] })
  await run(t, activity, {
    name: 'still there',
    as: user.authorization,
    method: 'GET',
    path,
    status: 200,
    says: { deleted: true, client_user: { deleted: true } },
  })
})

test('a token may delete itself', async () => {
  const made = await create(engineer)
  await run(t, activity, {
    name: 'itself',
    as: key(made.token),
    method: 'DELETE',
    path: `${tokens}/${made.id}`,
    status: 204,
    records: [{ token_id: made.id, status_code: 204 }],
  })
  await run(t, activity, { name: 'gone', as: key(made.token), method: 'DELETE', path: `${tokens}/${made.id}`, status: 401 })
})

test('an expired token reads as expired and is 401 at once', async () => {
  const made = await create(administrator, 1, { exp_date: '2099-01-01T00:00:00Z' })
  await run(t, activity, {
    name: 'before',
    as: key(made.token),
    method: 'GET',
    path: `${tokens}/${made.id}`,
    status: 200,
    says: { expired: false },
  })
  await system`UPDATE api_tokens SET exp_date = now() - interval '1 second' WHERE id = ${made.id}`
  await run(t, activity, { name: 'after', as: key(made.token), method: 'GET', path: `${tokens}/${made.id}`, status: 401 })
  await run(t, activity, {
    name: 'read',
    as: administrator.authorization,
    method: 'GET',
    path: `${tokens}/${made.id}`,
    status: 200,
    says: { expired: true, deleted: false },
  })
})

test('the older endpoints join by $ and say that they are deprecated; either sign works', async () => {
  const deprecated = ({ headers }: { headers: Record<string, unknown> }) => {
    assert.match(String(headers.deprecation), /^@\d+$/, 'RFC 9745')
    assert.match(String(headers.link), /rel="successor-version"/)
  }
  const { body } = await run(t, activity, {
    name: 'created',
    as: administrator.authorization,
    method: 'POST',
    path: older,
    body: wanted({ id: 1 }),
    status: 200,
    records: [created(administrator, 'createTokenV1')],
    also: deprecated,
  })
  assert.match(body.token, new RegExp(`^${body.id}\\$[0-9a-f]{64}$`))
  for (const token of [body.token, body.token.replace('$', '_')])
    await run(t, activity, { name: 'used', as: key(token), method: 'GET', path: `${older}/${body.id}`, status: 200, also: deprecated })
  const current = await run(t, activity, {
    name: 'the same under v2',
    as: key(body.token),
    method: 'GET',
    path: `${tokens}/${body.id}`,
    status: 200,
  })
  assert.equal(current.headers.deprecation, undefined, 'the v2 endpoints are not deprecated')
  await run(t, activity, {
    name: 'deleted',
    as: key(body.token),
    method: 'DELETE',
    path: `${older}/${body.id}`,
    status: 204,
    records: [{ action: 'deleteTokenV1' }],
    also: deprecated,
  })
})

test('a token never carries more than its issuer has now', async () => {
  const lower = (one: TestCaller, role: number) =>
    system`UPDATE client_users SET role_id = ${role} WHERE user_id = ${one.userId} AND client_id = ${one.clientId}`
  const made = await create(the('client', 3))
  const one = { ...the('client', 3), authorization: key(made.token) }
  const path = `/iam/v2/clients/${one.clientId}/tokens`
  const people = async () => (await t.ask('GET', '/iam/users', { headers: { authorization: one.authorization } })).body.count
  assert.ok((await people()) > 1, 'an Administrator sees the people of the account')
  await lower(one, 2)
  assert.equal(await people(), 1, 'lowered to Users it sees itself alone')
  await run(t, activity, {
    name: 'creates no more than that',
    as: one.authorization,
    method: 'POST',
    path,
    body: wanted({ id: 5 }),
    status: 400,
    says: invalidRole("Can't create token with role Engineers"),
    records: [refused(400)],
  })
  const { body } = await run(t, activity, {
    name: 'shows the role it was given',
    as: one.authorization,
    method: 'GET',
    path: `${path}/${made.id}`,
    status: 200,
    says: withRole(1),
  })
  assert.equal(body.client_user.user_id, one.userId)
  await lower(one, 1)
  assert.ok((await people()) > 1, 'raised again it does again')
  const small = await create(one, 2)
  assert.equal((await t.ask('GET', '/iam/users', { token: small.token })).body.count, 1, 'a token of a lesser role stays at that')
})

test('100 live tokens an account, also when ten are asked for at once: deleted and expired ones do not count', async () => {
  const one = the('client', 3, 5)
  const path = `/iam/v2/clients/${one.clientId}/tokens`
  const row = { client_id: one.clientId, user_id: one.userId, reseller_id: one.resellerId, role_id: 5 }
  const live = async () =>
    (
      await system`SELECT count(*) FROM api_tokens WHERE client_id = ${one.clientId} AND deleted_at IS NULL AND (exp_date IS NULL OR exp_date > now())`
    )[0]?.count as number
  for (let n = await live(); n < 95; n++) await insertToken(t, row)
  await insertToken(t, row, { deleted_at: new Date() })
  await insertToken(t, row, { exp_date: new Date(0) })
  const post = () => t.ask('POST', path, { headers: { authorization: one.authorization }, body: wanted({ id: 5 }) })
  const answers = await Promise.all(Array.from({ length: 10 }, post))
  assert.deepEqual(
    answers.map(({ status }) => status).sort(),
    [200, 200, 200, 200, 200, 400, 400, 400, 400, 400],
    'of ten at once exactly five fit',
  )
  assert.equal(await live(), 100)
  const rows = await activity.since(10)
  assert.deepEqual(
    rows.map(({ status_code }) => status_code).sort(),
    [200, 200, 200, 200, 200, 400, 400, 400, 400, 400],
    'each of the ten is in the activity once',
  )
  assert.ok((await post()).body.errors, 'the 101st is refused')
  await activity.since(1)
  const made = answers.find(({ status }) => status === 200)?.body
  await run(t, activity, {
    name: 'one goes',
    as: one.authorization,
    method: 'DELETE',
    path: `${path}/${made.id}`,
    status: 204,
    records: [{ status_code: 204 }],
  })
  assert.equal((await post()).status, 200, 'then one more fits')
  await system`UPDATE api_tokens SET exp_date = now() WHERE id = (SELECT max(id) FROM api_tokens WHERE client_id = ${one.clientId})`
  assert.equal((await post()).status, 200, 'one that expired makes room too')
  await activity.since(2)
})

test('nothing else was written to the activity', async () => {
  assert.deepEqual(await activity.since(0), [])
})
