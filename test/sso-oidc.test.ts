/** Answers of OpenID Connect providers: those that are right are accepted, and each of these forgeries is refused, with words that say why. */
import assert from 'node:assert/strict'
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { mock, test } from 'node:test'
import { exportJWK } from 'jose'
import { networks } from '../src/lib/networks.ts'
import { outgoingFetch } from '../src/lib/outgoing.ts'
import { openIdProtocols } from '../src/sso/oidc/oidc.ts'
import { type Provider, ProviderError } from '../src/sso/protocol.ts'
import { type Answer, type Forgery, openIdProvider, part, person, rsa, signed } from './openid-provider.ts'

const secret = 'a secret of ours, long enough for HMAC: 0123456789'
const ours = 'reeve'
const op = await openIdProvider({ [ours]: secret, other: 'other secret' })
const secondOp = await openIdProvider({ [ours]: secret })
const outgoing = (milliseconds?: number) => outgoingFetch(networks(['127.0.0.0/8']), milliseconds === undefined ? {} : { milliseconds })
const origin = 'https://id.vendor.example'

const providerAt = (issuer: string, more: Partial<Provider> = {}): Provider => ({
  id: 1,
  resellerId: 2,
  clientId: null,
  kind: 'oidc',
  name: 'Customer',
  settings: { issuer, clientId: ours },
  clientSecret: secret,
  groupsClaim: 'groups',
  ...more,
})

/** What happens between our two steps, in the browser. */
interface Attempt extends Forgery {
  query?: (query: URLSearchParams) => URLSearchParams | Promise<URLSearchParams>
  kept?: (secrets: Record<string, string>) => Record<string, string>
  provider?: (provider: Provider) => Provider
  onlyInfo?: string[]
  person?: Record<string, unknown>
  /** Milliseconds to wait for an answer. */
  patience?: number
}

let count = 0
const newState = () => `state-${count++}-of-a-length-that-cannot-be-guessed`

async function signIn(
  { query, kept, provider: changed, onlyInfo = [], person: who = person, ...forged }: Attempt = {},
  protocols = fresh(),
) {
  Object.assign(op, { forged, onlyInfo, person: who })
  const state = newState()
  const provider = providerAt(op.issuer)
  const { url, secrets } = await protocols.start(provider, { origin, state })
  const answer = op.authorize(url)
  const received = (await query?.(answer)) ?? answer
  return protocols.answer(changed?.(provider) ?? provider, { origin, state, secrets: kept?.(secrets) ?? secrets }, received)
}

/** Nothing of earlier sign-ins is kept. */
const fresh = (milliseconds?: number) => openIdProtocols(outgoing(milliseconds)).oidc

async function refused(attempt: Attempt, code: string | RegExp) {
  await assert.rejects(signIn(attempt, fresh(attempt.patience)), (error: Error) => {
    assert.ok(error instanceof ProviderError, error.stack)
    assert.match(error.code, typeof code === 'string' ? new RegExp(`^${code}$`) : code, error.message)
    assert.match(error.message, /^\w.{20,}[.]$/s, 'words for people')
    assert.ok(!error.message.includes(secret), 'no secret')
    return true
  })
}

test('what is not forged is accepted: who it is, with claims, groups and session', async () => {
  const who = await signIn()
  assert.deepEqual(
    { ...who, claims: undefined },
    {
      subject: 'person-1',
      email: 'anna@customer.example',
      emailVerified: true,
      name: 'Anna Berg',
      groups: ['staff', 'admins'],
      amr: ['pwd', 'mfa'],
      session: 'session-1',
      issuer: op.issuer,
      claims: undefined,
    },
  )
  assert.equal(who.claims.email, 'anna@customer.example')
})

test('the request asks by PKCE, with a nonce, and for what the settings name', async () => {
  const protocols = fresh()
  const settings = { issuer: op.issuer, clientId: ours, scopes: ['groups'] }
  const { url, secrets } = await protocols.start(providerAt(op.issuer, { settings }), { origin, state: newState() })
  const query = new URL(url).searchParams
  assert.equal(query.get('scope'), 'openid email profile groups')
  assert.equal(query.get('redirect_uri'), `${origin}/reeve/sso/callback`)
  assert.equal(query.get('nonce'), secrets.nonce)
  assert.notEqual(query.get('code_challenge'), secrets.verifier)
  assert.ok(!url.includes(secrets.verifier ?? '') && !url.includes(secret))
})

