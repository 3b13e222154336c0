/** Mails with links: a forgotten password, a reset by staff, an invitation again: who gets which, and what their links are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashSecret } from '../src/lib/secrets.ts'
import { linkContext } from '../src/mail/outbox.ts'
import { shownBy, shownCallers, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database

const shown = shownCallers(t)
const the = shownBy(t)
const [platform, reseller, seller] = [the('platform'), the('reseller'), the('seller')]
const [administrator, engineer, foreign] = [the('client'), the('client', 2, 5), the('client', 3)]

/** Somebody of an account of reseller 2, changed to what a test needs. */
const spare = world.users.filter(
  (u) =>
    u.reseller_id === 2 &&
    u.user_type === 'common' &&
    u.is_active &&
    u.activated_at &&
    !u.deleted_at &&
    u.auth_types.includes('password') &&
    !shown.some((one) => one.userId === u.id),
)
const somebody = async (fields: object, client_id?: number) => {
  const user = spare.pop() ?? assert.fail('the world is too small for this test')
  await system`UPDATE users SET ${system(fields as Record<string, never>)} WHERE id = ${user.id}`
  if (client_id !== undefined) await system`INSERT INTO client_users ${system({ client_id, user_id: user.id, reseller_id: 2, role_id: 2 })}`
  await system`SELECT refresh_user(${user.id})`
  return user
}
const blocked = await somebody({ is_active: false })
const invited = await somebody({ activated_at: null, password_hash: null })
const colleague = await somebody({ activated_at: null, password_hash: null }, administrator.clientId)
const blockedInvited = await somebody({ activated_at: null, is_active: false })
const bySso = await somebody({ auth_types: ['sso'] })
const invitation = {
  client_id: administrator.clientId,
  user_id: colleague.id,
  reseller_id: 2,
  purpose: 'invitation',
  expires_at: new Date(),
}
await system`INSERT INTO one_time_links ${system({ ...invitation, hash: Buffer.from('old'), details: system.json({ role: 5 }) })}`
const activity = await watchActivity(t)

const sent = { status: 'sent' }
const mailOf = (one: { id: number; email: string; reseller_id: number }, template: string, client_id: number | null) => ({
  recipient: one.email,
  user_id: one.id,
  reseller_id: one.reseller_id,
  template,
  client_id,
})
const of = (one: TestCaller) => ({ id: one.userId, email: one.email, reseller_id: one.resellerId })

const forgot = (name: string, email: unknown, mails: object[]): Scenario => ({
  name: `200 forgotten: ${name}`,
  method: 'POST',
  path: '/iam/auth/password/forgot',
  body: { email },
  status: 200,
  says: sent,
  mails,
  also: ({ text }) => assert.equal(text, '{"status":"sent"}'),
})
const post =
  (operation: string, path: string) =>
  (name: string, one: TestCaller, email: unknown, status: number, says: object, mails: object[] = [], affected = 0): Scenario => ({
    name: `${status} ${operation}: ${name}`,
    as: one.authorization,
    method: 'POST',
    path,
    body: { email },
    status,
    says,
    mails,
    records: [{ action: operation, status_code: status, user_id: one.userId, affected_client_id: affected || null }],
  })
const reset = post('resetPassword', '/iam/auth/reset_password')
const renew = post('renewInvitation', '/iam/auth/renew_invitation')
const wrong = (text: string) => ({ errors: { email: [text] } })
const noEmail = { errors: { email: [] } }

const scenarios: Scenario[] = [
  forgot('a client user', engineer.email, [mailOf(of(engineer), 'password_reset', null)]),
  forgot('in other letters, to the address as it is', engineer.email.toUpperCase(), [mailOf(of(engineer), 'password_reset', null)]),
  forgot('the platform', platform.email, [mailOf(of(platform), 'password_reset', null)]),
  forgot('nobody', 'nobody@example.com', []),
  forgot('who is blocked', blocked.email, []),
  forgot('who is not activated', invited.email, []),
  forgot('who signs in elsewhere', bySso.email, []),
  ...['', 'x', 'a b@example.com', 7, null, `${'x'.repeat(250)}@example.com`].map((email) => ({
    name: `400 forgotten: ${String(email).slice(0, 20)}`,
    method: 'POST',
    path: '/iam/auth/password/forgot',
    body: { email },
    status: 400,
    says: noEmail,
  })),
  {
    name: '400 forgotten: no email',
    method: 'POST',
    path: '/iam/auth/password/forgot',
    body: {},
    status: 400,
    says: wrong('This field is required.'),
  },

  reset(
    'a client user, by the reseller',
    reseller,
    engineer.email,
    200,
    sent,
    [mailOf(of(engineer), 'password_reset', null)],
    engineer.clientId,
  ),
  reset('a client user, by a seller', seller, engineer.email, 200, sent, [mailOf(of(engineer), 'password_reset', null)], engineer.clientId),
  reset('anybody, by the platform', platform, foreign.email, 200, sent, [mailOf(of(foreign), 'password_reset', null)], foreign.clientId),
  reset('a seller, by the reseller', reseller, seller.email, 200, sent, [mailOf(of(seller), 'password_reset', null)], seller.clientId),
  reset('the reseller, by a seller', seller, reseller.email, 403, {}),
  reset('by an Administrator', administrator, engineer.email, 403, {}),
  reset('of another reseller', reseller, foreign.email, 404, notFound),
  reset('nobody', reseller, 'nobody@example.com', 404, notFound),
  reset('who is blocked', reseller, blocked.email, 400, wrong('The user is blocked.')),
  reset('who is not activated', reseller, invited.email, 400, wrong('The user has not accepted the invitation yet.')),
  reset('who signs in elsewhere', reseller, bySso.email, 400, wrong('The user does not sign in with a password.')),
  reset('no email', reseller, 'x', 400, noEmail),
  { name: '401 resetPassword', method: 'POST', path: '/iam/auth/reset_password', body: { email: engineer.email }, status: 401 },

  renew('by the reseller', reseller, invited.email, 200, sent, [mailOf(invited, 'invitation', invited.client_id)], invited.client_id),
  renew(
    'by a seller, in other letters',
    seller,
    invited.email.toUpperCase(),
    200,
    sent,
    [mailOf(invited, 'invitation', invited.client_id)],
    invited.client_id,
  ),
  renew(
    'by an Administrator, to its account',
    administrator,
    colleague.email,
    200,
    sent,
    [mailOf(colleague, 'invitation', administrator.clientId)],
    administrator.clientId,
  ),
  renew(
    'by the platform, to the account of the last invitation',
    platform,
    colleague.email,
    200,
    sent,
    [mailOf(colleague, 'invitation', administrator.clientId)],
    administrator.clientId,
  ),
  renew('who is activated', reseller, engineer.email, 400, { message: 'This user already activated.' }),
  renew('who is blocked', reseller, blockedInvited.email, 400, wrong('The user is blocked.')),
  renew('no email', reseller, 'x', 400, noEmail),
  renew('by an Engineer', engineer, colleague.email, 403, {}),
  renew('of another account, by an Administrator', administrator, invited.email, 404, notFound),
  renew('of another reseller', the('reseller', 3), invited.email, 404, notFound),
  renew('nobody', reseller, 'nobody@example.com', 404, notFound),
  { name: '401 renewInvitation', method: 'POST', path: '/iam/auth/renew_invitation', body: { email: invited.email }, status: 401 },
]
/** For the mails that a mailbox gets an hour: test/mailbox-limits.test.ts is about those. */
const anHourPasses = () => system`UPDATE outbox SET created_at = created_at - interval '1 hour'`
for (const one of scenarios)
  test(one.name, async () => {
    await anHourPasses()
    await run(t, activity, one)
  })

