/** Who asks for the deletion of its account proves who it is: by a code, else by the password, else by a link that is mailed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generate } from 'otplib'
import { checkReadModel } from '../src/db/check.ts'
import { asSystem } from '../src/db/scope.ts'
import { demoPassword } from '../src/demo/world.ts'
import { mailLink } from '../src/mail/outbox.ts'
import { sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { followLink, mailedLink } from './mailed-link.ts'

let now = new Date('2030-01-01T00:00:10Z')
const later = () => {
  now = new Date(now.getTime() + 30_000)
}
const t = await openWorld({ clock: { now: () => now, setting: '' } })
const { system } = t.database
const the = shownBy(t)
const [reseller, seller, administrator] = [the('reseller'), the('seller'), the('client')]
const account = administrator.clientId
const path = `/reeve/clients/${account}/deletion_request`
const [company] = await system`SELECT company_name AS name FROM clients WHERE id = ${account}`

const as = ({ authorization }: { authorization: string }) => ({ headers: { authorization } })
const request = (by: { authorization: string }, body?: object) => t.ask('POST', path, { ...as(by), ...(body && { body }) })
const withdraw = (by: { authorization: string } = administrator) => t.ask('DELETE', path, as(by))
const isRequested = async () => {
  const [row] = await system`SELECT deletion_requested_at IS NOT NULL AS requested FROM clients WHERE id = ${account}`
  return row?.requested as boolean
}
const look = (token: string) => t.ask('GET', `/reeve/links/${token}`)
/** After the last free failure one waits a second, which a slow machine takes between two requests. */
async function waitLonger(kind: string, place: string, email: string) {
  const made = await system`UPDATE failures SET count = count + 10 WHERE key = failure_key(${kind}, ${place}, ${email})`
  assert.equal(made.count, 1, `failures are counted by ${kind}`)
}
const forgive = () => system`DELETE FROM failures`
const session = await sessionOf(t, administrator.email, account)

/** Takes the password, and with it every way but the mailbox, from the Administrator while `run` runs. */
async function withoutPassword(run: () => Promise<void>) {
  const [user] = await system`SELECT password_hash FROM users WHERE id = ${administrator.userId}`
  await system`UPDATE users SET password_hash = NULL WHERE id = ${administrator.userId}`
  await system`DELETE FROM outbox`
  try {
    await run()
  } finally {
    await system`UPDATE users SET ${system({ password_hash: user?.password_hash })} WHERE id = ${administrator.userId}`
    if (await isRequested()) assert.equal((await withdraw()).status, 204)
  }
}

/** A link that was mailed on request. */
async function mailed(by: TestCaller = session): Promise<string> {
  await system`DELETE FROM outbox` // three an hour are mailed to one mailbox
  const answer = await request(by)
  assert.deepEqual([answer.status, answer.body], [202, { status: 'sent' }])
  assert.equal(await isRequested(), false, 'nothing happens before the link is followed')
  return mailedLink(t, by.userId, account)
}
const gone = async (token: string, why: string) => {
  assert.equal((await look(token)).status, 404, why)
  assert.equal((await followLink(t, token)).status, 404, why)
}

test('by password: missing and wrong ones are 400 naming it, counted as at a sign-in', async () => {
  const missing = await request(session)
  assert.deepEqual([missing.status, missing.body], [400, { errors: { password: ['This field is required.'] } }])
  for (let n = 0; n < 5; n++) {
    const wrong = await request(session, { password: 'wrong' })
    assert.deepEqual([wrong.status, wrong.body], [400, { errors: { password: ['The password is incorrect.'] } }])
  }
  await waitLonger('proof', '127.0.0.1', administrator.email)
  assert.equal((await request(session, { password: demoPassword })).status, 429)
  const login = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: administrator.email, password: demoPassword } })
  assert.equal(login.status, 429, 'one count for both')
  await forgive()
  assert.equal(await isRequested(), false)

  const done = await request(session, { password: demoPassword })
  assert.deepEqual([done.status, done.body.status], [200, 'paused'])
  assert.equal(await isRequested(), true)
  const again = await request(session, { password: 'wrong' })
  assert.deepEqual([again.status, again.body], [400, { errors: { errors: ['Deletion of the account has already been requested.'] } }])
  const [row] =
    await system`SELECT data FROM activity WHERE action = 'requestClientDeletion' AND status_code = 200 ORDER BY id DESC LIMIT 1`
  assert.equal(row?.data, '{"password":"***"}')
  assert.equal((await withdraw()).status, 204)
})

