/** Forged answers of SAML: each is refused, and the answer that it was made of is accepted afterwards, so that a refusal says something. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ProviderError } from '../src/sso/protocol.ts'
import { edits, ids, untruths, wrappings } from './saml-forgeries.ts'
import { assertionOf, base64, encryptedFor, makeKeys, responseOf, type Signing, sign, truth } from './saml-idp.ts'
import { newState, openSamlWorld, type Settings, type Where } from './saml-world.ts'

const { idp, stranger, ourCertificate, answerOf, receive, receiveEncoded } = await openSamlWorld()
const accepted = new Set<string>()
let forged = 0
after(() => assert.ok(forged >= 250 && accepted.size === 0, `${forged} forged answers, accepted: ${[...accepted]}`))

/** @param code of the refusal, where it matters which check refuses */
function refused(
  what: string,
  where: Where,
  forge: (state: string, real: string) => string | Promise<string>,
  code?: string,
  settings: Settings = {},
) {
  forged++
  test(`${what} (signed: ${where})`, async () => {
    const state = newState()
    const real = await answerOf(state, where)
    const xml = await forge(state, real)
    assert.notEqual(xml, real, 'it changes something')
    const answer = receive(state, xml, settings)
    answer.then(() => accepted.add(what)).catch(() => {})
    await assert.rejects(answer, (error) => {
      assert.ok(error instanceof ProviderError, String(error))
      if (code !== undefined) assert.equal(error.code, code, error.message)
      return true
    })
    const { subject } = await receive(state, real)
    assert.equal(subject, 'ada@corp.example')
  })
}

for (const [what, [said, code]] of Object.entries(untruths))
  for (const where of ['response', 'assertion', 'encrypted'] as const) {
    const isOutside = /Response|answer|destination|status|failure|success|version|second Issuer/.test(what)
    const given = (state: string) => (typeof said === 'function' ? said(state) : said)
    refused(what, where, (state) => answerOf(state, where, given(state)), where === 'encrypted' && !isOutside ? undefined : code)
  }

for (const [what, [wheres, wrap]] of Object.entries(wrappings))
  for (const where of wheres)
    for (const [id, name] of Object.entries(ids)) refused(`${what}, with ${id}`, where, (_, real) => wrap(real, name))

for (const [what, edit] of Object.entries(edits))
  for (const where of ['response', 'assertion', 'both'] as const) refused(what, where, (_, real) => edit(real))

