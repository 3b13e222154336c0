/** Answers of SAML: what a provider really sends is accepted, and whatever was changed after it was signed is refused. */
import assert from 'node:assert/strict'
import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { ProviderError } from '../src/sso/protocol.ts'
import { AUDIENCE, assertionOf, ENTITY, ORIGIN, providerOf, responseOf, sign, truth } from './saml-idp.ts'
import { newState, openSamlWorld, wheres } from './saml-world.ts'

const { idp, next, stranger, here, there, ourCertificate, answerOf, receive } = await openSamlWorld()

test('the request goes by redirect, signed, with our addresses and the state as its ID', async () => {
  const state = newState()
  const { url } = await here.start(providerOf([idp.certificate]), { origin: ORIGIN, state })
  const { searchParams, origin } = new URL(url)
  assert.equal(origin, 'https://idp.example')
  assert.equal(searchParams.get('tenant'), '7', 'the address of the provider may have a query')
  assert.equal(searchParams.get('RelayState'), `_${state}`)
  assert.match(searchParams.get('SigAlg') ?? '', /rsa-sha256$/)
  const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
  assert.match(xml, new RegExp(`ID="_${state}"`))
  assert.match(xml, new RegExp(`AssertionConsumerServiceURL="${ORIGIN}/iam/auth/saml2/acs"`))
  assert.match(xml, new RegExp(`>${AUDIENCE}</saml:Issuer>`))
  assert.doesNotMatch(xml, /ForceAuthn|RequestedAuthnContext/)
})

for (const where of wheres)
  test(`a real answer is accepted: signed ${where}`, async () => {
    const state = newState()
    const identity = await receive(state, await answerOf(state, where))
    const { claims, ...rest } = identity
    assert.deepEqual(rest, {
      subject: 'ada@corp.example',
      email: 'ada@corp.example',
      emailVerified: true,
      name: 'Ada Lovelace',
      groups: ['admins', 'staff'],
      amr: ['pwd'],
      session: 's-1',
      issuer: ENTITY,
    })
    assert.deepEqual(claims.groups, ['admins', 'staff'])
  })

const xmlenc = 'http://www.w3.org/2001/04/xmlenc#'
const xmlenc11 = 'http://www.w3.org/2009/xmlenc11#'
for (const algorithm of [`${xmlenc}aes128-cbc`, `${xmlenc}aes256-cbc`, `${xmlenc11}aes128-gcm`, `${xmlenc11}aes256-gcm`])
  test(`an assertion encrypted by ${algorithm} is opened`, async () => {
    const state = newState()
    const { subject } = await receive(state, await answerOf(state, 'encrypted', {}, idp, algorithm))
    assert.equal(subject, 'ada@corp.example')
  })

for (const hash of ['sha256', 'sha512'])
  test(`a key encrypted by the OAEP of XML Encryption 1.1 with ${hash} is opened`, async () => {
    const state = newState()
    const said = truth(state)
    const assertion = sign(assertionOf(said), 'Assertion', idp)
    const [secret, iv] = [randomBytes(32), randomBytes(12)]
    const cipher = createCipheriv('aes-256-gcm', secret, iv)
    const data = Buffer.concat([iv, cipher.update(assertion), cipher.final(), cipher.getAuthTag()]).toString('base64')
    const key = publicEncrypt({ key: ourCertificate, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, secret).toString('base64')
    const encrypted =
      `<saml:EncryptedAssertion><e:EncryptedData xmlns:e="${xmlenc}"><e:EncryptionMethod Algorithm="${xmlenc11}aes256-gcm"/>` +
      `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><e:EncryptedKey><e:EncryptionMethod Algorithm="${xmlenc11}rsa-oaep">` +
      `<ds:DigestMethod Algorithm="${xmlenc}${hash}"/><m:MGF xmlns:m="${xmlenc11}" Algorithm="${xmlenc11}mgf1${hash}"/></e:EncryptionMethod>` +
      `<e:CipherData><e:CipherValue>${key}</e:CipherValue></e:CipherData></e:EncryptedKey></ds:KeyInfo>` +
      `<e:CipherData><e:CipherValue>${data}</e:CipherValue></e:CipherData></e:EncryptedData></saml:EncryptedAssertion>`
    const { subject } = await receive(state, responseOf(said, encrypted))
    assert.equal(subject, 'ada@corp.example')
  })

test('what is wrong is said in words', async () => {
  const state = newState()
  await assert.rejects(
    async () => receive(state, await answerOf(state, 'assertion', {}, stranger)),
    (error) =>
      error instanceof ProviderError &&
      /^The assertion is signed with a certificate that is not in the metadata: it ends in [\dA-F]{2}:[\dA-F]{2}\.$/.test(error.message),
  )
})

test('certificates roll over without a failed sign-in', async () => {
  for (const [keys, known] of [
    [idp, [idp]],
    [idp, [idp, next]],
    [next, [idp, next]],
    [next, [next]],
  ] as const) {
    const state = newState()
    const { subject } = await receive(
      state,
      await answerOf(state, 'both', {}, keys),
      {},
      known.map(({ certificate }) => certificate),
    )
    assert.equal(subject, 'ada@corp.example')
  }
})

test('an assertion counts once, whichever process receives it', async () => {
  const state = newState()
  const xml = await answerOf(state, 'assertion')
  const both = await Promise.allSettled([receive(state, xml), receive(state, xml, {}, undefined, there)])
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  for (const by of [here, there])
    await assert.rejects(
      receive(state, xml, {}, undefined, by),
      (error) => error instanceof ProviderError && error.code === 'saml_replayed',
    )
})
