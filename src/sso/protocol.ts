/** What signing in needs of a protocol: SAML, OpenID Connect, Google and GitHub implement it, and know nothing of who gets in. */

export interface SamlSettings {
  entityId: string
  ssoUrl: string
  ssoBinding: 'redirect' | 'post'
  sloUrl?: string
  /** PEM. */
  certificates: string[]
  metadataUrl?: string
  /** The attribute that names the person for ever, in place of the NameID. */
  subjectAttribute?: string
  emailAttribute?: string
  nameAttribute?: string
  /** What must be signed. */
  signed: 'response' | 'assertion' | 'either'
}

export interface OidcSettings {
  issuer: string
  clientId: string
  scopes?: string[]
  authMethod?: 'client_secret_basic' | 'client_secret_post'
}

/** Google and GitHub. */
export interface SocialSettings {
  clientId: string
  /** Of a GitHub Enterprise Server. */
  baseUrl?: string
}

export const providerKinds = ['saml', 'oidc', 'google', 'github'] as const
export type ProviderKind = (typeof providerKinds)[number]

/** A provider, as the protocols need it. Secrets are decrypted. */
export interface Provider {
  id: number
  resellerId: number
  clientId: number | null
  kind: ProviderKind
  name: string
  settings: SamlSettings | OidcSettings | SocialSettings
  clientSecret: string | undefined
  groupsClaim: string | null
}

/** What a provider says of a person. */
export interface ExternalIdentity {
  /** Unique and lasting at the provider: `sub` (OpenID Connect), NameID or a named attribute (SAML), the id (GitHub). */
  subject: string
  email: string | undefined
  /** Whether the provider says that the address is the person's. SAML has no word for it: true, and its domain must be proven. */
  emailVerified: boolean
  name: string | undefined
  groups: string[]
  amr: string[]
  /** What the provider calls its session: `sid` or SessionIndex. */
  session: string | undefined
  /** Entity id or `iss`: `sso_entity` of our tokens. */
  issuer: string
  /** As a test sign-in shows them; at most 16 KB. */
  claims: Record<string, unknown>
}

/** Where the browser goes, and what must be kept (encrypted) until the answer. */
export interface Started {
  url: string
  secrets: Record<string, string>
}

/** What was wrong with an answer, in words for whoever sets the provider up. Whoever signs in is not told. */
export class ProviderError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface Protocol<Received> {
  /** `state` is unguessable, and its SHA-256 is the key of `authentication_requests`. SAML takes `_${state}` as ID of the request and as RelayState. */
  start(provider: Provider, at: { origin: string; state: string }): Promise<Started>
  /** @throws ProviderError */
  answer(
    provider: Provider,
    at: { origin: string; state: string; secrets: Record<string, string> },
    received: Received,
  ): Promise<ExternalIdentity>
}

/** SAML: the fields of the form that was posted. OpenID Connect and the rest: the query of the address that was asked for. */
export interface Protocols {
  saml: Protocol<{ SAMLResponse: string; RelayState: string }>
  oidc: Protocol<URLSearchParams>
  google: Protocol<URLSearchParams>
  github: Protocol<URLSearchParams>
}
