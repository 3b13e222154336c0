/** Codes of the second step cannot be guessed: counted by user from wherever they come, told to the user, and no way to lock anybody else out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generate } from 'otplib'
import { replacePassword } from '../src/auth/passwords/passwords.queries.ts'
import { switchOff } from '../src/auth/two-step/two-step.queries.ts'
import { demoPassword } from '../src/demo/world.ts'
import { sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

/** The clock of codes stands still between steps, so that no test depends on when it runs. */
let now = new Date('2030-01-01T00:00:10Z')
const nextStep = () => {
  now = new Date(now.getTime() + 30_000)
}
const t = await openWorld({ clock: { now: () => now, setting: '' }, trustProxy: ['127.0.0.1'] })
const { system } = t.database
const the = shownBy(t)
const [administrator, engineer, user, stranger] = [the('client'), the('client', 2, 5), the('client', 2, 2), the('client', 3)]
const own = '/reeve/users/me/totp'

let used = 0
/** Another /64 each time, as whoever has a /48 has 65,536 of them. */
const elsewhere = () => `2001:db8:0:${(++used).toString(16)}::1`
const login = (email: string, code?: string, address = elsewhere(), password = demoPassword) =>
  t.ask('POST', '/iam/auth/jwt/login', {
    headers: { 'x-forwarded-for': address },
    body: { username: email, password, ...(code !== undefined && { one_time_password: code }) },
  })
const codeOf = (secret: string) => generate({ secret, epoch: Math.floor(now.getTime() / 1000) })
async function enrol(one: TestCaller) {
  const headers = { authorization: (await sessionOf(t, one.email)).authorization }
  const { secret } = (await t.ask('POST', own, { headers, body: { password: demoPassword } })).body
  const confirmed = await t.ask('POST', `${own}/confirm`, { headers, body: { one_time_password: await codeOf(secret) } })
  assert.equal(confirmed.status, 200, confirmed.text)
  nextStep()
  return { headers, secret: secret as string, codes: confirmed.body.backup_codes as string[] }
}
const failCodes = async (email: string, times: number) => {
  for (let n = 0; n < times; n++) assert.equal((await login(email, '000000')).status, 400, `wrong code ${n + 1}`)
}
/** Not a moment may pass, however slow the machine is. */
const frozen = (userId: number, kind = 'code') => system`
  UPDATE failures SET last_at = last_at + interval '1 hour' WHERE key = failure_key(${kind}, ${String(userId)}, '')`
const mailsTo = (userId: number) => system`SELECT recipient, details FROM outbox WHERE user_id = ${userId} AND template = 'wrong_codes'`

test('ten wrong codes in a row make the right one wait too, from any address, and the user is told after three', async () => {
  const { secret } = await enrol(engineer)
  await failCodes(engineer.email, 2)
  assert.equal((await mailsTo(engineer.userId)).length, 0, 'who mistypes does so once or twice')
  await failCodes(engineer.email, 1)
  const [mail] = await mailsTo(engineer.userId)
  assert.partialDeepStrictEqual(mail, {
    recipient: engineer.email,
    details: { attempts: 3, addresses: `2001:db8:0:${used.toString(16)}::1` },
  })
  await failCodes(engineer.email, 7)
  await frozen(engineer.userId)
  const answer = await login(engineer.email, await codeOf(secret))
  assert.equal(answer.status, 429, answer.text)
  assert.match(answer.body.message, /^Too many wrong codes\. Try again in 6[01] minutes\.$/)
  assert.match(String(answer.headers.ratelimit), /^"codes";r=0;t=\d+$/)
  assert.equal(answer.headers['retry-after'], '60')
  assert.equal((await mailsTo(engineer.userId)).length, 1, 'once')
  for (const [email, code, password, status] of [
    [engineer.email, '000000', 'a wrong password', 400],
    [engineer.email, undefined, demoPassword, 400],
    [stranger.email, undefined, demoPassword, 200],
  ] as const)
    assert.equal((await login(email, code, elsewhere(), password)).status, status, 'only codes after the right password wait')
})

