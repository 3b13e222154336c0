/** Getting an account back: what a thief left behind ends with a change of the password, and what it would plant asks for a proof and is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generate } from 'otplib'
import { asSystem } from '../src/db/scope.ts'
import { demoPassword } from '../src/demo/world.ts'
import { plain } from '../src/mail/brand.ts'
import { linkContext, mailLink } from '../src/mail/outbox.ts'
import { renderMail } from '../src/mail/render.ts'
import { accessLeft } from '../src/people/users/users.queries.ts'
import { sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { told, watchActivity } from './scenarios.ts'
import { wanted } from './tokens.ts'

let now = new Date('2030-01-01T00:00:10Z')
const t = await openWorld({ clock: { now: () => now, setting: '' } })
const { system } = t.database
const activity = await watchActivity(t)
const the = shownBy(t)
const [reseller, administrator, engineer, user] = [the('reseller'), the('client'), the('client', 2, 5), the('client', 2, 2)]
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

const as = ({ authorization }: { authorization: string }) => ({ headers: { authorization } })
const follow = (token: string, fields: Record<string, string> = {}) =>
  t.ask('POST', `/reeve/links/${token}`, { headers: FORM, body: new URLSearchParams(fields).toString() })
/** The link of the last mail of this kind to a user. */
async function linkOf(userId: number, template: string): Promise<string> {
  const [row] = await system`
    SELECT encrypted_link, recipient FROM outbox WHERE user_id = ${userId} AND template = ${template} AND encrypted_link IS NOT NULL ORDER BY id DESC LIMIT 1`
  assert.ok(row, `no ${template} was mailed`)
  return t.cipher.decrypt(row.encrypted_link, linkContext(row.recipient)).toString()
}
const askForEmail = (by: { authorization: string }, id: number, new_email: string, more: object = {}) =>
  t.ask('PUT', `/iam/users/${id}/email`, { ...as(by), body: { new_email, password: demoPassword, ...more } })
let word = 0
async function changePassword(session: TestCaller, old: string) {
  const next = `another word ${++word}`
  const answer = await t.ask('PUT', `/iam/users/${session.userId}/password`, { ...as(session), body: { old, new: next, double: next } })
  assert.equal(answer.status, 200, answer.text)
  return next
}
const stale = (one: TestCaller, minutes: number) =>
  system`UPDATE sessions SET proven_at = reeve_now() - ${minutes} * interval '1 minute' WHERE user_id = ${one.userId}`
const enough = /^Confirm who you are first/

test('a change of the password ends the change of an email that a thief asked for, and every other open link', async () => {
  const thief = await sessionOf(t, engineer.email)
  assert.equal((await askForEmail(thief, engineer.userId, 'thief@evil.example')).status, 200)
  const [toNew, notice] = [await linkOf(engineer.userId, 'email_change'), await linkOf(engineer.userId, 'email_change_notice')]
  const { resellerId: reseller_id, clientId: client_id, userId: user_id, email: recipient } = engineer
  for (const template of ['password_reset', 'totp_disable'] as const)
    await asSystem(system, (db) =>
      mailLink(db, t.cipher, { reseller_id, client_id, user_id, recipient, lang: 'en', template, details: {} }),
    )
  const others = [await linkOf(user_id, 'password_reset'), await linkOf(user_id, 'totp_disable')]
  await changePassword(await sessionOf(t, engineer.email), demoPassword)
  for (const token of [toNew, notice, ...others]) assert.equal((await follow(token)).status, 404)
  const [change] = await system`SELECT outcome FROM email_changes WHERE user_id = ${user_id} ORDER BY id DESC LIMIT 1`
  assert.equal(change?.outcome, 'stopped')
  const [person] = await system`SELECT email FROM users WHERE id = ${user_id}`
  assert.equal(person?.email, engineer.email)
})

test('it ends those too that it asked for of others, as staff', async () => {
  const staff = await sessionOf(t, reseller.email)
  assert.equal((await askForEmail(staff, user.userId, 'planted@evil.example')).status, 200)
  const toNew = await linkOf(user.userId, 'email_change')
  assert.equal((await follow(toNew)).status, 200, 'the new address confirms and waits for the old one')
  await changePassword(staff, demoPassword)
  const [change] = await system`SELECT outcome FROM email_changes WHERE user_id = ${user.userId} ORDER BY id DESC LIMIT 1`
  assert.equal(change?.outcome, 'stopped')
})