test('403 by API token, whatever is sent along, and for whoever acts as the Administrator', async () => {
  const { body } = await t.ask('GET', `/iam/auth/jwt/clients/${account}/admin_token`, as(seller))
  const acting = { authorization: `Bearer ${body.access}` }
  for (const by of [administrator, acting]) {
    const answer = await request(by, { password: demoPassword })
    assert.deepEqual([answer.status, answer.body], [403, { message: 'The deletion of an account is requested in a session of one’s own.' }])
  }
  for (const by of [reseller, seller]) assert.equal((await request(by, { password: demoPassword })).status, 403)
  assert.equal(await isRequested(), false)
})

test('with two-step verification by a code or a backup code, once each; the password is neither asked for nor enough', async () => {
  const own = '/reeve/users/me/totp'
  const { body: begun } = await t.ask('POST', own, { ...as(session), body: { password: demoPassword } })
  const code = () => generate({ secret: begun.secret, epoch: Math.floor(now.getTime() / 1000) })
  const on = await t.ask('POST', `${own}/confirm`, { ...as(session), body: { one_time_password: await code() } })
  assert.equal(on.status, 200, on.text)
  const codes: string[] = on.body.backup_codes
  const wrong = { errors: { one_time_password: ['This code is not valid.'] } }
  later()

  for (const body of [undefined, { password: demoPassword }, { password: demoPassword, one_time_password: ' ' }]) {
    const answer = await request(session, body)
    assert.deepEqual([answer.status, answer.body], [400, { errors: { one_time_password: ['This field is required.'] } }])
  }
  const used = { one_time_password: await code() }
  for (const [given, name] of [
    [used, 'a code'],
    [{ one_time_password: codes[0] }, 'a backup code'],
  ] as const) {
    const done = await request(session, given)
    assert.equal(done.status, 200, `${name}: ${done.text}`)
    assert.equal((await withdraw()).status, 204)
    const again = await request(session, given)
    assert.deepEqual([again.status, again.body], [400, wrong], `${name} works once`)
  }
  await forgive()

  // Whoever took the session is told to wait after ten, and its user still signs in.
  await system`DELETE FROM outbox`
  for (let n = 0; n < 10; n++) {
    assert.equal((await request(session, { one_time_password: '000000' })).status, 400)
    await system`DELETE FROM failures WHERE key = failure_key('proof', '127.0.0.1', ${administrator.email})`
  }
  await waitLonger('session_code', String(administrator.userId), '')
  later()
  const kept = await request(session, { one_time_password: await code() })
  assert.equal(kept.status, 429)
  assert.match(String(kept.headers['ratelimit-policy']), /^"codes"/)
  const username = administrator.email
  const login = await t.ask('POST', '/iam/auth/jwt/login', { body: { username, password: demoPassword, one_time_password: await code() } })
  assert.equal(login.status, 200, 'codes at a sign-in are counted by themselves')
  assert.deepEqual([...(await system`SELECT FROM outbox WHERE template = 'wrong_codes'`)], [], 'nobody showed to know the password')
  assert.equal(await isRequested(), false)
  await forgive()
  later()
  const off = await t.ask('DELETE', own, { ...as(session), body: { password: demoPassword, one_time_password: await code() } })
  assert.equal(off.status, 204, off.text)
})

test('without a password by a mailed link, which makes the request once', () =>
  withoutPassword(async () => {
    await system`DELETE FROM notification_settings WHERE reseller_id = 2`
    await system`INSERT INTO notification_settings ${system({ reseller_id: 2, notification_type: 'deletion_request', email: 'told@alerts.example' })}`
    const token = await mailed()
    const [mail] = await system`SELECT template, recipient, client_id, details FROM outbox WHERE user_id = ${administrator.userId}`
    assert.partialDeepStrictEqual(mail, {
      template: 'account_deletion',
      recipient: administrator.email,
      client_id: account,
      details: { company: company?.name, account },
    })
    const { status, text } = await look(token)
    assert.equal(status, 200)
    assert.ok(text.includes('<button>'))
    assert.equal(await isRequested(), false, 'looking at it does nothing')
    const answers = await Promise.all([0, 1, 2].map(() => followLink(t, token)))
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 404, 404])
    assert.equal(await isRequested(), true)
    const [told] = await system`SELECT details FROM outbox WHERE template = 'deletion_request'`
    assert.deepEqual(told?.details, { company: company?.name, account, requested_by: administrator.email })
    const [row] =
      await system`SELECT user_id, affected_client_id, status_code FROM activity WHERE action = 'followLink' ORDER BY id DESC LIMIT 1`
    assert.deepEqual(row, { user_id: administrator.userId, affected_client_id: account, status_code: 200 })
    assert.equal((await request(session)).status, 400, 'it is requested')
    await gone(token, 'it was followed')
    assert.deepEqual(await checkReadModel(system, { rebuild: false }), [])
  }))

