/** Signing out together with an identity provider: whose sessions a logout token ends, which tokens are refused, and where we send a browser. */
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { networks } from '../src/lib/networks.ts'
import { outgoingFetch } from '../src/lib/outgoing.ts'
import { openIdProtocols } from '../src/sso/oidc/oidc.ts'
import { endProviderSessions } from '../src/sso/sessions/sessions.queries.ts'
import { Browser } from './browser.ts'
import { claimsOf, shownBy } from './callers.ts'
import { certifiedProvider } from './certified-provider.ts'
import { openWorld } from './harness.ts'
import { openIdProvider, part, rsa, signed } from './openid-provider.ts'

type Json = Record<string, unknown>

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [anna, engineer, reseller] = [the('client'), the('client', 2, 5), the('reseller')]
const op = await openIdProvider({ reeve: 'a secret' })

async function newProvider(settings: Json, kind = 'oidc'): Promise<number> {
  const row = { reseller_id: 2, kind, name: 'Customer', state: 'on', for_staff: true, settings: system.json(settings as never) }
  const [made] = await system<{ id: number }[]>`INSERT INTO identity_providers ${system(row)} RETURNING id`
  return made?.id ?? 0
}
const provider = await newProvider({ issuer: op.issuer, clientId: 'reeve' })
const second = await newProvider({ issuer: op.issuer, clientId: 'other' })

async function link(userId: number, subject: string, to = provider) {
  const row = { provider_id: to, reseller_id: 2, user_id: userId, subject }
  await system`INSERT INTO identities ${system(row)} ON CONFLICT DO NOTHING`
}
await link(anna.userId, 'anna')
await link(engineer.userId, 'engineer')

/** A session as a sign-in by the provider begins it. */
async function session(of: { email: string }, sid: string | null, by: number | null = provider) {
  const browser = new Browser(t)
  const { access } = await browser.expect('login', { username: of.email, password: demoPassword })
  const { jti } = claimsOf(browser.cookies.get('reeve_session')?.value ?? '')
  await system`UPDATE sessions SET provider_id = ${by}, provider_session = ${sid}
    WHERE id = (SELECT session_id FROM refresh_tokens WHERE jti = ${jti})`
  const works = async () => (await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${access}` } })).status === 200
  return { access, works, browser }
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const now = () => Math.floor(Date.now() / 1000)
const claims = (more: Json = {}): Json => ({
  ...{ iss: op.issuer, aud: 'reeve', iat: now(), exp: now() + 120, jti: randomUUID(), events: { [EVENT]: {} }, sub: 'anna', sid: 'sid-1' },
  ...more,
})
const header = { alg: 'RS256', kid: op.kid, typ: 'logout+jwt' }
const token = (more: Json = {}, head: Json = {}, key = op.key.privateKey) => signed(claims(more), { ...header, ...head } as never, key)
const send = (logoutToken: string, to = provider) =>
  t.ask('POST', `/reeve/sso/backchannel_logout/${to}`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: logoutToken }).toString(),
  })

test('a logout token ends the session that it names, with what came from it, and no other', async () => {
  const named = await session(anna, 'sid-1')
  const other = await session(anna, 'sid-2')
  const byPassword = await session(anna, null, null)
  const elsewhere = await session(anna, 'sid-1', second)
  const { status, text } = await send(await token())
  assert.deepEqual([status, text], [200, '{}'])
  assert.equal(await named.works(), false)
  assert.equal((await named.browser.post('refresh')).status, 401)
  assert.deepEqual(await Promise.all([other, byPassword, elsewhere].map((one) => one.works())), [true, true, true])
})

test('without a session, all sessions of the person by that provider end', async () => {
  const theirs = await Promise.all([session(anna, 'sid-3'), session(anna, null)])
  const others = await Promise.all([session(anna, null, null), session(engineer, 'sid-3'), session(anna, 'sid-3', second)])
  assert.equal((await send(await token({ sid: undefined }))).status, 200)
  assert.deepEqual(await Promise.all(theirs.map((one) => one.works())), [false, false])
  assert.deepEqual(await Promise.all(others.map((one) => one.works())), [true, true, true])
})

test('a session alone is enough; and one that the provider did not name ends with its person', async () => {
  const one = await session(engineer, 'sid-4')
  assert.equal((await send(await token({ sub: undefined, sid: 'sid-4' }))).status, 200)
  assert.equal(await one.works(), false)
  const [unnamed, named] = [await session(anna, null), await session(anna, 'sid-6')]
  assert.equal((await send(await token({ sid: 'sid-5' }))).status, 200)
  assert.deepEqual([await unnamed.works(), await named.works()], [false, true])
})

test('two people may have sessions of one name, and an unlinked person has only the name', async () => {
  const [hers, his] = [await session(anna, 'same'), await session(engineer, 'same')]
  await system.begin((db) => endProviderSessions(db, provider, { session: 'same', subject: 'anna' }))
  assert.deepEqual([await hers.works(), await his.works()], [false, true])
  const unlinked = await session(reseller, 'same')
  await system.begin((db) => endProviderSessions(db, provider, { session: 'same', subject: 'somebody' }))
  assert.deepEqual([await his.works(), await unlinked.works()], [true, false])
  assert.deepEqual(await system.begin((db) => endProviderSessions(db, provider, { session: undefined, subject: undefined })), [])
})

test('sessions in which the person acts as somebody else end too', async () => {
  await link(reseller.userId, 'staff')
  const own = await session(reseller, 'sid-7')
  const acting = await own.browser.expect('act_as', { client_id: anna.clientId, reason: 'A test' }, own.access)
  assert.ok(acting.acting)
  const works = async () => (await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${acting.access}` } })).status
  assert.equal(await works(), 200)
  assert.equal((await send(await token({ sub: 'staff', sid: 'sid-7' }))).status, 200)
  assert.equal(await works(), 401)
  assert.equal(await own.works(), false)
})

