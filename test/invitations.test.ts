/** POST /iam/clients/invite_user and PUT /iam/users/{userId}/email: who is added, who is made, what is mailed, what is counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { demoPassword } from '../src/demo/world.ts'
import { hashSecret } from '../src/lib/secrets.ts'
import { linkContext } from '../src/mail/outbox.ts'
import { sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { forbidden, notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, seller] = [the('platform'), the('reseller'), the('seller')]
const [administrator, engineer, user, foreign] = [the('client'), the('client', 2, 5), the('client', 2, 2), the('client', 3)]
const { clientId } = administrator
const company = world.clients.find((c) => c.id === clientId)?.company_name as string
const elsewhere = world.clients.find((c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at && c.id !== clientId) as {
  id: number
}
/** Confirmed people of other accounts of the reseller. */
const strangers = world.users.filter(
  (u) => u.reseller_id === 2 && u.user_type === 'common' && u.client_id !== clientId && u.activated_at && !u.deleted_at,
)
const gone = world.clients.find((c) => c.reseller_id === 2 && c.deleted_at) as { id: number }

const path = '/iam/clients/invite_user'
const wanted = (email: string, more: object = {}) => ({ email, client_id: clientId, user_role: { id: 5 }, ...more })

const invite = (name: string, one: TestCaller, body: unknown, status: number, says: object, mail?: object): Scenario => ({
  name,
  as: one.authorization,
  method: 'POST',
  path,
  body,
  status,
  says,
  records: [
    { action: 'inviteUser', status_code: status, affected_client_id: status === 200 ? (body as { client_id: number }).client_id : null },
  ],
  mails: mail ? [{ sent_at: null, ...mail }] : [],
})
const cannot = ['This user cannot be added to this client.']
const stranger = strangers[0] as (typeof strangers)[number]

const scenarios: Scenario[] = [
  invite(
    '200 and an invitation for a new person',
    administrator,
    wanted('one@invited.example', { name: 'One', lang: 'de' }),
    200,
    { status: 'sent' },
    {
      template: 'invitation',
      recipient: 'one@invited.example',
      client_id: clientId,
      reseller_id: 2,
      lang: 'de',
      details: { name: 'One', company, role: 'Engineers' },
    },
  ),
  invite(
    '200 and an invitation to accept for a user of the reseller’s',
    administrator,
    wanted(stranger.email.toUpperCase()),
    200,
    { status: 'sent', user_id: stranger.id },
    {
      template: 'account_invitation',
      recipient: stranger.email,
      client_id: clientId,
      user_id: stranger.id,
      lang: stranger.lang,
    },
  ),
  invite('400 for who is invited there', administrator, wanted(stranger.email), 400, [
    `User ${stranger.id} has already been invited to client ${clientId}`,
  ]),
  invite('400 for oneself', administrator, wanted(administrator.email), 400, [
    `User ${administrator.userId} has already been invited to client ${clientId}`,
  ]),
  invite('400 for a user of another reseller', administrator, wanted(foreign.email), 400, cannot),
  invite('400 for a seller, in the same words', administrator, wanted(seller.email), 400, cannot),
  invite('400 for the reseller', reseller, wanted(reseller.email), 400, cannot),
  invite(
    '400 for a client user into the technical account',
    reseller,
    wanted(engineer.email, { client_id: reseller.clientId, user_role: { id: 1 } }),
    400,
    cannot,
  ),
  invite('400 for an unknown role', administrator, wanted('x@invited.example', { user_role: { name: 'Fake role' } }), 400, {
    errors: { user_role: ['Invalid role: Fake role'] },
  }),
  invite('400 for no role', administrator, wanted('x@invited.example', { user_role: {} }), 400, {
    errors: { user_role: ['This field is required.'] },
  }),
  invite('400 for nothing', administrator, {}, 400, { errors: { email: ['This field is required.'], user_role: [], client_id: [] } }),
  invite('400 for no address', administrator, wanted('nobody'), 400, { errors: { email: [] } }),
  invite('400 for an unknown language', administrator, wanted('x@invited.example', { lang: 'fr' }), 400, { errors: { lang: [] } }),
  invite('400 for an unknown account', administrator, wanted('x@invited.example', { client_id: 2 ** 40 }), 400, {
    errors: { client_id: ['There is no such account.'] },
  }),
  invite('400 for a foreign account, in the same words', administrator, wanted('x@invited.example', { client_id: foreign.clientId }), 400, {
    errors: { client_id: ['There is no such account.'] },
  }),
  invite('400 for a neighbour’s, in the same words', administrator, wanted('x@invited.example', { client_id: elsewhere.id }), 400, {
    errors: { client_id: ['There is no such account.'] },
  }),
  invite('400 for a deleted account', reseller, wanted('x@invited.example', { client_id: gone.id }), 400, {
    errors: { errors: ['The account was deleted.'] },
  }),
  invite('403 for an Engineer', engineer, wanted('x@invited.example', { client_id: engineer.clientId }), 403, forbidden),
  invite(
    '403 for a seller into the technical account',
    seller,
    wanted('x@invited.example', { client_id: seller.clientId, user_role: { id: 1 } }),
    403,
    forbidden,
  ),
  invite(
    '200 for a colleague of the reseller',
    reseller,
    wanted('colleague@invited.example', { client_id: reseller.clientId, user_role: { id: 1 } }),
    200,
    {},
    { template: 'invitation' },
  ),
  invite(
    '200 by the platform into a foreign account',
    platform,
    wanted('far@invited.example', { client_id: foreign.clientId }),
    200,
    {},
    { reseller_id: 3 },
  ),
]

