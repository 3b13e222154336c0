/** A SAML provider for tests, which says and signs whatever it is told. It signs with the libraries beneath node-saml: what counts here is the text. */
import { randomUUID, sign as signBytes, type webcrypto } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRawSync } from 'node:zlib'
import 'reflect-metadata'
import { X509CertificateGenerator } from '@peculiar/x509'
import { SignedXml } from 'xml-crypto'
import { encrypt } from 'xml-encryption'
import type { Provider, SamlSettings } from '../src/sso/protocol.ts'

export interface Keys {
  privateKey: string
  certificate: string
}

const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 }
const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export async function makeKeys({ days = 365, bits = 2048, curve = false } = {}): Promise<Keys> {
  const algorithm = curve ? ec : { ...rsa, modulusLength: bits }
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=A provider',
    serialNumber: '01',
    notBefore: new Date(Date.now() - 800 * 86_400_000),
    notAfter: new Date(Date.now() + days * 86_400_000),
    signingAlgorithm: algorithm,
    keys: pair,
  })
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey)).toString('base64')
  return { privateKey: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----`, certificate: certificate.toString('pem') }
}

export const ENTITY = 'https://idp.example/metadata'
export const ORIGIN = 'https://reeve.example'
export const ACS = `${ORIGIN}/iam/auth/saml2/acs`
export const AUDIENCE = `${ORIGIN}/iam/auth/saml2/metadata`

export const providerOf = (certificates: string[], settings: Partial<SamlSettings> = {}, id = 1): Provider => ({
  id,
  resellerId: 1,
  clientId: null,
  kind: 'saml',
  name: 'A provider',
  clientSecret: undefined,
  groupsClaim: 'groups',
  settings: {
    entityId: ENTITY,
    ssoUrl: 'https://idp.example/sso?tenant=7',
    ssoBinding: 'redirect',
    certificates,
    signed: 'either',
    ...settings,
  },
})

export const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

/** What an answer says. Null leaves a part out. */
export const truth = (state: string) => ({
  responseId: `_r${randomUUID()}`,
  destination: ACS as string | null,
  inResponseTo: `_${state}` as string | null,
  responseIssuer: ENTITY as string | null,
  status: 'urn:oasis:names:tc:SAML:2.0:status:Success' as string | null,
  version: '2.0',
  id: `_a${randomUUID()}`,
  issued: inSeconds(0) as string | null,
  issuer: ENTITY as string | null,
  nameId: 'ada@corp.example' as string | null,
  format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  recipient: ACS as string | null,
  confirmedRequest: `_${state}` as string | null,
  confirmedUntil: inSeconds(300) as string | null,
  confirmedFrom: null as string | null,
  from: inSeconds(-30) as string | null,
  until: inSeconds(300) as string | null,
  audiences: [AUDIENCE] as string[] | null,
  session: 's-1' as string | null,
  sessionUntil: inSeconds(3600) as string | null,
  statement: true,
  attributes: { email: ['ada@corp.example'], displayName: ['Ada Lovelace'], groups: ['admins', 'staff'] } as Record<string, string[]>,
  /** XML put at the end of the assertion, of the Response, of the NameID. */
  inAssertion: '',
  inResponse: '',
  inNameId: '',
})
export type Said = ReturnType<typeof truth>

const attribute = (name: string, value: string | null) => (value === null ? '' : ` ${name}="${value}"`)
const element = (value: string | null, text: (value: string) => string) => (value === null ? '' : text(value))

export const assertionOf = (said: Said): string =>
  `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${said.id}" Version="${said.version}"${attribute('IssueInstant', said.issued)}>` +
  element(said.issuer, (value) => `<saml:Issuer>${value}</saml:Issuer>`) +
  `<saml:Subject>${element(said.nameId, (value) => `<saml:NameID Format="${said.format}">${value}${said.inNameId}</saml:NameID>`)}` +
  `<saml:SubjectConfirmation Method="${said.method}"><saml:SubjectConfirmationData${attribute('Recipient', said.recipient)}` +
  `${attribute('InResponseTo', said.confirmedRequest)}${attribute('NotBefore', said.confirmedFrom)}${attribute('NotOnOrAfter', said.confirmedUntil)}/>` +
  `</saml:SubjectConfirmation></saml:Subject>` +
  `<saml:Conditions${attribute('NotBefore', said.from)}${attribute('NotOnOrAfter', said.until)}>` +
  (said.audiences === null
    ? ''
    : `<saml:AudienceRestriction>${said.audiences.map((one) => `<saml:Audience>${one}</saml:Audience>`).join('')}</saml:AudienceRestriction>`) +
  `</saml:Conditions>` +
  (said.statement
    ? `<saml:AuthnStatement AuthnInstant="${inSeconds(0)}"${attribute('SessionIndex', said.session)}${attribute('SessionNotOnOrAfter', said.sessionUntil)}>` +
      '<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>' +
      '</saml:AuthnContext></saml:AuthnStatement>'
    : '') +
  `<saml:AttributeStatement>${Object.entries(said.attributes)
    .map(
      ([name, values]) =>
        `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
    )
    .join('')}</saml:AttributeStatement>${said.inAssertion}</saml:Assertion>`

export const responseOf = (said: Said, assertion: string): string =>
  `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${said.responseId}" ` +
  `Version="${said.version}" IssueInstant="${inSeconds(0)}"${attribute('Destination', said.destination)}${attribute('InResponseTo', said.inResponseTo)}>` +
  element(said.responseIssuer, (value) => `<saml:Issuer>${value}</saml:Issuer>`) +
  element(said.status, (value) => `<samlp:Status><samlp:StatusCode Value="${value}"/></samlp:Status>`) +
  `${assertion}${said.inResponse}</samlp:Response>`

