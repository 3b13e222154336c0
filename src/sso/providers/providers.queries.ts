/** SQL of identity providers. Row-level security shows a client user the providers of its accounts, staff all of their reseller. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { ISql } from '../../db/sql.ts'
import type { Affected } from '../../http/activity.ts'
import type { Caller } from '../../lib/caller.ts'
import type { ProviderKind } from '../protocol.ts'
import type { IdentityProvider, State } from './providers.schema.ts'

/** A live provider as it is stored. */
export interface ProviderRow {
  id: number
  reseller_id: number
  client_id: number | null
  kind: ProviderKind
  name: string
  state: State
  for_staff: boolean
  for_clients: boolean
  settings: Record<string, unknown>
  client_secret: Buffer | null
  creates_users: boolean
  default_role: number
  groups_claim: string | null
  roles: { group: string; role: number }[]
}

/** For `change`: the account of a provider, or its reseller. */
export const affectedBy = ({ client_id, reseller_id }: Pick<ProviderRow, 'client_id' | 'reseller_id'>): Affected =>
  client_id ?? { client: null, reseller: reseller_id }

type Shown = Omit<Static<typeof IdentityProvider>, 'addresses' | 'saml' | 'oauth'> & { settings: Record<string, unknown>; key: string }

/** Administrators see the providers of the account they work in. */
const visible = (db: ScopedSql, caller: Caller) =>
  caller.kind === 'platform'
    ? db`p.deleted_at IS NULL`
    : db`p.deleted_at IS NULL AND p.reseller_id = ${caller.resellerId}
        AND ${caller.kind === 'client' ? db`p.client_id = ${caller.clientId}` : db`true`}`

const domainColumns = (db: ISql) => db`d.id, d.domain, d.proven_at IS NOT NULL AS proven, d.proven_by,
  '_reeve-challenge.' || d.domain AS record_name, d.challenge AS record_value, d.client_id`

const columns = (
  db: ISql,
) => db`p.id, p.key, p.kind, p.reseller_id, p.client_id, (SELECT c.company_name FROM clients c WHERE c.id = p.client_id) AS client_name,
  p.name, p.state, p.for_staff, p.for_clients, p.force_redirect, p.settings,
  p.client_secret IS NOT NULL AS has_client_secret, p.creates_users, p.default_role, p.groups_claim, p.roles, p.accepts_earlier_tokens,
  p.allows_acting, json_time(p.metadata_read_at) AS metadata_read_at, p.metadata_error,
  coalesce((SELECT json_agg(row_to_json(o) ORDER BY o.domain) FROM (
    SELECT ${domainColumns(db)} FROM identity_provider_domains d WHERE d.provider_id = p.id) o), '[]') AS domains,
  json_time(p.created_at) AS created_at, json_time(p.updated_at) AS updated_at`

/** In order of id. There are few: see the limit in providers.rules.ts. */
export const listProviders = (db: ScopedSql, caller: Caller, clientId: number | undefined) => db<Shown[]>`
  SELECT ${columns(db)} FROM identity_providers p
  WHERE ${visible(db, caller)} AND ${clientId === undefined ? db`true` : db`p.client_id = ${clientId}`} ORDER BY p.id`

export async function findProvider(db: ScopedSql, caller: Caller, id: number): Promise<Shown | undefined> {
  const [row] = await db<Shown[]>`SELECT ${columns(db)} FROM identity_providers p WHERE ${visible(db, caller)} AND p.id = ${id}`
  return row
}

const stored = (
  db: ISql,
) => db`p.id, p.reseller_id, p.client_id, p.kind, p.name, p.state, p.for_staff, p.for_clients, p.settings, p.client_secret,
  p.creates_users, p.default_role, p.groups_claim, p.roles`

/** Locks it, so that concurrent changes follow each other. */
export async function lockProvider(db: ScopedSql, caller: Caller, id: number): Promise<ProviderRow | undefined> {
  const [row] = await db<ProviderRow[]>`
    SELECT ${stored(db)} FROM identity_providers p WHERE ${visible(db, caller)} AND p.id = ${id} FOR NO KEY UPDATE`
  return row
}