const openLinks = (userId: number, purpose: string) =>
  system`SELECT hash, client_id, details, extract(epoch FROM expires_at - created_at)::int / 3600 AS hours
    FROM one_time_links WHERE user_id = ${userId} AND purpose = ${purpose} AND used_at IS NULL`

async function lastToken(one: { id: number; email: string }) {
  const [mail] = await system`SELECT encrypted_link FROM outbox WHERE user_id = ${one.id} ORDER BY id DESC LIMIT 1`
  return t.cipher.decrypt(mail?.encrypted_link, linkContext(one.email)).toString()
}

test('links are open for an hour to a new password, side by side, and the last alone for a day to an account, with what the invitation said', async () => {
  const resets = await openLinks(engineer.userId, 'password_reset')
  assert.ok(resets.length > 1)
  const last = hashSecret(await lastToken(of(engineer)))
  assert.ok(resets.some(({ hash }) => Buffer.compare(hash, last) === 0))
  for (const { hours } of resets) assert.equal(hours, 1)
  const [again, ...rest] = await openLinks(colleague.id, 'invitation')
  assert.deepEqual([again?.hash, again?.hours, rest.length], [hashSecret(await lastToken(colleague)), 24, 0])
  assert.deepEqual(again?.details, { role: 5 })
})

test('a seller who has no password yet gets the link of sellers again, the one before works no more', async () => {
  const email = 'begins@example.com'
  const made = await t.ask('POST', '/iam/admin/sellers', {
    headers: { authorization: reseller.authorization },
    body: { email, full_name: 'Who Begins', company: 'x' },
  })
  assert.equal(made.status, 200, made.text)
  await Promise.all([activity.since(1), activity.mails()])
  const { id } = made.body
  const [first] = await openLinks(id, 'activation')
  const again = mailOf({ id, email, reseller_id: 2 }, 'activation', reseller.clientId)
  const mails = [
    { ...again, details: { name: 'Who Begins', company: world.clients.find((c) => c.id === reseller.clientId)?.company_name } },
  ]
  await run(t, activity, renew('a seller, by the reseller', reseller, email, 200, sent, mails, reseller.clientId))
  await run(t, activity, renew('a seller, by another', seller, email, 403, {}))
  const [second, ...others] = await openLinks(id, 'activation')
  assert.notDeepEqual(second?.hash, first?.hash)
  assert.equal(others.length, 0)
})

test('of many asked for at once three are mailed, and one to an account is open', async () => {
  await anHourPasses()
  await system`UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = ${engineer.userId} AND used_at IS NULL`
  await system`DELETE FROM failures` // who forgot a password time and again waits, and tests above did
  const ask = (path: string, email: string) => t.ask('POST', path, { headers: { authorization: reseller.authorization }, body: { email } })
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => [
      ask(n % 2 ? '/iam/auth/reset_password' : '/iam/auth/password/forgot', engineer.email),
      ask('/iam/auth/renew_invitation', invited.email),
    ]).flat(),
  )
  const statuses = answers.map(({ status }) => status)
  assert.equal(statuses.filter((_, n) => n % 2 === 1 && statuses[n] === 200).length, 3, 'renewed invitations')
  assert.ok(
    statuses.every((status) => status === 200 || status === 429),
    statuses.join(),
  )
  assert.equal((await openLinks(engineer.userId, 'password_reset')).length, 3)
  assert.equal((await openLinks(invited.id, 'invitation')).length, 1)
})
