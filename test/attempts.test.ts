/** Guessing: what is counted, how long one waits, whom it concerns and whom not, and how hashes grow stronger. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { reserveAttempts } from '../src/auth/attempts/attempts.queries.ts'
import { demoPassword } from '../src/demo/world.ts'
import { network } from '../src/http/origin.ts'
import { notifyFailedLogins } from '../src/jobs/failed-logins.ts'
import { isPresent } from '../src/lib/passwords.ts'
import { shownCallers, signIn, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld({ trustProxy: ['127.0.0.1'] })
const { system } = t.database
const people = shownCallers(t).filter(({ kind }) => kind === 'client')
const [ada, ben, cleo, dora, emil] = people as [TestCaller, TestCaller, TestCaller, TestCaller, TestCaller]
const noSuchAccount = { errors: { errors: ['No active account found with the given credentials.'] } }

let used = 0
/** An address that nothing was tried from. */
const place = () => `192.0.2.${++used}`
const from = (address: string) => ({ 'x-forwarded-for': address })
const login = (address: string, username: string, password = 'a wrong password') =>
  t.ask('POST', '/iam/auth/jwt/login', { headers: from(address), body: { username, password } })
const fail = async (times: number, address: string, email: string) => {
  for (let n = 0; n < times; n++) assert.equal((await login(address, email)).status, 400, `failure ${n + 1} of ${email}`)
}
/** As if everything had happened that much earlier. */
const later = (seconds: number) => system`
  UPDATE failures SET last_at = last_at - ${seconds} * interval '1 second', ends_at = ends_at - ${seconds} * interval '1 second'`

const HOUR = 3600
/** Refused, for so long by the header: asked as if the last failure were an hour ahead, so that it does not matter how busy the machine is. */
const refused = async (address: string, email: string, seconds: number, password?: string) => {
  await later(-HOUR)
  const answer = await login(address, email, password)
  await later(HOUR)
  assert.equal(answer.status, 429, `${email} from ${address}`)
  const [, left] = /^"attempts(?:-of-address)?";r=0;t=(\d+)$/.exec(String(answer.headers.ratelimit)) ?? []
  assert.ok(Number(left) > HOUR + seconds - 60 && Number(left) <= HOUR + seconds, `${left} s are said, ${HOUR + seconds} are due`)
  assert.equal(answer.headers['retry-after'], '60', 'Retry-After never says more than a minute')
  return answer
}

