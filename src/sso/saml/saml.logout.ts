/**
 * Single logout of SAML: a provider says that somebody signed out there, by redirect with a signature in the query or by POST with one in the XML, and
 * gets an answer by redirect. The library would accept an unsigned redirect and SHA-1, so the query is verified here.
 */
import { randomUUID, verify, X509Certificate } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { getVerifiedXml, parseDomFromString } from '@node-saml/node-saml/lib/xml.js'
import { type Provider, ProviderError } from '../protocol.ts'
import { OLDEST, SKEW } from './saml.assertion.ts'
import { readCertificate } from './saml.certificates.ts'
import { asRefused, assertSignatures, assertUniqueIds, decodeMessage, parseMessage } from './saml.gate.ts'
import type { OpenSamlKey } from './saml.keys.ts'
import { addressesAt, sender, settingsOf } from './saml.ts'
import { attributeOf, childrenOf, decodeXml, type Element, LARGEST, namespaces, onlyChild, textOf, within } from './saml.xml.ts'

const { protocol, assertion: assertions } = namespaces
const hashes: ReadonlyMap<string, string> = new Map([
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha384', 'sha384'],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', 'sha512'],
])

/** A message that came, before anybody knows whether its sender is who it says. */
export interface Received {
  /** Entity id that it names. */
  issuer: string
  relayState: string | undefined
  /** Reads the message if one of the certificates verifies its signature; undefined if none does. */
  verifiedBy(certificates: readonly string[]): Promise<Element | undefined>
}

export interface LogoutRequest {
  id: string
  subject: string
  /** None: all sessions of the subject. */
  sessions: string[]
  until: Date
}

const refused = (what: string) => new ProviderError('saml_logout_refused', `The sign-out of the provider ${what}.`)

/** @param query as it came, without the question mark @throws ProviderError */
export function receiveRedirect(query: string): Received {
  const raw = new Map<string, string>()
  for (const part of query.split('&')) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(part) ?? []
    if (raw.has(name)) throw refused(`has ${name.slice(0, 40)} twice`)
    raw.set(name, value)
  }
  const value = (name: string) => {
    try {
      return decodeURIComponent((raw.get(name) ?? '').replaceAll('+', '%20'))
    } catch {
      throw refused('is not encoded as an address must be')
    }
  }
  const encoded = value('SAMLRequest').replaceAll(' ', '+')
  const signed = ['SAMLRequest', 'RelayState', 'SigAlg'].filter((name) => raw.has(name)).map((name) => `${name}=${raw.get(name)}`)
  const hash = hashes.get(value('SigAlg'))
  const signature = Buffer.from(value('Signature').replaceAll(' ', '+'), 'base64')
  const request = parseMessage(inflated(encoded))
  return {
    issuer: issuerOf(request),
    relayState: raw.has('RelayState') ? value('RelayState') : undefined,
    async verifiedBy(certificates) {
      if (hash === undefined) throw refused('must be signed with RSA and SHA-256 or stronger')
      const text = Buffer.from(signed.join('&'))
      return certificates.some((pem) => verify(hash, text, new X509Certificate(pem).publicKey, signature)) ? request : undefined
    },
  }
}

function inflated(encoded: string): string {
  try {
    return decodeXml(inflateRawSync(Buffer.from(encoded, 'base64'), { maxOutputLength: LARGEST }))
  } catch (error) {
    const reason = asRefused(error)
    throw reason instanceof ProviderError ? reason : refused('is not deflated as by HTTP-Redirect')
  }
}

/** @throws ProviderError */
export function receivePost(encoded: string, relayState: string | undefined): Received {
  const xml = decodeMessage(encoded)
  const request = parseMessage(xml)
  assertUniqueIds(request)
  assertSignatures([...within(request)], [request])
  return {
    issuer: issuerOf(request),
    relayState,
    async verifiedBy(certificates) {
      const verified = getVerifiedXml(xml, (await parseDomFromString(xml)).documentElement, [...certificates])
      return verified === null ? undefined : parseMessage(verified)
    },
  }
}

function issuerOf(request: Element): string {
  if (request.name !== 'LogoutRequest' || request.uri !== protocol) throw refused(`is no LogoutRequest but ${request.name.slice(0, 40)}`)
  const issuer = textOf(onlyChild(request, 'Issuer', assertions))
  if (!issuer) throw refused('names no issuer')
  return issuer
}

/** The certificates of a provider that verify today. */
export const usableOf = (provider: Provider, now = new Date()) =>
  settingsOf(provider)
    .certificates.map(readCertificate)
    .filter(({ notAfter, unusable }) => notAfter > now && unusable === undefined)
    .map(({ pem }) => pem)

/** Reads a verified request. @throws ProviderError */
export function readLogout(request: Element, origin: string): LogoutRequest {
  const now = Date.now()
  const id = attributeOf(request, 'ID')
  const { slo } = addressesAt(origin)
  const destination = attributeOf(request, 'Destination')
  if (destination !== slo) throw refused(`is meant for ${destination?.slice(0, 200) ?? 'no address'}, not for ${slo}`)
  const issued = Date.parse(attributeOf(request, 'IssueInstant') ?? '')
  const until = attributeOf(request, 'NotOnOrAfter')
  if (!id || !(issued <= now + SKEW && issued > now - OLDEST)) throw refused('was not made now')
  if (until !== undefined && !(Date.parse(until) > now - SKEW)) throw refused(`was valid until ${until.slice(0, 40)}`)
  const subject = textOf(onlyChild(request, 'NameID', assertions))
  if (!subject) throw refused('names nobody in clear: send a NameID')
  return {
    id,
    subject,
    sessions: childrenOf(request, 'SessionIndex', protocol).flatMap((one) => textOf(one) || []),
    until: new Date(issued + OLDEST + SKEW),
  }
}

/** Where the browser goes with our answer; undefined where the provider names no address for it. */
export async function logoutAnswer(
  provider: Provider,
  { origin, id, relayState }: { origin: string; id: string; relayState: string | undefined },
  key: OpenSamlKey,
): Promise<string | undefined> {
  if (settingsOf(provider).sloUrl === undefined) return undefined
  const saml = sender(provider, origin, key, { generateUniqueId: () => `_${randomUUID()}` })
  // The library reads nothing but the ID of the request.
  return saml.getLogoutResponseUrlAsync({ ID: id } as Parameters<typeof saml.getLogoutResponseUrlAsync>[0], relayState ?? '', {}, true)
}

/** Where the browser goes to sign out at the provider too; undefined where it offers none. */
export async function logoutAddress(
  provider: Provider,
  { origin, nameId, session }: { origin: string; nameId: string; session: string | undefined },
  key: OpenSamlKey,
): Promise<string | undefined> {
  if (settingsOf(provider).sloUrl === undefined) return undefined
  const saml = sender(provider, origin, key, { generateUniqueId: () => `_${randomUUID()}` })
  const person = {
    issuer: '',
    nameID: nameId,
    nameIDFormat: undefined as unknown as string,
    ...(session !== undefined && { sessionIndex: session }),
  }
  return saml.getLogoutUrlAsync(person, '', {})
}