test('whose sessions ended is in the activity, without the token', async () => {
  await session(anna, 'sid-8')
  const sent = await token({ sid: 'sid-8' })
  assert.equal((await send(sent)).status, 200)
  const rows = await system<
    Json[]
  >`SELECT user_id, affected_client_id, status_code, data FROM activity WHERE action = 'backchannelLogout' ORDER BY id DESC LIMIT 1`
  assert.deepEqual(rows, [
    { user_id: anna.userId, affected_client_id: anna.clientId, status_code: 200, data: JSON.stringify({ provider_id: provider }) },
  ])
})

test('a token counts once, on any server', async () => {
  const sent = await token({ sid: 'sid-9' })
  const both = await Promise.all([send(sent), send(sent)])
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 400])
  const later = await session(anna, 'sid-9')
  assert.equal((await send(sent)).status, 400)
  assert.equal(await later.works(), true)
})

const forged: Record<string, () => string | Promise<string>> = {
  'no token': () => '',
  'a word': () => 'token',
  'alg none': () => `${part({ alg: 'none' })}.${part(claims())}.`,
  'HS256 with the public key': () => {
    const body = `${part({ ...header, alg: 'HS256' })}.${part(claims())}`
    return `${body}.${createHmac('sha256', op.key.publicKey.export({ type: 'spki', format: 'pem' }))
      .update(body)
      .digest('base64url')}`
  },
  'another key': () => token({}, {}, rsa().privateKey),
  'an unknown kid': () => token({}, { kid: 'unknown' }),
  'an algorithm that is not announced': () => token({}, { alg: 'RS512' }),
  'another issuer': () => token({ iss: 'https://idp.example' }),
  'no issuer': () => token({ iss: undefined }),
  'another client': () => token({ aud: 'other' }),
  'no client': () => token({ aud: undefined }),
  'an audience that begins like ours': () => token({ aud: 'reeve2' }),
  'no time of issue': () => token({ iat: undefined }),
  'issued an hour ago': () => token({ iat: now() - 3600 }),
  'issued in an hour': () => token({ iat: now() + 3600, exp: now() + 3700 }),
  expired: () => token({ iat: now() - 300, exp: now() - 120 }),
  'no id': () => token({ jti: undefined }),
  'an id that is a number': () => token({ jti: 1 }),
  'an empty id': () => token({ jti: '' }),
  'no events': () => token({ events: undefined }),
  'events of another kind': () => token({ events: { 'http://schemas.openid.net/event/other': {} } }),
  'events that are a list': () => token({ events: [EVENT] }),
  'an event that is text': () => token({ events: { [EVENT]: 'yes' } }),
  'an event that is null': () => token({ events: { [EVENT]: null } }),
  'a nonce': () => token({ nonce: 'n' }),
  'an ID token': () => token({ events: undefined, nonce: 'n' }, { typ: 'JWT' }),
  'an access token': () => token({}, { typ: 'at+jwt' }),
  'neither person nor session': () => token({ sub: undefined, sid: undefined }),
  'a person that is a number': () => token({ sub: 1 }),
  'a session that is a list': () => token({ sid: ['sid-10'] }),
  'a header that must be understood': () =>
    token({}, { crit: ['exp'] }).catch(() => `${part({ ...header, crit: ['x'], x: 1 })}.${part(claims())}.AAAA`),
}
test('no session ends by a token that is wrong', async () => {
  const one = await session(anna, 'sid-10')
  for (const [name, make] of Object.entries(forged)) {
    const { status, body } = await send(await make())
    assert.equal(status, 400, name)
    assert.deepEqual(body, { errors: { logout_token: ['The token is not accepted.'] } }, name)
  }
  const good = await token({ sid: 'sid-10' })
  const [of] = await system<
    { id: number }[]
  >`INSERT INTO identity_providers ${system({ reseller_id: 2, kind: 'oidc', name: 'Gone', state: 'on', deleted_at: new Date(), settings: system.json({ issuer: op.issuer, clientId: 'reeve' }) })} RETURNING id`
  const saml = await newProvider({}, 'saml')
  for (const other of [second, saml, of?.id ?? 0, 999_999]) assert.equal((await send(good, other)).status, 400, String(other))
  assert.equal(await one.works(), true)
  assert.equal((await send(good)).status, 200)
  assert.equal(await one.works(), false)
})