for (const [who, email] of [
  ['somebody', ada.email],
  ['nobody', 'nobody@nowhere.example'],
] as const)
  test(`429 after five failures of ${who}, for twice as long after each one more`, async () => {
    const address = place()
    await fail(5, address, email)
    const { body } = await refused(address, email.toUpperCase(), 1, demoPassword)
    assert.match(body.message, /^Too many failed attempts\. Try again in 6[01] minutes\.$/)
    let wait = 1
    for (const next of [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      await later(wait)
      await fail(1, address, email)
      await refused(address, email, next)
      wait = next
    }
    await later(wait)
    await fail(1, address, email)
  })

test('a blocked user counts as a wrong password does, the right password too', async () => {
  await system`UPDATE users SET is_active = false WHERE id = ${emil.userId}`
  const address = place()
  for (let n = 0; n < 5; n++) assert.deepEqual((await login(address, emil.email, demoPassword)).body, noSuchAccount)
  await refused(address, emil.email, 1, demoPassword)
  await system`UPDATE users SET is_active = true WHERE id = ${emil.userId}`
})

test('nobody is locked out from elsewhere, nor another user from the same address', async () => {
  const [attacker, home] = [place(), place()]
  await fail(5, attacker, ada.email)
  await refused(attacker, ada.email, 1, demoPassword)
  assert.equal((await login(home, ada.email, demoPassword)).status, 200)
  assert.equal((await login(attacker, ben.email, demoPassword)).status, 200)
  await refused(attacker, ada.email, 1, demoPassword) // and that does not help the attacker
})

test('a success begins the count of its pair anew', async () => {
  const address = place()
  await fail(4, address, ben.email)
  assert.equal((await login(address, ben.email, demoPassword)).status, 200)
  await fail(5, address, ben.email)
  await refused(address, ben.email, 1)
})

test('a day without failures begins it anew, and what is over is taken away', async () => {
  const address = place()
  await fail(5, address, cleo.email)
  await later(24 * 3600 + 1)
  await fail(5, address, cleo.email)
  await refused(address, cleo.email, 1)
  const [left] = await system`SELECT count(*) FROM failures WHERE ends_at <= now()`
  assert.ok((left?.count ?? 99) <= 20, 'rows that are over must go with the next failures')
})

test('many at once get no more than many in a row', async () => {
  const address = place()
  await fail(4, address, dora.email)
  // Now each failure more is to wait for a quarter of an hour.
  await system`UPDATE failures SET count = 20 WHERE key = failure_key('proof', ${address}, ${dora.email})`
  await later(900)
  const answers = await Promise.all(Array.from({ length: 30 }, () => login(address, dora.email)))
  assert.equal(answers.filter(({ status }) => status === 400).length, 1)
  assert.equal(answers.filter(({ status }) => status === 429).length, 29)
})

test('429 for an address after a hundred failures, whomever it tries; a minute at longest, and no other address', async () => {
  const address = '2001:db8:1:2::1'
  await fail(1, address, 'first@nowhere.example')
  await system`UPDATE failures SET count = 99 WHERE key = failure_key('address', '2001:db8:1:2::/64', '')`
  await fail(1, address, 'second@nowhere.example')
  for (const same of [address, '2001:db8:1:2::2', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:0db8:0001:0002:0:0:0:9'])
    await refused(same, ada.email, 1, demoPassword)
  assert.equal((await login('2001:db8:1:3::1', ada.email, demoPassword)).status, 200)
  await system`UPDATE failures SET count = 1000 WHERE key = failure_key('address', '2001:db8:1:2::/64', '')`
  await later(61)
  assert.equal((await login(address, ada.email, demoPassword)).status, 200)
})

test('others’ failures refuse nobody who signed in from the address before', async () => {
  const [shared, guessing] = [place(), 'a guess that is wrong']
  assert.equal((await login(shared, ben.email, demoPassword)).status, 200)
  const spray = async (from: number, to: number) => {
    const several = Array.from({ length: to - from }, (_, n) => login(shared, `${from + n}@nobody.example`, guessing))
    return (await Promise.all(several)).map(({ status }) => status)
  }
  assert.deepEqual(new Set(await spray(0, 4)), new Set([400]))
  await system`UPDATE failures SET count = 99 WHERE key = failure_key('address', ${shared}, '')`
  assert.deepEqual(new Set(await spray(4, 5)), new Set([400]))
  await system`UPDATE failures SET count = 130 WHERE key = failure_key('address', ${shared}, '')` // now it waits a minute
  assert.deepEqual(new Set(await spray(200, 220)), new Set([429]), 'the attacker is slowed')
  const answer = await login(shared, ben.email, demoPassword)
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(new Set(await spray(300, 305)), new Set([429]), 'and no less by that')
  assert.equal((await login(shared, ada.email, demoPassword)).status, 429, 'who was never seen there waits with the others')
})

test('who is known at an address cannot be told by wrong passwords: one answer, in one time, and guesses are few', async () => {
  const shared = place()
  assert.equal((await login(shared, ben.email, demoPassword)).status, 200)
  await fail(1, shared, 'somebody@nobody.example')
  await system`UPDATE failures SET count = 130, last_at = last_at + interval '1 hour', ends_at = ends_at + interval '1 day'
    WHERE key = failure_key('address', ${shared}, '')`
  const tried = async (email: string) => {
    const start = performance.now()
    const { status, body, headers } = await login(shared, email)
    const policy = [headers['ratelimit-policy'], headers['retry-after'], String(headers.ratelimit).split(';')[0]]
    return { says: { status, policy, message: body.message }, took: performance.now() - start }
  }
  const [known, unknown] = [await tried(ben.email), await tried('nobody@nobody.example')]
  assert.deepEqual(known.says, unknown.says)
  assert.equal(known.says.status, 429)
  for (const { took } of [known, unknown]) assert.ok(took >= 990, `an answer after ${took} ms`)
  const looked = async () => (await system`SELECT count(*) FROM logins WHERE user_id = ${ben.userId} AND NOT is_successful`)[0]?.count ?? 0
  const before = await looked()
  for (let n = 0; n < 4; n++) await tried(ben.email)
  assert.equal((await looked()) - before, 4, 'five in all are looked at')
  // Long waits, so that it does not matter how long the machine takes: first as if one began in an hour, then as if one had just ended.
  await later(-HOUR)
  for (let n = 0; n < 2; n++) await tried(ben.email)
  assert.equal((await looked()) - before, 4, 'then it waits like a pair does')
  await system`UPDATE failures SET count = 20, last_at = now() - interval '900 seconds' WHERE key = failure_key('reserve', ${shared}, ${ben.email})`
  await Promise.all(Array.from({ length: 12 }, () => tried(ben.email)))
  assert.equal((await looked()) - before, 5, 'and of many at once one is looked at after the wait')
  const [row] = await system`SELECT count FROM failures WHERE key = failure_key('proof', ${shared}, ${ben.email})`
  assert.equal(row, undefined, 'nothing of it shows when the address waits no more')
})

test('an attempt is counted before it is looked at: two processes let in no more than one', async () => {
  const address = place()
  await fail(4, address, cleo.email)
  await system`UPDATE failures SET count = 20 WHERE key = failure_key('proof', ${address}, ${cleo.email})`
  await later(900)
  const counters = [
    [
      { kind: 'address', place: address, email: '' },
      { free: 100, longest: 60, hours: 1 },
    ],
    [
      { kind: 'proof', place: address, email: cleo.email },
      { free: 5, longest: 900, hours: 24 },
    ],
  ] as const
  const taken = await Promise.all(Array.from({ length: 10 }, () => reserveAttempts(system, counters)))
  assert.equal(taken.filter(({ refused }) => !refused).length, 1)
  const [row] = await system`SELECT count FROM failures WHERE key = failure_key('address', ${address}, '')`
  assert.equal(row?.count, 5, 'who is refused is not counted for the address')
})

test('what is neither a failure nor a success counts as neither', async () => {
  const address = place()
  await fail(2, address, 'x@nobody.example')
  for (let n = 0; n < 7; n++) assert.equal((await login(address, dora.email, demoPassword)).status, 200)
  const [row] = await system`SELECT count FROM failures WHERE key = failure_key('address', ${address}, '')`
  assert.equal(row?.count, 2, 'successes are given back')
})

test('an address is one however it is written; of IPv6 the first 64 bits', () => {
  for (const [address, due] of [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000:1:2:3:4', '2001:db8:0:0::/64'],
    ['2001:DB8:A:B:1:2:3:4', '2001:db8:a:b::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
    ['1:2:3::4:5:6:7', '1:2:3:0::/64'],
    ['1:2::4:5:6:7:8', '1:2:0:4::/64'],
  ] as const)
    assert.equal(network(address), due)
})

test('changing a password and an email count with the sign-ins; asking for links counts by itself', async () => {
  const address = place()
  const headers = { authorization: ada.authorization, ...from(address) }
  const wrong = { old: 'a wrong password', new: 'quite another word', double: 'quite another word' }
  const change = () => t.ask('PUT', `/iam/users/${ada.userId}/password`, { headers, body: wrong })
  const email = () =>
    t.ask('PUT', `/iam/users/${ada.userId}/email`, { headers, body: { new_email: 'x@y.example', password: 'a wrong one' } })
  for (let n = 0; n < 2; n++) assert.equal((await change()).status, 400)
  for (let n = 0; n < 2; n++) assert.equal((await email()).status, 400)
  await fail(1, address, ada.email)
  await later(-HOUR)
  for (const ask of [change, email, () => login(address, ada.email, demoPassword)]) assert.equal((await ask()).status, 429)

  const forgot = () => t.ask('POST', '/iam/auth/password/forgot', { headers: from(address), body: { email: ada.email } })
  for (let n = 0; n < 3; n++) assert.equal((await forgot()).status, 200, 'who failed to sign in may ask for a link')
  await later(-HOUR)
  assert.equal((await forgot()).status, 429)
})

test('a hash made with other parameters still proves its password, and is made anew by the first sign-in', async () => {
  const hashOf = async () => (await system`SELECT password_hash FROM users WHERE id = ${cleo.userId}`)[0]?.password_hash as string
  const weak = await hash(demoPassword, { algorithm: 2, memoryCost: 8192, timeCost: 1, parallelism: 1 })
  await system`UPDATE users SET password_hash = ${weak} WHERE id = ${cleo.userId}`
  await fail(1, place(), cleo.email)
  assert.equal(await hashOf(), weak, 'a wrong password changes nothing')
  await Promise.all([1, 2, 3].map(() => login(place(), cleo.email, demoPassword).then(({ status }) => assert.equal(status, 200))))
  const renewed = await hashOf()
  assert.ok(isPresent(renewed))
  const before = await signIn(t, cleo.email)
  assert.equal(await hashOf(), renewed, 'and only then')
  assert.equal((await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${before.access}` } })).status, 200)
})

test('failed sign-ins are told once an hour, one mail an address, none where nothing failed', async () => {
  await system`DELETE FROM logins`
  const hour = Date.parse('2026-03-01T10:00:00Z')
  const at = (minutes: number) => new Date(hour + minutes * 60_000)
  const row = (minutes: number, one: TestCaller, is_successful = false) => ({
    reseller_id: one.resellerId,
    client_id: one.clientId,
    user_id: one.userId,
    is_successful,
    auth_type: 'password',
    ip_address: '192.0.2.200',
    login_at: at(minutes),
  })
  await system`DELETE FROM notification_settings`
  for (const [email, enabled] of [
    ['a@alerts.example', true],
    ['b@alerts.example', true],
    ['off@alerts.example', false],
  ] as const)
    await system`INSERT INTO notification_settings ${system({ reseller_id: 2, notification_type: 'failed_login', email, enabled })}`
  await system`INSERT INTO logins ${system([row(-30, ada), row(-20, ada), row(-10, ada, true), row(-5, ben), row(5, ada)])}`
  const [{ id } = { id: 0 }] = await system`SELECT coalesce(max(id), 0) AS id FROM outbox`
  const mails = () => system`SELECT recipient, template, details FROM outbox WHERE id > ${id} ORDER BY id`
  await Promise.all([1, 2, 3, 4].map(() => notifyFailedLogins(system, at(1))))
  const first = await mails()
  assert.deepEqual(
    first.map(({ recipient, template }) => [recipient, template]),
    [
      ['a@alerts.example', 'failed_logins'],
      ['b@alerts.example', 'failed_logins'],
    ],
  )
  const [{ details } = { details: {} }] = first
  assert.equal(details.attempts, 3)
  assert.deepEqual(details.emails.split(', ').sort(), [ada.email, ben.email].sort())
  assert.deepEqual([details.addresses, details.since, details.until], ['192.0.2.200', at(-60).toISOString(), at(0).toISOString()])
  assert.equal(await notifyFailedLogins(system, at(59)), 0, 'the hour is not over')
  assert.equal(await notifyFailedLogins(system, at(60 * 24 * 7)), 2, 'after a week one mail for all of it')
  assert.equal(await notifyFailedLogins(system, at(60 * 24 * 8)), 0, 'nothing failed')
  assert.equal((await mails()).length, 4)
})
