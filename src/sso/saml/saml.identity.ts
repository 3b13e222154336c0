/** From a verified assertion to whom it speaks of, by the names that providers give to attributes. */
import { type ExternalIdentity, type Provider, ProviderError, type SamlSettings } from '../protocol.ts'
import { type Person, readPerson } from './saml.assertion.ts'
import type { Element } from './saml.xml.ts'

const soap = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/'
const emails = [
  'email',
  'mail',
  'emailAddress',
  'Email',
  `${soap}emailaddress`,
  'urn:oid:0.9.2342.19200300.100.1.3',
  'urn:oid:1.2.840.113549.1.9.1',
]
const names = [
  'displayName',
  'name',
  'http://schemas.microsoft.com/identity/claims/displayname',
  'urn:oid:2.16.840.1.113730.3.1.241',
  'urn:oid:2.5.4.3',
]
const givenNames = ['firstName', 'givenName', `${soap}givenname`, 'urn:oid:2.5.4.42']
const surnames = ['lastName', 'sn', 'surname', `${soap}surname`, 'urn:oid:2.5.4.4']

/** Bytes of the claims that are kept. */
const MOST_CLAIMS = 16 * 1024

export function identityOf(assertion: Element, { settings, groupsClaim }: Provider): ExternalIdentity {
  const { entityId, subjectAttribute, emailAttribute, nameAttribute } = settings as SamlSettings
  const person = readPerson(assertion)
  const { attributes } = person
  const first = (candidates: string[]) => candidates.map((name) => attributes.get(name)?.[0]).find((value) => value)
  const email = emailAttribute ? first([emailAttribute]) : (first(emails) ?? (person.nameIdIsEmail ? person.nameId : undefined))
  const both = [first(givenNames), first(surnames)].filter((part) => part !== undefined).join(' ')
  return {
    subject: subjectOf(person, subjectAttribute),
    email,
    emailVerified: true, // the provider answers for the addresses of its domains, and for no others: sso/identities/ decides by the domain
    name: nameAttribute ? first([nameAttribute]) : (first(names) ?? (both || undefined)),
    groups: groupsClaim === null ? [] : (attributes.get(groupsClaim) ?? []),
    amr: methodsOf(person),
    session: person.session,
    issuer: entityId,
    claims: claimsOf(person),
  }
}

function subjectOf({ nameId, transient, attributes }: Person, attribute: string | undefined): string {
  if (attribute) {
    const [value, ...others] = attributes.get(attribute) ?? []
    if (value && others.length === 0) return value
    throw new ProviderError('saml_subject', `The assertion must have one value in the attribute ${attribute}, which names the person.`)
  }
  if (nameId === undefined) throw new ProviderError('saml_subject', 'The assertion names nobody: it has no NameID.')
  if (transient)
    throw new ProviderError(
      'saml_subject',
      'The NameID is transient, another at each sign-in. Send a persistent one, or choose an attribute that names the person.',
    )
  return nameId
}

/** Values of `amr` (RFC 8176) by authentication contexts and by Entra's attribute. */
const methods: readonly [RegExp, string][] = [
  [/multipleauthn$|refeds\.org\/profile\/mfa$|:(TimeSync|MobileTwoFactor\w+)$/, 'mfa'],
  [/:(Password|PasswordProtectedTransport)$|authenticationmethod\/password$/, 'pwd'],
  [/:(X509|TLSClient)$|authenticationmethod\/x509$/, 'swk'],
  [/:Smartcard(PKI)?$/, 'sc'],
  [/:Kerberos$|integratedauthn|authenticationmethod\/windows$/, 'wia'],
]

function methodsOf({ contexts, attributes }: Person): string[] {
  const said = [...contexts, ...(attributes.get('http://schemas.microsoft.com/claims/authnmethodsreferences') ?? [])]
  return methods.filter(([pattern]) => said.some((one) => pattern.test(one))).map(([, method]) => method)
}

/** Whole attributes, as many as fit. */
function claimsOf({ nameId, attributes }: Person): Record<string, unknown> {
  const kept: [string, unknown][] = nameId === undefined ? [] : [['NameID', nameId.slice(0, 1000)]]
  let size = 1100
  for (const [name, values] of attributes) {
    size += Buffer.byteLength(JSON.stringify([name, values]))
    if (size <= MOST_CLAIMS) kept.push([name, values.length === 1 ? values[0] : values])
  }
  return Object.fromEntries(kept)
}
