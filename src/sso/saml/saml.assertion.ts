/** What an assertion must say to count here, and what it says of the person (SAML Profiles, 4.1.4). */
import { ProviderError } from '../protocol.ts'
import { attributeOf, childrenOf, type Element, namespaces, onlyChild, textOf } from './saml.xml.ts'

/** How far the clock of a provider may be from ours, in milliseconds. */
export const SKEW = 60_000
/** An assertion counts only this long after it was made, however long it says: it answers a request of ours. In milliseconds. */
export const OLDEST = 60 * 60_000
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'
const EMAIL_ADDRESS = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'

export interface Expected {
  /** Entity id of the provider. */
  issuer: string
  /** Ours at the host where the request began. */
  audience: string
  acs: string
  requestId: string
}

/** @throws ProviderError */
export function assertAssertion(assertion: Element, { issuer, audience, acs, requestId }: Expected): void {
  const now = Date.now()
  if (attributeOf(assertion, 'Version') !== '2.0' || attributeOf(assertion, 'ID') === undefined) throw missing('an ID and version 2.0')
  const from = textOf(the(assertion, 'Issuer'))
  if (from !== issuer)
    throw new ProviderError('saml_issuer', `The assertion is from ${from?.slice(0, 200) ?? 'nobody'}, not from ${issuer}.`)
  const issued = instant(assertion, 'IssueInstant')
  if (issued === undefined) throw missing('IssueInstant')
  if (issued > now + SKEW) throw early(issued)
  if (issued < now - OLDEST - SKEW) throw late(issued + OLDEST)
  const confirmation = the(the(assertion, 'Subject'), 'SubjectConfirmation')
  const data = the(confirmation, 'SubjectConfirmationData')
  if (!confirmation || attributeOf(confirmation, 'Method') !== BEARER || !data)
    throw missing('one SubjectConfirmation of the method “bearer”')
  const recipient = attributeOf(data, 'Recipient')
  if (recipient !== acs)
    throw new ProviderError('saml_recipient', `The assertion is meant for ${recipient?.slice(0, 200) ?? 'no address'}, not for ${acs}.`)
  if (attributeOf(data, 'InResponseTo') !== requestId)
    throw new ProviderError('saml_in_response_to', 'The assertion is not for the request that was sent.')
  assertTimes(data, now)
  const conditions = the(assertion, 'Conditions')
  if (!conditions) throw missing('Conditions')
  assertTimes(conditions, now)
  const restrictions = childrenOf(conditions, 'AudienceRestriction', namespaces.assertion)
  const audiences = restrictions.map((one) => childrenOf(one, 'Audience', namespaces.assertion).map(textOf))
  if (audiences.length === 0 || !audiences.every((names) => names.includes(audience)))
    throw new ProviderError(
      'saml_audience',
      `The assertion is for the audience ${audiences.flat().join(', ').slice(0, 200) || 'of nobody'}, not for ${audience}.`,
    )
  const statements = childrenOf(assertion, 'AuthnStatement', namespaces.assertion)
  if (statements.length === 0) throw missing('an AuthnStatement')
  for (const statement of statements) {
    const ends = instant(statement, 'SessionNotOnOrAfter')
    if (ends !== undefined && ends <= now - SKEW) throw late(ends)
  }
}

const the = (element: Element | undefined, name: string) => element && onlyChild(element, name, namespaces.assertion)
const missing = (what: string) => new ProviderError('saml_incomplete', `The assertion lacks ${what}.`)
const shown = (at: number) => new Date(at).toISOString()
const late = (at: number) =>
  new ProviderError('saml_expired', `The assertion was valid until ${shown(at)}, and it is ${shown(Date.now())}: compare the clocks.`)
const early = (at: number) =>
  new ProviderError('saml_not_yet_valid', `The assertion is valid from ${shown(at)}, and it is ${shown(Date.now())}: compare the clocks.`)

function assertTimes(element: Element, now: number): void {
  const [from, until] = [instant(element, 'NotBefore'), instant(element, 'NotOnOrAfter')]
  if (until === undefined) throw missing(`NotOnOrAfter in ${element.name}`)
  if (from !== undefined && from > now + SKEW) throw early(from)
  if (until <= now - SKEW) throw late(until)
}

/** Times of SAML are in UTC (Core, 1.3.3). */
function instant(element: Element, name: string): number | undefined {
  const text = attributeOf(element, name)
  if (text === undefined) return undefined
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new ProviderError('saml_incomplete', `The assertion has no time in ${name} but ${text.slice(0, 40)}.`)
  return at
}

/** Until when the assertion could be used, if nothing remembered that it was. */
export const validUntil = (assertion: Element): Date =>
  new Date(
    (instant(the(the(the(assertion, 'Subject'), 'SubjectConfirmation'), 'SubjectConfirmationData') as Element, 'NotOnOrAfter') ?? 0) + SKEW,
  )

export interface Person {
  nameId: string | undefined
  nameIdIsEmail: boolean
  transient: boolean
  session: string | undefined
  contexts: string[]
  attributes: Map<string, string[]>
}

/** Reads a verified assertion. Values of attributes of one name are together, for Keycloak sends an Attribute for each role. */
export function readPerson(assertion: Element): Person {
  const nameId = the(the(assertion, 'Subject'), 'NameID')
  const format = attributeOf(nameId, 'Format')
  const statements = childrenOf(assertion, 'AuthnStatement', namespaces.assertion)
  const attributes = new Map<string, string[]>()
  for (const statement of childrenOf(assertion, 'AttributeStatement', namespaces.assertion))
    for (const attribute of childrenOf(statement, 'Attribute', namespaces.assertion)) {
      const values = childrenOf(attribute, 'AttributeValue', namespaces.assertion).map(textOf)
      const name = attributeOf(attribute, 'Name') ?? ''
      attributes.set(name, [...(attributes.get(name) ?? []), ...values.filter((value) => value !== undefined)])
    }
  return {
    nameId: textOf(nameId) || undefined,
    nameIdIsEmail: format === EMAIL_ADDRESS,
    transient: format === TRANSIENT,
    session: statements.map((one) => attributeOf(one, 'SessionIndex')).find((index) => index !== undefined),
    contexts: statements.flatMap((one) => textOf(the(the(one, 'AuthnContext'), 'AuthnContextClassRef')) ?? []),
    attributes,
  }
}
