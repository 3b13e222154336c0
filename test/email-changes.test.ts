/** Changes of email that staff ask for: both addresses have a say, nothing happens while the old one may object, and staff get no way in by them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { checkReadModel } from '../src/db/check.ts'
import { demoPassword } from '../src/demo/world.ts'
import { makeDueEmailChanges } from '../src/jobs/email-changes.ts'
import { machineClock } from '../src/lib/clock.ts'
import { linkContext } from '../src/mail/outbox.ts'
import { sessionOf, shownBy, type TestCaller } from './callers.ts'
import { nothingOutgoing, openWorld } from './harness.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [platform, reseller, seller] = [the('platform'), the('reseller'), the('seller')]
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const as = ({ authorization }: TestCaller) => ({ headers: { authorization } })
const deps = {
  system,
  scope: t.database.scope,
  clock: machineClock,
  log: pino({ level: 'silent' }),
  keep: { sessions: 0, links: 0, mails: 0, logs: 0 },
  passwordDays: undefined,
  outgoing: nothingOutgoing,
}

interface Person {
  id: number
  reseller_id: number
  client_id: number
  email: string
}
const people = await system<Person[]>`
  SELECT u.id, u.reseller_id, u.client_id, u.email FROM users u
  WHERE u.reseller_id = 2 AND u.user_type = 'common' AND EXISTS (SELECT FROM callers c WHERE c.user_id = u.id)
    AND NOT EXISTS (SELECT FROM api_tokens a WHERE a.user_id = u.id) ORDER BY u.id LIMIT 60`
const somebody = () => people.shift() ?? assert.fail('the world is too small for this test')
let made = 0
const fresh = () => `fresh${made++}@moved.example`

const ask = (one: TestCaller, { id }: { id: number }, new_email: string) =>
  t.ask('PUT', `/iam/users/${id}/email`, { ...as(one), body: { new_email, password: demoPassword } })

/** Asks, counts it not against the ten an hour, and answers the tokens of the links that were mailed: to the new and to the old address. */
async function asked(one: TestCaller, person: Person, to: string) {
  const answer = await ask(one, person, to)
  assert.equal(answer.status, 200, answer.text)
  await system`DELETE FROM attempts`
  const rows = await system<{ id: number; recipient: string; template: string; encrypted_link: Buffer; details: Record<string, string> }[]>`
    SELECT id, recipient, template, encrypted_link, details FROM outbox WHERE user_id = ${person.id} ORDER BY id DESC LIMIT 2`
  const [notice, confirmation] = rows
  assert.ok(notice && confirmation)
  assert.deepEqual([confirmation.template, confirmation.recipient], ['email_change', to])
  assert.deepEqual([notice.template, notice.recipient], ['email_change_notice', person.email])
  const tokenOf = (row: typeof notice) => t.cipher.decrypt(row.encrypted_link, linkContext(row.recipient)).toString()
  return { confirm: tokenOf(confirmation), notice: tokenOf(notice), noticeId: notice.id, said: notice.details }
}

const look = (token: string) => t.ask('GET', `/reeve/links/${token}`)
const follow = (token: string, fields: Record<string, string> = {}) =>
  t.ask('POST', `/reeve/links/${token}`, { headers: FORM, body: new URLSearchParams(fields).toString() })
const allow = (token: string) => follow(token, { decision: 'allow' })
const emailOf = async ({ id }: Person) => (await system`SELECT email FROM users WHERE id = ${id}`)[0]?.email
const outcomesOf = async ({ id }: Person) =>
  (await system`SELECT outcome FROM email_changes WHERE user_id = ${id} ORDER BY id`).map(({ outcome }) => outcome)
/** The time that the old address has is over, and its mail was sent. */
async function letTimePass({ id }: Person) {
  await system`UPDATE outbox SET sent_at = now() WHERE user_id = ${id} AND sent_at IS NULL`
  await system`UPDATE email_changes SET waits_until = reeve_now() - interval '1 second' WHERE user_id = ${id} AND ended_at IS NULL`
}
const runJob = () => makeDueEmailChanges(deps, new Date())

