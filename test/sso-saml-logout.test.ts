/** Single logout of SAML: what a provider says by redirect or POST counts if its signature does, once, and gets a signed answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { ProviderError } from '../src/sso/protocol.ts'
import { logoutAddress, logoutAnswer, readLogout, receivePost, receiveRedirect, usableOf } from '../src/sso/saml/saml.logout.ts'
import { base64, ENTITY, inSeconds, type Keys, logoutOf, makeKeys, ORIGIN, providerOf, redirectOf, SLO, sign } from './saml-idp.ts'

const [idp, stranger, ours] = await Promise.all([makeKeys(), makeKeys(), makeKeys()])
const requestOf = logoutOf
const postOf = (xml: string, keys: Keys = idp) => receivePost(base64(xml.includes('<ds:Signature') ? xml : signedRequest(xml, keys)), 'r 1')
const signedRequest = (xml: string, keys: Keys) => sign(xml, 'LogoutRequest', keys)
const provider = providerOf([idp.certificate], { sloUrl: 'https://idp.example/slo' })

for (const [way, receive] of [
  ['redirect', (xml: string, keys?: Keys) => receiveRedirect(redirectOf(xml, keys ?? idp))],
  ['POST', postOf],
] as const) {
  test(`a sign-out by ${way} is read`, async () => {
    const { issuer, relayState, verifiedBy } = receive(requestOf({ sessions: ['s-1', 's-2'] }))
    assert.deepEqual([issuer, relayState], [ENTITY, 'r 1'])
    const request = await verifiedBy(usableOf(provider))
    assert.ok(request)
    const { id, subject, sessions, until } = readLogout(request, ORIGIN)
    assert.deepEqual([id, subject, sessions], ['_logout1', 'ada@corp.example', ['s-1', 's-2']])
    assert.ok(until > new Date())
  })

  test(`a sign-out by ${way} that another signed is nobody's`, async () => {
    assert.equal(await receive(requestOf(), stranger).verifiedBy(usableOf(provider)), undefined)
  })

  for (const [what, said] of Object.entries({
    'for another address': { destination: `https://other.example${SLO}` },
    'of yesterday': { issued: inSeconds(-86_400) },
    'of tomorrow': { issued: inSeconds(86_400) },
    'that is over': { until: inSeconds(-120) },
    'of nobody': { nameId: '' },
    'of two people': { more: '<saml:NameID>eve@corp.example</saml:NameID>' },
    'with a comment in the name': { nameId: 'ada@corp.example<!---->.evil' },
    'without an ID': { id: '' },
  }))
    test(`a sign-out by ${way} is refused ${what}`, async () => {
      await assert.rejects(async () => {
        const request = await receive(requestOf(said)).verifiedBy(usableOf(provider))
        assert.ok(request)
        readLogout(request, ORIGIN)
      }, ProviderError)
    })
}

test('a redirect without a whole signature is refused', async () => {
  const real = redirectOf(requestOf(), idp)
  const verified = async (query: string) => receiveRedirect(query).verifiedBy(usableOf(provider))
  assert.ok(await verified(real))
  assert.equal(await verified(real.replace(/&Signature=.*/, '')), undefined)
  assert.equal(await verified(real.replace('RelayState=r%201', 'RelayState=r2')), undefined)
  assert.equal(
    await verified(
      real.replace(
        /SAMLRequest=[^&]*/,
        `SAMLRequest=${encodeURIComponent(deflateRawSync(requestOf({ nameId: 'eve' })).toString('base64'))}`,
      ),
    ),
    undefined,
  )
  for (const wrong of [
    real.replace(/&SigAlg=[^&]*/, ''),
    `${real}&SAMLRequest=${encodeURIComponent(deflateRawSync(requestOf()).toString('base64'))}`,
    redirectOf(requestOf(), idp, 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', 'sha1'),
    real.replace(/SAMLRequest=[^&]*/, 'SAMLRequest=AAAA'),
    real.replace(/RelayState=[^&]*/, 'RelayState=%'),
    redirectOf(`<x>${' '.repeat(3_000_000)}</x>`, idp),
  ])
    await assert.rejects(verified(wrong), ProviderError, wrong.slice(-80))
})

test('a POST without a signature of the whole is refused', async () => {
  const real = signedRequest(requestOf(), idp)
  assert.ok(await postOf(real).verifiedBy(usableOf(provider)))
  assert.equal(await receivePost(base64(requestOf()), undefined).verifiedBy(usableOf(provider)), undefined)
  assert.equal(await postOf(real.replace('ada@', 'eve@')).verifiedBy(usableOf(provider)), undefined)
  for (const wrong of [
    real.replace(/URI="[^"]*"/, 'URI=""'),
    `<!DOCTYPE x>${real}`,
    real + real,
    real.replaceAll('LogoutRequest', 'LogoutResponse'),
  ])
    assert.throws(() => receivePost(base64(wrong), undefined), ProviderError)
})

test('certificates that are over verify no sign-out', async () => {
  const old = await makeKeys({ days: -1 })
  assert.deepEqual(usableOf(providerOf([old.certificate])), [])
})

test('our answer and our own request go by redirect, signed, where the provider takes them', async () => {
  const key = { id: 1, privatePem: ours.privateKey, certificate: ours.certificate, ending: '' }
  const url = new URL((await logoutAnswer(provider, { origin: ORIGIN, id: '_logout1', relayState: 'r 1' }, key)) ?? '')
  assert.equal(url.origin + url.pathname, 'https://idp.example/slo')
  assert.equal(url.searchParams.get('RelayState'), 'r 1')
  const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLResponse') ?? '', 'base64')).toString()
  assert.match(xml, /InResponseTo="_logout1"/)
  assert.match(xml, /status:Success/)
  assert.match(url.searchParams.get('SigAlg') ?? '', /rsa-sha256$/)
  const asked = new URL((await logoutAddress(provider, { origin: ORIGIN, nameId: 'ada@corp.example', session: 's-1' }, key)) ?? '')
  const request = inflateRawSync(Buffer.from(asked.searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
  assert.match(request, />ada@corp\.example<\/saml:NameID>/)
  assert.match(request, />s-1<\/saml2p:SessionIndex>/)
  const none = providerOf([idp.certificate])
  assert.equal(await logoutAnswer(none, { origin: ORIGIN, id: '_1', relayState: undefined }, key), undefined)
  assert.equal(await logoutAddress(none, { origin: ORIGIN, nameId: 'x', session: undefined }, key), undefined)
})
