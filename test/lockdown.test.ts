/** Lockdown of a person, and deactivation in one account: everything ends on every server, and what returns rests until its owner signs in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockMember } from '../src/db/read-model.ts'
import { demoPassword } from '../src/demo/world.ts'
import { deactivateMember, reactivateMember } from '../src/people/members/members.deactivation.ts'
import { Authenticator } from './authenticator.ts'
import { asCaller, insertToken, sessionOf, shownBy, signIn, type TestCaller, usersOfSeveralAccounts } from './callers.ts'
import { type Ask, openWorld, testMail } from './harness.ts'
import { run, watchActivity } from './scenarios.ts'
import { until } from './until.ts'

const home = 'https://id.vendor.example'
const t = await openWorld({ mail: { ...testMail, addresses: { url: home, brandUrl: undefined } } })
const { system, scope } = t.database
const activity = await watchActivity(t)
const servers = [await t.another(), await t.another()]
const the = shownBy(t)
const [platform, reseller, seller, engineer, user] = [
  the('platform'),
  the('reseller'),
  the('seller'),
  the('client', 2, 5),
  the('client', 2, 2),
]
const generic = { errors: { errors: ['No active account found with the given credentials.'] } }
const path = (id: number) => `/reeve/users/${id}/lockdown`
const by = ({ authorization }: Pick<TestCaller, 'authorization'>): Ask => ({ headers: { authorization } })
const bearer = (access: string) => by({ authorization: `Bearer ${access}` })
const reason = 'The laptop was stolen'

async function addPasskey(session: TestCaller) {
  const authenticator = new Authenticator(home)
  const headers = { origin: home, authorization: session.authorization }
  const options = await t.ask('POST', '/reeve/users/me/passkeys/options', { headers, body: { password: demoPassword } })
  const body = { name: 'Key', credential: authenticator.create(options.body) }
  assert.equal((await t.ask('POST', '/reeve/users/me/passkeys', { headers, body })).status, 201)
  return async () => {
    const { body } = await t.ask('POST', '/reeve/auth/passkeys/options', { headers: { origin: home } })
    return t.ask('POST', '/reeve/auth/passkeys/login', { body: authenticator.get(body) })
  }
}

/** One credential of each kind of a user, in an account. */
async function everythingOf(one: { id: number; email: string }, clientId: number) {
  const pair = await signIn(t, one.email)
  const session = await sessionOf(t, one.email, clientId)
  const { token } = await insertToken(t, { user_id: one.id, client_id: clientId, reseller_id: 2, role_id: 2 })
  const byPasskey = await addPasskey(session)
  const link = await system`
    INSERT INTO one_time_links (hash, user_id, reseller_id, client_id, purpose, expires_at)
    VALUES (sha256(${String(one.id)}::bytea), ${one.id}, 2, ${clientId}, 'totp_disable', now() + interval '1 hour') RETURNING hash`
  return { pair, session, token, byPasskey, hash: link[0]?.hash as Buffer }
}
type Everything = Awaited<ReturnType<typeof everythingOf>>

const statuses = ({ session, token }: Pick<Everything, 'session' | 'token'>) =>
  Promise.all(
    servers.flatMap((ask) => [
      ask('GET', '/iam/users/me', by(session)).then(({ status }) => status),
      ask('GET', '/iam/users/me', { token }).then(({ status }) => status),
    ]),
  )

/** Asks both servers once a while, and answers how many milliseconds it took until nothing of it worked. */
async function untilDead(what: Everything): Promise<number> {
  const since = performance.now()
  await until('both servers refuse the session and the API token', async () => (await statuses(what)).every((status) => status === 401), 10)
  return performance.now() - since
}

async function assertEnded({ pair, byPasskey, hash }: Everything) {
  assert.equal((await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: pair.refresh } })).status, 401)
  const passkey = await byPasskey()
  assert.deepEqual([passkey.status, passkey.body], [400, generic])
  assert.equal((await system`SELECT FROM one_time_links WHERE hash = ${hash} AND used_at IS NULL`).length, 0, 'the link is open')
}