export interface Signing {
  signature?: string
  digest?: string
  canonicalization?: string
  transforms?: string[]
}

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/** Signs the first element of this name, with the signature behind its Issuer (or at its end where it has none). */
export function sign(xml: string, name: 'Response' | 'Assertion' | 'LogoutRequest', keys: Keys, how: Signing = {}): string {
  const path = `(//*[local-name()='${name}'])[1]`
  const signer = new SignedXml({
    privateKey: keys.privateKey,
    publicCert: keys.certificate,
    signatureAlgorithm: how.signature ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: (how.canonicalization ?? EXCLUSIVE) as typeof EXCLUSIVE,
  })
  if (how.signature?.includes('hmac')) {
    signer.enableHMAC()
    signer.privateKey = keys.certificate
  }
  signer.addReference({
    xpath: path,
    transforms: how.transforms ?? [ENVELOPED, EXCLUSIVE],
    digestAlgorithm: how.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
  })
  const issuer = `${path}/*[local-name()='Issuer']`
  const has = new RegExp(`<\\w+:${name} [^>]*><saml:Issuer`).test(xml)
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: has ? { reference: issuer, action: 'after' } : { reference: path, action: 'append' },
  })
  return signer.getSignedXml()
}

/** Encrypts an assertion for a certificate. */
export async function encryptedFor(
  assertion: string,
  certificate: string,
  algorithm = 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
): Promise<string> {
  const data = await promisify(encrypt)(assertion, {
    rsa_pub: certificate,
    pem: certificate,
    encryptionAlgorithm: algorithm,
    keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  } as Parameters<typeof encrypt>[1])
  return `<saml:EncryptedAssertion>${data}</saml:EncryptedAssertion>`
}

export const base64 = (xml: string) => Buffer.from(xml).toString('base64')

/** Metadata of a provider with these certificates. */
export const descriptorOf = (entityId: string, keys: Keys[]) =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${entityId}">` +
  '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">' +
  keys
    .map(
      ({ certificate }) =>
        `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate.replace(/-----[^-]+-----/g, '')}` +
        '</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>',
    )
    .join('') +
  '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>' +
  '</md:IDPSSODescriptor></md:EntityDescriptor>'

export const SLO = '/iam/auth/saml2/slo'
export const logoutTruth = {
  id: '_logout1',
  issuer: ENTITY,
  issued: inSeconds(0),
  until: inSeconds(300),
  destination: `${ORIGIN}${SLO}`,
  nameId: 'ada@corp.example',
  sessions: ['s-1'],
  more: '',
}

/** A LogoutRequest. */
export function logoutOf(said: Partial<typeof logoutTruth> = {}): string {
  const { id, issuer, issued, until, destination, nameId, sessions, more } = { ...logoutTruth, ...said }
  return (
    `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" ` +
    `Version="2.0" IssueInstant="${issued}" NotOnOrAfter="${until}" Destination="${destination}"><saml:Issuer>${issuer}</saml:Issuer>` +
    `<saml:NameID>${nameId}</saml:NameID>${sessions.map((one) => `<samlp:SessionIndex>${one}</samlp:SessionIndex>`).join('')}${more}` +
    '</samlp:LogoutRequest>'
  )
}

/** The query of a redirect with a message, signed. */
export function redirectOf(
  xml: string,
  keys: Keys,
  algorithm = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  hash = 'sha256',
): string {
  const query = `SAMLRequest=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}&RelayState=r%201&SigAlg=${encodeURIComponent(algorithm)}`
  return `${query}&Signature=${encodeURIComponent(signBytes(hash, Buffer.from(query), keys.privateKey).toString('base64'))}`
}