test('in a session a token without an end, or of an Administrator, takes a recent proof', async () => {
  const session = await sessionOf(t, administrator.email)
  const tokens = `/iam/v2/clients/${administrator.clientId}/tokens`
  const end = new Date(Date.now() + 3600_000).toISOString()
  const create = (role: number, exp_date: string | null) =>
    t.ask('POST', tokens, { ...as(session), body: wanted({ id: role }, { exp_date }) })
  assert.equal((await create(1, null)).status, 200, 'signing in is a proof')
  await stale(administrator, 16)
  for (const [role, exp_date] of [
    [1, end],
    [2, null],
  ] as const) {
    const refused = await create(role, exp_date)
    assert.equal(refused.status, 403)
    assert.match(refused.body.message, enough)
    assert.match(String(refused.headers['www-authenticate']), /error="insufficient_user_authentication", max_age=900/)
  }
  assert.equal((await create(2, end)).status, 200, 'one that is less and ends needs none')
  const chosen = await t.ask('GET', `/iam/auth/jwt/clients/${administrator.clientId}/login`, as(session))
  const other = { headers: { authorization: `Bearer ${chosen.body.access}` } }
  assert.equal((await t.ask('POST', tokens, { ...other, body: wanted({ id: 1 }) })).status, 403, 'a session chosen from it is as old')
  const refresh = await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: chosen.body.refresh } })
  const refreshed = { headers: { authorization: `Bearer ${refresh.body.access}` } }
  assert.equal((await t.ask('POST', tokens, { ...refreshed, body: wanted({ id: 1 }) })).status, 403, 'and refreshing proves nothing')
  assert.equal(
    (await t.ask('POST', tokens, { ...as(administrator), body: wanted({ id: 1 }) })).status,
    200,
    'an API token is bounded otherwise',
  )

  const prove = (password: string) => t.ask('POST', '/reeve/sessions/current/proof', { ...as(session), body: { password } })
  assert.equal((await prove('wrong')).status, 400)
  assert.equal((await create(1, null)).status, 403)
  assert.equal((await prove(demoPassword)).status, 204)
  assert.equal((await create(1, null)).status, 200)
  assert.equal(
    (await t.ask('POST', '/reeve/sessions/current/proof', { ...as(administrator), body: { password: demoPassword } })).status,
    403,
  )
})

test('the user is told by mail of a token that a session creates, and of its name', async () => {
  const session = await sessionOf(t, user.email)
  const tokens = `/iam/v2/clients/${user.clientId}/tokens`
  await activity.since(0)
  await activity.mails()
  const made = await t.ask('POST', tokens, { ...as(session), body: wanted({ id: 2 }, { name: 'Backdoor' }) })
  assert.equal(made.status, 200, made.text)
  const mails = await activity.mails()
  assert.equal(mails.length, 1)
  const due = told(user, 'token_added')
  assert.partialDeepStrictEqual(mails[0], { ...due, details: { ...due.details, token: 'Backdoor' } })
  assert.equal((await t.ask('POST', tokens, { token: made.body.token, body: wanted({ id: 2 }) })).status, 200)
  assert.equal((await activity.mails()).length, 0, 'of those that tokens create it is not: they end with them')
})

test('a passkey is taken away only with a recent proof', async () => {
  const session = await sessionOf(t, user.email)
  await stale(user, 16)
  const path = '/reeve/users/me/passkeys/1099511627776'
  const refused = await t.ask('DELETE', path, as(session))
  assert.deepEqual([refused.status, enough.test(refused.body.message)], [403, true])
  await t.ask('POST', '/reeve/sessions/current/proof', { ...as(session), body: { password: demoPassword } })
  assert.equal((await t.ask('DELETE', path, as(session))).status, 404)
})

test('a change of email asks for a code where two-step verification is on', async () => {
  const session = await sessionOf(t, administrator.email)
  const own = '/reeve/users/me/totp'
  const codeOf = (secret: string) => generate({ secret, epoch: Math.floor(now.getTime() / 1000) })
  const { secret } = (await t.ask('POST', own, { ...as(session), body: { password: demoPassword } })).body
  const confirmed = await t.ask('POST', `${own}/confirm`, { ...as(session), body: { one_time_password: await codeOf(secret) } })
  assert.equal(confirmed.status, 200, confirmed.text)
  now = new Date(now.getTime() + 30_000)
  const { userId } = administrator
  for (const by of [session, administrator]) {
    const without = await askForEmail(by, userId, 'new@berg.example')
    assert.deepEqual([without.status, without.body], [400, [{ errors: { one_time_password: 'This field is required.' } }]])
    const wrong = await askForEmail(by, userId, 'new@berg.example', { one_time_password: '000000' })
    assert.deepEqual([wrong.status, wrong.body], [400, [{ errors: { one_time_password: 'This code is not valid.' } }]])
  }
  const right = await askForEmail(session, userId, 'new@berg.example', { one_time_password: await codeOf(secret) })
  assert.equal(right.status, 200, right.text)
})

/** Somebody of the world with a token and a passkey, and a session of it. */
async function withAccess(one: TestCaller, password = demoPassword) {
  await system`INSERT INTO passkeys ${system({ user_id: one.userId, reseller_id: one.resellerId, credential_id: Buffer.from(`${one.userId} ${++word}`), public_key: Buffer.from('x'), counter: 0, rp_id: 'localhost', name: 'Telephone' })}`
  const made = await t.ask('POST', `/iam/v2/clients/${one.clientId}/tokens`, { ...as(one), body: wanted({ id: one.roleId }) })
  assert.equal(made.status, 200, made.text)
  const { body } = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: one.email, password } })
  return { token: made.body.token as string, bearer: { authorization: `Bearer ${body.access}` } }
}
const works = async (given: { authorization: string }) => (await t.ask('GET', '/iam/users/me', as(given))).status === 200
const left = ({ userId }: TestCaller) => system.begin((db) => accessLeft(db, userId))
const lastMail = async ({ userId }: TestCaller) =>
  (await system`SELECT template, details, encrypted_link FROM outbox WHERE user_id = ${userId} ORDER BY id DESC LIMIT 1`)[0]

