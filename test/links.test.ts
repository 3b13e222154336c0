/** The pages behind mailed links: looked at by anybody as often as they like, followed once, and what follows from it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { asSystem } from '../src/db/scope.ts'
import { demoPassword } from '../src/demo/world.ts'
import { type LinkTemplate, linkContext, mailLink, type SecurityChange } from '../src/mail/outbox.ts'
import { endChange } from '../src/people/email-changes/email-changes.queries.ts'
import { createLog } from '../src/server/listen.ts'
import { openWorld } from './harness.ts'
import { told } from './scenarios.ts'

let logged = ''
const log = createLog('trace', { write: (line) => (logged += line) })
const t = await openWorld({ log })
const { system } = t.database
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const chosen = 'a password nobody had'

interface Person {
  id: number
  reseller_id: number
  client_id: number
  email: string
  lang: string
}

/** Somebody who belongs to one account alone, a different one each time. */
const people = await system<Person[]>`
  SELECT u.id, u.reseller_id, u.client_id, u.email, u.lang FROM users u
  WHERE u.user_type = 'common' AND u.deleted_at IS NULL AND u.is_active AND u.activated_at IS NOT NULL
    AND EXISTS (SELECT FROM callers c WHERE c.user_id = u.id) AND NOT EXISTS (SELECT FROM api_tokens a WHERE a.user_id = u.id)
  ORDER BY u.id LIMIT 60`
function somebody(): Person {
  const person = people.shift()
  assert.ok(person, 'the world is too small for this test')
  return person
}

/** Mails the link as the server does, and answers its token as the mail says it. */
async function mailed(person: Person, purpose: LinkTemplate, details: Record<string, string> = {}): Promise<string> {
  const { id: user_id, reseller_id, client_id, email: recipient, lang } = person
  const mail = { user_id, reseller_id, client_id, recipient, lang, template: purpose, details: {} }
  if (purpose === 'email_change') {
    await system.begin((db) => endChange(db, user_id, 'replaced'))
    await system`INSERT INTO email_changes ${system({ user_id, reseller_id, new_email: details.email ?? '', asked_by: user_id })}`
  }
  await asSystem(system, (db) => mailLink(db, t.cipher, mail, details))
  const [row] = await system`SELECT encrypted_link FROM outbox WHERE user_id = ${user_id} ORDER BY id DESC LIMIT 1`
  return t.cipher.decrypt(row?.encrypted_link, linkContext(recipient)).toString()
}

/** The mails that tell the user of a change, without the links of this test. */
const toldOf = ({ id }: Person) =>
  system`SELECT template, recipient, user_id, lang, client_id, details FROM outbox WHERE user_id = ${id} AND template = 'security_changed' ORDER BY id`
const toldInFull = ({ id: userId, email, lang, client_id }: Person, change: SecurityChange) => ({
  ...told({ userId, email }, change),
  lang,
  client_id,
})

const look = (token: string, headers = {}) => t.ask('GET', `/reeve/links/${token}`, { headers })
const follow = (token: string, fields: Record<string, string> = {}) =>
  t.ask('POST', `/reeve/links/${token}`, { headers: FORM, body: new URLSearchParams(fields).toString() })
const twice = (password: string) => ({ password, password_again: password })
const signsIn = async (email: string, password: string) =>
  (await t.ask('POST', '/iam/auth/jwt/login', { body: { username: email, password } })).status