type Json = Record<string, unknown>
type Change = (claims: Json) => Json

const now = () => Math.floor(Date.now() / 1000)
const set =
  (values: Json): Change =>
  (claims) => ({ ...claims, ...values })
const without =
  (name: string): Change =>
  ({ [name]: _, ...claims }) =>
    claims
const from = (change: (query: URLSearchParams) => unknown) => (query: URLSearchParams) => {
  change(query)
  return query
}
const jwk = await exportJWK(op.key.publicKey)
const pem = op.key.publicKey.export({ type: 'spki', format: 'pem' })
const attacker = rsa()
const attackerKey = await exportJWK(attacker.publicKey)
const small = rsa(1024)
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
const hmac =
  (key: string | Buffer, alg = 'HS256') =>
  (claims: object, header: object) => {
    const text = `${part({ ...header, alg })}.${part(claims)}`
    return `${text}.${createHmac(alg.replace('HS', 'sha'), key).update(text).digest('base64url')}`
  }
const signedBy = (hash: string, key: typeof attacker.privateKey, alg: string) => (claims: object, header: object) => {
  const text = `${part({ ...header, alg })}.${part(claims)}`
  return `${text}.${createSign(hash).update(text).sign({ key, dsaEncoding: 'ieee-p1363' }, 'base64url')}`
}
/** A token of the provider's, changed afterwards. */
const changed =
  (change: (parts: [string, string, string]) => string[] | Promise<string[]>) => async (claims: Json, header: Json & { alg: string }) => {
    const made = await signed(claims, header, op.key.privateKey)
    return (await change(made.split('.') as [string, string, string])).join('.')
  }
const unsigned = (alg: unknown) => (claims: object) => `${part({ alg })}.${part(claims)}.`
const json =
  (body: unknown, status = 200, headers = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
const page: Answer = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')
const elsewhere: Answer = (response) => response.writeHead(302, { location: `${secondOp.issuer}/token` }).end()
const huge: Answer = (response) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ a: 'a'.repeat(1_100_000) }))
const never: Answer = () => {}
const cut: Answer = (response) => response.destroy()
/** A code of another sign-in, with the state of this one. */
const codeOf = (url: () => Promise<string>) => async (query: URLSearchParams) =>
  new URLSearchParams({ ...Object.fromEntries(query), code: op.authorize(await url()).get('code') ?? '' })
const anotherRequest = async (settings = { issuer: op.issuer, clientId: ours }) =>
  (await fresh().start(providerAt(op.issuer, { settings }), { origin, state: newState() })).url

const TOKEN = /wrong_(key|signature|algorithm)|unreadable/