const other = the('client', 3)

test('the mail and the page after a reset tell what still works, with a link that ends all of it, once and without signing in', async () => {
  const { token, bearer } = await withAccess(other)
  await t.ask('POST', '/iam/auth/password/forgot', { body: { email: other.email } })
  const done = await follow(await linkOf(other.userId, 'password_reset'), {
    password: 'a password of mine',
    password_again: 'a password of mine',
  })
  assert.equal(done.status, 200, done.text)
  assert.equal(await works(bearer), false, 'a reset ends the sessions')
  const mail = await lastMail(other)
  const before = await left(other)
  assert.ok((before?.tokens ?? 0) >= 2 && before?.passkeys === 1)
  assert.partialDeepStrictEqual(mail, { template: 'security_changed', details: { change: 'password', ...before } })
  const link = await linkOf(other.userId, 'security_changed')
  assert.ok(done.text.includes(`href="./${link}"`), 'the page leads to the same link')
  assert.ok(await works({ authorization: `APIKey ${token}` }), 'nothing else ends by itself')

  assert.equal((await t.ask('GET', `/reeve/links/${link}`)).status, 200)
  assert.ok(await works({ authorization: `APIKey ${token}` }), 'looking changes nothing')
  const { body } = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: other.email, password: 'a password of mine' } })
  assert.equal((await follow(link)).status, 200)
  assert.deepEqual({ ...(await left(other)) }, { tokens: 0, passkeys: 0 })
  for (const one of [`APIKey ${token}`, other.authorization, `Bearer ${body.access}`])
    assert.equal(await works({ authorization: one }), false)
  assert.partialDeepStrictEqual(await lastMail(other), { template: 'security_changed', details: { change: 'access_ended' } })
  assert.equal((await follow(link)).status, 404, 'once')
})

test('a thief who changes the password again does not take the link of the mail before', async () => {
  const { bearer } = await withAccess(user)
  const session = { ...user, authorization: bearer.authorization, by: 'session' as const }
  const first = await changePassword(session, demoPassword)
  const link = await linkOf(user.userId, 'security_changed')
  await changePassword(session, first)
  assert.equal((await follow(link)).status, 200)
  assert.equal((await left(user))?.tokens, 0)
})

test('a change of the password ends everything where it is asked to, but for the session that asks', async () => {
  const seller = the('seller')
  const { token, bearer } = await withAccess(seller)
  const body = { old: demoPassword, new: 'some other password', double: 'some other password', end_everything: true }
  const changed = await t.ask('PUT', `/iam/users/${seller.userId}/password`, { ...as(bearer), body })
  assert.equal(changed.status, 200, changed.text)
  assert.deepEqual({ ...(await left(seller)) }, { tokens: 0, passkeys: 0 })
  assert.equal(await works({ authorization: `APIKey ${token}` }), false)
  assert.ok(await works({ authorization: `Bearer ${changed.body.access}` }))
  assert.equal((await lastMail(seller))?.encrypted_link, null, 'nothing is left to end')
})

test('who is signed in ends everything with a password, and goes on', async () => {
  const seller = the('seller', 3)
  const { token, bearer } = await withAccess(seller)
  const end = (given: { authorization: string }, password = demoPassword) =>
    t.ask('POST', '/reeve/users/me/end_access', { ...as(given), body: { password } })
  assert.equal((await end({ authorization: `APIKey ${token}` })).status, 403, 'a stolen token must not end all others')
  assert.equal((await end(bearer, 'wrong')).status, 400)
  assert.equal((await left(seller))?.passkeys, 1)
  assert.equal((await end(bearer)).status, 204)
  assert.deepEqual({ ...(await left(seller)) }, { tokens: 0, passkeys: 0 })
  assert.ok(await works(bearer))
  assert.partialDeepStrictEqual(await lastMail(seller), { details: { change: 'access_ended' } })
})

test('the mail of a new password has its button where something is left, in every language', () => {
  const brand = {
    name: 'North',
    url: 'https://n.example',
    logo: undefined,
    colors: plain,
    fromEmail: undefined,
    support: { email: undefined, phone: undefined, website: undefined },
  }
  for (const lang of ['en', 'de', 'ru', 'zh', 'az'] as const) {
    const mail = (details: object) =>
      renderMail({ template: 'security_changed', lang, details: { change: 'password', ...details }, brand, link: 'https://n.example/l' })
        .text
    assert.match(mail({ tokens: 7 }), /7[\s\S]*https:\/\/n\.example\/l/, lang)
    assert.doesNotMatch(mail({}), /https:\/\/n\.example\/l/, lang)
  }
})