for (const one of scenarios)
  test(`invite: ${one.name}`, async () => {
    await run(t, activity, one)
  })

test('an invited person is there, unconfirmed and without a password; its link is kept as a hash and lives a day', async () => {
  const [row] = await system`SELECT * FROM users WHERE email = 'one@invited.example'`
  assert.partialDeepStrictEqual(row, {
    name: 'One',
    lang: 'de',
    activated_at: null,
    password_hash: null,
    user_type: 'common',
    reseller_id: 2,
  })
  const seen = await t.ask('GET', `/iam/users/${row?.id}`, { headers: { authorization: administrator.authorization } })
  assert.partialDeepStrictEqual(seen.body, { activated: false, groups: [{ id: 5 }], client: clientId })
  const [link] =
    await system`SELECT *, extract(epoch FROM expires_at - now()) / 3600 AS hours FROM one_time_links WHERE user_id = ${row?.id}`
  assert.partialDeepStrictEqual(link, { purpose: 'invitation', client_id: clientId, used_at: null })
  assert.ok(link?.hours > 23 && link?.hours <= 24)
  const [mail] = await system`SELECT recipient, encrypted_link FROM outbox WHERE user_id = ${row?.id}`
  const token = t.cipher.decrypt(mail?.encrypted_link, linkContext(mail?.recipient)).toString()
  assert.deepEqual(Buffer.from(hashSecret(token)), link?.hash, 'what is mailed is what is kept, hashed')
})

test('who is invited into a second account before following the first link gets a link for that too', async () => {
  const body = wanted('one@invited.example', { client_id: elsewhere.id })
  const answer = await t.ask('POST', path, { headers: { authorization: reseller.authorization }, body })
  assert.equal(answer.status, 200, answer.text)
  const open = await system`SELECT client_id FROM one_time_links WHERE user_id = ${answer.body.user_id} AND used_at IS NULL ORDER BY 1`
  assert.deepEqual(
    open.map(({ client_id }) => client_id),
    [clientId, elsewhere.id].sort((a, b) => a - b),
  )
  assert.partialDeepStrictEqual(await activity.mails(), [{ template: 'invitation', client_id: elsewhere.id }])
  await activity.since(1)
})

test('an Administrator invites five people a day, whoever they are; staff any number', async () => {
  const ask = (email: string, one = administrator) =>
    t.ask('POST', path, { headers: { authorization: one.authorization }, body: wanted(email) })
  await system`DELETE FROM attempts`
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => ask(`many${n}@invited.example`)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 5)
  const refused = answers.filter(({ status }) => status === 429)
  assert.equal(refused.length, 5)
  for (const { headers, body } of refused) {
    assert.ok(Number(headers['retry-after']) <= 60)
    assert.equal(headers['x-should-retry'], 'false', 'no minute helps against a day')
    assert.match(String(headers.ratelimit), /^"invitations";r=0;t=\d+$/)
    assert.match(body.message, /five/i)
  }
  const [made] = await system`SELECT count(*) FROM users WHERE email LIKE 'many%@invited.example'`
  assert.equal(made?.count, 5, 'a refused invitation leaves nobody')
  assert.equal((await ask((strangers[1] as typeof stranger).email)).status, 429, 'who is a user already counts as well')
  for (let n = 0; n < 7; n++) assert.equal((await ask(`staff${n}@invited.example`, seller)).status, 200)
  await system`UPDATE attempts SET made_at = made_at - interval '25 hours' WHERE user_id = ${administrator.userId}`
  assert.equal((await ask('tomorrow@invited.example')).status, 200)
  await activity.since(13)
  assert.equal((await activity.mails()).length, 5 + 7 + 1)
})

test('one email invited twice at once: into one account one is told so, into two it gets a link for each', async () => {
  const ask = (email: string, client_id: number) =>
    t.ask('POST', path, { headers: { authorization: seller.authorization }, body: wanted(email, { client_id }) })
  const same = await Promise.all([ask('twin@invited.example', clientId), ask('Twin@invited.example', clientId)])
  assert.deepEqual(same.map(({ status }) => status).sort(), [200, 400], same.map(({ text }) => text).join())
  const { user_id } = same.find(({ status }) => status === 200)?.body ?? {}
  assert.deepEqual(same.find(({ status }) => status === 400)?.body, [`User ${user_id} has already been invited to client ${clientId}`])
  for (let round = 0; round < 5; round++) {
    const email = `both${round}@invited.example`
    const both = await Promise.all([ask(email, clientId), ask(email, elsewhere.id)])
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
      both.map(({ text }) => text).join(),
    )
    assert.equal(both[0]?.body.user_id, both[1]?.body.user_id)
    const whole = await t.ask('GET', `/iam/users/${both[0]?.body.user_id}`, { headers: { authorization: seller.authorization } })
    assert.equal(whole.body.client_and_roles.length, 1, 'and is in the one that came first')
    const open = await system`SELECT client_id FROM one_time_links WHERE user_id = ${both[0]?.body.user_id} AND used_at IS NULL`
    assert.deepEqual(new Set(open.map(({ client_id }) => client_id)), new Set([clientId, elsewhere.id]))
  }
  await activity.since(12)
  await activity.mails()
})

