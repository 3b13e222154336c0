/** Signing in at oidc-provider, and at servers that answer as Google and GitHub do. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { networks } from '../src/lib/networks.ts'
import { outgoingFetch } from '../src/lib/outgoing.ts'
import { openIdProtocols } from '../src/sso/oidc/oidc.ts'
import type { OidcSettings, Provider, SocialSettings } from '../src/sso/protocol.ts'
import { certifiedProvider } from './certified-provider.ts'
import { openIdProvider, person } from './openid-provider.ts'

const origin = 'https://id.vendor.example'
const outgoing = outgoingFetch(networks(['127.0.0.0/8']))
let count = 0
const newState = () => `state-${count++}-of-a-length-that-cannot-be-guessed`
const provider = (kind: Provider['kind'], settings: OidcSettings | SocialSettings, more: Partial<Provider> = {}): Provider => ({
  ...{ id: 1, resellerId: 2, clientId: null, kind, name: 'Customer', settings, clientSecret: 'a secret', groupsClaim: null },
  ...more,
})

const anna = { email: 'anna@customer.example', email_verified: true, name: 'Anna Berg', groups: ['admins'] }
const redirect_uris = [`${origin}/reeve/sso/callback`]
const certified = await certifiedProvider(
  [
    { client_id: 'reeve', client_secret: 'a secret', redirect_uris },
    { client_id: 'post', client_secret: 'a secret', redirect_uris, token_endpoint_auth_method: 'client_secret_post' },
    { client_id: 'es256', client_secret: 'a secret', redirect_uris, id_token_signed_response_alg: 'ES256' },
    { client_id: 'elsewhere', client_secret: 'a secret', redirect_uris: ['https://id.vendor.example/other'] },
  ],
  { anna, ben: { email: 'ben@customer.example', email_verified: false } },
)
const { oidc } = openIdProtocols(outgoing)
const scopes = ['email', 'profile', 'groups']
const at = (clientId: string, more: Partial<Provider> = {}) =>
  provider('oidc', { issuer: certified.issuer, clientId, scopes }, { groupsClaim: 'groups', ...more })

async function signInAt(of: Provider, subject = 'anna') {
  const state = newState()
  const { url, secrets } = await oidc.start(of, { origin, state })
  certified.signsInAs(subject)
  const { left } = await certified.browser().visit(url)
  assert.ok(left)
  return { left, answer: (more = {}) => oidc.answer({ ...of, ...more }, { origin, state, secrets }, left.searchParams) }
}

test('oidc-provider: a person, with what only its user info says', async () => {
  const { left, answer } = await signInAt(at('reeve'))
  assert.equal(left.origin + left.pathname, redirect_uris[0])
  const who = await answer()
  assert.equal(who.subject, 'anna')
  assert.equal(who.issuer, certified.issuer)
  assert.deepEqual([who.email, who.emailVerified, who.name, who.groups], ['anna@customer.example', true, 'Anna Berg', ['admins']])
  const ben = await (await signInAt(at('reeve'), 'ben')).answer()
  assert.deepEqual([ben.subject, ben.email, ben.emailVerified, ben.name, ben.groups], ['ben', 'ben@customer.example', false, undefined, []])
})

test('oidc-provider: the secret in the body, and ES256', async () => {
  const post = { issuer: certified.issuer, clientId: 'post', scopes, authMethod: 'client_secret_post' as const }
  assert.equal((await (await signInAt({ ...at('post'), settings: post })).answer()).subject, 'anna')
  assert.equal((await (await signInAt(at('es256'))).answer()).subject, 'anna')
})

test('oidc-provider: a code counts once', async () => {
  const { answer } = await signInAt(at('reeve'))
  await answer()
  await assert.rejects(answer(), { code: 'wrong_code' })
})

test('oidc-provider: a wrong secret is named', async () => {
  const { answer } = await signInAt(at('reeve'))
  await assert.rejects(answer({ clientSecret: 'wrong' }), { code: 'wrong_secret', message: /secret/ })
})

test('oidc-provider: a code of one sign-in is worth nothing in another', async () => {
  const mine = newState()
  const { secrets } = await oidc.start(at('reeve'), { origin, state: mine })
  const { left } = await signInAt(at('reeve'))
  left.searchParams.set('state', mine)
  await assert.rejects(oidc.answer(at('reeve'), { origin, state: mine, secrets }, left.searchParams), { code: 'wrong_code' })
})

test('oidc-provider: an address that is not registered brings nobody back', async () => {
  const { url } = await oidc.start(at('elsewhere'), { origin, state: newState() })
  const { left, page } = await certified.browser().visit(url)
  assert.equal(left, undefined)
  assert.match(page, /redirect_uri/)
})

// Google.
const googleOp = await openIdProvider({ reeve: 'a secret' })
const { google } = openIdProtocols(outgoing, { google: googleOp.issuer })
async function signInByGoogle(claims: Record<string, unknown>) {
  const of = provider('google', { clientId: 'reeve' })
  const state = newState()
  const { url, secrets } = await google.start(of, { origin, state })
  const { email_verified: _, ...rest } = person
  googleOp.person = { ...rest, azp: 'reeve', ...claims }
  return google.answer(of, { origin, state, secrets }, googleOp.authorize(url))
}

test('Google answers for its own addresses and for those of Workspace, once they are verified', async () => {
  const cases: [Record<string, unknown>, boolean][] = [
    [{ email: 'anna@customer.example', email_verified: true, hd: 'customer.example' }, true],
    [{ email: 'anna@gmail.com', email_verified: true }, true],
    [{ email: 'anna@customer.example', email_verified: true }, false],
    [{ email: 'anna@notgmail.com', email_verified: true }, false],
    [{ email: 'anna@gmail.com.example', email_verified: true }, false],
    [{ email: 'anna@customer.example', email_verified: false, hd: 'customer.example' }, false],
    [{ email: 'anna@customer.example', hd: 'customer.example' }, false],
    [{ email: 'anna@customer.example', email_verified: true, hd: true }, false],
  ]
  for (const [claims, verified] of cases) {
    const who = await signInByGoogle(claims)
    assert.deepEqual([who.email, who.emailVerified], [claims.email, verified], JSON.stringify(claims))
    assert.equal(who.issuer, googleOp.issuer)
    assert.equal(who.claims.hd, claims.hd)
  }
})

test('Google’s token for another client is refused', async () => {
  await assert.rejects(signInByGoogle({ azp: 'another' }), { code: 'wrong_audience' })
})

// GitHub.
interface GitHub {
  user?: unknown
  emails?: unknown
  tokens?: object
  /** Status of the API. */
  status?: number
  redirects?: boolean
}
/** The challenge of each code that is not used. */
const codes = new Map<string, string | null>()
const addresses = [
  { email: 'old@customer.example', primary: false, verified: true },
  { email: 'anna@customer.example', primary: true, verified: true },
]
const octocat = { id: 583231, login: 'anna', name: 'Anna Berg', email: 'shown@elsewhere.example' }
let gitHub: GitHub = {}
const server = createServer(async (request, response: ServerResponse) => {
  const send = (body: unknown, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (request.url === '/login/oauth/access_token') {
    const form = new URLSearchParams((await request.toArray()).join(''))
    const known = form.get('client_id') === 'reeve' && form.get('client_secret') === 'a secret'
    // GitHub refuses with status 200.
    if (!known)
      return send({ error: 'incorrect_client_credentials', error_description: 'The client_id and/or client_secret are incorrect.' })
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (codes.get(form.get('code') ?? '') !== challenge)
      return send({ error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' })
    codes.delete(form.get('code') ?? '')
    return send(gitHub.tokens ?? { access_token: 'gho_1', token_type: 'bearer', scope: 'read:user,user:email' })
  }
  if (request.headers.authorization !== 'Bearer gho_1' || !request.headers['user-agent']) return send({ message: 'Bad credentials' }, 401)
  if (gitHub.redirects) return response.writeHead(301, { location: '/api/v3/users/1' }).end()
  if (request.url === '/api/v3/user') return send('user' in gitHub ? gitHub.user : octocat, gitHub.status)
  if (request.url === '/api/v3/user/emails?per_page=100') return send('emails' in gitHub ? gitHub.emails : addresses, gitHub.status)
  return send({ message: 'Not Found' }, 404)
})
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
after(() => {
  server.closeAllConnections()
  server.close()
})
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const { github } = openIdProtocols(outgoing)
const atGitHub = (more: Partial<Provider> = {}) => provider('github', { clientId: 'reeve', baseUrl }, more)

async function signInByGitHub(
  like: GitHub = {},
  change: { query?: Record<string, string>; secrets?: Record<string, string>; provider?: Partial<Provider> } = {},
) {
  gitHub = like
  const state = newState()
  const { url, secrets } = await github.start(atGitHub(), { origin, state })
  const asked = new URL(url).searchParams
  assert.deepEqual([asked.get('code_challenge_method'), asked.get('state'), asked.get('redirect_uri')], ['S256', state, redirect_uris[0]])
  const code = `code ${count}`
  codes.set(code, asked.get('code_challenge'))
  const query = new URLSearchParams({ code, state, ...change.query })
  return github.answer(atGitHub(change.provider), { origin, state, secrets: { ...secrets, ...change.secrets } }, query)
}

test('GitHub says who it is by a number, and its primary verified address', async () => {
  const who = await signInByGitHub()
  assert.deepEqual(
    [who.subject, who.email, who.emailVerified, who.name, who.issuer],
    ['583231', 'anna@customer.example', true, 'Anna Berg', baseUrl],
  )
  assert.equal((await signInByGitHub({ user: { id: 1, login: 'nameless', name: null } })).name, 'nameless')
})

test('GitHub itself has its API at a host of its own', async () => {
  const { url } = await github.start(provider('github', { clientId: 'reeve' }), { origin, state: newState() })
  assert.match(url, /^https:\/\/github\.com\/login\/oauth\/authorize\?.*scope=read%3Auser\+user%3Aemail/)
})

const noAddress: Record<string, unknown> = {
  'a primary address that is not verified': [{ email: 'a@b.example', primary: true, verified: false }],
  'a verified address that is not the primary one': [{ email: 'a@b.example', primary: false, verified: true }],
  'an address that says yes in words': [{ email: 'a@b.example', primary: true, verified: 'true' }],
  'two primary addresses': [addresses[1], { email: 'b@b.example', primary: true, verified: true }],
  'no address': [],
  'an address that is a number': [{ email: 1, primary: true, verified: true }],
}
for (const [name, emails] of Object.entries(noAddress))
  test(`GitHub: ${name} is none`, async () => {
    const who = await signInByGitHub({ emails })
    assert.deepEqual([who.subject, who.email, who.emailVerified], ['583231', undefined, false])
  })

const forgeries: Record<string, [string, ...Parameters<typeof signInByGitHub>]> = {
  'another state': ['wrong_state', {}, { query: { state: newState() } }],
  'an invented code': ['wrong_code', {}, { query: { code: 'invented' } }],
  'no verifier': ['wrong_code', {}, { secrets: { verifier: '' } }],
  'the verifier of another request': ['wrong_code', {}, { secrets: { verifier: 'b'.repeat(43) } }],
  'a refusal': ['refused', {}, { query: { error: 'access_denied', error_description: 'The user has denied your application access.' } }],
  'a redirect address that is not registered': ['wrong_redirect', {}, { query: { error: 'redirect_uri_mismatch' } }],
  'a wrong secret': ['wrong_secret', {}, { provider: { clientSecret: 'wrong' } }],
  'another server in the settings now': ['settings_changed', {}, { provider: { settings: { clientId: 'reeve' } } }],
  'a code of another provider': ['settings_changed', {}, { secrets: { issuer: 'https://github.com' } }],
  'an issuer that is not GitHub’s': ['wrong_issuer', {}, { query: { iss: googleOp.issuer } }],
  'no id': ['unreadable', { user: { login: 'anna' } }],
  'an id that is text': ['unreadable', { user: { id: '583231' } }],
  'an id that is a fraction': ['unreadable', { user: { id: 1.5 } }],
  nobody: ['unreadable', { user: null }],
  'addresses that are no list': ['unreadable', { emails: { message: 'Not Found' } }],
  'an API that refuses': ['refused', { status: 403 }],
  'an API elsewhere': ['unreachable', { redirects: true }],
  'a token of another kind': ['unreadable', { tokens: { access_token: 'gho_1', token_type: 'mac' } }],
  'no token': ['unreadable', { tokens: { scope: '' } }],
}
for (const [name, [code, ...attempt]] of Object.entries(forgeries))
  test(`GitHub: ${name} is refused`, async () => {
    await assert.rejects(signInByGitHub(...attempt), { code })
    assert.equal((await signInByGitHub()).subject, '583231')
  })
