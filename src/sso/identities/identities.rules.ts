/**
 * Who gets in: whom the provider knows already; else who has an address in a domain that is proven for it, joined to the existing user after
 * the password once; else a user made on arrival, where the provider may. In one transaction, for sees every tenant: `asSystem`.
 */
import type { FastifyRequest } from 'fastify'
import { lockMember, refreshMember, refreshUser } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { recordAs, setLoggedBody } from '../../http/activity.ts'
import { ApiError } from '../../http/errors.ts'
import { domainOf, normalEmail } from '../../lib/email.ts'
import { findMember, setRole } from '../../people/members/members.queries.ts'
import { notifySecurityChange } from '../../people/users/users.notices.ts'
import { insertUser } from '../../people/users/users.queries.ts'
import { assertNotLast } from '../../people/users/users.removal.ts'
import type { ExternalIdentity } from '../protocol.ts'
import type { ProviderRow } from '../providers/providers.queries.ts'
import { accountsOf, confirmUser, findByAddress, insertIdentity, type Known, provenDomain, useIdentity } from './identities.queries.ts'

/** `not_allowed`: no proven domain has the address. `no_account`: nobody here has it, or not in reach of this provider. */
export type Arrival = { user: number; accountOfDomain: number | null } | { join: Known } | { refused: 'not_allowed' | 'no_account' }

/** What is kept of an identity, and shown. */
export const keptOf = ({ claims, email }: ExternalIdentity) => ({ ...claims, ...(email !== undefined && { email }) })

export async function arrive(db: ScopedSql, request: FastifyRequest, provider: ProviderRow, identity: ExternalIdentity): Promise<Arrival> {
  const email = identity.email === undefined ? undefined : normalEmail(identity.email)
  const domain = email && identity.emailVerified ? await provenDomain(db, provider.id, domainOf(email)) : undefined
  const accountOfDomain = domain?.client_id ?? null
  const known = await useIdentity(db, provider.id, identity.subject, keptOf(identity))
  if (known) return (await isInReach(db, provider, known)) ? { user: known.id, accountOfDomain } : { refused: 'no_account' }
  if (!email || !domain) return { refused: 'not_allowed' }

  const user = await findByAddress(db, email)
  if (!user) return create(db, request, provider, identity, email, accountOfDomain)
  if (!user.is_active || !(await isInReach(db, provider, user))) return { refused: 'no_account' }
  if (user.has_password) return { join: user }
  // Nothing proves a user who has no password. Where the provider covers all of its accounts, it says who the user is anyway.
  if (!(await coversAll(db, provider, user)) || (!user.activated && user.owns_account)) return { refused: 'no_account' }
  if (!user.activated) {
    await confirmUser(db, user.id)
    await refreshUser(db, user.id)
  }
  await link(db, request, provider, user, identity)
  return { user: user.id, accountOfDomain }
}

/** What a sign-in would do now. */
export interface Foreseen {
  arrival: 'known' | 'joins' | 'linked' | 'created' | 'not_allowed' | 'no_account'
  user: { id: number; email: string } | null
}

/** Lets somebody arrive, and says how. Whoever calls it takes the transaction back. */
export async function foresee(
  db: ScopedSql,
  request: FastifyRequest,
  provider: ProviderRow,
  identity: ExternalIdentity,
): Promise<Foreseen> {
  const known = await useIdentity(db, provider.id, identity.subject, {})
  const email = identity.email === undefined ? undefined : normalEmail(identity.email)
  const before = known ?? (email === undefined ? undefined : await findByAddress(db, email))
  const arrival = await arrive(db, request, provider, identity)
  if ('refused' in arrival) return { arrival: arrival.refused, user: null }
  const user = before ? { id: before.id, email: before.email } : null
  return { arrival: 'join' in arrival ? 'joins' : known ? 'known' : before ? 'linked' : 'created', user }
}

/** An account's provider is for its members, a reseller's for those it is set up for. */
async function isInReach(db: ScopedSql, provider: ProviderRow, user: Known): Promise<boolean> {
  if (user.reseller_id !== provider.reseller_id) return false
  if (provider.client_id !== null) return user.user_type === 'common' && (await findMember(db, provider.client_id, user.id)) !== undefined
  return user.user_type === 'common' ? provider.for_clients : provider.for_staff
}

