/** REEVE_PASSWORD_DAYS: who signs in with a password that is over gets a link to another one, and nobody else is told of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from './harness.ts'
import { watchActivity } from './scenarios.ts'

const t = await openWorld({ passwordDays: 30 })
const { system } = t.database
const activity = await watchActivity(t)
const [own] = t.shown.clients
assert.ok(own)
const { email, password } = own

const signIn = (password: string) => t.ask('POST', '/iam/auth/jwt/login', { body: { username: email, password } })
const changed = (days: number | null) =>
  system`UPDATE users SET password_changed_at = now() - ${days}::int * interval '1 day' WHERE email_folded = ${email.toLowerCase()}`
const sessions = async () => (await system`SELECT count(*)::int AS n FROM sessions`)[0]?.n
const mailed = async () => (await activity.mails()).map(({ template, recipient }) => [template, recipient])
const nobody = { errors: { errors: ['No active account found with the given credentials.'] } }

test('a password works for its days, and where its age is not known', async () => {
  for (const days of [0, 29, null]) {
    await changed(days)
    assert.equal((await signIn(password)).status, 200, `${days} days`)
  }
  assert.deepEqual(await mailed(), [])
})

test('later it brings a link by mail, and no session', async () => {
  await changed(30)
  const before = await sessions()
  const answer = await signIn(password)
  assert.deepEqual(
    [answer.status, answer.body],
    [400, { errors: { errors: ["Your password has expired. We've emailed you a link to set a new one."] } }],
  )
  assert.deepEqual(await mailed(), [['password_reset', email]])
  assert.equal(await sessions(), before)
  const [login] = await system`SELECT is_successful FROM logins ORDER BY id DESC LIMIT 1`
  assert.equal(login?.is_successful, false)
})

test('whoever does not know it is told nothing, and a blocked user no more than before', async () => {
  assert.deepEqual((await signIn('a wrong password')).body, nobody)
  await system`UPDATE users SET is_active = false WHERE email_folded = ${email.toLowerCase()}`
  assert.deepEqual((await signIn(password)).body, nobody)
  await system`UPDATE users SET is_active = true WHERE email_folded = ${email.toLowerCase()}`
  assert.deepEqual(await mailed(), [])
})

test('who asks often is told to wait', async () => {
  const statuses: number[] = []
  for (let n = 0; n < 8; n++) statuses.push((await signIn(password)).status)
  assert.ok(statuses.includes(429), `${statuses}`)
  assert.ok((await mailed()).length < 8)
})
