/** PUT /iam/users/{userId}/password: what a new one must be, which sessions end, and that of two changes at once one counts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { insertToken, sessionOf, shownBy, signIn, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, type Scenario, told, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [reseller, administrator, engineer, user] = [the('reseller'), the('client'), the('client', 2, 5), the('client', 2, 2)]
const foreign = the('client', 3)

const path = (id: number) => `/iam/users/${id}/password`
const bearer = (access: string) => `Bearer ${access}`
const me = async (authorization: string) => (await t.ask('GET', '/iam/users/me', { headers: { authorization } })).status
const refresh = async (token: string) => (await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: token } })).status
const login = async (one: TestCaller, password: string) =>
  (await t.ask('POST', '/iam/auth/jwt/login', { body: { username: one.email, password } })).status
const put = (as: string, one: TestCaller, old: string, fresh: string) =>
  t.ask('PUT', path(one.userId), { headers: { authorization: as }, body: { old, new: fresh, double: fresh } })

const fresh = 'a new password of mine'
const change = (name: string, one: TestCaller, id: number, body: object, status: number, says: object): Scenario => ({
  name: `${status} ${name}`,
  as: one.authorization,
  method: 'PUT',
  path: path(id),
  body,
  status,
  says,
  records: [
    { action: 'changePassword', status_code: status, user_id: one.userId, affected_client_id: status === 200 ? one.clientId : null },
  ],
  mails: status === 200 ? [told(one, 'password')] : [],
})
const given = (old: string, one: string, double = one) => ({ old, new: one, double })
const wrongOld = 'Old password is incorrect'
const differs = "New and double values don't match"
const refusedNew = (text: string) => ({ errors: { new: [text] } })

const scenarios: Scenario[] = [
  change('for a wrong old password', user, user.userId, given('wrong', fresh), 400, { errors: { old: [wrongOld] } }),
  change('for all that is wrong at once', user, user.userId, given('wrong', fresh, 'other'), 400, {
    errors: { old: [wrongOld], new: [differs] },
  }),
  change('for two new ones', user, user.userId, given(demoPassword, fresh, fresh.toUpperCase()), 400, refusedNew(differs)),
  change('for a short one', user, user.userId, given(demoPassword, 'short'), 400, refusedNew('At least 12 characters are required.')),
  change(
    'for a long one',
    user,
    user.userId,
    given(demoPassword, 'long '.repeat(26)),
    400,
    refusedNew('At most 128 characters are allowed.'),
  ),
  change('for a common one', user, user.userId, given(demoPassword, 'passwordpassword'), 400, refusedNew('This password is too common.')),
  change('for the email', user, user.userId, given(demoPassword, user.email), 400, refusedNew('The password is too much like the email.')),
  change('for the present one', user, user.userId, given(demoPassword, demoPassword), 400, { errors: { new: [] } }),
  change('for the present one without knowing it', user, user.userId, given('wrong', demoPassword), 400, { errors: { old: [wrongOld] } }),
  change('without a body', user, user.userId, {}, 400, {
    errors: { old: ['This field is required.'], new: ['This field is required.'], double: ['This field is required.'] },
  }),
  change('for a number', user, user.userId, { ...given(demoPassword, fresh), old: 7 }, 400, { errors: { old: [] } }),
  change('for a colleague, whom an Administrator sees', administrator, user.userId, given(demoPassword, fresh), 403, {}),
  change('for somebody, by the reseller', reseller, user.userId, given(demoPassword, fresh), 403, {}),
  change('for a colleague, whom an Engineer does not see', engineer, user.userId, given(demoPassword, fresh), 404, {}),
  change('for somebody of another reseller', reseller, foreign.userId, given(demoPassword, fresh), 404, {}),
  change('for nobody', reseller, 2 ** 40, given(demoPassword, fresh), 404, {}),
  { name: '401 for nobody known', method: 'PUT', path: path(user.userId), body: given(demoPassword, fresh), status: 401 },
  change('with the old one, by API token', user, user.userId, given(demoPassword, ` ${fresh} `), 200, {}),
]
for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('nothing of it is kept legibly', async () => {
  const rows = await system`SELECT data FROM activity WHERE action = 'changePassword'`
  assert.ok(rows.length > 10)
  for (const { data } of rows) for (const secret of [demoPassword, fresh, 'wrong']) assert.ok(!data.includes(secret), data)
  const hashes = await system`SELECT password_hash FROM password_history`
  for (const { password_hash } of hashes) assert.match(password_hash, /^\$argon2id\$/)
})

test('every other session of the user ends, also those begun as somebody else; the present one and API tokens go on', async () => {
  const staff = await sessionOf(t, reseller.email)
  const other = await signIn(t, reseller.email)
  const as = await t.ask('GET', `/iam/auth/jwt/users/${engineer.userId}/token`, { headers: { authorization: staff.authorization } })
  const neighbours = await signIn(t, engineer.email)
  await t.ask('POST', '/iam/auth/password/forgot', { body: { email: reseller.email } })
  const openLinks = () =>
    system`SELECT FROM one_time_links WHERE user_id = ${reseller.userId} AND used_at IS NULL AND purpose <> 'end_access'`
  assert.equal((await openLinks()).length, 1)

  const answer = await put(staff.authorization, reseller, demoPassword, fresh)
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(Object.keys(answer.body).sort(), ['access', 'refresh'])
  assert.equal(await me(staff.authorization), 200, 'the session it was asked for with')
  assert.equal(await me(bearer(answer.body.access)), 200)
  assert.equal(await refresh(answer.body.refresh), 200)
  assert.equal(await me(reseller.authorization), 200, 'the API token')
  assert.deepEqual([await me(bearer(other.access)), await refresh(other.refresh)], [401, 401], 'another session')
  assert.deepEqual([await me(bearer(as.body.access)), await refresh(as.body.refresh)], [401, 401], 'a session as somebody else')
  assert.equal(await me(bearer(neighbours.access)), 200, 'that user’s own')
  assert.deepEqual([await login(reseller, demoPassword), await login(reseller, fresh)], [400, 200])
  assert.equal((await openLinks()).length, 0, 'a link to yet another password')
})

test('the last three are refused, the one before them not, whatever was used between', async () => {
  const words = ['first', 'second', 'third', 'fourth'].map((word) => `the ${word} password`)
  const session = await sessionOf(t, administrator.email)
  const used = [demoPassword]
  const next = async (password: string) => {
    const answer = await put(session.authorization, administrator, used[0] ?? '', password)
    if (answer.status === 200) used.unshift(password)
    return answer
  }
  for (const word of words) {
    assert.equal((await next(word)).status, 200, word)
    for (const last of used.slice(0, 3))
      assert.deepEqual(
        (await next(last)).body,
        refusedNew('This is one of your last 3 passwords. Choose another one.'),
        `${last} after ${word}`,
      )
  }
  assert.equal((await next(used[3] ?? '')).status, 200, 'the fourth last')
  const kept = await system`SELECT FROM password_history WHERE user_id = ${administrator.userId}`
  assert.equal(kept.length, 2, 'no more hashes are kept than are needed')
})

test('of changes at once one counts: the others’ old password is wrong by then, or their session over', async () => {
  const one = await sessionOf(t, engineer.email)
  const two = await sessionOf(t, engineer.email)
  const answers = await Promise.all(
    [one, two, engineer, one].map(({ authorization }, n) => put(authorization, engineer, demoPassword, `number ${n} of them`)),
  )
  const statuses = answers.map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, 1, `one counts, not ${statuses}`)
  const won = statuses.indexOf(200)
  for (const { status, body } of answers)
    if (status === 400) assert.deepEqual(body, { errors: { old: [wrongOld] } })
    else if (status !== 200) assert.equal(status, 401, 'a session that the other change ended')
  const signedIn = await Promise.all(answers.map((_, n) => login(engineer, `number ${n} of them`)))
  assert.deepEqual(
    signedIn,
    statuses.map((status) => (status === 200 ? 200 : 400)),
  )
  assert.deepEqual([await me(one.authorization), await me(two.authorization)], [won === 0 || won === 3 ? 200 : 401, won === 1 ? 200 : 401])
})

test('a sign-in with the old password, at the same time, does not outlive the change', async () => {
  for (let round = 0; round < 5; round++) {
    const [old, next] = round === 0 ? [demoPassword, `round ${round} begins`] : [`round ${round - 1} begins`, `round ${round} begins`]
    const signIns = Array.from({ length: 4 }, () =>
      t.ask('POST', '/iam/auth/jwt/login', { body: { username: foreign.email, password: old } }),
    )
    const [changed, ...begun] = await Promise.all([put(foreign.authorization, foreign, old, next), ...signIns])
    assert.equal(changed.status, 200, changed.text)
    for (const { status, body } of begun) if (status === 200) assert.equal(await me(bearer(body.access)), 401)
    assert.equal(await me(bearer(changed.body.access)), 200)
  }
})

test('with two-step verification on it is changed in a session, not by API token', async () => {
  const one = the('client', 3, 5)
  const { authorization } = await sessionOf(t, one.email)
  await system`UPDATE users SET totp_secret = 'x' WHERE id = ${one.userId}`
  assert.equal((await put(one.authorization, one, demoPassword, fresh)).status, 403)
  assert.equal((await put(authorization, one, demoPassword, fresh)).status, 200)
})

test('whoever has no password cannot say the old one', async () => {
  const one = the('client', 3, 2)
  await system`UPDATE users SET password_hash = NULL WHERE id = ${one.userId}`
  for (const old of ['', 'nobody has this password'])
    assert.deepEqual((await put(one.authorization, one, old, fresh)).body, { errors: { old: [wrongOld] } })
})

test('a token with few rights changes its user’s password all the same', async () => {
  const one = the('client', 3, 5)
  const [row] = await system`SELECT reseller_id FROM users WHERE id = ${one.userId}`
  await system`UPDATE users SET totp_secret = NULL WHERE id = ${one.userId}`
  const { token } = await insertToken(t, { client_id: one.clientId, user_id: one.userId, reseller_id: row?.reseller_id, role_id: 2 })
  assert.equal((await put(`APIKey ${token}`, one, fresh, 'yet another password')).status, 200)
})