test('the new address confirms, and nothing happens until three days are over; then it is made, told, and sessions end', async () => {
  const person = somebody()
  const to = fresh()
  const session = await sessionOf(t, person.email)
  const { confirm, notice, said } = await asked(reseller, person, to)
  assert.equal(said.requested_by, reseller.email)
  assert.equal(said.email, to, 'who is to agree is told to what')
  const [change] =
    await system`SELECT extract(epoch FROM waits_until - asked_at) / 3600 AS hours, asked_by FROM email_changes WHERE user_id = ${person.id}`
  assert.deepEqual([Number(change?.hours), change?.asked_by], [72, reseller.userId])

  const confirmed = await follow(confirm)
  assert.equal(confirmed.status, 200)
  assert.match(confirmed.text, /three days|drei Tage|три дня|三天|üç gün/)
  await runJob()
  assert.equal(await emailOf(person), person.email, 'the old address may object still')
  assert.equal((await look(notice)).status, 200)

  await system`UPDATE email_changes SET waits_until = reeve_now() - interval '1 second' WHERE user_id = ${person.id}`
  await runJob()
  assert.equal(await emailOf(person), person.email, 'the mail to the old address is still to be sent')

  await letTimePass(person)
  await Promise.all([runJob(), runJob()]) // two servers
  assert.equal(await emailOf(person), to)
  assert.deepEqual(await outcomesOf(person), ['made'])
  assert.equal((await look(notice)).status, 404)
  assert.equal((await t.ask('GET', '/iam/users/me', as(session))).status, 401)
  const told = await system`SELECT recipient, details FROM outbox WHERE user_id = ${person.id} AND template = 'security_changed'`
  assert.partialDeepStrictEqual([...told], [{ recipient: person.email, details: { change: 'email' } }])
  const [entry] =
    await system`SELECT * FROM activity WHERE action = 'applyEmailChange' AND affected_client_id = ${person.client_id} ORDER BY id DESC LIMIT 1`
  assert.partialDeepStrictEqual(entry, {
    user_id: reseller.userId,
    user_email: reseller.email,
    status_code: 200,
    data: JSON.stringify({ new_email: to }),
  })
  assert.deepEqual(await checkReadModel(system), [])
})

test('the old address agrees: made at once, whichever of the two confirms first', async () => {
  for (const order of ['old first', 'new first']) {
    const person = somebody()
    const to = fresh()
    const { confirm, notice } = await asked(reseller, person, to)
    const page = await look(notice)
    assert.match(page.text, /value="allow"/)
    assert.ok(page.text.includes(to))
    if (order === 'old first') {
      assert.equal((await allow(notice)).status, 200)
      assert.equal(await emailOf(person), person.email)
      assert.equal((await follow(confirm)).status, 200)
    } else {
      assert.equal((await follow(confirm)).status, 200)
      assert.equal(await emailOf(person), person.email)
      assert.equal((await allow(notice)).status, 200)
    }
    assert.equal(await emailOf(person), to, order)
    const steps = await system`SELECT action FROM activity WHERE user_id = ${person.id} ORDER BY id DESC LIMIT 2`
    assert.deepEqual(
      steps.map(({ action }) => action),
      ['followLink', 'followLink'],
    )
  }
})

test('the old address objects by one click: the change never happens, and the link to confirm it is dead', async () => {
  for (const confirmedBefore of [false, true]) {
    const person = somebody()
    const { confirm, notice } = await asked(reseller, person, fresh())
    if (confirmedBefore) assert.equal((await follow(confirm)).status, 200)
    assert.equal((await look(notice)).status, 200, 'looking at it stops nothing')
    assert.deepEqual(await outcomesOf(person), [null])
    assert.equal((await follow(notice)).status, 200)
    assert.deepEqual(await outcomesOf(person), ['stopped'])
    assert.equal((await follow(confirm)).status, 404)
    await letTimePass(person)
    await runJob()
    assert.equal(await emailOf(person), person.email)
  }
})

test('a later request replaces the one before; a blocked user’s change waits for ever', async () => {
  const person = somebody()
  const first = await asked(reseller, person, fresh())
  assert.equal((await follow(first.confirm)).status, 200)
  const second = await asked(platform, person, fresh())
  for (const token of [first.confirm, first.notice]) assert.equal((await follow(token)).status, 404)
  assert.deepEqual(await outcomesOf(person), ['replaced', null])
  assert.equal((await follow(second.confirm)).status, 200)
  assert.equal((await t.ask('PATCH', `/reeve/users/${person.id}`, { ...as(reseller), body: { is_active: false } })).status, 200)
  await letTimePass(person)
  await runJob()
  assert.equal(await emailOf(person), person.email, 'nobody could object')
})

test('at once: an objection, the end of the time and another request leave one outcome a change', async () => {
  for (let n = 0; n < 8; n++) {
    const person = somebody()
    const to = fresh()
    const { confirm, notice } = await asked(reseller, person, to)
    assert.equal((await follow(confirm)).status, 200)
    await letTimePass(person)
    const [objection] = await Promise.all([follow(notice), runJob(), n % 2 ? ask(platform, person, fresh()) : undefined])
    const [outcome, ...others] = await outcomesOf(person)
    assert.ok(['made', 'stopped', 'replaced'].includes(outcome), String(outcome))
    assert.equal(await emailOf(person), outcome === 'made' ? to : person.email)
    assert.equal(objection.status, outcome === 'stopped' ? 200 : 404, 'who is told that it is stopped has stopped it')
    assert.deepEqual(others, n % 2 ? [null] : [])
    await system`DELETE FROM attempts`
  }
  assert.deepEqual(await checkReadModel(system), [])
})

test('an address that somebody took meanwhile: the change ends, others are made', async () => {
  const [one, other, third] = [somebody(), somebody(), somebody()]
  const to = fresh()
  const first = await asked(reseller, one, to)
  const second = await asked(reseller, other, to)
  const last = await asked(reseller, third, fresh())
  for (const { confirm } of [first, second, last]) assert.equal((await follow(confirm)).status, 200)
  for (const person of [one, other, third]) await letTimePass(person)
  await runJob()
  assert.deepEqual([await outcomesOf(one), await outcomesOf(other), await outcomesOf(third)], [['made'], ['taken'], ['made']])
  assert.equal(await emailOf(other), other.email)
})