const forgeries: Record<string, [string | RegExp, Attempt]> = {
  // The answer that the browser brings.
  'no state': ['wrong_state', { query: from((q) => q.delete('state')) }],
  'the state of another request': ['wrong_state', { query: from((q) => q.set('state', newState())) }],
  'an empty state': ['wrong_state', { query: from((q) => q.set('state', '')) }],
  'the state, longer': ['wrong_state', { query: from((q) => q.set('state', `${q.get('state')} `)) }],
  'two states': ['wrong_state', { query: from((q) => q.append('state', newState())) }],
  'no code': ['unreadable', { query: from((q) => q.delete('code')) }],
  'an empty code': [/unreadable|wrong_code/, { query: from((q) => q.set('code', '')) }],
  'two codes': ['unreadable', { query: from((q) => q.append('code', 'a')) }],
  'an invented code': ['wrong_code', { query: from((q) => q.set('code', 'invented')) }],
  'a code that was used': [
    'wrong_code',
    {
      query: async (query) => {
        const state = newState()
        const protocols = fresh()
        const { url, secrets } = await protocols.start(providerAt(op.issuer), { origin, state })
        const first = op.authorize(url)
        await protocols.answer(providerAt(op.issuer), { origin, state, secrets }, first)
        return new URLSearchParams({ ...Object.fromEntries(query), code: first.get('code') ?? '' })
      },
    },
  ],
  'a code of another request of ours': ['wrong_code', { query: codeOf(() => anotherRequest()) }],
  'a code of another client': ['wrong_code', { query: codeOf(() => anotherRequest({ issuer: op.issuer, clientId: 'other' })) }],
  'a code of another provider of ours': [
    'wrong_code',
    {
      query: async (query) => {
        const { url } = await fresh().start(providerAt(secondOp.issuer), { origin, state: newState() })
        return new URLSearchParams({ ...Object.fromEntries(query), code: secondOp.authorize(url).get('code') ?? '' })
      },
    },
  ],
  'the verifier of another request': ['wrong_code', { kept: (kept) => ({ ...kept, verifier: 'b'.repeat(43) }) }],
  'mix-up: the answer of another issuer': ['wrong_issuer', { query: from((q) => q.set('iss', secondOp.issuer)) }],
  'an issuer with a slash': ['wrong_issuer', { query: from((q) => q.set('iss', `${op.issuer}/`)) }],
  'no issuer, where it is announced': ['wrong_issuer', { query: from((q) => q.delete('iss')) }],
  'an empty issuer': ['wrong_issuer', { query: from((q) => q.set('iss', '')) }],
  'two issuers': [/wrong_issuer|unreadable/, { query: from((q) => q.append('iss', secondOp.issuer)) }],
  'mix-up where no issuer is announced': [
    'wrong_issuer',
    {
      discovery: ({ authorization_response_iss_parameter_supported: _, ...document }) => document,
      query: from((q) => q.set('iss', secondOp.issuer)),
    },
  ],
  'mix-up: the settings name another provider now': [
    'settings_changed',
    { provider: (p) => ({ ...p, settings: { issuer: secondOp.issuer, clientId: ours } }) },
  ],
  'another client in the settings now': [
    'settings_changed',
    { provider: (p) => ({ ...p, settings: { issuer: op.issuer, clientId: 'other' } }) },
  ],
  'a refusal': ['refused', { query: from((q) => q.set('error', 'access_denied')) }],
  'a redirect address that is not registered': ['wrong_redirect', { query: from((q) => q.set('error', 'redirect_uri_mismatch')) }],
  'an ID token in the address': ['unreadable', { query: from((q) => q.set('id_token', 'a.b.c')) }],
  'an access token in the address': ['unreadable', { query: from((q) => q.set('token', 'a')) }],
  'an answer within a token (JARM)': ['unreadable', { query: from((q) => q.set('response', 'a.b.c')) }],
  'a wrong secret': ['wrong_secret', { provider: (p) => ({ ...p, clientSecret: 'wrong' }) }],
  'no secret': ['wrong_secret', { provider: (p) => ({ ...p, clientSecret: undefined }) }],

  // How the ID token is signed.
  'alg none': ['wrong_algorithm', { token: unsigned('none') }],
  'alg None': ['wrong_algorithm', { token: unsigned('None') }],
  'alg nOnE': ['wrong_algorithm', { token: unsigned('nOnE') }],
  'an empty alg': ['wrong_algorithm', { token: unsigned('') }],
  'no alg': [TOKEN, { token: unsigned(undefined) }],
  'an alg that is a list': ['wrong_algorithm', { token: unsigned(['RS256']) }],
  'an alg that is a number': ['wrong_algorithm', { token: unsigned(256) }],
  'HS256 with our secret': ['wrong_algorithm', { token: hmac(secret) }],
  'HS256 with the public key': ['wrong_algorithm', { token: hmac(pem) }],
  'HS256 with the public key without its last line break': ['wrong_algorithm', { token: hmac(String(pem).trim()) }],
  'HS256 with the public key in DER': ['wrong_algorithm', { token: hmac(op.key.publicKey.export({ type: 'spki', format: 'der' })) }],
  'HS256 with the public key as JWK': ['wrong_algorithm', { token: hmac(JSON.stringify(jwk)) }],
  'HS256 with the modulus': ['wrong_algorithm', { token: hmac(Buffer.from(jwk.n ?? '', 'base64url')) }],
  'HS256 with no key': ['wrong_algorithm', { token: hmac('') }],
  'HS384 with our secret': ['wrong_algorithm', { token: hmac(secret, 'HS384') }],
  'HS512 with our secret': ['wrong_algorithm', { token: hmac(secret, 'HS512') }],
  'HS256 with a shared key among the keys': [
    'wrong_algorithm',
    { keys: () => ({ keys: [{ kty: 'oct', k: part('k'), kid: op.kid }] }), token: hmac(Buffer.from(part('k'), 'base64url')) },
  ],
  'RS1: SHA-1 by the right key': ['wrong_algorithm', { token: signedBy('sha1', op.key.privateKey, 'RS1') }],
  'SHA-1 that says RS256': ['wrong_signature', { token: signedBy('sha1', op.key.privateKey, 'RS256') }],
  'RS512 that is not announced': ['wrong_algorithm', { token: signedBy('sha512', op.key.privateKey, 'RS512') }],
  'PS256 over a signature of RS256': [TOKEN, { token: signedBy('sha256', op.key.privateKey, 'PS256') }],
  'ES256 by an unknown key': ['wrong_key', { token: signedBy('sha256', ec.privateKey, 'ES256') }],
  'ES256 over a signature of RSA': ['wrong_key', { token: signedBy('sha256', op.key.privateKey, 'ES256') }],
  ES256K: ['wrong_algorithm', { token: signedBy('sha256', secp256k1.privateKey, 'ES256K') }],
  'ES256 with r and s of zero': [
    TOKEN,
    {
      header: { alg: 'ES256' },
      token: (c, h) => `${part(h)}.${part(c)}.${Buffer.alloc(64).toString('base64url')}`,
      keys: (s) => ({ keys: s.keys.concat({ ...ec.publicKey.export({ format: 'jwk' }), kid: op.kid } as object) }),
    },
  ],
  'another key under the same kid': ['wrong_signature', { token: (c, h) => signed(c, h, attacker.privateKey) }],
  'an unknown kid': ['wrong_key', { header: { kid: 'unknown' } }],
  'the key in the header': ['wrong_key', { header: { jwk: attackerKey, kid: 'mine' }, token: (c, h) => signed(c, h, attacker.privateKey) }],
  'the key in the header, under the right kid': [
    'wrong_signature',
    { header: { jwk: attackerKey }, token: (c, h) => signed(c, h, attacker.privateKey) },
  ],
  'the address of keys in the header': [
    'wrong_signature',
    { header: { jku: `${secondOp.issuer}/keys` }, token: (c, h) => signed(c, h, attacker.privateKey) },
  ],
  'a certificate in the header': [
    'wrong_signature',
    { header: { x5c: ['MIIB'], x5u: secondOp.issuer }, token: (c, h) => signed(c, h, attacker.privateKey) },
  ],
  'a header that must be understood (crit)': [
    'unreadable',
    {
      token: (c, h) => {
        const t = `${part({ ...h, crit: ['b64'], b64: true })}.${part(c)}`
        return `${t}.${createSign('sha256').update(t).sign(op.key.privateKey, 'base64url')}`
      },
    },
  ],
  'no kid, with two keys': [
    'wrong_key',
    { header: { kid: undefined }, keys: (s) => ({ keys: [...s.keys, { ...attackerKey, use: 'sig' }] }) },
  ],
  'a key for encryption alone': ['wrong_key', { keys: (s) => ({ keys: s.keys.map((key) => ({ ...key, use: 'enc' })) }) }],
  'a key for another algorithm': ['wrong_key', { keys: (s) => ({ keys: s.keys.map((key) => ({ ...key, alg: 'PS256' })) }) }],
  'a key that may not verify': ['wrong_key', { keys: (s) => ({ keys: s.keys.map((key) => ({ ...key, key_ops: ['encrypt'] })) }) }],
  'a key of 1024 bits': [
    TOKEN,
    {
      keys: () => ({ keys: [{ ...small.publicKey.export({ format: 'jwk' }), kid: op.kid }] }),
      token: signedBy('sha256', small.privateKey, 'RS256'),
    },
  ],
  'the signature cut off': [TOKEN, { token: changed(([header, claims]) => [header, claims, '']) }],
  'half of the signature': ['wrong_signature', { token: changed(([header, claims, by]) => [header, claims, by.slice(0, 100)]) }],
  'one bit of the signature': ['wrong_signature', { token: changed(([h, c, by]) => [h, c, (by[0] === 'A' ? 'B' : 'A') + by.slice(1)]) }],
  'other claims under the signature': [
    'wrong_signature',
    {
      token: changed(([header, claims, by]) => [
        header,
        part({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'person-2' }),
        by,
      ]),
    },
  ],
  'another header under the signature': [
    'wrong_signature',
    { token: changed(([, claims, by]) => [part({ alg: 'RS256', kid: op.kid, typ: 'JWT' }), claims, by]) },
  ],
  'the signature of another token': [
    'wrong_signature',
    {
      token: changed(async ([h, c]) => [h, c, (await signed({ sub: 'a' }, { alg: 'RS256' }, op.key.privateKey)).split('.')[2] ?? '']),
    },
  ],
  'two parts': ['unreadable', { token: changed(([header, claims]) => [header, claims]) }],
  'four parts': ['unreadable', { token: changed((parts) => [...parts, 'a']) }],
  'five parts (encrypted)': ['unreadable', { token: changed((parts) => [...parts, 'a', 'b']) }],
  'a header that is no JSON': ['unreadable', { token: changed(([, claims, by]) => ['a', claims, by]) }],
  'claims that are a list': ['unreadable', { token: changed(([header, , by]) => [header, part([]), by]) }],
  'claims that are text': ['unreadable', { token: changed(([header, , by]) => [header, part('a'), by]) }],

  // What the ID token says.
  'another issuer': ['wrong_issuer', { claims: set({ iss: secondOp.issuer }) }],
  'the issuer with a slash': ['wrong_issuer', { claims: set({ iss: `${op.issuer}/` }) }],
  'an issuer that is a list': ['unreadable', { claims: set({ iss: [op.issuer] }) }],
  'no issuer': ['unreadable', { claims: without('iss') }],
  'a token of another provider of ours': ['wrong_issuer', { token: () => secondOp.idToken(ours, 'a') }],
  'another audience': ['wrong_audience', { claims: set({ aud: 'other' }) }],
  'an audience that begins like ours': ['wrong_audience', { claims: set({ aud: `${ours}2` }) }],
  'no audience': ['unreadable', { claims: without('aud') }],
  'an empty audience': ['wrong_audience', { claims: set({ aud: [] }) }],
  'an audience that is an object': ['unreadable', { claims: set({ aud: { [ours]: true } }) }],
  'audiences without us': ['wrong_audience', { claims: set({ aud: ['other', 'third'], azp: ours }) }],
  'two audiences, issued to nobody': ['wrong_audience', { claims: set({ aud: [ours, 'other'] }) }],
  'two audiences, issued to the other': ['wrong_audience', { claims: set({ aud: [ours, 'other'], azp: 'other' }) }],
  'issued to another client': ['wrong_audience', { claims: set({ azp: 'other' }) }],
  'no subject': ['unreadable', { claims: without('sub') }],
  'an empty subject': [/unreadable|wrong_subject/, { claims: set({ sub: '' }) }],
  'a subject that is a number': ['unreadable', { claims: set({ sub: 1 }) }],
  'a subject of 256 characters': ['wrong_subject', { claims: set({ sub: 'a'.repeat(256) }) }],
  'no end': ['unreadable', { claims: without('exp') }],
  'an end two minutes ago': ['wrong_time', { claims: (c) => ({ ...c, iat: now() - 200, exp: now() - 120 }) }],
  'an end that is text': ['unreadable', { claims: set({ exp: '9999999999' }) }],
  'an end before its beginning': ['wrong_time', { claims: (c) => ({ ...c, exp: now() - 30, iat: now() - 10 }) }],
  'no time of issue': ['unreadable', { claims: without('iat') }],
  'issued in two minutes': ['wrong_time', { claims: (c) => ({ ...c, iat: now() + 120 }) }],
  'issued an hour ago': ['wrong_time', { claims: (c) => ({ ...c, iat: now() - 3600 }) }],
  'a time of issue that is text': ['unreadable', { claims: (c) => ({ ...c, iat: String(now()) }) }],
  'valid from in two minutes': ['wrong_time', { claims: (c) => ({ ...c, nbf: now() + 120 }) }],
  'valid from a text': ['unreadable', { claims: set({ nbf: 'now' }) }],
  'no nonce': ['unreadable', { claims: without('nonce') }],
  'another nonce': ['wrong_nonce', { claims: set({ nonce: 'another' }) }],
  'an empty nonce': ['wrong_nonce', { claims: set({ nonce: '' }) }],
  nonces: ['wrong_nonce', { claims: (c) => ({ ...c, nonce: [c.nonce] }) }],
  'the nonce of another request': ['wrong_nonce', { kept: (kept) => ({ ...kept, nonce: 'of-another' }) }],
  'a time of signing in that is text': ['unreadable', { claims: set({ auth_time: 'now' }) }],
  'groups that are kept elsewhere': [
    'too_many_groups',
    { claims: (c) => ({ ...without('groups')(c), _claim_names: { groups: 'src1' } }), info: (i) => without('groups')(i) },
  ],

  // What else the token endpoint says.
  'no ID token': ['unreadable', { response: (body) => ({ ...body, id_token: undefined }) }],
  'an ID token that is an object': ['unreadable', { response: (body) => ({ ...body, id_token: {} }) }],
  'no access token': ['unreadable', { response: (body) => ({ ...body, access_token: undefined }) }],
  'a type of token that is not known': ['unreadable', { response: (body) => ({ ...body, token_type: 'mac' }) }],
  'an error with status 200': ['unreadable', { response: () => ({ error: 'invalid_grant' }) }],
  'a list': ['unreadable', { response: () => json([]) }],
  'a status of 500': ['unreadable', { response: () => json({}, 500) }],
  'a refusal by header': ['wrong_secret', { response: () => json({}, 401, { 'www-authenticate': 'Basic error="invalid_client"' }) }],
  'a page in place of tokens': ['unreadable', { response: () => page }],
  'a redirect in place of tokens': ['unreachable', { response: () => elsewhere }],
  'more than 1 MB of tokens': ['unreachable', { response: () => huge }],
  'tokens that never come': ['unreachable', { response: () => never, patience: 200 }],
  'a connection that breaks off': ['unreachable', { response: () => cut }],

  // The user info, which is asked where the ID token lacks something.
  'the user info of another person': ['wrong_subject', { onlyInfo: ['email'], info: (body) => ({ ...body, sub: 'person-2' }) }],
  'user info about nobody': [/wrong_subject|unreadable/, { onlyInfo: ['email'], info: (body) => ({ ...body, sub: undefined }) }],
  'no user info': [/refused|unreadable|wrong_secret/, { onlyInfo: ['email'], info: () => json({}, 403) }],
  'user info that is a list': ['unreadable', { onlyInfo: ['email'], info: () => json([]) }],
  'user info that is a page': ['unreadable', { onlyInfo: ['email'], info: () => page }],
  'user info elsewhere': ['unreachable', { onlyInfo: ['email'], info: () => elsewhere }],
  'more than 1 MB of user info': ['unreachable', { onlyInfo: ['email'], info: () => huge }],
  'user info that never comes': ['unreachable', { onlyInfo: ['email'], info: () => never, patience: 200 }],
  'user info signed by another': [
    /wrong_|unreadable/,
    {
      onlyInfo: ['email'],
      info: (body) => (response) => {
        const header = { alg: 'RS256', kid: op.kid }
        const claims = { ...body, iss: op.issuer, aud: ours }
        signed(claims, header, attacker.privateKey).then((jwt) => response.writeHead(200, { 'content-type': 'application/jwt' }).end(jwt))
      },
    },
  ],

  // The keys and the discovery document.
  'no keys': ['wrong_key', { keys: () => ({ keys: [] }) }],
  'keys that are none': ['unreadable', { keys: () => ({ keys: 'a' }) }],
  'keys elsewhere': ['unreachable', { keys: () => elsewhere }],
  'keys that are a page': ['unreadable', { keys: () => page }],
  'a status of 500 for keys': ['unreadable', { keys: () => json({}, 500) }],
  'more than 1 MB of keys': ['unreachable', { keys: () => huge }],
  'keys that never come': ['unreachable', { keys: () => never, patience: 200 }],
  'keys of an inner host': ['unreachable', { discovery: (d) => ({ ...d, jwks_uri: 'https://10.0.0.1/keys' }) }],
  'tokens of an inner host': ['unreachable', { discovery: (d) => ({ ...d, token_endpoint: 'https://169.254.169.254/token' }) }],
  'user info of an inner host': [
    'unreachable',
    { onlyInfo: ['email'], discovery: (d) => ({ ...d, userinfo_endpoint: 'https://[fd00::1]/' }) },
  ],
  'the document of another issuer': ['issuer_differs', { discovery: (d) => ({ ...d, issuer: secondOp.issuer }) }],
  'the issuer with a slash in its document': ['issuer_differs', { discovery: (d) => ({ ...d, issuer: `${op.issuer}/` }) }],
  'no token endpoint': ['no_discovery', { discovery: (d) => ({ ...d, token_endpoint: undefined }) }],
  'an address that is a script': ['no_discovery', { discovery: (d) => ({ ...d, authorization_endpoint: 'javascript:alert(1)' }) }],
  'none and HMAC alone': ['wrong_algorithm', { discovery: (d) => ({ ...d, id_token_signing_alg_values_supported: ['none', 'HS256'] }) }],
  'no document': ['no_discovery', { discovery: () => json({}, 404) }],
  'a page in place of the document': ['no_discovery', { discovery: () => page }],
  'the document elsewhere': ['unreachable', { discovery: () => elsewhere }],
  'more than 1 MB of document': ['unreachable', { discovery: () => huge }],
  'a document that never comes': ['unreachable', { discovery: () => never, patience: 200 }],
}

