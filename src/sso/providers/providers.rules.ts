/** Who sets which identity providers up, what they may be, and how they look from outside. */
import type { Static } from 'typebox'
import { assertRecentlyVerified } from '../../auth/sessions/sessions.verification.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { OutgoingError } from '../../lib/outgoing.ts'
import { roles } from '../../lib/roles.ts'
import { type Addresses, brandOf } from '../../mail/brand.ts'
import { type OidcSettings, type Provider, ProviderError, type SamlSettings, type SocialSettings } from '../protocol.ts'
import type { ReadSettings } from '../saml/saml.reading.ts'
import {
  countProviders,
  findProvider,
  forgetIdentities,
  insertProvider,
  lockOwner,
  lockProvider,
  markRead,
  type ProviderFields,
  type ProviderRow,
  updateProvider,
} from './providers.queries.ts'
import type { IdentityProvider, NewProvider, Wanted } from './providers.schema.ts'
import { isCertificate, oauthSettings, samlSettings, shownOAuth, shownSaml } from './providers.settings.ts'
import { endSessionsOf } from './providers.states.queries.ts'

const MOST_PROVIDERS = 5

export interface Making {
  cipher: Cipher
  addresses: Addresses
  readMetadata: ReadSettings
}

/** Context that a client secret is encrypted for. */
export const clientSecretContext = 'client secret of an identity provider'

export const openProvider = (cipher: Cipher, row: ProviderRow): Provider => ({
  id: row.id,
  resellerId: row.reseller_id,
  clientId: row.client_id,
  kind: row.kind,
  name: row.name,
  settings: row.settings as unknown as Provider['settings'],
  clientSecret: row.client_secret === null ? undefined : cipher.decrypt(row.client_secret, clientSecretContext).toString(),
  groupsClaim: row.groups_claim,
})

/** Whether enough is known to send somebody there. */
export function isComplete({ kind, settings, client_secret }: Pick<ProviderRow, 'kind' | 'settings' | 'client_secret'>): boolean {
  if (kind === 'saml') {
    const { entityId, ssoUrl, certificates = [] } = settings as unknown as Partial<SamlSettings>
    return Boolean(entityId && ssoUrl && certificates.length > 0)
  }
  const { clientId, issuer } = settings as unknown as Partial<OidcSettings>
  return Boolean(clientId && client_secret !== null && (kind !== 'oidc' || issuer))
}

type Shown = NonNullable<Awaited<ReturnType<typeof findProvider>>>

export async function present(
  db: ScopedSql,
  addresses: Addresses,
  { settings, key, ...row }: Shown,
): Promise<Static<typeof IdentityProvider>> {
  const { url } = await brandOf(db, row.reseller_id, addresses)
  const given = Object.keys(settings).length > 0
  return {
    ...row,
    saml: given && row.kind === 'saml' ? shownSaml(settings as unknown as SamlSettings) : null,
    oauth: given && row.kind !== 'saml' ? shownOAuth(settings as unknown as OidcSettings & SocialSettings) : null,
    addresses: {
      start_url: `${url}/reeve/sso/start?provider=${key}`,
      entity_id: `${url}/iam/auth/saml2/metadata`,
      acs_url: `${url}/iam/auth/saml2/acs`,
      slo_url: `${url}/iam/auth/saml2/slo`,
      redirect_uri: `${url}/reeve/sso/callback`,
      backchannel_logout_uri: `${url}/reeve/sso/backchannel_logout/${row.id}`,
    },
  }
}

/** Reads the metadata that was sent or named. Outside any transaction: a request may take seconds. @throws 400 with what is wrong with it */
export async function theirSettings({ readMetadata }: Making, { saml }: Wanted): Promise<Partial<SamlSettings>> {
  const { metadata, metadata_url } = saml ?? {}
  if (!metadata && !metadata_url) return {}
  const field = metadata ? 'metadata' : 'metadata_url'
  try {
    return await readMetadata(metadata ? { xml: metadata } : { url: metadata_url as string })
  } catch (error) {
    if (error instanceof ProviderError || error instanceof OutgoingError) throw errors.invalid({ saml: { [field]: [error.message] } })
    throw error
  }
}

const isFetched = ({ saml }: Wanted) => Boolean(saml?.metadata_url && !saml.metadata)

/** @throws 400 naming what does not go together */
function assertAllowed(
  kind: ProviderRow['kind'],
  clientId: number | null,
  { saml, oauth, for_staff, roles: rules = [], default_role }: Wanted,
) {
  const wrong: FieldErrors = {}
  if (saml && kind !== 'saml') wrong.saml = ['This provider takes `oauth`.']
  if (oauth && kind === 'saml') wrong.oauth = ['This provider takes `saml`.']
  if (oauth?.issuer && kind !== 'oidc') wrong.oauth = ['Only OpenID Connect has an issuer.']
  if (oauth?.base_url && kind !== 'github') wrong.oauth = ['Only GitHub has a base_url.']
  if (for_staff && clientId !== null) wrong.for_staff = ['An account’s provider is for its users.']
  const isRole = (id: number) => roles.some((role) => role.id === id)
  if (default_role !== undefined && !isRole(default_role)) wrong.default_role = ['There is no such role.']
  if (saml?.certificates && !saml.certificates.every(isCertificate)) wrong.certificates = ['This is no certificate in PEM.']
  if (!rules.every(({ role }) => isRole(role))) wrong.roles = ['There is no such role.']
  if (Object.keys(wrong).length > 0) throw errors.invalid(wrong)
}

