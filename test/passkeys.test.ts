/** Passkeys, by a software authenticator: made in a session, used in place of a password, refused where anything is not as it was asked for. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { relyingPartyOf } from '../src/auth/passkeys/passkeys.relying-party.ts'
import { demoPassword } from '../src/demo/world.ts'
import { Authenticator, type Cheat } from './authenticator.ts'
import { claimsOf, sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld, testMail } from './harness.ts'
import { run, told, watchActivity } from './scenarios.ts'

const home = 'https://id.vendor.example'
const t = await openWorld({ mail: { ...testMail, addresses: { url: home, brandUrl: 'https://auth.{domain}' } } })
const { system } = t.database
const activity = await watchActivity(t)
const own = '/reeve/users/me/passkeys'
const generic = { errors: { errors: ['No active account found with the given credentials.'] } }

const the = shownBy(t)
const [administrator, engineer, user] = [the('client'), the('client', 2, 5), the('client', 2, 2)]
const stranger = the('client', 3)
const reseller = the('reseller')

const headers = (one: { authorization: string } | undefined, origin = home) => ({
  headers: { origin, ...(one && { authorization: one.authorization }) },
})
const bearer = (access: string) => ({ authorization: `Bearer ${access}` })

async function begin(session: TestCaller, origin = home) {
  const answer = await t.ask('POST', `${own}/options`, { ...headers(session, origin), body: { password: demoPassword } })
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

const add = (session: TestCaller, credential: object, name = 'One') =>
  t.ask('POST', own, { ...headers(session), body: { name, credential } })

async function register(session: TestCaller, origin = home) {
  const authenticator = new Authenticator(origin)
  const added = await add(session, authenticator.create(await begin(session, origin)))
  assert.equal(added.status, 201, added.text)
  return { authenticator, id: added.body.id as number }
}

const ask = async (origin = home) => (await t.ask('POST', '/reeve/auth/passkeys/options', headers(undefined, origin))).body
const login = (body: object) => t.ask('POST', '/reeve/auth/passkeys/login', { body })
const lastLogin = async () => (await system`SELECT user_id, is_successful, auth_type FROM logins ORDER BY id DESC LIMIT 1`)[0]

test('options ask for a passkey that names its owner and makes sure of the holder', async () => {
  const session = await sessionOf(t, administrator.email)
  const wrong = await t.ask('POST', `${own}/options`, { ...headers(session), body: { password: 'wrong' } })
  assert.deepEqual([wrong.status, wrong.body], [400, { errors: { password: ['The password is incorrect.'] } }])
  const options = await begin(session)
  assert.partialDeepStrictEqual(options, {
    rp: { id: 'id.vendor.example' },
    user: { name: administrator.email, id: Buffer.from(String(administrator.userId)).toString('base64url') },
    attestation: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    pubKeyCredParams: [{ alg: -8 }, { alg: -7 }, { alg: -257 }],
  })
  assert.equal(Buffer.from(options.challenge, 'base64url').length, 32)
  const [kept] = await system`SELECT * FROM passkey_challenges WHERE user_id = ${administrator.userId}`
  assert.ok(!JSON.stringify(kept).includes(options.challenge), 'challenges are kept as a hash')
  assert.partialDeepStrictEqual(await ask(), { rpId: 'id.vendor.example', userVerification: 'required' })
  await activity.since(1) // the wrong password
})

test('who holds the passkey signs in without a password, and it is in the log', async () => {
  const session = await sessionOf(t, administrator.email)
  const authenticator = new Authenticator(home)
  const credential = authenticator.create(await begin(session))
  await run(t, activity, {
    name: 'add',
    as: session.authorization,
    method: 'POST',
    path: own,
    body: { name: 'Telephone', credential },
    status: 201,
    says: { name: 'Telephone', rp_id: 'id.vendor.example', last_used_at: null, backed_up: false },
    records: [{ action: 'addPasskey', user_id: administrator.userId, client_id: administrator.clientId, status_code: 201 }],
    mails: [told(administrator, 'passkey_added')],
  })
  for (let n = 0; n < 2; n++) {
    const answer = await login(authenticator.get(await ask()))
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(await lastLogin(), { user_id: administrator.userId, is_successful: true, auth_type: 'passkey' })
    assert.equal(claimsOf(answer.body.access).user_id, administrator.userId)
    assert.equal((await t.ask('GET', '/iam/users/me', { headers: bearer(answer.body.access) })).body.email, administrator.email)
  }
  const [listed] = (await t.ask('GET', own, headers(session))).body
  assert.ok(listed.last_used_at)
  const again = await begin(session)
  assert.deepEqual(
    again.excludeCredentials.map(({ id }: { id: string }) => id),
    [authenticator.id],
    'a browser is told which it has',
  )
})

test('no code is asked for: a passkey is both steps, also where the reseller requires them', async () => {
  const session = await sessionOf(t, administrator.email)
  const { authenticator } = await register(session)
  await system`UPDATE resellers SET administrators_need_two_step = true WHERE id = 2`
  try {
    assert.equal((await t.ask('GET', '/iam/users', headers(session))).status, 403, 'by password it is not enough')
    const { body } = await login(authenticator.get(await ask()))
    assert.equal((await t.ask('GET', '/iam/users', { headers: bearer(body.access) })).status, 200)
    const again = await t.ask('GET', `/iam/auth/jwt/clients/${administrator.clientId}/login`, { headers: bearer(body.access) })
    assert.equal((await t.ask('GET', '/iam/users', { headers: bearer(again.body.access) })).status, 200, 'sessions of the session too')
    const limited = await register(session)
    assert.equal((await login(limited.authenticator.get(await ask()))).status, 200, 'one that must enrol may add a passkey')
  } finally {
    await system`UPDATE resellers SET administrators_need_two_step = false WHERE id = 2`
  }
})

test('a registration is refused where anything is not as it was asked for', async () => {
  const session = await sessionOf(t, engineer.email)
  const other = await sessionOf(t, stranger.email)
  const cheats: [string, Cheat][] = [
    ['wrong origin', { origin: 'https://id.vendor.example.evil.example' }],
    ['wrong scheme', { origin: 'http://id.vendor.example' }],
    ['wrong host', { rpId: 'evil.example' }],
    ['a challenge of its own', { challenge: randomBytes(32).toString('base64url') }],
    ['another ceremony', { type: 'webauthn.get' }],
    ['in a frame', { crossOrigin: true }],
    ['no user verification', { userVerified: false }],
    ['no user', { userPresent: false }],
    ['an unknown attestation', { format: 'nonsense' }],
    [
      'certificates of a maker',
      {
        format: 'packed',
        statement: new Map<string, unknown>([
          ['alg', -7],
          ['sig', Buffer.from('x')],
          ['x5c', [Buffer.from('x')]],
        ]),
      },
    ],
  ]
  for (const [name, cheat] of cheats) {
    const answer = await add(session, new Authenticator(home).create(await begin(session), cheat))
    assert.deepEqual([answer.status, Object.keys(answer.body.errors)], [400, ['credential']], name)
  }
  const made = new Authenticator(home).create(await begin(session))
  assert.equal((await add(other, made)).status, 400, 'a challenge is its user’s')
  assert.equal((await add(session, made)).status, 201, 'and was not used up by another')
  const replayed = await add(session, made)
  assert.equal(replayed.status, 400, 'a challenge works once')
  const stolen = { ...new Authenticator(home), id: made.id }
  const twin = Object.assign(new Authenticator(home), { id: stolen.id })
  const known = await add(other, twin.create(await begin(other)))
  assert.deepEqual(known.body, { errors: { credential: ['This passkey has already been added.'] } }, 'a credential belongs to one user')
  const late = new Authenticator(home).create(await begin(session))
  await system`UPDATE passkey_challenges SET expires_at = reeve_now() - interval '1 second'`
  assert.equal((await add(session, late)).status, 400, 'after five minutes it is too late')
  for (const spoilt of [
    { ...late, id: '%' },
    { ...late, response: {} },
    { ...late, response: { ...late.response, clientDataJSON: 'bm9uc2Vuc2U' } },
  ])
    assert.equal((await add(session, spoilt)).status, 400)
})

test('a sign-in is refused, and told alike, where anything is not as it was asked for', async () => {
  const { authenticator } = await register(await sessionOf(t, engineer.email))
  const foreign = await register(await sessionOf(t, stranger.email))
  const handle = Buffer.from(String(stranger.userId)).toString('base64url')
  const cheats: [string, Cheat][] = [
    ['wrong origin', { origin: 'https://evil.example' }],
    ['wrong host', { rpId: 'evil.example' }],
    ['a challenge of its own', { challenge: randomBytes(32).toString('base64url') }],
    ['another ceremony', { type: 'webauthn.create' }],
    ['in a frame', { crossOrigin: true }],
    ['no user verification', { userVerified: false }],
    ['no user', { userPresent: false }],
    ['another key', { key: foreign.authenticator.keys.privateKey }],
    ['another’s credential', { id: foreign.authenticator.id }],
    ['another’s credential and name', { id: foreign.authenticator.id, userHandle: handle }],
    ['an unknown credential', { id: randomBytes(32).toString('base64url') }],
    ['in the name of another', { userHandle: handle }],
    ['counter going back', { counter: 1 }],
  ]
  for (const [name, cheat] of cheats) {
    const answer = await login(authenticator.get(await ask(), cheat))
    assert.deepEqual([answer.status, answer.body], [400, generic], name)
  }
  const good = authenticator.get(await ask())
  assert.equal((await login(good)).status, 200)
  assert.deepEqual((await login(good)).body, generic, 'a challenge works once')
  const twice = await ask()
  const both = await Promise.all([login(authenticator.get(twice)), login(authenticator.get(twice))])
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 400], 'also at once')
  const late = await ask()
  await system`UPDATE passkey_challenges SET expires_at = reeve_now() - interval '1 second'`
  assert.equal((await login(authenticator.get(late))).status, 400, 'after five minutes it is too late')
  const session = await sessionOf(t, engineer.email)
  assert.equal((await login(authenticator.get(await begin(session)))).status, 400, 'a challenge to add one is none to sign in')
  assert.equal(
    (await add(session, new Authenticator(home).create({ ...(await begin(session)), challenge: (await ask()).challenge }))).status,
    400,
  )
})

test('of one state of the counter only one sign-in succeeds; one that does not count signs in again and again', async () => {
  const session = await sessionOf(t, user.email)
  const { authenticator } = await register(session)
  const options = await Promise.all([ask(), ask(), ask()])
  const copies = await Promise.all(options.map((one) => login(authenticator.get(one, { counter: 7 }))))
  assert.deepEqual(copies.map(({ status }) => status).sort(), [200, 400, 400])
  const still = new Authenticator(home)
  assert.equal((await add(session, still.create(await begin(session), { counter: 0 }))).status, 201)
  for (let n = 0; n < 2; n++) assert.equal((await login(still.get(await ask(), { counter: 0 }))).status, 200)
  assert.equal((await login(still.get(await ask(), { counter: 3 }))).status, 200)
  assert.equal((await login(still.get(await ask(), { counter: 0 }))).status, 400, 'once it counts it goes on')
})

test('who may not sign in by password may not by passkey', async () => {
  const { authenticator } = await register(await sessionOf(t, user.email))
  const deny = async (column: string, denied: unknown, usual: unknown) => {
    await system`UPDATE users SET ${system({ [column]: denied })} WHERE id = ${user.userId}`
    const answer = await login(authenticator.get(await ask()))
    assert.deepEqual([answer.status, answer.body], [400, generic], column)
    assert.deepEqual(await lastLogin(), { user_id: user.userId, is_successful: false, auth_type: 'passkey' })
    await system`UPDATE users SET ${system({ [column]: usual })} WHERE id = ${user.userId}`
  }
  await deny('is_active', false, true)
  await deny('activated_at', null, new Date())
  await deny('deleted_at', new Date(), null)
  assert.equal((await login(authenticator.get(await ask()))).status, 200)
})

test('passkeys are their owner’s alone: seen, renamed and deleted in its session', async () => {
  const session = await sessionOf(t, user.email)
  const { authenticator, id } = await register(session)
  const other = await sessionOf(t, administrator.email)
  await activity.since(0)
  await activity.mails()
  for (const method of ['PATCH', 'DELETE'])
    assert.equal((await t.ask(method, `${own}/${id}`, { ...headers(other), body: { name: 'Mine' } })).status, 404)
  assert.ok(!(await t.ask('GET', own, headers(other))).text.includes(`"id":${id},`))
  const renamed = await t.ask('PATCH', `${own}/${id}`, { ...headers(session), body: { name: 'Key' } })
  assert.deepEqual([renamed.status, renamed.body.name], [200, 'Key'])
  for (const body of [{}, { name: '' }, { name: ' ' }, { name: 5 }])
    assert.equal((await t.ask('PATCH', `${own}/${id}`, { ...headers(session), body })).status, 400)
  assert.equal((await t.ask('DELETE', `${own}/${id}`, headers(session))).status, 204)
  assert.equal((await t.ask('DELETE', `${own}/${id}`, headers(session))).status, 404)
  const mails = await activity.mails()
  assert.equal(mails.length, 1, 'a new name is told to nobody')
  assert.partialDeepStrictEqual(mails[0], told(user, 'passkey_removed'))
  assert.equal((await login(authenticator.get(await ask()))).status, 400, 'deleted, it signs nobody in')
})

test('neither an API token nor whoever acts as somebody adds or takes away a passkey', async () => {
  const session = await sessionOf(t, administrator.email)
  const { id } = await register(session)
  const acting = await t.ask('GET', `/iam/auth/jwt/clients/${administrator.clientId}/admin_token`, headers(reseller))
  const credential = new Authenticator(home).create(await begin(session))
  for (const one of [administrator, bearer(acting.body.access)])
    for (const [method, path, body] of [
      ['POST', `${own}/options`, { password: demoPassword }],
      ['POST', own, { name: 'Mine', credential }],
      ['PATCH', `${own}/${id}`, { name: 'Mine' }],
      ['DELETE', `${own}/${id}`, undefined],
    ] as const)
      assert.equal((await t.ask(method, path, { ...headers(one), body })).status, 403, `${method} ${path}`)
})

test('at a reseller’s domain its people use passkeys of that domain', async () => {
  const brand = async (one: TestCaller) =>
    `https://auth.${(await system`SELECT domain FROM branding WHERE reseller_id = ${one.resellerId}`)[0]?.domain}`
  const [ours, theirs] = [await brand(user), await brand(stranger)]
  const session = await sessionOf(t, user.email)
  const { authenticator } = await register(session, ours)
  assert.equal(authenticator.rpId, new URL(ours).hostname)
  const options = await ask(ours)
  assert.equal(options.rpId, authenticator.rpId)
  assert.equal((await login(authenticator.get(options))).status, 200)
  assert.equal((await login(authenticator.get(await ask()))).status, 400, 'not at another place')
  assert.equal((await begin(session, theirs)).rp.id, 'id.vendor.example', 'not at another reseller’s domain')
  for (const origin of ['https://auth.nobody.example', 'https://evil.example', 'null', `${ours}:444`, ours.replace('https', 'http')])
    assert.equal((await ask(origin)).rpId, 'id.vendor.example', origin)
})

test('an address of this machine is localhost to browsers', () => {
  assert.deepEqual(relyingPartyOf('http://127.0.0.1:8080'), { origin: 'http://localhost:8080', rpId: 'localhost' })
  assert.deepEqual(relyingPartyOf('https://id.vendor.example/'), { origin: home, rpId: 'id.vendor.example' })
})

test('a user has twenty at most, also at once', async () => {
  const session = await sessionOf(t, stranger.email)
  await system`DELETE FROM passkeys WHERE user_id = ${stranger.userId}`
  const row = { user_id: stranger.userId, reseller_id: 3, public_key: Buffer.from('x'), counter: 0, rp_id: 'x', name: 'x' }
  await system`INSERT INTO passkeys ${system(Array.from({ length: 19 }, () => ({ ...row, credential_id: randomBytes(16) })))}`
  const made = [new Authenticator(home).create(await begin(session)), new Authenticator(home).create(await begin(session))]
  const answers = await Promise.all(made.map((credential) => add(session, credential)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 400])
})

test('who fails with passkeys is kept waiting and out of the log, and never keeps out who holds one', async () => {
  const session = await sessionOf(t, user.email)
  const { authenticator } = await register(session)
  const fail = async () => {
    const answer = authenticator.get(await ask(), { challenge: randomBytes(32).toString('base64url') })
    return (await login(answer)).status
  }
  await system`DELETE FROM failures`
  assert.equal(await fail(), 400)
  await system`UPDATE failures SET count = 100, last_at = last_at + interval '1 hour'`
  const [before] = await system`SELECT count(*) FROM logins`
  for (let n = 0; n < 3; n++) assert.equal(await fail(), 429)
  const wrong = await login(new Authenticator(home).get(await ask(), { userHandle: 'MQ' }))
  assert.equal(wrong.status, 429)
  const [after] = await system`SELECT count(*) FROM logins`
  assert.equal(after?.count, before?.count)
  assert.equal((await login(authenticator.get(await ask()))).status, 200)
  await system`DELETE FROM failures`
})