test('a token without an end or a type is accepted: some providers send neither', async () => {
  const one = await session(anna, 'sid-11')
  assert.equal((await send(await token({ sid: 'sid-11', exp: undefined }, { typ: undefined }))).status, 200)
  assert.equal(await one.works(), false)
})

test('a token for nobody we know ends nothing, and is accepted', async () => {
  assert.equal((await send(await token({ sub: 'nobody', sid: 'none' }))).status, 200)
})

test('unlinking an identity ends the sessions that it began, but the present one', async () => {
  const [first, second] = [await session(engineer, 'sid-14'), await session(engineer, 'sid-15')]
  const others = [await session(engineer, null, null), await session(anna, 'sid-16')]
  const headers = { authorization: `Bearer ${second.access}` }
  const { body } = await t.ask('GET', '/reeve/identities', { headers })
  assert.equal(body.length, 1)
  assert.equal((await t.ask('DELETE', `/reeve/identities/${body[0].id}`, { headers })).status, 204)
  assert.deepEqual(await Promise.all([first, second, ...others].map((one) => one.works())), [false, true, true, true])
  assert.deepEqual((await t.ask('GET', '/reeve/identities', { headers })).body, [])
})

test('signing out names the sign-out of the provider, where it has one', async () => {
  const one = await session(anna, 'sid-12')
  const { status, body } = await one.browser.post('sign_out')
  assert.deepEqual([status, body], [200, { url: `${op.issuer}/end?client_id=reeve` }])
  assert.equal(await one.works(), false)
  const byPassword = await session(anna, null, null)
  assert.equal((await byPassword.browser.post('sign_out')).status, 204)
  // A provider that does not answer keeps nobody signed in.
  const gone = await newProvider({ issuer: 'http://127.0.0.1:1', clientId: 'reeve' })
  const stuck = await session(anna, 'sid-13', gone)
  assert.equal((await stuck.browser.post('sign_out')).status, 204)
  assert.equal(await stuck.works(), false)
})

test('oidc-provider ends our session when its own ends', async () => {
  await t.app.listen({ host: '127.0.0.1', port: 0 })
  const ours = `http://127.0.0.1:${(t.app.server.address() as AddressInfo).port}`
  const [next] = await system<{ id: number }[]>`SELECT max(id) + 1 AS id FROM identity_providers`
  const id = Number(next?.id)
  const certified = await certifiedProvider(
    [
      {
        client_id: 'reeve',
        client_secret: 'a secret',
        redirect_uris: ['https://id.vendor.example/reeve/sso/callback'],
        backchannel_logout_uri: `${ours}/reeve/sso/backchannel_logout/${id}`,
        backchannel_logout_session_required: true,
      },
    ],
    { anna: { email: 'anna@customer.example', email_verified: true } },
  )
  assert.equal(await newProvider({ issuer: certified.issuer, clientId: 'reeve' }), id)
  await link(anna.userId, 'anna', id)
  const { oidc } = openIdProtocols(outgoingFetch(networks(['127.0.0.0/8'])))
  const settings = { issuer: certified.issuer, clientId: 'reeve' }
  const of = { id, resellerId: 2, clientId: null, kind: 'oidc' as const, name: '', settings, clientSecret: 'a secret', groupsClaim: null }
  const at = { origin: 'https://id.vendor.example', state: 'a state that cannot be guessed' }
  const { url, secrets } = await oidc.start(of, at)
  const browser = certified.browser()
  const { left } = await browser.visit(url)
  assert.ok(left)
  const who = await oidc.answer(of, { ...at, secrets }, left.searchParams)
  assert.ok(who.session)
  const one = await session(anna, who.session, id)
  const signedOut = await one.browser.post('sign_out')
  assert.equal(signedOut.status, 200)

  const another = await session(anna, who.session, id)
  const { page } = await browser.visit(signedOut.body.url)
  const [, action = ''] = /action="([^"]+)"/.exec(page) ?? []
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? []
  await browser.visit(new URL(action, certified.issuer).href, new URLSearchParams({ xsrf, logout: 'yes' }))
  assert.equal(await another.works(), false)
})
