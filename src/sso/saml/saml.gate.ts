/**
 * The gate in front of the library that verifies signatures: an answer passes only in the one shape that providers send, so that no element can
 * be signed while another is read (signature wrapping).
 */
import { ProviderError } from '../protocol.ts'
import {
  attributeOf,
  childrenOf,
  decodeXml,
  type Element,
  InvalidXml,
  namespaces,
  onlyChild,
  parseXml,
  textOf,
  within,
} from './saml.xml.ts'

const { protocol, assertion: assertions, signature: dsig } = namespaces

/** What the library can verify and open, without SHA-1. */
const signatureMethods = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
])
const digestMethods = new Set(['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512'])
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const ENVELOPED = `${dsig}enveloped-signature`

export interface Shape {
  response: Element
  /** In clear; undefined where it is encrypted. */
  assertion: Element | undefined
  encrypted: Element | undefined
  responseSignature: Element | undefined
  assertionSignature: Element | undefined
}

export const refused = (what: string) => new ProviderError('saml_refused', `The answer of the provider ${what}.`)

/** Reads a message that came as base64. @throws ProviderError */
export function decodeMessage(encoded: string): string {
  const text = encoded.replace(/\s+/g, '')
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z\d+/]+={0,2}$/.test(text)) throw refused('is not base64')
  try {
    return decodeXml(Buffer.from(text, 'base64'))
  } catch (error) {
    throw asRefused(error)
  }
}

export const asRefused = (error: unknown) => (error instanceof InvalidXml ? refused(error.message) : error)

export function parseMessage(xml: string): Element {
  try {
    return parseXml(xml)
  } catch (error) {
    throw asRefused(error)
  }
}

/** Reads a Response and checks its shape, not its signatures. @throws ProviderError */
export function passResponse(xml: string): Shape {
  const response = parseMessage(xml)
  if (response.name !== 'Response' || response.uri !== protocol) throw refused(`is not a SAML Response but ${response.name.slice(0, 40)}`)
  assertUniqueIds(response)
  assertSucceeded(response)
  const all = [...within(response)]
  const found = all.filter(({ name }) => name === 'Assertion' || name === 'EncryptedAssertion')
  const [one] = found
  if (!one || found.length > 1) throw refused(`must hold exactly one assertion, not ${found.length}`)
  if (one.parent !== response || one.uri !== assertions) throw refused('holds its assertion in another place than directly in the Response')
  if (all.some(({ name }, at) => at > 0 && name === 'Response')) throw refused('holds a second Response')
  const encrypted = one.name === 'EncryptedAssertion'
  if (!encrypted && all.some(({ name }) => name === 'EncryptedData' || name === 'EncryptedKey'))
    throw refused('is encrypted in part; encrypt the whole assertion')
  assertSignatures(all, [response, one])
  return {
    response,
    assertion: encrypted ? undefined : one,
    encrypted: encrypted ? one : undefined,
    responseSignature: signatureOf(response),
    assertionSignature: encrypted ? undefined : signatureOf(one),
  }
}

/** Checks an assertion that stands alone: one that was encrypted. @throws ProviderError */
export function passAssertion(xml: string): { assertion: Element; signature: Element | undefined } {
  const assertion = parseMessage(xml)
  if (assertion.name !== 'Assertion' || assertion.uri !== assertions) throw refused('has no assertion in what is encrypted')
  assertUniqueIds(assertion)
  const all = [...within(assertion)]
  if (all.some(({ name }, at) => at > 0 && /^(Encrypted)?(Assertion|Data|Key|ID)$|^Response$/.test(name)))
    throw refused('holds one assertion in another')
  assertSignatures(all, [assertion])
  return { assertion, signature: signatureOf(assertion) }
}

const signatureOf = (element: Element) => onlyChild(element, 'Signature', dsig)

/** Whatever its prefix or case, each ID is one element's. */
export function assertUniqueIds(...roots: Element[]): void {
  const seen = new Set<string>()
  for (const { attributes } of roots.flatMap((root) => [...within(root)]))
    for (const { local, value } of attributes)
      if (local.toLowerCase() === 'id') {
        if (!/^[\p{L}_][\p{L}\d_.-]{0,255}$/u.test(value)) throw refused('has an ID that XML does not allow')
        if (seen.has(value)) throw refused('has one ID twice')
        seen.add(value)
      }
}

