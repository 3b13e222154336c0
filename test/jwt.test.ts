/** The rules of RFC 8725 for JSON Web Tokens, by its sections, against the application: what was forged, bent or used for something else is 401. */
import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { SignJWT } from 'jose'
import { claimsOf, shownBy, signIn } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const the = shownBy(t)
const [platform, one] = [the('platform'), the('client')]

const notValid = { message: 'Given token not valid for any token type' }
const me = (access: string) => t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${access}` } })
const refresh = (token: string) => t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: token } })

const pair = await signIn(t, one.email)
const [head = '', payload = '', signature = ''] = pair.access.split('.')
const claims = claimsOf(pair.access)
const refreshClaims = claimsOf(pair.refresh)
const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString())
const ours = { typ: 'JWT', alg: 'RS256', kid }
const publicKey = createPublicKey({
  key: (await t.ask('GET', '/.well-known/jwks.json')).body.keys.find((key: { kid: string }) => key.kid === kid),
  format: 'jwk',
})
const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
const der = publicKey.export({ type: 'spki', format: 'der' })
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const sign = (header: object, key: Parameters<SignJWT['sign']>[0], body: object = claims) =>
  new SignJWT({ ...body }).setProtectedHeader(header as { alg: string }).sign(key)
const bare = (header: object) => `${encode(header)}.${payload}.${signature}`
const now = () => Math.floor(Date.now() / 1000)
const hour = 3600

const forged: Record<string, Record<string, string | Promise<string>>> = {
  '2.1 and 3.1: the algorithm is ours to choose': {
    none: `${encode({ ...ours, alg: 'none' })}.${payload}.`,
    'none in other letters, with a signature': bare({ ...ours, alg: 'nOnE' }),
    'none at all': bare({ typ: 'JWT', kid }),
    'HS256 with the public key in PEM as secret': sign({ ...ours, alg: 'HS256' }, new TextEncoder().encode(pem)),
    'HS256 with the public key in DER as secret': sign({ ...ours, alg: 'HS256' }, der),
    'HS256 with an empty secret': `${encode({ ...ours, alg: 'HS256' })}.${payload}.`,
    'PS256 by the same kind of key': sign({ ...ours, alg: 'PS256' }, foreign.privateKey),
    'ES256 by another kind of key': sign({ ...ours, alg: 'ES256' }, elliptic.privateKey),
    'RS512 under a signature of RS256': bare({ ...ours, alg: 'RS512' }),
    'a list of algorithms': bare({ ...ours, alg: ['RS256'] }),
  },
  '3.3: every signature is verified': {
    'other claims': `${head}.${encode({ ...claims, user_id: platform.userId, is_admin: true })}.${signature}`,
    'another header': bare({ ...ours, more: true }),
    'no signature': `${head}.${payload}.`,
    'a signature cut short': pair.access.slice(0, -8),
    'two parts': `${head}.${payload}`,
    'four parts': `${pair.access}.${signature}`,
    'five parts, as if encrypted': `${pair.access}.${signature}.${signature}`,
    'a foreign key under our kid': sign(ours, foreign.privateKey),
  },
  '3.8 and 3.10: a header is believed in nothing': {
    'a key brought along': sign({ ...ours, jwk: foreign.publicKey.export({ format: 'jwk' }) }, foreign.privateKey),
    'a key to be fetched': sign({ ...ours, jku: 'https://attacker.example/keys' }, foreign.privateKey),
    'a certificate to be fetched': sign({ ...ours, x5u: 'https://attacker.example/cert' }, foreign.privateKey),
    'no kid': sign({ typ: 'JWT', alg: 'RS256' }, foreign.privateKey),
    'an unknown kid': sign({ ...ours, kid: 'nobody' }, foreign.privateKey),
    'a kid that is a path': sign({ ...ours, kid: '../../../../dev/null' }, foreign.privateKey),
    'a kid that is SQL': sign({ ...ours, kid: "' OR true --" }, foreign.privateKey),
    'a kid that every object has': sign({ ...ours, kid: '__proto__' }, foreign.privateKey),
    'a kid that is a list': bare({ ...ours, kid: [kid] }),
    'a critical extension that we do not know (RFC 7515, 4.1.11)': bare({ ...ours, crit: ['exp'], exp: now() + hour }),
    'an unencoded payload (RFC 7797)': bare({ ...ours, crit: ['b64'], b64: false }),
    compression: bare({ ...ours, zip: 'DEF' }),
  },
  // What follows is signed by us, and yet no valid token. No skew of clocks is allowed: one server both issues and believes.
  '4.1 of RFC 7519: times': {
    'a second over': t.keys.sign({ ...claims, exp: now() - 1, iat: now() - hour }),
    'not valid yet': t.keys.sign({ ...claims, nbf: now() + 30 }),
    'without end': t.keys.sign({ ...claims, exp: undefined } as never),
    'with an end that is a text': t.keys.sign({ ...claims, exp: String(now() + hour) } as never),
    'without beginning': t.keys.sign({ ...claims, iat: undefined } as never),
  },
  '3.11 and 3.12: one kind of token does not stand for another': {
    'a token of another type': t.keys.sign({ ...claims, token_type: 'magic' }),
    'a token without a type': t.keys.sign({ ...claims, token_type: undefined } as never),
    'without the session it belongs to': t.keys.sign({ ...claims, rjti: undefined } as never),
    'of an unknown session': t.keys.sign({ ...claims, rjti: 'f'.repeat(32) }),
    'of a session that is an object': t.keys.sign({ ...claims, rjti: { $ne: null } } as never),
  },
}

for (const [rule, tokens] of Object.entries(forged))
  for (const [what, token] of Object.entries(tokens))
    test(`${rule}: 401 for ${what}`, async () => {
      const text = await token
      const answer = await me(text)
      assert.deepEqual([answer.status, answer.body], [401, notValid])
      assert.ok(answer.headers['www-authenticate'])
      assert.equal((await refresh(text)).status, 401, 'nor is it a refresh token')
    })

const noRefresh: Record<string, Promise<string> | string> = {
  'an access token': pair.access,
  'one that is over by its claims': t.keys.sign({ ...refreshClaims, exp: now() - 1 }),
  'one that nobody issued': t.keys.sign({ ...refreshClaims, jti: 'f'.repeat(32) }),
  'one by a foreign key': sign(ours, foreign.privateKey, refreshClaims),
}
for (const [what, token] of Object.entries(noRefresh))
  test(`401 for ${what} as refresh token`, async () => assert.equal((await refresh(await token)).status, 401))

test('401 for a refresh token as access token, whatever it says of its type', async () => {
  assert.deepEqual((await me(pair.refresh)).body, notValid)
  const dressed = await t.keys.sign({ ...refreshClaims, token_type: 'access' })
  assert.equal((await me(dressed)).status, 401, 'it names no refresh token that it came with')
})

test('a token by our clock and key is valid to its last second, and the genuine one was harmed by nothing', async () => {
  assert.equal((await me(await t.keys.sign({ ...claims, exp: now() + 30, nbf: now() - 1 }))).status, 200)
  assert.equal((await me(pair.access)).status, 200)
  assert.equal((await refresh(pair.refresh)).status, 200)
})

test('claims are not believed: a token that lies under our own signature has the rights of its session', async () => {
  const { body } = await me(
    await t.keys.sign({ ...claims, is_admin: true, user_type: 'reseller', user_id: platform.userId, client_id: platform.clientId }),
  )
  assert.equal(body.id, one.userId)
})
