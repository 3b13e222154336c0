/** Reads the metadata of a provider: its addresses and certificates, as SAML names them (Metadata, 2.4.3). */
import { type Certificate, readCertificate } from './saml.certificates.ts'
import { attributeOf, childrenOf, type Element, InvalidXml, namespaces, parseXml, within } from './saml.xml.ts'

const { metadata, protocol } = namespaces
const BINDINGS = 'urn:oasis:names:tc:SAML:2.0:bindings:'

export interface ProviderMetadata {
  entityId: string
  /** By redirect: requests go no other way. */
  ssoUrl: string
  sloUrl: string | undefined
  /** Those of signatures that may be used. */
  certificates: Certificate[]
  validUntil: Date | undefined
  /** Certificates that are left out, and why. */
  warnings: string[]
}

/** Metadata that cannot be used, in words that follow “The metadata …”. */
export class InvalidMetadata extends Error {}

/** @throws InvalidMetadata */
export function readMetadata(text: string, now: Date): ProviderMetadata {
  const entity = entityOf(rootOf(text))
  const entityId = attributeOf(entity, 'entityID')
  if (!entityId || entityId.length > 1024) throw new InvalidMetadata('names no entityID.')
  const roles = childrenOf(entity, 'IDPSSODescriptor', metadata).filter((one) =>
    attributeOf(one, 'protocolSupportEnumeration')?.split(/\s+/).includes(protocol),
  )
  const [role] = roles
  if (!role || roles.length > 1)
    throw new InvalidMetadata(
      childrenOf(entity, 'SPSSODescriptor', metadata).length > 0
        ? 'describes a service, not an identity provider: it has no IDPSSODescriptor of SAML 2.0.'
        : `must have one IDPSSODescriptor of SAML 2.0, and has ${roles.length}.`,
    )
  const until = [entity.parent, entity, role].flatMap((one) => attributeOf(one, 'validUntil') ?? []).map((one) => new Date(one))
  const validUntil = until.sort((a, b) => a.getTime() - b.getTime())[0]
  if (until.some((one) => Number.isNaN(one.getTime()))) throw new InvalidMetadata('has a validUntil that is no time.')
  if (validUntil && validUntil <= now) throw new InvalidMetadata(`was valid until ${validUntil.toISOString()}: get it again.`)
  return {
    entityId,
    ssoUrl: addressOf(role, 'SingleSignOnService', 'HTTP-Redirect') ?? noRedirect(role),
    sloUrl: addressOf(role, 'SingleLogoutService', 'HTTP-Redirect'),
    ...certificatesOf(role, now),
    validUntil,
  }
}

function rootOf(text: string): Element {
  try {
    return parseXml(text.replace(/^\uFEFF/, '').trim(), { comments: true })
  } catch (error) {
    if (error instanceof InvalidXml) throw new InvalidMetadata(`${error.message}.`)
    throw error
  }
}

/** Some providers wrap their one entity. */
function entityOf(root: Element): Element {
  const entities = [...within(root)].filter(({ name, uri }) => name === 'EntityDescriptor' && uri === metadata)
  const providers = entities.length === 1 ? entities : entities.filter((one) => childrenOf(one, 'IDPSSODescriptor', metadata).length > 0)
  const [entity] = providers
  if (!entity) throw new InvalidMetadata(`is not SAML metadata: its root is ${root.name.slice(0, 40)}.`)
  if (providers.length > 1) throw new InvalidMetadata(`describes ${providers.length} providers: leave the one that is meant.`)
  return entity
}

function addressOf(role: Element, service: string, binding: string): string | undefined {
  const found = childrenOf(role, service, metadata).find((one) => attributeOf(one, 'Binding') === `${BINDINGS}${binding}`)
  if (!found) return undefined
  const location = attributeOf(found, 'Location') ?? ''
  if (!URL.canParse(location) || !/^https?:$/.test(new URL(location).protocol) || location.length > 2048)
    throw new InvalidMetadata(`has no address in ${service} but “${location.slice(0, 100)}”.`)
  return location
}

function noRedirect(role: Element): never {
  const offered = childrenOf(role, 'SingleSignOnService', metadata).map((one) => attributeOf(one, 'Binding')?.replace(BINDINGS, ''))
  throw new InvalidMetadata(`has no SingleSignOnService by HTTP-Redirect, only ${offered.join(', ') || 'none at all'}.`)
}

function certificatesOf(role: Element, now: Date): { certificates: Certificate[]; warnings: string[] } {
  const found = new Map<string, Certificate>()
  const warnings: string[] = []
  const descriptors = childrenOf(role, 'KeyDescriptor', metadata).filter((one) => (attributeOf(one, 'use') ?? 'signing') === 'signing')
  for (const element of descriptors.flatMap((one) => [...within(one)]))
    if (element.name === 'X509Certificate' && element.uri === namespaces.signature)
      try {
        const certificate = readCertificate(element.text)
        found.set(certificate.pem, certificate)
      } catch {
        throw new InvalidMetadata('has an X509Certificate that is no certificate.')
      }
  const usable = [...found.values()].filter(({ ending, notAfter, unusable }) => {
    const why = notAfter <= now ? `it was valid until ${notAfter.toISOString().slice(0, 10)}` : unusable
    if (why !== undefined) warnings.push(`The certificate that ends in ${ending} is left out: ${why}.`)
    return why === undefined
  })
  if (usable.length === 0) throw new InvalidMetadata(`has no certificate that can be used. ${warnings.join(' ')}`.trim())
  if (usable.length > 10) throw new InvalidMetadata(`has ${usable.length} certificates, more than 10.`)
  return { certificates: usable, warnings }
}