function assertSucceeded(response: Element): void {
  const status = onlyChild(response, 'Status', protocol)
  const code = status && onlyChild(status, 'StatusCode', protocol)
  const value = attributeOf(code, 'Value')
  if (!status || !code || value === undefined) throw refused('has no status')
  if (value === 'urn:oasis:names:tc:SAML:2.0:status:Success') return
  const nested = attributeOf(onlyChild(code, 'StatusCode', protocol), 'Value')
  const last = (nested ?? value).replace(/^.*:/, '').slice(0, 60)
  const said = textOf(onlyChild(status, 'StatusMessage', protocol))?.slice(0, 300)
  throw new ProviderError('saml_status', `The provider did not sign the person in: ${last}${said ? ` (“${said}”)` : ''}.`)
}

/** Every Signature is a direct child of one of these, at most one each, and signs exactly that element. */
export function assertSignatures(all: readonly Element[], signable: readonly Element[]): void {
  for (const element of all) {
    const place = places.get(element.name)
    if (place !== undefined && element.parent?.name !== place) throw refused(`has ${element.name} outside of its place in a signature`)
    if (element.name !== 'Signature') continue
    const { parent } = element
    if (element.uri !== dsig || !parent || !signable.includes(parent) || parent.name === 'EncryptedAssertion')
      throw refused('has a signature in an unexpected place')
    if (childrenOf(parent, 'Signature', dsig).length > 1) throw refused('has two signatures on one element')
    assertSignature(element, attributeOf(parent, 'ID'))
  }
}

/** Parts of a signature that the library would find anywhere in the document, and their parents. */
const places: ReadonlyMap<string, string> = new Map([
  ['SignedInfo', 'Signature'],
  ['SignatureValue', 'Signature'],
  ['CanonicalizationMethod', 'SignedInfo'],
  ['SignatureMethod', 'SignedInfo'],
  ['Reference', 'SignedInfo'],
  ['Transforms', 'Reference'],
  ['Transform', 'Transforms'],
  ['DigestValue', 'Reference'],
])

function assertSignature(signature: Element, id: string | undefined): void {
  const parts = signature.children.map(({ name, uri }) => (uri === dsig ? name : '?')).join(' ')
  if (!/^SignedInfo SignatureValue( KeyInfo)?$/.test(parts)) throw refused('has a signature with unexpected parts')
  const [info] = signature.children
  const names = info?.children.map(({ name, uri }) => (uri === dsig ? name : '?')).join(' ')
  if (!info || names !== 'CanonicalizationMethod SignatureMethod Reference')
    throw refused('has a signature of more or less than one element')
  const [canonicalization, method, reference] = info.children as [Element, Element, Element]
  if (reference.children.map(({ name, uri }) => (uri === dsig ? name : '?')).join(' ') !== 'Transforms DigestMethod DigestValue')
    throw refused('has a signature with an unexpected reference')
  const [transforms, digest] = reference.children as [Element, Element]
  if (id === undefined || attributeOf(reference, 'URI') !== `#${id}`)
    throw refused('has a signature that signs another element than it stands in')
  assertAlgorithm(canonicalization, new Set([EXCLUSIVE]), 'canonicalised')
  assertAlgorithm(method, signatureMethods, 'signed')
  assertAlgorithm(digest, digestMethods, 'digested')
  const applied = transforms.children.map((one) => (one.name === 'Transform' && one.uri === dsig ? attributeOf(one, 'Algorithm') : ''))
  const inside = transforms.children.flatMap(({ children }) => children)
  if (
    applied.join(' ') !== `${ENVELOPED} ${EXCLUSIVE}` ||
    inside.some(({ name, uri, children }) => name !== 'InclusiveNamespaces' || uri !== EXCLUSIVE || children.length > 0)
  )
    throw refused('has a signature with other transforms than “enveloped signature” and “exclusive canonicalization”')
}

export function assertAlgorithm(element: Element, accepted: Pick<ReadonlySet<string>, 'has' | 'keys'>, done: string): void {
  const algorithm = attributeOf(element, 'Algorithm') ?? ''
  if (!accepted.has(algorithm))
    throw new ProviderError(
      'saml_algorithm',
      `The answer is ${done} by ${algorithm.slice(0, 100) || 'an unnamed algorithm'}. Accepted: ${[...accepted.keys()].join(', ')}.`,
    )
}