const old = 'http://www.w3.org/2000/09/xmldsig#'
const algorithms: Record<string, Signing> = {
  'really signed with SHA-1': { signature: `${old}rsa-sha1` },
  'a digest of SHA-1': { digest: `${old}sha1` },
  'HMAC with the certificate as key': { signature: `${old}hmac-sha1` },
  'inclusive canonicalization': { canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' },
  'canonicalization with comments': { canonicalization: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments' },
  'a transform with comments': { transforms: [`${old}enveloped-signature`, 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments'] },
  'only enveloped': { transforms: [`${old}enveloped-signature`] },
  'transforms in another order': { transforms: ['http://www.w3.org/2001/10/xml-exc-c14n#', `${old}enveloped-signature`] },
}
const signedBy = (state: string, where: 'response' | 'assertion', keys = idp, how: Signing = {}) => {
  const said = truth(state)
  return where === 'response'
    ? sign(responseOf(said, assertionOf(said)), 'Response', keys, how)
    : responseOf(said, sign(assertionOf(said), 'Assertion', keys, how))
}
for (const where of ['response', 'assertion'] as const) {
  for (const [what, how] of Object.entries(algorithms)) refused(what, where, (state) => signedBy(state, where, idp, how))
  refused('by a stranger', where, (state) => signedBy(state, where, stranger), 'saml_certificate_unknown')
  refused('by a stranger who names our provider’s certificate', where, (state) =>
    signedBy(state, where, { privateKey: stranger.privateKey, certificate: idp.certificate }),
  )
  refused('the signature of another answer', where, async (state) => {
    const of = (xml: string) => /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(xml)?.[0] ?? ''
    const other = signedBy(state, where)
    return signedBy(state, where).replace(/<ds:Signature [\s\S]*?<\/ds:Signature>/, () => of(other))
  })
}
for (const [what, where, wanted] of [
  ['the assertion is signed, the Response must be', 'assertion', 'response'],
  ['the Response is signed, the assertion must be', 'response', 'assertion'],
  ['what is encrypted is signed, the Response must be', 'encrypted', 'response'],
] as const)
  refused(what, where, (state) => answerOf(state, where), 'saml_not_signed', { signed: wanted })
refused('a Response signed by a stranger around a real assertion', 'assertion', (_, real) => sign(real, 'Response', stranger))
refused('an assertion signed by a stranger in a real Response', 'response', (state) => {
  const said = truth(state)
  return sign(responseOf(said, sign(assertionOf(said), 'Assertion', stranger)), 'Response', idp)
})

/** Forgeries of encrypted assertions, which anybody may encrypt for us. */
const encrypted: Record<string, (state: string, real: string) => string | Promise<string>> = {
  'not signed': async (state) => responseOf(truth(state), await encryptedFor(assertionOf(truth(state)), ourCertificate)),
  'signed by a stranger': (state) => answerOf(state, 'encrypted', {}, stranger),
  'the assertion of another answer': async (_, real) => real.replace(inside, () => inside.exec(otherAnswer)?.[0] ?? ''),
  'for a stranger’s certificate': async (state, real) =>
    real.replace(inside, await encryptedFor(sign(assertionOf(truth(state)), 'Assertion', idp), stranger.certificate)),
  'a changed text': (_, real) =>
    real.replace(/(<\/e:EncryptedKey>[\s\S]*?CipherValue>)([^<]{40})/, (_all, before) => `${before}${'A'.repeat(40)}`),
  'a changed key': (_, real) => real.replace(/(CipherValue>)([^<]{40})/, (_all, before) => `${before}${'A'.repeat(40)}`),
  'no text': (_, real) => real.replaceAll(/(CipherValue>)[^<]+/g, '$1'),
  'two of them': (_, real) => real.replace(inside, (one) => one + one),
  'one in clear beside': (state, real) => real.replace(inside, (one) => one + assertionOf({ ...truth(state), nameId: 'eve@corp.example' })),
  'a signature beside what is encrypted': (_, real) =>
    real.replace('<saml:EncryptedAssertion>', `<saml:EncryptedAssertion><ds:Signature xmlns:ds="${old}"/>`),
  'a Response in it': async (state, real) => real.replace(inside, await encryptedFor(await answerOf(state, 'both'), ourCertificate)),
  'no XML in it': async (_, real) => real.replace(inside, await encryptedFor('ada@corp.example', ourCertificate)),
  'a document type in it': async (state, real) =>
    real.replace(inside, await encryptedFor(`<!DOCTYPE x>${sign(assertionOf(truth(state)), 'Assertion', idp)}`, ourCertificate)),
  'an encrypted one in it': async (_, real) =>
    real.replace(
      inside,
      await encryptedFor(
        `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_q">${inside.exec(real)?.[0]}</saml:Assertion>`,
        ourCertificate,
      ),
    ),
  'a comment in the name in it': async (state, real) => {
    const assertion = sign(assertionOf(truth(state)), 'Assertion', idp).replace('>ada@corp.example<', '>ada@corp.example<!---->.evil<')
    return real.replace(inside, await encryptedFor(assertion, ourCertificate))
  },
  'RSA of PKCS 1.5 by name': (_, real) => real.replace('rsa-oaep-mgf1p', 'rsa-1_5'),
  'Triple DES by name': (_, real) =>
    real.replace('http://www.w3.org/2009/xmlenc11#aes256-gcm', 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc'),
  'CBC in place of GCM': (_, real) =>
    real.replace('http://www.w3.org/2009/xmlenc11#aes256-gcm', 'http://www.w3.org/2001/04/xmlenc#aes256-cbc'),
}
const inside = /<saml:EncryptedAssertion>[\s\S]*<\/saml:EncryptedAssertion>/
const otherAnswer = await answerOf(newState(), 'encrypted')
for (const [what, forge] of Object.entries(encrypted)) refused(`encrypted: ${what}`, 'encrypted', forge)
const cbc = 'http://www.w3.org/2001/04/xmlenc#aes128-cbc'
for (let at = 0; at < 8; at++)
  refused(`encrypted: the block ${at} of CBC changed`, 'encrypted', async (state) => {
    const real = await answerOf(state, 'encrypted', {}, idp, cbc)
    const values = [...real.matchAll(/<\w+:CipherValue>([^<]+)</g)].map(([, value = '']) => value)
    const bytes = Buffer.from(values[1] ?? '', 'base64')
    const place = at < 4 ? at * 16 : bytes.length - 1 - (at - 3) * 16 // not in the last block, all of which may be padding
    bytes[place] = (bytes[place] ?? 0) ^ 1
    return real.replace(values[1] ?? '', bytes.toString('base64'))
  })

/** What is no answer at all. */
const texts: Record<string, (real: string) => string> = {
  nothing: () => '',
  spaces: () => '   ',
  'a word': () => 'undefined',
  'cut in the middle': (real) => base64(real).slice(0, 801),
  'cut by four characters': (real) => base64(real).replace(/=+$/, '').slice(0, 800),
  'base64 for addresses': (real) => `${base64(real).slice(0, 400)}-_${base64(real).slice(402)}`,
  'padding in the middle': (real) => `${base64('<x/>')}${base64(real)}`,
  'bytes that are no UTF-8': (real) => Buffer.concat([Buffer.from(real), Buffer.from([0xff])]).toString('base64'),
  'in UTF-16': (real) => Buffer.from(real, 'utf16le').toString('base64'),
  'as it is, without base64': (real) => real,
  'deflated by name only': (real) => base64(base64(real)),
  JSON: () => base64('{"SAMLResponse": true}'),
}
for (const [what, change] of Object.entries(texts)) {
  forged++
  test(`what is no answer is refused: ${what}`, async () => {
    const state = newState()
    const real = await answerOf(state, 'both')
    await assert.rejects(receiveEncoded(state, change(real)), ProviderError)
    await receive(state, real)
  })
}

test('certificates that are over or weak verify nothing', async () => {
  for (const keys of [await makeKeys({ days: -1 }), await makeKeys({ bits: 1024 })]) {
    const state = newState()
    await assert.rejects(
      async () => receive(state, await answerOf(state, 'assertion', {}, keys), {}, [keys.certificate]),
      (error) => error instanceof ProviderError && error.code === 'saml_certificate_ended',
    )
    await assert.rejects(
      async () => receive(state, await answerOf(state, 'assertion', {}, keys), {}, [keys.certificate, idp.certificate]),
      ProviderError,
    )
  }
})
