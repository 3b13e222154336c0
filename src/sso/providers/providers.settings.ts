/** Settings of identity providers: as requests name them, as they are stored, and as they are shown. */
import { definedFields } from '../../lib/defined-fields.ts'
import type { OidcSettings, SamlSettings, SocialSettings } from '../protocol.ts'
import { readCertificate } from '../saml/saml.certificates.ts'
import type { Wanted } from './providers.schema.ts'

export const shownSaml = (saml: SamlSettings) => ({
  entity_id: saml.entityId ?? '',
  sso_url: saml.ssoUrl ?? '',
  sso_binding: saml.ssoBinding ?? 'redirect',
  slo_url: saml.sloUrl ?? null,
  metadata_url: saml.metadataUrl ?? null,
  subject_attribute: saml.subjectAttribute ?? null,
  email_attribute: saml.emailAttribute ?? null,
  name_attribute: saml.nameAttribute ?? null,
  signed: saml.signed ?? 'either',
  certificates: saml.certificates ?? [],
  certificate_details: (saml.certificates ?? []).map((pem) => {
    const { ending, notBefore, notAfter, unusable = null } = readCertificate(pem)
    return { ending, not_before: notBefore.toISOString(), not_after: notAfter.toISOString(), unusable }
  }),
})
export const shownOAuth = (oauth: OidcSettings & SocialSettings) => ({
  issuer: oauth.issuer ?? null,
  client_id: oauth.clientId ?? '',
  scopes: oauth.scopes ?? [],
  auth_method: oauth.authMethod ?? ('client_secret_basic' as const),
  base_url: oauth.baseUrl ?? null,
})

/** Null takes a setting away. */
const without = (settings: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value !== null))

export function samlSettings(before: Record<string, unknown>, saml: NonNullable<Wanted['saml']>, theirs: Partial<SamlSettings>) {
  const said = definedFields({
    entityId: saml.entity_id,
    ssoUrl: saml.sso_url,
    ssoBinding: saml.sso_binding,
    sloUrl: saml.slo_url,
    certificates: saml.certificates?.map((text) => readCertificate(text).pem),
    metadataUrl: saml.metadata_url,
    subjectAttribute: saml.subject_attribute,
    emailAttribute: saml.email_attribute,
    nameAttribute: saml.name_attribute,
    signed: saml.signed,
  })
  return without({ ssoBinding: 'redirect', signed: 'either', certificates: [], ...before, ...theirs, ...said })
}

export const oauthSettings = (before: Record<string, unknown>, oauth: NonNullable<Wanted['oauth']>) =>
  without({
    ...before,
    ...definedFields({
      issuer: oauth.issuer,
      clientId: oauth.client_id,
      scopes: oauth.scopes,
      authMethod: oauth.auth_method,
      baseUrl: oauth.base_url,
    }),
  })

export function isCertificate(text: string): boolean {
  try {
    readCertificate(text)
    return true
  } catch {
    return false
  }
}
