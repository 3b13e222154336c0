/** PATCH /iam/users/{userId}: who changes what of whom, what the answer and the lists show then, and what the activity gets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { sessionOf, shownBy, type TestCaller, usersOfSeveralAccounts } from './callers.ts'
import { openWorld } from './harness.ts'
import { forbidden, invalid, notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, seller] = [the('platform'), the('reseller'), the('seller')]
const [administrator, engineer, user] = [the('client'), the('client', 2, 5), the('client', 2, 2)]
const foreign = the('client', 3)
const gone = world.users.find((one) => one.reseller_id === 2 && one.deleted_at) as { id: number; client_id: number }

const path = (id: number) => `/iam/users/${id}`
const done = (one: TestCaller, affected: number) => ({
  action: 'updateUser',
  method: 'PATCH',
  status_code: 200,
  user_id: one.userId,
  user_email: one.email,
  client_id: one.clientId,
  affected_client_id: affected,
})
const refused = (status_code: number) => ({ action: 'updateUser', status_code, affected_client_id: null })

const patch = (
  name: string,
  one: TestCaller,
  id: number,
  body: unknown,
  status: number,
  says: object,
  affected = one.clientId,
): Scenario => ({
  name,
  as: one.authorization,
  method: 'PATCH',
  path: path(id),
  body,
  status,
  says,
  records: [status === 200 ? done(one, affected) : refused(status)],
})
const elsewhere = (id: number) => `Change the email with PUT /iam/users/${id}/email.`

const scenarios: Scenario[] = [
  patch('200 for oneself', user, user.userId, { name: 'Émile 🦊', lang: 'az', phone: '+994 12 000' }, 200, {
    id: user.userId,
    email: user.email,
    name: 'Émile 🦊',
    lang: 'az',
    phone: '+994 12 000',
  }),
  patch('200 and the rest as it was for one field', user, user.userId, { lang: 'de' }, 200, {
    name: 'Émile 🦊',
    lang: 'de',
    phone: '+994 12 000',
  }),
  patch('200 and nothing changed for an empty body', user, user.userId, {}, 200, { name: 'Émile 🦊', lang: 'de' }),
  patch('200 and unset by null', user, user.userId, { name: null, phone: null }, 200, { name: null, phone: null, lang: 'de' }),
  patch('200 for an empty text', user, user.userId, { name: '' }, 200, { name: '' }),
  patch('200 for the longest', user, user.userId, { name: '🦊'.repeat(255), phone: '1'.repeat(30) }, 200, { name: '🦊'.repeat(255) }),
  patch('200 for the present email', user, user.userId, { email: user.email }, 200, { email: user.email }),
  patch(
    '200 and all that cannot be changed ignored',
    user,
    user.userId,
    {
      id: 1,
      reseller: 3,
      client: 1,
      deleted: true,
      activated: false,
      user_type: 'reseller',
      is_active: false,
      auth_types: [],
      groups: [{ id: 1 }],
      two_fa: true,
    },
    200,
    { id: user.userId, reseller: 2, client: user.clientId, deleted: false, user_type: 'common', is_active: true, groups: [{ id: 2 }] },
  ),
  patch(
    '400 for another email',
    user,
    user.userId,
    { email: 'new@example.com', name: 'never' },
    400,
    invalid('email', elsewhere(user.userId)),
  ),
  patch(
    '400 for the email in other letters',
    user,
    user.userId,
    { email: user.email.toUpperCase() },
    400,
    invalid('email', elsewhere(user.userId)),
  ),
  patch('400 for an unknown language', user, user.userId, { lang: 'fr' }, 400, invalid('lang', 'Must be one of: de, en, ru, zh, az.')),
  patch('400 for no language', user, user.userId, { lang: null }, 400, { errors: { lang: ['This field may not be null.'] } }),
  patch(
    '400 for a name that is too long',
    user,
    user.userId,
    { name: 'x'.repeat(256) },
    400,
    invalid('name', 'At most 255 characters are allowed.'),
  ),
  patch(
    '400 for a telephone that is too long',
    user,
    user.userId,
    { phone: '1'.repeat(31) },
    400,
    invalid('phone', 'At most 30 characters are allowed.'),
  ),
  patch('400 for a number as name', user, user.userId, { name: 7 }, 400, invalid('name', 'Must be of type string or null.')),
  patch('400 for text that cannot be kept', user, user.userId, { name: 'a\0b' }, 400, { errors: { name: [] } }),
  patch('400 for a list', user, user.userId, [], 400, invalid('errors', 'A JSON object is required.')),
  patch(
    '200 for name and language of a colleague, by an Administrator',
    administrator,
    engineer.userId,
    { name: 'Renamed', lang: 'az' },
    200,
    {
      id: engineer.userId,
      name: 'Renamed',
      lang: 'az',
    },
  ),
  patch(
    '403 for the telephone of a colleague, by an Administrator',
    administrator,
    engineer.userId,
    { name: 'x', phone: '1' },
    403,
    forbidden,
  ),
  patch('403 for the telephone unset', administrator, engineer.userId, { phone: null }, 403, forbidden),
  patch(
    '400 for another email of a colleague',
    administrator,
    engineer.userId,
    { email: 'new@example.com' },
    400,
    invalid('email', elsewhere(engineer.userId)),
  ),
  patch('404 for a colleague, by an Engineer', engineer, user.userId, { name: 'x' }, 404, notFound),
  patch('404 for a colleague, whom an Engineer does not see', engineer, administrator.userId, { name: 'x' }, 404, notFound),
  patch('404 for somebody of another reseller', reseller, foreign.userId, { name: 'x' }, 404, notFound),
  patch('404 for nobody', reseller, 2 ** 40, { name: 'x' }, 404, notFound),
  patch('404 for somebody else’s reseller user, to an Administrator', administrator, reseller.userId, { name: 'x' }, 404, notFound),
  patch(
    '200 for a client user, by the reseller',
    reseller,
    user.userId,
    { name: 'By reseller' },
    200,
    { name: 'By reseller' },
    user.clientId,
  ),
  patch('200 for a client user, by a seller', seller, user.userId, { name: 'By seller' }, 200, { name: 'By seller' }, user.clientId),
  patch(
    '200 for a client user, by the platform',
    platform,
    foreign.userId,
    { name: 'By platform' },
    200,
    { name: 'By platform' },
    foreign.clientId,
  ),
  patch(
    '200 for a seller, by the reseller',
    reseller,
    seller.userId,
    { name: 'Ours' },
    200,
    { user_type: 'seller', name: 'Ours' },
    seller.clientId,
  ),
  patch('200 for a seller, by itself', seller, seller.userId, { name: 'Myself' }, 200, { user_type: 'seller', name: 'Myself' }),
  patch('403 for the reseller, by a seller', seller, reseller.userId, { name: 'x' }, 403, forbidden),
  patch('400 for a deleted user', reseller, gone.id, { name: 'x' }, 400, invalid('errors', 'The user was deleted.')),
]

for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('a refused change leaves the row as it was', async () => {
  const [row] = await system`SELECT name FROM users WHERE id = ${user.userId}`
  assert.equal(row?.name, 'By seller')
})

test('a user of several accounts who changes itself, seeing one of them, is shown so in all of them', async () => {
  // By token: a token shows its own account alone, the documents of the others must follow nevertheless.
  const several = usersOfSeveralAccounts(t).slice(0, 5)
  assert.ok(several.length > 2, 'the world has too few users of several accounts')
  for (const [n, one] of several.entries()) {
    const { authorization, clientId } = await sessionOf(t, one.email)
    const accounts = world.client_users.filter((m) => m.user_id === one.id)
    const made = await t.ask('POST', `/iam/v2/clients/${clientId}/tokens`, {
      headers: { authorization },
      body: { name: 'One account', exp_date: null, client_user: { role: { id: 2 } } },
    })
    const name = `In all of them ${n}`
    const answer = await t.ask('PATCH', path(one.id), { token: made.body.token, body: { name } })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.name, name)
    assert.equal(answer.body.client_and_roles.length, 1, 'a token shows its own account alone')
    const whole = await t.ask('GET', path(one.id), { headers: { authorization: platform.authorization } })
    assert.deepEqual(
      whole.body.client_and_roles.map((role: { client_id: number }) => role.client_id),
      accounts.map((m) => m.client_id).sort((a, b) => a - b),
    )
    for (const { client_id } of accounts) {
      const account = await t.ask('GET', `/iam/clients/${client_id}`, { headers: { authorization: platform.authorization } })
      assert.equal(account.body.users.find(({ id }: { id: number }) => id === one.id)?.name, name, `account ${client_id}`)
    }
    const found = await t.ask('GET', `/iam/clients?users_name=${encodeURIComponent(name)}`, {
      headers: { authorization: platform.authorization },
    })
    for (const { client_id } of accounts) assert.ok(found.body.some(({ id }: { id: number }) => id === client_id))
  }
  await activity.since(several.length * 2)
})

test('200 for the pair that Terraform asks: an invitation with name and language, and a change to the same', async () => {
  const as = { headers: { authorization: administrator.authorization } }
  const body = {
    client_id: administrator.clientId,
    email: 'terraform@probe.example',
    name: 'Terraform User',
    lang: 'de',
    user_role: { id: 2 },
  }
  const invited = await t.ask('POST', '/iam/clients/invite_user', { ...as, body })
  assert.equal(invited.status, 200, invited.text)
  const changed = await t.ask('PATCH', path(invited.body.user_id), { ...as, body: { name: 'Terraform User', lang: 'de' } })
  assert.equal(changed.status, 200, changed.text)
  assert.partialDeepStrictEqual(changed.body, { name: 'Terraform User', lang: 'de' })
  await activity.since(2)
})

test('an Administrator renames who is in accounts of its own alone', async () => {
  const other = world.clients.find(
    (c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at && c.id !== administrator.clientId,
  ) as { id: number }
  await system`UPDATE users SET phone = '1' WHERE id = ${engineer.userId}`
  const rename = async (authorization: string) =>
    (await t.ask('PATCH', path(engineer.userId), { headers: { authorization }, body: { name: 'Named', phone: '1' } })).status
  const join = (user_id: number, role_id: number) => system`
    INSERT INTO client_users ${system({ client_id: other.id, user_id, reseller_id: 2, role_id })}
    ON CONFLICT (client_id, user_id) DO UPDATE SET role_id = excluded.role_id`
  assert.equal(await rename(administrator.authorization), 200, 'what is given as it stands changes nothing')
  await join(engineer.userId, 2)
  assert.equal(await rename(administrator.authorization), 403, 'it is in an account of somebody else')
  await join(administrator.userId, 1)
  const session = await sessionOf(t, administrator.email, administrator.clientId)
  assert.equal(await rename(session.authorization), 200)
  assert.equal(await rename(administrator.authorization), 403, 'a token reaches its own account alone')
  await join(administrator.userId, 5)
  assert.equal(await rename(session.authorization), 403)
  await system`UPDATE clients SET deleted_at = now() WHERE id = ${other.id}`
  assert.equal(await rename(session.authorization), 200, 'nobody works in a deleted account')
  await system`UPDATE clients SET deleted_at = NULL WHERE id = ${other.id}`
  await system`DELETE FROM client_users WHERE client_id = ${other.id} AND user_id IN (${engineer.userId}, ${administrator.userId})`
  await system`SELECT refresh_client_and_users(${other.id}), refresh_user(${engineer.userId}), refresh_user(${administrator.userId})`
  await activity.since(6)
})

test('after all of it the read model is what it must be', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
