/** Words for what identity providers are and how far each is, and their queries. */
import { t } from '@lingui/core/macro'
import { query } from '../../api/client.ts'
import type { IdentityProvider } from '../../api/types.ts'
import type { Tone } from '../../components/Status.tsx'
import type { Caller } from '../../lib/caller.ts'
import { roleName, roles } from '../../lib/words.ts'

export type Kind = IdentityProvider['kind']
export type State = IdentityProvider['state']

export const kinds: readonly Kind[] = ['saml', 'oidc', 'google', 'github']
export const kindName = (kind: Kind): string => ({ saml: 'SAML', oidc: 'OpenID Connect', google: 'Google', github: 'GitHub' })[kind]
export const stateName = (state: State): string => ({ draft: t`Draft`, tested: t`Tested`, on: t`On`, enforced: t`Enforced` })[state]
export const stateTone: Record<State, Tone> = { draft: 'quiet', tested: 'info', on: 'good', enforced: 'good' }

export const roleOptions = () => roles.map(({ id, name }) => ({ value: String(id), label: roleName(name) }))

export const providerQuery = (providerId: number) => query('GET /reeve/identity_providers/{providerId}', { path: { providerId } })

/** The server decides; pages are shown to those it answers. */
export const setsUpProviders = ({ kind, role }: Caller) =>
  kind === 'platform' || kind === 'reseller' || (kind === 'client' && role === 'Administrators')

/** Whom it is for. */
export function audience({ client_id, client_name, for_staff, for_clients }: IdentityProvider): string {
  if (client_id !== null) return client_name || String(client_id)
  if (for_staff && for_clients) return t`Staff and all accounts`
  return for_staff ? t`Staff` : for_clients ? t`All accounts` : t`Nobody`
}

/** Whether enough is known of the other side to go there. */
export function isComplete({ kind, saml, oauth, has_client_secret }: IdentityProvider): boolean {
  if (kind === 'saml') return Boolean(saml?.entity_id && saml.sso_url && saml.certificates.length > 0)
  return Boolean(oauth?.client_id && has_client_secret && (kind !== 'oidc' || oauth.issuer))
}

const DAY = 86_400_000
export const WARN_DAYS = 30
/** Days until a certificate ends; negative once it has. */
export const daysLeft = (notAfter: string, now = Date.now()) => Math.floor((new Date(notAfter).getTime() - now) / DAY)
/** Whether one of its certificates has ended, or will within the month. */
export const hasEndingCertificate = ({ saml }: IdentityProvider) =>
  saml?.certificate_details.some(({ not_after }) => daysLeft(not_after) < WARN_DAYS) ?? false