test('each more doubles the wait, up to a day, and a right code begins anew', async () => {
  const { secret } = await enrol(user)
  const count = (n: number) => system`
    UPDATE failures SET count = ${n}, last_at = reeve_now() + interval '1 hour' WHERE key = failure_key('code', ${String(user.userId)}, '')`
  await failCodes(user.email, 1)
  for (const [failures, wait] of [
    [10, 1],
    [13, 8],
    [20, 1024],
    [27, 86_400],
    [90, 86_400],
  ] as const) {
    await count(failures)
    const [, left] = /t=(\d+)$/.exec(String((await login(user.email, await codeOf(secret))).headers.ratelimit)) ?? []
    assert.ok(Number(left) > 3600 + wait - 60 && Number(left) <= 3600 + wait, `${left} s after ${failures}`)
  }
  await system`UPDATE failures SET count = 20, last_at = reeve_now() - interval '2 hours' WHERE key = failure_key('code', ${String(user.userId)}, '')`
  assert.equal((await login(user.email, await codeOf(secret))).status, 200)
  nextStep()
  await failCodes(user.email, 9)
  assert.equal((await login(user.email, await codeOf(secret))).status, 200, 'nine are free again')
})

test('many at once get no more than many in a row', async () => {
  await system`DELETE FROM failures`
  await failCodes(user.email, 1)
  await system`UPDATE failures SET count = 20, last_at = reeve_now() - interval '2 hours' WHERE key = failure_key('code', ${String(user.userId)}, '')`
  const answers = await Promise.all(Array.from({ length: 6 }, () => login(user.email, '000000')))
  assert.equal(answers.filter(({ status }) => status === 400).length, 1)
  assert.equal(answers.filter(({ status }) => status === 429).length, 5)
})

test('backup codes are counted by themselves: who waits for codes signs in with one', async () => {
  const { secret, codes } = await enrol(administrator)
  await failCodes(administrator.email, 10)
  await frozen(administrator.userId)
  assert.equal((await login(administrator.email, await codeOf(secret))).status, 429)
  assert.equal((await login(administrator.email, codes[0])).status, 200)
  const wrong = String(codes[1]).replace(/[0-9a-z]/gi, 'a')
  for (let n = 0; n < 10; n++) assert.equal((await login(administrator.email, wrong)).status, 400)
  await frozen(administrator.userId, 'backup_code')
  assert.equal((await login(administrator.email, codes[1])).status, 429, 'and have a bound of their own')
})

test('a new password forgets them: who guessed knew the old one', async () => {
  const [user] = await system`SELECT password_hash FROM users WHERE id = ${administrator.userId}`
  assert.equal(await system.begin((db) => replacePassword(db, administrator.userId, user?.password_hash, 'another', 3, null)), true)
  const left = await system`SELECT FROM failures
    WHERE key IN (failure_key('code', ${String(administrator.userId)}, ''), failure_key('backup_code', ${String(administrator.userId)}, ''))`
  assert.equal(left.length, 0)
})

test('what else takes codes counts with the sign-ins; one that confirms a new secret by itself', async () => {
  await system`DELETE FROM failures`
  const { headers, secret } = await enrol(stranger)
  const off = (one_time_password: string) =>
    t.ask('DELETE', own, { headers: { ...headers, 'x-forwarded-for': elsewhere() }, body: { password: demoPassword, one_time_password } })
  for (let n = 0; n < 5; n++) assert.equal((await off('000000')).status, 400)
  await failCodes(stranger.email, 5)
  await frozen(stranger.userId)
  assert.equal((await off(await codeOf(secret))).status, 429)
  assert.equal((await mailsTo(stranger.userId)).length, 1)

  await system.begin((db) => switchOff(db, stranger.userId))
  assert.equal((await t.ask('POST', own, { headers, body: { password: demoPassword } })).status, 200)
  const confirm = () =>
    t.ask('POST', `${own}/confirm`, { headers: { ...headers, 'x-forwarded-for': elsewhere() }, body: { one_time_password: '000000' } })
  for (let n = 0; n < 10; n++) assert.equal((await confirm()).status, 400)
  await frozen(stranger.userId, 'pending_code')
  assert.equal((await confirm()).status, 429)
})