test('the link ends with its hour, the next one, its withdrawal, any other step, and what made its user able to ask', () =>
  withoutPassword(async () => {
    const first = await mailed()
    const [link] = await system`SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM one_time_links
      WHERE purpose = 'account_deletion' AND used_at IS NULL`
    assert.equal(link?.seconds, 3600)
    const second = await mailed()
    await gone(first, 'another was mailed')
    await system`UPDATE one_time_links SET expires_at = reeve_now() WHERE purpose = 'account_deletion'`
    await gone(second, 'it expired')
    assert.equal((await withdraw()).status, 400, 'what has expired is no request')

    for (const by of [administrator, seller]) {
      const token = await mailed()
      assert.equal((await withdraw(by)).status, 204)
      await gone(token, 'it was withdrawn')
      assert.equal((await withdraw(by)).status, 400)
    }

    const roleTo = async (role_id: number) => {
      await system`UPDATE client_users SET ${system({ role_id })} WHERE user_id = ${administrator.userId} AND client_id = ${account}`
    }
    const demoted = await mailed()
    await roleTo(2)
    await gone(demoted, 'its user administers the account no more')
    await roleTo(1)

    const deleted = await mailed()
    const take = (method: string, suffix = '') => t.ask(method, `/reeve/clients/${account}${suffix}`, as(reseller))
    assert.equal((await take('DELETE')).status, 204)
    assert.equal((await take('POST', '/restore')).status, 200)
    await gone(deleted, 'the account was deleted and restored')

    const moved = await mailed()
    const askedFor = { user_id: administrator.userId, reseller_id: 2, new_email: 'moved@accounts.example', asked_by: administrator.userId }
    await system`INSERT INTO email_changes ${system(askedFor)}`
    const { userId: user_id, resellerId: reseller_id } = administrator
    const mail = { user_id, reseller_id, client_id: null, recipient: askedFor.new_email, lang: 'en', details: {} }
    await asSystem(system, (db) => mailLink(db, t.cipher, { ...mail, template: 'email_change' }))
    assert.equal((await followLink(t, await mailedLink(t, user_id, null))).status, 200)
    await gone(moved, 'it went to an address that its user has no more')
    await system`UPDATE users SET email = ${administrator.email} WHERE id = ${administrator.userId}`
    await system`SELECT refresh_user(${administrator.userId})`
    assert.equal(await isRequested(), false)
  }))

test('429 for a fourth mail within an hour', () =>
  withoutPassword(async () => {
    for (let n = 0; n < 3; n++) assert.equal((await request(session)).status, 202)
    const token = await mailedLink(t, administrator.userId, account)
    assert.equal((await request(session)).status, 429)
    assert.equal((await look(token)).status, 200, 'the third still works')
    assert.equal((await withdraw()).status, 204)
  }))

test('the page in five languages', () =>
  withoutPassword(async () => {
    const pages = new Set<string>()
    for (const lang of ['en', 'de', 'ru', 'zh', 'az']) {
      await system`UPDATE users SET lang = ${lang} WHERE id = ${administrator.userId}`
      const { text } = await look(await mailed())
      assert.match(text, new RegExp(`<html lang="${lang}">`))
      assert.ok(text.includes(company?.name.replace(/[&<>"']/g, (char: string) => `&#${char.charCodeAt(0)};`)), text)
      pages.add(/<h1>(.*)<\/h1>/.exec(text)?.[1] ?? '')
    }
    assert.equal(pages.size, 5)
    assert.equal((await withdraw()).status, 204)
  }))