/** Whoever asks: a sign-in has no caller. */
export async function providerById(db: ISql, id: number): Promise<ProviderRow | undefined> {
  const [row] = await db<ProviderRow[]>`
    SELECT ${stored(db)} FROM identity_providers p JOIN resellers r ON r.id = p.reseller_id
    WHERE p.id = ${id} AND p.deleted_at IS NULL AND r.deleted_at IS NULL`
  return row
}

/** By the name that strangers may know it by. */
export async function providerByKey(db: ISql, key: string): Promise<number | undefined> {
  const [row] = await db<{ id: number }[]>`SELECT id FROM identity_providers WHERE key = ${key}::uuid`
  return row?.id
}

export async function countProviders(db: ScopedSql, resellerId: number, clientId: number | null): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT count(*) FROM identity_providers
    WHERE reseller_id = ${resellerId} AND client_id IS NOT DISTINCT FROM ${clientId}::bigint AND deleted_at IS NULL`
  return row?.count ?? 0
}

/** Locks the owner, so that its providers are made one after another. Undefined if the caller does not see it, or it takes none. */
export async function lockOwner(
  db: ScopedSql,
  caller: Caller,
  clientId: number | null,
): Promise<{ reseller_id: number; closed: boolean } | undefined> {
  if (clientId === null) {
    await db`SELECT FROM users WHERE id = ${caller.userId} FOR NO KEY UPDATE`
    return { reseller_id: caller.resellerId, closed: false }
  }
  const [row] = await db<{ reseller_id: number; closed: boolean }[]>`
    SELECT reseller_id, coalesce(closed_to_staff_from <= reeve_now(), false) AS closed FROM clients
    WHERE id = ${clientId} AND client_type = 'common' AND deleted_at IS NULL FOR NO KEY UPDATE`
  return row
}

export type ProviderFields = Record<string, unknown>

export async function insertProvider(db: ScopedSql, fields: ProviderFields): Promise<number> {
  const [row] = await db<{ id: number }[]>`INSERT INTO identity_providers ${db(fields as never)} RETURNING id`
  return (row as { id: number }).id
}

export async function updateProvider(db: ScopedSql, id: number, fields: ProviderFields): Promise<void> {
  if (Object.keys(fields).length > 0)
    await db`UPDATE identity_providers SET ${db(fields as never)}, updated_at = reeve_now() WHERE id = ${id}`
}

/** Its metadata was read from its address just now. */
export async function markRead(db: ISql, id: number): Promise<void> {
  await db`UPDATE identity_providers SET metadata_read_at = reeve_now(), metadata_error = NULL WHERE id = ${id}`
}

/** A test that succeeded. */
export async function markTested(db: ISql, id: number): Promise<void> {
  await db`UPDATE identity_providers SET state = 'tested', updated_at = reeve_now() WHERE id = ${id} AND state = 'draft'`
}

export async function forgetIdentities(db: ScopedSql, id: number): Promise<void> {
  await db`DELETE FROM identities WHERE provider_id = ${id}`
}

export async function domainsOf(db: ScopedSql, providerId: number) {
  return db<Static<typeof IdentityProvider>['domains'][number][]>`
    SELECT ${domainColumns(db)} FROM identity_provider_domains d WHERE provider_id = ${providerId} ORDER BY domain`
}

export async function insertDomain(
  db: ScopedSql,
  row: { provider_id: number; reseller_id: number; domain: string; challenge: string; client_id: number | null },
) {
  const [made] = await db<{ id: number }[]>`INSERT INTO identity_provider_domains ${db(row)} RETURNING id`
  return (made as { id: number }).id
}

export async function proveDomain(db: ScopedSql, id: number, by: 'dns' | 'reseller'): Promise<void> {
  await db`UPDATE identity_provider_domains SET proven_at = reeve_now(), proven_by = ${by} WHERE id = ${id}`
}

export async function deleteDomain(db: ScopedSql, providerId: number, id: number): Promise<boolean> {
  return (await db`DELETE FROM identity_provider_domains WHERE provider_id = ${providerId} AND id = ${id}`).count > 0
}

export async function isAccountOf(db: ScopedSql, clientId: number, resellerId: number): Promise<boolean> {
  const rows =
    await db`SELECT FROM clients WHERE id = ${clientId} AND reseller_id = ${resellerId} AND client_type = 'common' AND deleted_at IS NULL`
  return rows.length > 0
}
