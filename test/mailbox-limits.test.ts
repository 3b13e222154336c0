/** How many mails of a kind a mailbox gets an hour, whoever asks for them, and what those are told who ask for more. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { linkContext } from '../src/mail/outbox.ts'
import { shownBy, signIn, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { followLink } from './mailed-link.ts'

const t = await openWorld({ trustProxy: ['127.0.0.1'] })
const { system } = t.database
const the = shownBy(t)
const [reseller, administrator, user, engineer] = [the('reseller'), the('client'), the('client', 2, 2), the('client', 2, 5)]

let place = 0
const forgot = (email: string) =>
  t.ask('POST', '/iam/auth/password/forgot', { headers: { 'x-forwarded-for': `198.51.100.${place++ % 250}` }, body: { email } })
const ask = (one: TestCaller, method: string, path: string, body?: object) =>
  t.ask(method, path, { headers: { authorization: one.authorization }, ...(body && { body }) })
const mailsTo = (recipient: string, template: string) =>
  system`SELECT id, recipient, encrypted_link FROM outbox WHERE recipient = ${recipient} AND template = ${template} ORDER BY id`
const anHourLater = () => system`UPDATE outbox SET created_at = created_at - interval '1 hour'`
const twice = (password: string) => ({ password, password_again: password })

test('whoever asks for a forgotten password is told the same; the mailbox gets three links an hour, and the first works as the last does', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => forgot(user.email)))
  for (let n = 0; n < 4; n++) answers.push(await forgot(user.email.toUpperCase()))
  const unknown = await forgot('nobody@mailbox.example')
  for (const { status, text } of answers) assert.deepEqual([status, text], [unknown.status, unknown.text])
  const mails = await mailsTo(user.email, 'password_reset')
  assert.equal(mails.length, 3)
  const [first = '', second = ''] = mails.map(({ recipient, encrypted_link }) =>
    t.cipher.decrypt(encrypted_link, linkContext(recipient)).toString(),
  )
  assert.equal((await followLink(t, first, twice('a password nobody had'))).status, 200, 'the link that was mailed first')
  assert.equal((await followLink(t, second, twice('yet another password'))).status, 404, 'a new password ends the others')
  await anHourLater()
  await forgot(user.email)
  assert.equal((await mailsTo(user.email, 'password_reset')).length, 4)
})

test('429 that tells SDKs not to retry, for who invites and withdraws in a loop; staff too', async () => {
  const [stranger] = await system<{ id: number; email: string }[]>`
    SELECT u.id, u.email FROM users u JOIN callers c ON c.user_id = u.id
    WHERE u.reseller_id = 2 AND u.user_type = 'common' AND u.client_id <> ${administrator.clientId} LIMIT 1`
  assert.ok(stranger)
  const invite = () =>
    ask(reseller, 'POST', '/iam/clients/invite_user', { email: stranger.email, client_id: administrator.clientId, user_role: { id: 2 } })
  for (let n = 0; n < 3; n++) {
    assert.equal((await invite()).status, 200)
    assert.equal((await ask(reseller, 'DELETE', `/iam/clients/${administrator.clientId}/client-users/${stranger.id}`)).status, 200)
  }
  const refused = await invite()
  assert.equal(refused.status, 429, refused.text)
  assert.partialDeepStrictEqual(refused.headers, {
    'retry-after': '60',
    'x-should-retry': 'false',
    'ratelimit-policy': '"mails-of-address";q=3;w=3600',
  })
  assert.equal((await mailsTo(stranger.email, 'account_invitation')).length, 3)
  const [open] = await system`SELECT count(*) FROM one_time_links WHERE user_id = ${stranger.id} AND used_at IS NULL`
  assert.equal(open?.count, 0, 'what was not mailed is not there')
  assert.equal(
    (await ask(reseller, 'POST', '/iam/auth/reset_password', { email: stranger.email })).status,
    200,
    'other kinds count for themselves',
  )
  await anHourLater()
  assert.equal((await invite()).status, 200)
})

test('three at the very most, also of many at once and in any letters', async () => {
  const email = 'busy@mailbox.example'
  const made = await ask(reseller, 'POST', '/iam/clients/invite_user', { email, client_id: administrator.clientId, user_role: { id: 2 } })
  assert.equal(made.status, 200)
  const renewals = await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      ask(reseller, 'POST', '/iam/auth/renew_invitation', { email: n % 2 ? email : 'BUSY@mailbox.example' }),
    ),
  )
  assert.deepEqual(renewals.map(({ status }) => status).sort(), [200, 200, 429, 429, 429, 429])
})

test('what a user must be told of is never held back', async () => {
  const passwords = [demoPassword, ...Array.from({ length: 5 }, (_, n) => `a password nobody had ${n}`)]
  for (let n = 1; n < passwords.length; n++) {
    const body = { old: passwords[n - 1], new: passwords[n], double: passwords[n] }
    const { access } =
      n === 1
        ? await signIn(t, engineer.email)
        : (await t.ask('POST', '/iam/auth/jwt/login', { body: { username: engineer.email, password: passwords[n - 1] } })).body
    const changed = await t.ask('PUT', `/iam/users/${engineer.userId}/password`, { headers: { authorization: `Bearer ${access}` }, body })
    assert.equal(changed.status, 200, changed.text)
  }
  assert.equal((await mailsTo(engineer.email, 'security_changed')).length, 5)
})