test('locked down, every credential is refused by every server within a second; lifted, they rest until the owner signs in', async () => {
  const person = { id: engineer.userId, email: engineer.email }
  const all = await everythingOf(person, engineer.clientId)
  assert.deepEqual(await statuses(all), [200, 200, 200, 200])
  await activity.since(0)
  await activity.mails()
  await run(t, activity, {
    name: 'lock down',
    as: seller.authorization,
    method: 'POST',
    path: path(person.id),
    body: { reason },
    status: 200,
    says: { id: person.id, is_active: false },
    records: [{ action: 'lockDownUser', user_id: seller.userId, affected_client_id: engineer.clientId, status_code: 200 }],
    mails: [{ recipient: person.email, template: 'security_changed', details: { change: 'locked_down', reason } }],
  })
  assert.ok((await untilDead(all)) < 1000, 'within a second')
  await assertEnded(all)
  assert.equal((await t.ask('POST', '/iam/auth/jwt/login', { body: { username: person.email, password: demoPassword } })).status, 400)
  const seen = await t.ask('GET', path(person.id), by(reseller))
  assert.partialDeepStrictEqual(seen.body, { locked_by: seller.userId, reason })
  assert.ok(seen.body.locked_at)

  assert.equal((await t.ask('DELETE', path(person.id), by(seller))).body.is_active, true)
  assert.deepEqual((await t.ask('GET', path(person.id), by(reseller))).body, { locked_at: null, locked_by: null, reason: null })
  assert.equal((await t.ask('DELETE', path(person.id), by(seller))).status, 404, 'it is not locked down any more')
  assert.deepEqual(await statuses(all), [401, 401, 401, 401], 'sessions are gone, tokens rest')
  await assertEnded(all)

  const again = await signIn(t, person.email)
  assert.equal((await t.ask('GET', '/iam/users/me', bearer(again.access))).status, 200)
  assert.equal((await t.ask('GET', '/iam/users/me', { token: all.token })).status, 200, 'the token is awake')
  assert.equal((await t.ask('GET', '/iam/users/me', by(all.session))).status, 401, 'a session does not return')
  assert.equal((await all.byPasskey()).status, 200)
  await activity.since(2)
  await activity.mails()
})

test('unblocking by PATCH lifts a lockdown too, and credentials rest as well', async () => {
  const { token } = await insertToken(t, { user_id: user.userId, client_id: user.clientId, reseller_id: 2, role_id: 2 })
  assert.equal((await t.ask('POST', path(user.userId), { ...by(reseller), body: { reason } })).status, 200)
  const unblocked = await t.ask('PATCH', `/reeve/users/${user.userId}`, { ...by(reseller), body: { is_active: true } })
  assert.equal(unblocked.body.is_active, true)
  assert.equal((await t.ask('GET', path(user.userId), by(reseller))).body.locked_at, null)
  assert.equal((await t.ask('GET', '/iam/users/me', { token })).status, 401)
  await signIn(t, user.email)
  assert.equal((await t.ask('GET', '/iam/users/me', { token })).status, 200)
})

test('a seller who is locked down is unblocked as a seller', async () => {
  assert.equal((await t.ask('POST', path(seller.userId), { ...by(reseller), body: { reason } })).status, 200)
  assert.equal((await t.ask('GET', '/iam/users/me', by(seller))).status, 401)
  assert.equal((await t.ask('PATCH', `/reeve/sellers/${seller.userId}`, { ...by(reseller), body: { is_active: true } })).status, 200)
  assert.equal((await t.ask('GET', '/iam/users/me', by(seller))).status, 401, 'its token rests')
  await signIn(t, seller.email)
  assert.equal((await t.ask('GET', '/iam/users/me', by(seller))).status, 200)
})

test('everybody locks themselves down from a session of their own, and nobody lifts their own lockdown', async () => {
  const session = await sessionOf(t, user.email)
  const lock = (one: Pick<TestCaller, 'authorization'>) => t.ask('POST', path(user.userId), { ...by(one), body: { reason } })
  const token = await lock(user)
  assert.deepEqual([token.status, token.headers['x-error-code']], [403, 'session_required'])
  const acting = await t.ask('GET', `/iam/auth/jwt/users/${user.userId}/token`, by(reseller))
  assert.equal((await lock({ authorization: `Bearer ${acting.body.access}` })).status, 403, 'whoever acts as somebody is somebody else')
  const done = await lock(session)
  assert.equal(done.status, 200, done.text)
  assert.equal(done.body.is_active, false)
  assert.equal((await t.ask('GET', '/iam/users/me', by(session))).status, 401)
  assert.partialDeepStrictEqual((await t.ask('GET', path(user.userId), by(reseller))).body, { locked_by: user.userId, reason })
  assert.equal((await t.ask('DELETE', path(user.userId), by(reseller))).status, 200)
  await signIn(t, user.email)
})