async function coversAll(db: ScopedSql, { client_id }: ProviderRow, user: Known): Promise<boolean> {
  return client_id === null || (await accountsOf(db, user.id)).every((id) => id === client_id)
}

/** Staff are never made on arrival, nor is anybody where no account is named. */
async function create(
  db: ScopedSql,
  request: FastifyRequest,
  provider: ProviderRow,
  identity: ExternalIdentity,
  email: string,
  accountOfDomain: number | null,
): Promise<Arrival> {
  const clientId = provider.client_id ?? accountOfDomain
  if (!provider.creates_users || clientId === null || (provider.client_id === null && !provider.for_clients))
    return { refused: 'no_account' }
  await lockMember(db, clientId, 0, [])
  const [account] = await db`SELECT FROM clients WHERE id = ${clientId} AND reseller_id = ${provider.reseller_id} AND deleted_at IS NULL`
  if (!account) return { refused: 'no_account' }
  const { reseller_id } = provider
  const name = identity.name?.slice(0, 255) ?? null
  const person = {
    reseller_id,
    client_id: clientId,
    user_type: 'common',
    email,
    name,
    phone: null,
    lang: 'en',
    password_hash: null,
  } as const
  const role = roleOf(provider, identity.groups) ?? provider.default_role
  const id = await insertUser(db, person, role)
  await confirmUser(db, id)
  await insertIdentity(db, provider, id, { subject: identity.subject, claims: keptOf(identity) })
  await refreshMember(db, clientId, id)
  await record(db, request, { id, reseller_id, client_id: clientId, email }, clientId, { created: email, role, provider: provider.id })
  return { user: id, accountOfDomain }
}

export async function link(
  db: ScopedSql,
  request: FastifyRequest,
  provider: ProviderRow,
  user: Pick<Known, 'id' | 'reseller_id' | 'client_id' | 'email'>,
  identity: { subject: string; claims: object },
) {
  await insertIdentity(db, provider, user.id, identity)
  await notifySecurityChange(db, request, 'identity_linked', { userId: user.id, clientId: user.client_id })
  await record(db, request, user, user.client_id, { linked: provider.id })
}

async function record(
  db: ScopedSql,
  request: FastifyRequest,
  { id, email, reseller_id, client_id }: Pick<Known, 'id' | 'reseller_id' | 'client_id' | 'email'>,
  affected: number,
  note: object,
) {
  setLoggedBody(request, note)
  const person = { kind: 'client', userId: id, email, resellerId: reseller_id, clientId: client_id, actorId: null } as const
  await recordAs(db, request, person, 200, affected)
}

/** The role that the groups give; undefined where the provider has no rules. */
export function roleOf({ roles, default_role }: ProviderRow, groups: readonly string[]): number | undefined {
  if (roles.length === 0) return undefined
  return roles.find(({ group }) => groups.includes(group))?.role ?? default_role
}

/**
 * Gives the user the role of its groups, in the provider's account, or for a reseller's provider that of the domain, else the user's home.
 * Staff have no roles to give. The last Administrator of an account stays one.
 */
export async function applyRoles(
  db: ScopedSql,
  request: FastifyRequest,
  provider: ProviderRow,
  userId: number,
  groups: readonly string[],
  accountOfDomain: number | null,
): Promise<void> {
  const role = roleOf(provider, groups)
  if (role === undefined) return
  const [user] = await db<{ client_id: number; user_type: string; reseller_id: number; email: string }[]>`
    SELECT client_id, user_type, reseller_id, email FROM users WHERE id = ${userId}`
  if (user?.user_type !== 'common') return
  const wanted = provider.client_id ?? accountOfDomain
  const clientId = wanted !== null && (await findMember(db, wanted, userId)) ? wanted : (provider.client_id ?? user.client_id)
  await lockMember(db, clientId, userId, [])
  const member = await findMember(db, clientId, userId)
  if (!member || member.role_id === role) return
  try {
    await assertNotLast(db, clientId, userId)
  } catch (error) {
    if (error instanceof ApiError) return
    throw error
  }
  await setRole(db, clientId, userId, role)
  await refreshMember(db, clientId, userId)
  await record(db, request, { id: userId, ...user }, clientId, { role, was: member.role_id, provider: provider.id })
}