const sessions = { user: await sessionOf(t, user.email, user.clientId), engineer: await sessionOf(t, engineer.email, engineer.clientId) }
const change = (name: string, one: TestCaller, id: number, body: unknown, status: number, says: object, mail?: object): Scenario => ({
  name,
  as: one.authorization,
  method: 'PUT',
  path: `/iam/users/${id}/email`,
  body,
  status,
  says,
  records: [{ action: 'updateUserEmail', status_code: status }],
  mails: mail
    ? [
        { template: 'email_change', ...mail },
        { template: 'email_change_notice', recipient: user.email },
      ]
    : [],
})
const email = (new_email: string, password = demoPassword) => ({ new_email, password })
const refused = (field: string, text: string) => [{ errors: { [field]: text } }]

const changes: Scenario[] = [
  change(
    '200 and a link to the new address',
    user,
    user.userId,
    email('new@changed.example'),
    200,
    { new_email: 'new@changed.example' },
    {
      recipient: 'new@changed.example',
      user_id: user.userId,
      client_id: user.clientId,
      details: { email: 'new@changed.example' },
    },
  ),
  change(
    '200 by the reseller, with its own password',
    reseller,
    user.userId,
    email('newer@changed.example'),
    200,
    {},
    { recipient: 'newer@changed.example' },
  ),
  change(
    '400 for a wrong password',
    sessions.user,
    user.userId,
    email('x@changed.example', 'wrong'),
    400,
    refused('password', 'The password is incorrect.'),
  ),
  change(
    '400 for the present address',
    user,
    user.userId,
    email(user.email.toUpperCase()),
    400,
    refused('new_email', 'The user already has this address.'),
  ),
  change(
    '400 for an address that somebody has',
    user,
    user.userId,
    email(foreign.email),
    400,
    refused('new_email', `A user with the email ${foreign.email} already exists.`),
  ),
  change('400 for what is no address', user, user.userId, email('nobody'), 400, refused('new_email', 'Enter a valid email address.')),
  change(
    '400 for an endless address',
    user,
    user.userId,
    email(`${'x'.repeat(300)}@x.example`),
    400,
    refused('new_email', 'Enter a valid email address.'),
  ),
  change('400 for nothing', user, user.userId, {}, 400, [
    { errors: { new_email: 'This field is required.', password: 'This field is required.' } },
  ]),
  change('403 for a colleague', the('client'), engineer.userId, email('x@changed.example'), engineer.clientId === clientId ? 403 : 404, {}),
  change('403 for a seller and its reseller', seller, reseller.userId, email('x@changed.example'), 403, forbidden),
  change('404 for somebody out of sight', user, foreign.userId, email('x@changed.example'), 404, notFound),
]

for (const one of changes)
  test(`email: ${one.name}`, async () => {
    await run(t, activity, one)
  })

test('of the links for one change the last is open, and the email is as it was until it is followed', async () => {
  const links = await system`SELECT c.new_email FROM one_time_links l JOIN email_changes c USING (user_id)
      WHERE l.user_id = ${user.userId} AND l.purpose = 'email_change' AND l.used_at IS NULL AND c.ended_at IS NULL`
  assert.deepEqual(
    links.map(({ new_email }) => new_email),
    ['newer@changed.example'],
  )
  const me = await t.ask('GET', '/iam/users/me', { headers: { authorization: user.authorization } })
  assert.equal(me.body.email, user.email)
})

test('the email is asked for ten times an hour, wrong passwords counted, also at once', async () => {
  const ask = (n: number) =>
    t.ask('PUT', `/iam/users/${engineer.userId}/email`, {
      headers: { authorization: sessions.engineer.authorization },
      body: email(`often${n}@changed.example`, n % 2 ? 'wrong' : demoPassword),
    })
  const answers = await Promise.all(Array.from({ length: 14 }, (_, n) => ask(n)))
  assert.equal(answers.filter(({ status }) => status === 429).length, 4)
  const late = await ask(0)
  assert.equal(late.status, 429)
  assert.match(String(late.headers['ratelimit-policy']), /"email-changes";q=10;w=3600/)
  await system`UPDATE attempts SET made_at = made_at - interval '1 hour' WHERE user_id = ${engineer.userId}`
  assert.equal((await ask(0)).status, 200)
  const [counted] = await system`SELECT count(*) FROM attempts WHERE user_id = ${engineer.userId} AND kind = 'email_change'`
  assert.equal(counted?.count, 1, 'what counts no longer is forgotten')
})

test('after all of it the read model is what it must be', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
