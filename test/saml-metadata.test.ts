/** Metadata of SAML: ours at each host, signed, with keys that all processes agree on; theirs, read strictly and with words for what is wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getVerifiedXml, parseDomFromString } from '@node-saml/node-saml/lib/xml.js'
import { createCipher } from '../src/lib/encryption.ts'
import { addSamlKey, createSamlKeys, retireSamlKeys } from '../src/sso/saml/saml.keys.ts'
import { InvalidMetadata, readMetadata } from '../src/sso/saml/saml.metadata.ts'
import { openWorld, testMail } from './harness.ts'
import { makeKeys } from './saml-idp.ts'

const brandUrl = 'https://login.{domain}'
const { ask, database, cipher, shown } = await openWorld({ mail: { ...testMail, addresses: { url: 'https://reeve.example', brandUrl } } })
const { system } = database
const get = (host: string) => ask('GET', '/iam/auth/saml2/metadata', { headers: { host } })
const certificatesIn = (xml: string, use: string) =>
  [...xml.matchAll(/<KeyDescriptor use="(\w+)">[\s\S]*?<ds:X509Certificate>([^<]+)/g)]
    .filter(([, one]) => one === use)
    .map(([, , text]) => text)

test('processes that need the first key at the same time agree on one', async () => {
  const all = await Promise.all(Array.from({ length: 4 }, () => createSamlKeys(system, cipher).live()))
  assert.equal(new Set(all.flat().map(({ certificate }) => certificate)).size, 1)
  const [{ count } = { count: 0 }] = await system`SELECT count(*)::int AS count FROM saml_keys`
  assert.equal(count, 1)
})

test('our metadata names the host that was asked, and is signed with the certificate in it', async () => {
  const [branding] = await system`SELECT domain FROM branding WHERE domain IS NOT NULL AND deleted_at IS NULL LIMIT 1`
  for (const [host, origin] of [
    ['reeve.example', 'https://reeve.example'],
    [`login.${branding?.domain}`, `https://login.${branding?.domain}`],
    ['evil.example', 'https://reeve.example'],
    ['login.nobody.example', 'https://reeve.example'],
  ] as const) {
    const { status, text, headers } = await get(host)
    assert.equal(status, 200)
    assert.match(String(headers['content-type']), /^application\/samlmetadata\+xml/)
    assert.match(text, new RegExp(`entityID="${origin}/iam/auth/saml2/metadata"`))
    assert.match(text, new RegExp(`Location="${origin}/iam/auth/saml2/acs"`))
    for (const binding of ['Redirect', 'POST'])
      assert.match(text, new RegExp(`SingleLogoutService Binding="[^"]*HTTP-${binding}" Location="${origin}/iam/auth/saml2/slo"`))
    const [key] = await createSamlKeys(system, cipher).live()
    const verified = getVerifiedXml(text, (await parseDomFromString(text)).documentElement, [key?.certificate ?? ''])
    assert.match(verified ?? '', /^<EntityDescriptor/)
    const other = await makeKeys()
    assert.equal(getVerifiedXml(text, (await parseDomFromString(text)).documentElement, [other.certificate]), null)
  }
  assert.ok(shown)
})

test('while keys roll over both are named, the newest is for encryption, and the older signs until it is retired', async () => {
  const [before] = await createSamlKeys(system, cipher).live()
  const [first, second] = await addSamlKey(system, cipher, { onlyFirst: false })
  assert.equal(first?.certificate, before?.certificate)
  assert.ok(second)
  const { ownMetadata } = await import('../src/sso/saml/saml.own-metadata.ts')
  const xml = ownMetadata('https://reeve.example', await createSamlKeys(system, cipher).live())
  const bare = (pem = '') => pem.replace(/-----[^-]+-----|\s/g, '')
  const all = certificatesIn(xml, 'signing').map((text) => bare(text))
  assert.deepEqual(all, [bare(first?.certificate), bare(second.certificate)])
  assert.deepEqual(
    certificatesIn(xml, 'encryption').map((text) => bare(text)),
    [bare(second.certificate)],
  )
  assert.ok(getVerifiedXml(xml, (await parseDomFromString(xml)).documentElement, [first?.certificate ?? '']))
  assert.equal(await retireSamlKeys(system), 1)
  const left = await createSamlKeys(system, cipher).live()
  assert.deepEqual(
    left.map(({ certificate }) => certificate),
    [second.certificate],
  )
  assert.equal(
    (await createSamlKeys(system, createCipher('another secret, which is long enough')).live()).length,
    1,
    'another secret gets a key of its own',
  )
})

const [keys, next, old, small, elliptic] = await Promise.all([
  makeKeys(),
  makeKeys(),
  makeKeys({ days: -1 }),
  makeKeys({ bits: 1024 }),
  makeKeys({ curve: true }),
])
const descriptor = (pem: string, use = ' use="signing"') =>
  `<md:KeyDescriptor${use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${pem.replace(/-----[^-]+-----/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
const SSO = '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>'
const theirs = ({
  entity = 'entityID="https://idp.example"',
  role = 'IDPSSODescriptor',
  more = descriptor(keys.certificate),
  sso = SSO,
} = {}) =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ${entity}>` +
  `<md:${role} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${more}${sso}</md:${role}></md:EntityDescriptor>`
const now = new Date()

test('their metadata: entity id, addresses, all certificates for signatures with their validity', () => {
  const slo = '<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/slo"/>'
  const more = slo + descriptor(keys.certificate) + descriptor(next.certificate, '') + descriptor(elliptic.certificate, ' use="encryption"')
  const until = new Date(Date.now() + 86_400_000)
  const read = readMetadata(
    `\uFEFF<?xml version="1.0"?>\n<!-- ours -->${theirs({ entity: `entityID="https://idp.example" validUntil="${until.toISOString()}"`, more })}`,
    now,
  )
  assert.deepEqual([read.entityId, read.ssoUrl, read.sloUrl], ['https://idp.example', 'https://idp.example/sso', 'https://idp.example/slo'])
  assert.deepEqual(
    read.certificates.map(({ pem }) => pem.replace(/\s/g, '')),
    [keys, next].map(({ certificate }) => certificate.replace(/\s/g, '')),
  )
  assert.ok(read.certificates.every(({ ending, notAfter }) => /^[\dA-F]{2}:[\dA-F]{2}$/.test(ending) && notAfter > now))
  assert.deepEqual([read.validUntil, read.warnings], [until, []])
})

test('certificates that cannot be used are left out, with the reason', () => {
  const { certificates, warnings } = readMetadata(
    theirs({ more: [keys, old, small, elliptic].map((one) => descriptor(one.certificate)).join('') }),
    now,
  )
  assert.equal(certificates.length, 1)
  assert.match(warnings.join(' '), /was valid until .* 1024 bits, fewer than 2048.* is ec, not RSA/)
})

test('one entity in a wrapping is found', () => {
  const wrapped = `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${theirs()}</md:EntitiesDescriptor>`
  assert.equal(readMetadata(wrapped, now).entityId, 'https://idp.example')
})

const wrong: [string, string, RegExp][] = [
  ['a web page', '<html><body/></html>', /is not SAML metadata: its root is html/],
  ['no XML', 'https://idp.example', /is not well-formed XML/],
  ['nothing', '', /is not well-formed|is empty/],
  ['a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${theirs()}`, /has a document type/],
  ['a service', theirs({ role: 'SPSSODescriptor' }), /describes a service, not an identity provider/],
  ['no entity id', theirs({ entity: '' }), /names no entityID/],
  [
    'two providers',
    `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${theirs()}${theirs()}</md:EntitiesDescriptor>`,
    /2 providers/,
  ],
  ['by POST only', theirs({ sso: SSO.replace('Redirect', 'POST') }), /no SingleSignOnService by HTTP-Redirect, only HTTP-POST/],
  [
    'an address that runs',
    theirs({ sso: SSO.replace('https://idp.example/sso', 'javascript:alert(1)') }),
    /has no address in SingleSignOnService/,
  ],
  ['no certificate', theirs({ more: '' }), /has no certificate that can be used/],
  ['an old certificate alone', theirs({ more: descriptor(old.certificate) }), /no certificate that can be used. .* was valid until/],
  ['no certificate but text', theirs({ more: descriptor('bm8=') }), /that is no certificate/],
  ['over', theirs({ entity: 'entityID="https://idp.example" validUntil="2020-01-01T00:00:00Z"' }), /was valid until 2020/],
  ['too large', theirs({ more: descriptor(keys.certificate) + ' '.repeat(300_000) }), /has more than 256 KB/],
]
for (const [what, text, words] of wrong)
  test(`their metadata is refused in words: ${what}`, () => {
    assert.throws(
      () => readMetadata(text, now),
      (error: Error) => error instanceof InvalidMetadata && words.test(error.message),
    )
  })