for (const [name, [code, attempt]] of Object.entries(forgeries)) test(`refused: ${name}`, () => refused(attempt, code))

test('after all of them, what is not forged is still accepted', async () => {
  assert.equal((await signIn()).subject, 'person-1')
  assert.ok(Object.keys(forgeries).length >= 80)
})

const accepted: Record<string, [Attempt, Partial<Awaited<ReturnType<typeof signIn>>>]> = {
  'no issuer in the answer, where none is announced': [
    { discovery: ({ authorization_response_iss_parameter_supported: _, ...d }) => d, query: from((q) => q.delete('iss')) },
    { subject: 'person-1' },
  ],
  'no kid, with one key': [{ header: { kid: undefined } }, { subject: 'person-1' }],
  'two audiences, issued to us': [{ claims: set({ aud: [ours, 'other'], azp: ours }) }, { subject: 'person-1' }],
  ES256: [
    {
      header: { alg: 'ES256', kid: 'ec' },
      token: (c, h) => signed(c, h, ec.privateKey),
      keys: (s) => ({ keys: [...s.keys, { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec' } as object] }),
    },
    { subject: 'person-1' },
  ],
  PS256: [
    {
      header: { alg: 'PS256' },
      token: (c, h) => signed(c, h, op.key.privateKey),
      keys: (s) => ({ keys: s.keys.map(({ alg: _, ...key }) => key) }),
    },
    { subject: 'person-1' },
  ],
  'an address that only the user info has': [
    { onlyInfo: ['email', 'email_verified', 'name', 'groups'] },
    { email: 'anna@customer.example', emailVerified: true, name: 'Anna Berg', groups: ['staff', 'admins'] },
  ],
  'an address that is not verified': [{ claims: set({ email_verified: false }) }, { emailVerified: false }],
  'an address of which nothing is said': [
    { claims: without('email_verified'), info: (i) => without('email_verified')(i) },
    { emailVerified: false },
  ],
  'an address of the ID token that the user info calls verified': [
    { claims: without('email_verified'), onlyInfo: ['name'] },
    { emailVerified: false, name: 'Anna Berg' },
  ],
  'verified as Entra says it': [{ claims: (c) => ({ ...without('email_verified')(c), xms_edov: '1' }) }, { emailVerified: true }],
  'verified as text': [{ claims: set({ email_verified: 'true' }) }, { emailVerified: true }],
  'no address': [{ person: { sub: 'person-3', name: 'Nobody' } }, { email: undefined, emailVerified: false, groups: [] }],
  'groups by a path': [
    { claims: set({ realm_access: { roles: ['a', 1, 'b'] } }), provider: (p) => ({ ...p, groupsClaim: 'realm_access.roles' }) },
    { groups: ['a', 'b'] },
  ],
  'groups under a name with dots': [
    { claims: set({ 'https://id.example/groups': 'one' }), provider: (p) => ({ ...p, groupsClaim: 'https://id.example/groups' }) },
    { groups: ['one'] },
  ],
  'no groups claim': [{ provider: (p) => ({ ...p, groupsClaim: null }) }, { groups: [] }],
  'the secret in the body': [
    { provider: (p) => ({ ...p, settings: { issuer: op.issuer, clientId: ours, authMethod: 'client_secret_post' } }) },
    { subject: 'person-1' },
  ],
  'the secret in the body, as announced': [
    { discovery: (d) => ({ ...d, token_endpoint_auth_methods_supported: ['client_secret_post'] }) },
    { subject: 'person-1' },
  ],
}
for (const [name, [attempt, expected]] of Object.entries(accepted))
  test(`accepted: ${name}`, async () => {
    const who = await signIn(attempt)
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(who[key as keyof typeof who], value, key)
  })

test('claims are kept up to 16 KB, the longest left out', async () => {
  const { claims, groups } = await signIn({ claims: set({ groups: Array.from({ length: 2000 }, (_, i) => `group number ${i}`) }) })
  assert.ok(JSON.stringify(claims).length < 16_384)
  assert.equal(claims.email, 'anna@customer.example')
  assert.equal(claims.groups, undefined)
  assert.equal(groups.length, 2000)
})

test('document and keys are read once for some minutes; keys again for an unknown one, at most once a minute', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  t.after(() => mock.timers.reset())
  const protocols = fresh()
  const times = (path: string) => op.asked.filter((one) => one === path).length
  const document = '/.well-known/openid-configuration'
  op.asked.length = 0
  await signIn({}, protocols)
  await signIn({}, protocols)
  assert.deepEqual([times(document), times('/keys')], [1, 1])

  const next = rsa()
  const nextKey = { ...(await exportJWK(next.publicKey)), kid: 'next' }
  const rotated: Forgery = {
    header: { kid: 'next' },
    token: (claims, header) => signed(claims, header, next.privateKey),
    keys: () => ({ keys: [nextKey] }),
  }
  await assert.rejects(signIn(rotated, protocols), { code: 'wrong_key' })
  assert.equal(times('/keys'), 1, 'not within a minute')
  mock.timers.tick(61_000)
  assert.equal((await signIn(rotated, protocols)).subject, 'person-1')
  assert.equal(times('/keys'), 2)
  // A key that is no longer published opens nothing.
  await assert.rejects(signIn({ keys: () => ({ keys: [nextKey] }) }, protocols), { code: 'wrong_key' })
  for (let i = 0; i < 5; i++)
    await assert.rejects(signIn({ ...rotated, header: { kid: `invented ${i}` } }, protocols), { code: 'wrong_key' })
  assert.equal(times('/keys'), 2, 'invented keys ask for nothing')
  mock.timers.tick(301_000)
  await signIn(rotated, protocols)
  assert.equal(times('/keys'), 3)
  mock.timers.tick(601_000)
  await signIn(rotated, protocols)
  assert.equal(times(document), 2)
})