test('200 for a look, which uses nothing up; a reset replaces the password and ends the sessions, once', async () => {
  const person = somebody()
  const login = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: person.email, password: demoPassword } })
  const token = await mailed(person, 'password_reset')
  for (let n = 0; n < 3; n++) assert.equal((await look(token)).status, 200)
  assert.equal((await t.ask('HEAD', `/reeve/links/${token}`)).status, 200)
  assert.equal((await follow(token, twice(chosen))).status, 200)
  assert.equal(await signsIn(person.email, chosen), 200)
  assert.equal(await signsIn(person.email, demoPassword), 400)
  const me = await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${login.body.access}` } })
  assert.equal(me.status, 401, 'the session from before must have ended')
  assert.equal((await follow(token, twice('another password, later'))).status, 404)
  assert.equal((await look(token)).status, 404)
  assert.equal(await signsIn(person.email, chosen), 200)
  assert.partialDeepStrictEqual([...(await toldOf(person))], [toldInFull(person, 'password')])
})

test('200 and the page again in the user’s language, 400 with the reason, for what cannot be the password', async () => {
  for (const [fields, lang, says] of [
    [twice('short'), 'en', /at least 12 characters/],
    [twice('x'.repeat(129)), 'de', /128 Zeichen/],
    [twice('passwordpassword'), 'ru', /распространён/],
    [twice(demoPassword), 'zh', /曾使用过/],
    [{ password: chosen, password_again: 'something else entirely' }, 'az', /eyni deyil/],
    [{}, 'en', /at least 12 characters/],
  ] as const) {
    const person = { ...somebody(), lang }
    await system`UPDATE users SET lang = ${lang} WHERE id = ${person.id}`
    const token = await mailed(person, 'password_reset')
    const answer = await follow(token, fields as Record<string, string>)
    assert.equal(answer.status, 400)
    assert.match(answer.text, says)
    assert.match(answer.text, new RegExp(`<html lang="${lang}">`))
    assert.match(answer.text, /role="alert"/)
    assert.equal((await follow(token, twice(chosen))).status, 200, 'a refused password leaves the link as it was')
  }
})

test('a page says where to go on: to the provider’s website once all is done, to who can help where the link does not work', async () => {
  for (const [lang, onwards, help] of [
    ['en', /<a href="https:\/\/cloud\.example">Continue to /, /support/],
    ['de', /">Weiter zu /, /Support/],
    ['ru', /">Перейти на сайт /, /поддержку/],
    ['zh', /">前往/, /客服/],
    ['az', / saytına keçin</, /dəstək/],
  ] as const) {
    const person = { ...somebody(), lang }
    await system`UPDATE users SET lang = ${lang} WHERE id = ${person.id}`
    await system`
      INSERT INTO branding (reseller_id, domain, public_settings)
      VALUES (${person.reseller_id}, ${`r${person.reseller_id}.example`}, '{"websiteLink": "https://cloud.example"}')
      ON CONFLICT (reseller_id) DO UPDATE SET public_settings = branding.public_settings || EXCLUDED.public_settings`
    const token = await mailed(person, 'password_reset')
    assert.match((await follow(token, twice(chosen))).text, onwards)
    assert.match((await look(token, { 'accept-language': lang })).text, help)
  }
})

test('200 for an invitation: the user is confirmed, its account has a status, other invitations end', async () => {
  const person = somebody()
  const { client_id, id } = person
  await system`UPDATE users SET activated_at = NULL, password_hash = NULL WHERE id = ${id}`
  await system`UPDATE clients SET owner_id = ${id}, status = 'new', deletion_requested_at = NULL WHERE id = ${client_id}`
  await system`SELECT refresh_user(${id}), refresh_client_and_users(${client_id})`
  const other = await mailed({ ...person }, 'activation')
  const token = await mailed(person, 'invitation')
  assert.equal(await signsIn(person.email, chosen), 400)
  assert.equal((await follow(token, twice(chosen))).status, 200)
  assert.equal(await signsIn(person.email, chosen), 200)
  assert.equal((await look(other)).status, 404)
  assert.equal((await toldOf(person)).length, 0, 'a first password changes none')
  const [change] =
    await system`SELECT old_status, new_status FROM account_status_changes WHERE client_id = ${client_id} ORDER BY id DESC LIMIT 1`
  assert.equal(change?.old_status, 'new')
  assert.notEqual(change?.new_status, 'new')
  const [row] = await system`SELECT * FROM activity WHERE user_id = ${id} ORDER BY id DESC LIMIT 1`
  assert.partialDeepStrictEqual(row, {
    action: 'followLink',
    path: '/reeve/links/:token',
    affected_client_id: client_id,
    status_code: 200,
    data: '',
  })
  assert.deepEqual(await checkReadModel(system, { rebuild: false }), [])
})

test('200 for a new email, and 400 where somebody has it by now; links that went to the old one end', async () => {
  const person = somebody()
  const reset = await mailed(person, 'password_reset')
  const token = await mailed(person, 'email_change', { email: 'New.Address@example.com' })
  assert.match((await look(token)).text, /New\.Address@example\.com/)
  assert.equal((await follow(token)).status, 200)
  assert.equal(await signsIn('new.address@example.com', demoPassword), 200)
  assert.equal((await look(reset)).status, 404)
  const mails = await toldOf(person)
  assert.partialDeepStrictEqual([...mails], [toldInFull(person, 'email')], 'the old address is told')
  assert.doesNotMatch(JSON.stringify(mails), /new\.address/i, 'and not which is the new one')
  const other = somebody()
  const late = await mailed(other, 'email_change', { email: 'NEW.address@example.com' })
  assert.equal((await follow(late)).status, 400)
  assert.equal((await toldOf(other)).length, 0)
  assert.equal((await look(late)).status, 200)
  assert.deepEqual(await checkReadModel(system, { rebuild: false }), [])
})

test('two who follow one link at once: one does it, the other is told that it does not work', async () => {
  for (const purpose of ['password_reset', 'email_change', 'totp_disable', 'password_reset', 'email_change'] as const) {
    const person = somebody()
    const token = await mailed(person, purpose, { email: `${purpose}${people.length}@example.com` })
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => follow(token, twice(`${chosen} ${n}`))))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 404, 404, 404, 404, 404])
    const change = { password_reset: 'password', email_change: 'email', totp_disable: 'two_step_off' } as const
    const mails = await toldOf(person)
    assert.equal(mails.length, 1)
    assert.partialDeepStrictEqual(mails[0], toldInFull(person, change[purpose]))
  }
})

test('404, all alike, for a link that never was, has ended, was replaced, or is of somebody who may not come in', async () => {
  const unknown = await look('nothing')
  assert.equal(unknown.status, 404)
  const spoilt: [LinkTemplate, (person: Person, token: string) => Promise<unknown>][] = [
    ['password_reset', ({ id }) => system`UPDATE one_time_links SET expires_at = reeve_now() WHERE user_id = ${id}`],
    ['totp_disable', (person) => mailed(person, 'totp_disable')],
    ['invitation', ({ id }) => system`UPDATE users SET is_active = false WHERE id = ${id}`],
    ['email_change', ({ id }) => system`UPDATE users SET deleted_at = reeve_now() WHERE id = ${id}`],
  ]
  for (const [purpose, spoil] of spoilt) {
    const person = somebody()
    const token = await mailed(person, purpose, { email: 'x@example.com' })
    assert.equal((await look(token)).status, 200)
    await spoil(person, token)
    for (const answer of [await look(token), await follow(token, twice(chosen))]) {
      assert.equal(answer.status, 404)
      assert.equal(answer.text.replace(/nonce="[^"]+"/, ''), unknown.text.replace(/nonce="[^"]+"/, ''))
    }
  }
  assert.match((await look('nothing', { 'accept-language': 'fr, de-CH;q=0.9, en' })).text, /<html lang="de">/)
})

test('a page runs and loads nothing, is not kept or framed, and holds names as inert text', async () => {
  const person = somebody()
  await system`UPDATE branding SET public_settings = public_settings || '{"brandName": "<img src=x onerror=alert(1)>"}' WHERE reseller_id = ${person.reseller_id}`
  const { text, headers } = await look(await mailed(person, 'email_change', { email: '"><script>alert(1)</script>@example.com' }))
  assert.doesNotMatch(text, /<script|<img|javascript:/i)
  assert.match(text, /&#60;script&#62;/)
  const policy = String(headers['content-security-policy'])
  const [, nonce] = /nonce-([^']+)'/.exec(policy) ?? []
  assert.ok(nonce && text.includes(`<style nonce="${nonce.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)}">`), policy)
  assert.match(policy, /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/)
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.match(text, /<label for="password">|<button>/)
})

test('415 for a body that is no form; nothing of a link is in the log', async () => {
  const token = await mailed(somebody(), 'password_reset')
  assert.equal((await t.ask('POST', `/reeve/links/${token}`, { body: twice(chosen) })).status, 415)
  await look(token)
  await follow(token, twice(chosen))
  assert.match(logged, /"path":"\/reeve\/links\/:token"/)
  assert.ok(!logged.includes(token), 'the token of a link is a secret: config.secretPath keeps it out of the log')
  assert.ok(!logged.includes(chosen))
})

test('a live token is in no line of the log and in no row, however the path is mistyped and whatever the method', async () => {
  const token = await mailed(somebody(), 'password_reset')
  const paths = [
    `/reeve/links/${token}`,
    `/reeve/links/${token}/`,
    `/reeve/links/${token}/x`,
    `//reeve/links/${token}`,
    `/reeve//links//${token}`,
    `/Reeve/Links/${token}`,
    `/iam/reeve/links/${token}`,
    `/reeve/links/x/${token}`,
    `/%72eeve/l%69nks/${token}`,
    `/reeve%2flinks%2F${token}`,
    `/%FF/reeve/links/${token}`,
    `/reeve\\links\\${token}`,
    `/reeve/links/${token};x?y=1`,
    `/reeve/links/${token}%`,
  ]
  const before = logged.length
  for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'TRACE'])
    for (const path of paths)
      await t.app.inject({ method: method as 'GET', url: path, headers: { authorization: `APIKey ${t.shown.platform.token}` } })
  assert.ok(logged.slice(before).split('"path":"/reeve/links/:token"').length > 50, logged.slice(before, before + 500))
  assert.ok(!logged.includes(token), /[^\n]*\/links[^\n]*/.exec(logged.slice(logged.indexOf(token) - 200))?.[0])
  assert.deepEqual([...(await system`SELECT path FROM activity WHERE path LIKE ${`%${token}%`} OR query_params LIKE ${`%${token}%`}`)], [])
})
