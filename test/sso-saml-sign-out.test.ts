/** Signing out together with a SAML provider, through the application: whose sessions a request ends, what is answered, and where our sign-out leads. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { demoPassword } from '../src/demo/world.ts'
import { Browser } from './browser.ts'
import { claimsOf, shownBy } from './callers.ts'
import { openWorld } from './harness.ts'
import { base64, ENTITY, type Keys, logoutOf, makeKeys, redirectOf, SLO, sign } from './saml-idp.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [anna, engineer] = [the('client'), the('client', 2, 5)]
const [idp, stranger] = await Promise.all([makeKeys(), makeKeys()])
const destination = `http://test${SLO}`

async function newProvider(keys: Keys, more: object = {}): Promise<number> {
  const settings = { entityId: ENTITY, ssoUrl: 'https://idp.example/sso', certificates: [keys.certificate], signed: 'either', ...more }
  const row = { reseller_id: 2, kind: 'saml', name: 'Corp', state: 'on', settings: system.json(settings as never) }
  const [made] = await system<{ id: number }[]>`INSERT INTO identity_providers ${system(row)} RETURNING id`
  return made?.id ?? 0
}
const provider = await newProvider(idp, { sloUrl: 'https://idp.example/slo' })
const theirs = await newProvider(stranger) // another tenant may say that it has the same entity id
const byAttribute = await newProvider(idp, { subjectAttribute: 'employee' })

async function link(userId: number, to: number, subject: string, claims: object = { NameID: subject }) {
  const row = { provider_id: to, reseller_id: 2, user_id: userId, subject, claims: system.json(claims as never) }
  await system`INSERT INTO identities ${system(row)}`
}
await link(anna.userId, provider, 'anna')
await link(engineer.userId, provider, 'engineer')
await link(anna.userId, theirs, 'anna')
await link(anna.userId, byAttribute, 'E-17', { NameID: 'anna' })

/** A session as a sign-in by a provider begins it. */
async function session(of: { email: string }, index: string | null, by = provider) {
  const browser = new Browser(t)
  const { access } = await browser.expect('login', { username: of.email, password: demoPassword })
  const { jti } = claimsOf(browser.cookies.get('reeve_session')?.value ?? '')
  await system`UPDATE sessions SET provider_id = ${by}, provider_session = ${index}
    WHERE id = (SELECT session_id FROM refresh_tokens WHERE jti = ${jti})`
  const works = async () => (await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${access}` } })).status === 200
  return { works, browser }
}
const saying = (said: Parameters<typeof logoutOf>[0] = {}) => logoutOf({ id: `_${randomUUID()}`, destination, nameId: 'anna', ...said })
const redirect = (query: string) => t.ask('GET', `${SLO}?${query}`)
const post = (fields: Record<string, string>) =>
  t.ask('POST', SLO, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(fields).toString() })

test('a request by redirect ends the session it names, at the provider that signed it, and our answer goes back', async () => {
  const [ended, other, ofEngineer, elsewhere] = [
    await session(anna, 's-1'),
    await session(anna, 's-2'),
    await session(engineer, 's-1'),
    await session(anna, 's-1', theirs),
  ]
  const xml = saying()
  const { status, headers } = await redirect(redirectOf(xml, idp))
  assert.equal(status, 302)
  const url = new URL(String(headers.location))
  assert.equal(url.origin + url.pathname, 'https://idp.example/slo')
  assert.equal(url.searchParams.get('RelayState'), 'r 1')
  const answer = inflateRawSync(Buffer.from(url.searchParams.get('SAMLResponse') ?? '', 'base64')).toString()
  assert.ok(answer.includes(`InResponseTo="${/ID="([^"]+)"/.exec(xml)?.[1]}"`) && answer.includes('status:Success'))
  assert.deepEqual(await Promise.all([ended, other, ofEngineer, elsewhere].map(({ works }) => works())), [false, true, true, true])
  const [entry] = await system`SELECT user_id, data FROM activity WHERE action = 'samlLogoutByRedirect' ORDER BY id DESC LIMIT 1`
  assert.equal(entry?.user_id, anna.userId)
  await redirect(redirectOf(saying({ sessions: [] }), idp))
  assert.deepEqual(await Promise.all([other, ofEngineer, elsewhere].map(({ works }) => works())), [false, true, true], 'all of the person')
  await redirect(redirectOf(saying({ sessions: ['s-1'], nameId: 'engineer' }), idp))
  assert.equal(await ofEngineer.works(), false)
})

test('a request by POST does too, and goes on to the sign-in page where the provider takes no answer', async () => {
  const [one, two] = [await session(anna, 's-7', theirs), await session(anna, 's-8', theirs)]
  const { status, headers } = await post({ SAMLRequest: base64(sign(saying({ sessions: ['s-7', 's-8'] }), 'LogoutRequest', stranger)) })
  assert.deepEqual([status, headers.location], [302, '/sign-in'])
  assert.deepEqual([await one.works(), await two.works()], [false, false])
})

test('where an attribute names people, the NameID that came with it finds them', async () => {
  const one = await session(anna, 's-9', byAttribute)
  await redirect(redirectOf(saying({ sessions: [] }), idp))
  assert.equal(await one.works(), false)
})

test('what is not signed by the provider, was sent before or is for another host ends nothing', async () => {
  const one = await session(anna, 's-1')
  const refused = async (answer: ReturnType<typeof redirect>) => {
    const { status, headers } = await answer
    assert.deepEqual([status, headers['x-error-code']], [400, 'logout_request_refused'])
    assert.equal(await one.works(), true)
  }
  await refused(redirect(redirectOf(saying(), await makeKeys())))
  await refused(redirect(redirectOf(saying({ issuer: 'https://nobody.example' }), idp)))
  await refused(redirect(redirectOf(saying({ destination: `https://other.example${SLO}` }), idp)))
  await refused(redirect(redirectOf(saying(), idp).replace(/&Signature.*/, '')))
  await refused(redirect(''))
  await refused(post({}))
  await refused(post({ SAMLRequest: base64(saying()) }))
  const once = redirectOf(saying({ sessions: ['s-0'] }), idp)
  assert.equal((await redirect(once)).status, 302)
  await refused(redirect(once))
})

test('the answer to our own request leads to the sign-in page', async () => {
  assert.equal((await redirect('SAMLResponse=x')).headers.location, '/sign-in')
  assert.equal((await post({ SAMLResponse: 'x' })).headers.location, '/sign-in')
})

test('signing out here names the provider’s sign-out, for the session it knows', async () => {
  const { browser, works } = await session(anna, 's-3')
  const { url } = await browser.expect('sign_out')
  assert.equal(await works(), false)
  const xml = inflateRawSync(Buffer.from(new URL(url).searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
  assert.ok(
    url.startsWith('https://idp.example/slo?') &&
      xml.includes('>anna<') &&
      xml.includes('>s-3<') &&
      xml.includes('http://test/iam/auth/saml2'),
  )
})