test('403 for 72 hours after a change by staff: no link to a password, none that switches two-step verification off', async () => {
  const person = somebody()
  const to = fresh()
  const { confirm } = await asked(reseller, person, to)
  await system`UPDATE users SET totp_secret = 'x' WHERE id = ${person.id}`
  const reset = (email: string) => t.ask('POST', '/iam/auth/reset_password', { ...as(reseller), body: { email } })
  const totp = () => t.ask('POST', `/reeve/users/${person.id}/totp/reset`, as(reseller))
  assert.equal((await follow(confirm)).status, 200)
  assert.equal((await reset(person.email)).status, 200, 'it goes to the address that the user always had')
  await letTimePass(person)
  await runJob()
  for (const answer of [await reset(to), await totp()]) {
    assert.equal(answer.status, 403)
    assert.match(answer.body.message, /less than 72 hours ago/)
  }
  assert.equal((await t.ask('POST', '/iam/auth/reset_password', { ...as(platform), body: { email: to } })).status, 403)
  await system`UPDATE email_changes SET ended_at = ended_at - interval '72 hours' WHERE user_id = ${person.id}`
  assert.equal((await reset(to)).status, 200)
  assert.equal((await totp()).status, 200)
})

test('403 for a seller where its reseller does not say otherwise', async () => {
  const person = somebody()
  const settings = (body: object) => t.ask('PATCH', '/reeve/resellers/me/security', { ...as(reseller), body })
  await system`UPDATE users SET totp_secret = 'x' WHERE id = ${person.id}`
  const statuses = async () => [
    (await ask(seller, person, fresh())).status,
    (await t.ask('POST', `/reeve/users/${person.id}/totp/reset`, as(seller))).status,
  ]
  assert.deepEqual(await statuses(), [403, 403])
  await settings({ sellers_may_change_email: true })
  assert.deepEqual(await statuses(), [200, 403])
  await settings({ sellers_may_change_email: false, sellers_may_reset_two_step: true })
  assert.deepEqual(await statuses(), [403, 200])
  await settings({ sellers_may_reset_two_step: false })
  assert.equal((await ask(seller, { id: seller.userId }, fresh())).status, 200, 'its own')
})

test('one’s own change needs the new address alone; the old one is told without it, and may stop it', async () => {
  const person = somebody()
  const session = await sessionOf(t, person.email)
  const to = fresh()
  const stopped = await asked(session, person, to)
  assert.deepEqual([stopped.said.requested_by, stopped.said.email], [undefined, undefined])
  const page = await look(stopped.notice)
  assert.doesNotMatch(page.text, /value="allow"/)
  assert.ok(!page.text.includes(to))
  assert.equal((await allow(stopped.notice)).status, 200, 'of one’s own change the old address has nothing to allow: this stops it')
  assert.deepEqual(await outcomesOf(person), ['stopped'])
  const { confirm, notice } = await asked(session, person, to)
  assert.equal((await follow(confirm)).status, 200)
  assert.equal(await emailOf(person), to)
  assert.equal((await look(notice)).status, 404)
  assert.equal((await t.ask('GET', '/iam/users/me', as(session))).status, 200, 'its sessions go on')
  assert.equal((await t.ask('POST', '/iam/auth/reset_password', { ...as(reseller), body: { email: to } })).status, 200)
})

test('an address that was never confirmed has no say: staff correct it', async () => {
  const person = somebody()
  await system`UPDATE users SET activated_at = NULL, password_hash = NULL WHERE id = ${person.id}`
  const to = fresh()
  assert.equal((await ask(reseller, person, to)).status, 200)
  const mails = await system`SELECT template, recipient, encrypted_link FROM outbox WHERE user_id = ${person.id}`
  assert.deepEqual(
    mails.map(({ template, recipient }) => [template, recipient]),
    [['email_change', to]],
  )
  assert.equal((await follow(t.cipher.decrypt(mails[0]?.encrypted_link, linkContext(to)).toString())).status, 200)
  assert.equal(await emailOf(person), to)
})

test('staff who are blocked change nobody’s email any more: what they asked for ends, and nothing that others asked for', async () => {
  const [one, other] = [somebody(), somebody()]
  await t.ask('PATCH', '/reeve/resellers/me/security', { ...as(reseller), body: { sellers_may_change_email: true } })
  const ended = await asked(seller, one, fresh())
  const open = await asked(reseller, other, fresh())
  assert.equal((await t.ask('PATCH', `/reeve/users/${seller.userId}`, { ...as(reseller), body: { is_active: false } })).status, 200)
  assert.deepEqual([await outcomesOf(one), await outcomesOf(other)], [['stopped'], [null]])
  assert.deepEqual([(await follow(ended.confirm)).status, (await follow(open.confirm)).status], [404, 200])
})