type Theirs = Partial<SamlSettings>

function fieldsOf(
  { cipher }: Making,
  db: ScopedSql,
  kind: ProviderRow['kind'],
  before: Record<string, unknown>,
  wanted: Wanted,
  theirs: Theirs,
) {
  const { saml, oauth, roles: rules, ...plain } = wanted
  const { name, for_staff, for_clients, force_redirect, creates_users, default_role, groups_claim, accepts_earlier_tokens, allows_acting } =
    plain
  const settings = saml ? samlSettings(before, saml, theirs) : oauth ? oauthSettings(before, oauth) : undefined
  return definedFields({
    name,
    for_staff,
    for_clients,
    force_redirect,
    creates_users,
    default_role,
    groups_claim,
    accepts_earlier_tokens,
    allows_acting,
    roles: rules && db.json(rules),
    settings: settings && db.json(settings as never),
    client_secret:
      oauth?.client_secret === undefined || kind === 'saml'
        ? undefined
        : cipher.encrypt(Buffer.from(oauth.client_secret), clientSecretContext),
  }) as ProviderFields
}

/**
 * Whoever sets a provider up decides who its users are: in a session that takes a recent proof, and not in an account closed to staff.
 * @throws 403
 */
export async function assertMaySetUp(db: ScopedSql, caller: Caller, closed: boolean): Promise<void> {
  if (closed && caller.kind === 'reseller') throw errors.accountClosed()
  await assertRecentlyVerified(db, caller)
}

/** @returns its id @throws 400, 403; 404 where the account is not visible */
export async function createProvider(
  making: Making,
  db: ScopedSql,
  caller: Caller,
  wanted: Static<typeof NewProvider>,
  theirs: Theirs,
): Promise<number> {
  const { kind, client_id = null, ...rest } = wanted
  const clientId = caller.kind === 'client' ? caller.clientId : client_id
  if (caller.kind === 'client' && client_id !== null && client_id !== clientId) throw errors.notFound()
  const owner = await lockOwner(db, caller, clientId)
  if (!owner) throw errors.notFound()
  await assertMaySetUp(db, caller, owner.closed)
  assertAllowed(kind, clientId, rest)
  if ((await countProviders(db, owner.reseller_id, clientId)) >= MOST_PROVIDERS)
    throw errors.invalid(
      { errors: [`There are ${MOST_PROVIDERS} identity providers, which is the maximum. Delete one first.`] },
      'provider_limit',
    )
  const fields = fieldsOf(making, db, kind, {}, rest, theirs)
  const id = await insertProvider(db, { ...fields, kind, client_id: clientId, reseller_id: owner.reseller_id })
  if (isFetched(rest)) await markRead(db, id)
  return id
}

/** Locks the owner and the provider. @throws 404, and as assertMaySetUp */
export async function providerToChange(db: ScopedSql, caller: Caller, id: number): Promise<ProviderRow> {
  const seen = await findProvider(db, caller, id)
  if (!seen) throw errors.notFound()
  const owner = await lockOwner(db, caller, seen.client_id)
  const provider = owner && (await lockProvider(db, caller, id))
  if (!provider) throw errors.notFound()
  await assertMaySetUp(db, caller, owner.closed)
  return provider
}

/**
 * Another issuer is another provider: whom the former knew by a name, the new one may know by none, or as somebody else.
 * @throws 400, 403, 404
 */
export async function changeProvider(
  making: Making,
  db: ScopedSql,
  caller: Caller,
  id: number,
  wanted: Wanted,
  theirs: Theirs,
): Promise<ProviderRow> {
  const provider = await providerToChange(db, caller, id)
  assertAllowed(provider.kind, provider.client_id, wanted)
  const fields = fieldsOf(making, db, provider.kind, provider.settings, wanted, theirs)
  if (provider.state === 'enforced' && (wanted.for_staff !== undefined || wanted.for_clients !== undefined))
    throw errors.invalid({ for_clients: ['Switch the enforcement off first.'] }, 'provider_state')
  const issuerOf = (settings: Record<string, unknown>) => settings.entityId ?? settings.issuer ?? settings.baseUrl
  const changed = wanted.saml ?? wanted.oauth
  if (changed && provider.state === 'tested') fields.state = 'draft'
  await updateProvider(db, id, fields)
  if (isFetched(wanted)) await markRead(db, id)
  const after = (await lockProvider(db, caller, id)) as ProviderRow
  if (changed && issuerOf(provider.settings) !== undefined && issuerOf(after.settings) !== issuerOf(provider.settings)) {
    await forgetIdentities(db, id)
    await endSessionsOf(db, id)
  }
  if (!isComplete(after) && (after.state === 'on' || after.state === 'enforced'))
    throw errors.invalid({ errors: ['A provider that is on needs all of its settings.'] }, 'provider_state')
  return provider
}

/** Its sessions end, and what it knew of people is forgotten. @throws 403, 404 */
export async function deleteProvider(db: ScopedSql, caller: Caller, id: number): Promise<ProviderRow> {
  const provider = await providerToChange(db, caller, id)
  await forgetIdentities(db, id)
  await db`DELETE FROM identity_provider_domains WHERE provider_id = ${id}`
  await db`UPDATE identity_providers SET state = 'draft', deleted_at = reeve_now(), client_secret = NULL WHERE id = ${id}`
  await endSessionsOf(db, id)
  return provider
}