test('a reason is required; a deleted user is not locked down; the last operator may not be', async () => {
  for (const body of [{}, { reason: '' }, { reason: ' ' }, { reason: 'x'.repeat(501) }, { reason: 7 }])
    assert.equal((await t.ask('POST', path(user.userId), { ...by(reseller), body })).status, 400, JSON.stringify(body))
  const gone = t.world.users.find((one) => one.reseller_id === 2 && one.deleted_at)
  const deleted = await t.ask('POST', path(gone?.id as number), { ...by(reseller), body: { reason } })
  assert.deepEqual([deleted.status, deleted.headers['x-error-code']], [400, 'object_deleted'])
  const operator = await sessionOf(t, platform.email)
  const last = await t.ask('POST', path(platform.userId), { ...by(operator), body: { reason } })
  assert.deepEqual([last.status, last.headers['x-error-code']], [403, 'last_operator'])
  assert.equal((await t.ask('GET', '/iam/users/me', by(operator))).status, 200)
})

test('a sign-in that is under way does not outlive the lockdown', async () => {
  await system
    .begin(async (db) => {
      await db`SELECT lock_user(${user.userId})`
      await db`UPDATE users SET is_active = false WHERE id = ${user.userId}`
      // It has read that the user may sign in, and waits for the lock.
      const begun = t.ask('POST', '/iam/auth/jwt/login', { body: { username: user.email, password: demoPassword } })
      await until('the sign-in waits for the user', async () => {
        const waiting = await system`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%begin_session%'`
        return waiting.length > 0
      })
      return { begun }
    })
    .then(async ({ begun }) => assert.equal((await begun).status, 400))
  await system`UPDATE users SET is_active = true WHERE id = ${user.userId}`
})

test('deactivated in one account, a person works in the other as before; active again, what it has there rests', async () => {
  const person = usersOfSeveralAccounts(t).find((one) => one.reseller_id === 2)
  assert.ok(person)
  const there = person.client_id // the other account, in which a sign-in begins: its sessions come from none in this one
  const here = t.world.client_users.find((m) => m.user_id === person.id && m.client_id !== there)?.client_id as number
  // Somebody else administers it.
  const [other] = await system`SELECT id FROM users WHERE id = ${user.userId}`
  await system`INSERT INTO client_users ${system({ client_id: here, user_id: other?.id, reseller_id: 2, role_id: 1 })}`
  const all = await everythingOf(person, here)
  const elsewhere = await sessionOf(t, person.email, there)
  const before = await t.ask('GET', `/iam/users/${person.id}`, by(elsewhere))
  assert.deepEqual(before.body.client_and_roles.map((one: { is_active: boolean }) => one.is_active).includes(false), false)
  const administrator = asCaller({ ...user, roleId: 1, clientId: here, accountIds: [here] })
  const change = (fn: typeof deactivateMember) =>
    scope.write(administrator, async (db) => {
      await lockMember(db, here, person.id, [])
      await fn(db, here, person.id)
    })
  await change(deactivateMember)
  assert.ok((await untilDead(all)) < 1000, 'within a second')
  assert.equal((await t.ask('GET', '/iam/users/me', by(elsewhere))).status, 200)
  assert.equal((await t.ask('GET', `/iam/auth/jwt/clients/${here}/login`, by(elsewhere))).status, 404, 'it may not work there')
  assert.equal((await system`SELECT FROM one_time_links WHERE hash = ${all.hash} AND used_at IS NULL`).length, 0)
  const shown = await t.ask('GET', `/iam/users/${person.id}`, by(reseller))
  const active = shown.body.client_and_roles.map((one: { client_id: number; is_active: boolean }) => [one.client_id, one.is_active])
  assert.deepEqual([shown.body.is_active, active], [true, active.map(([id]: [number]) => [id, id !== here])])
  const lookingOn = (await insertToken(t, { user_id: user.userId, client_id: here, reseller_id: 2, role_id: 1 })).token
  assert.equal((await t.ask('GET', `/iam/users/${person.id}`, { token: lookingOn })).body.is_active, false, 'so its Administrators see it')

  await change(reactivateMember)
  assert.deepEqual(await statuses(all), [401, 401, 401, 401])
  const byPasskey = await all.byPasskey()
  assert.equal(byPasskey.status, 200, 'into the other account')
  const switched = await t.ask('GET', `/iam/auth/jwt/clients/${here}/login`, bearer(byPasskey.body.access))
  assert.equal(switched.status, 401, 'a passkey wakes nothing')
  const old = await t.ask('GET', `/iam/auth/jwt/clients/${here}/login`, by(elsewhere))
  assert.equal(old.status, 401, 'nor does a sign-in from before')
  const anew = await signIn(t, person.email)
  assert.equal((await t.ask('GET', `/iam/auth/jwt/clients/${here}/login`, bearer(anew.access))).status, 200)
  assert.equal((await t.ask('GET', '/iam/users/me', { token: all.token })).status, 200)
})
