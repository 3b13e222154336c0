/** Signing out together with a SAML provider: whose sessions a request of it ends, and where a browser signs out there. */
import type { FastifyRequest } from 'fastify'
import { asSystem, type ScopedSql, type SystemSql } from '../../db/scope.ts'
import { recordAs, setLoggedBody } from '../../http/activity.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { type Provider, ProviderError, type SamlSettings } from '../protocol.ts'
import { providerById } from '../providers/providers.queries.ts'
import { openProvider } from '../providers/providers.rules.ts'
import type { SamlKeys } from '../saml/saml.keys.ts'
import { type LogoutRequest, logoutAddress, logoutAnswer, type Received, readLogout, usableOf } from '../saml/saml.logout.ts'
import { type EndedSession, endProviderSessions } from '../sessions/sessions.queries.ts'
import { spend } from '../spent.ts'
import { personOf } from './sign-out.persons.ts'

export interface SamlSignOutHandles {
  system: SystemSql
  cipher: Cipher
  samlKeys: SamlKeys
}

/** Providers that share an entity id, each of which costs a signature to verify. */
const MOST = 20

/**
 * Ends the sessions that a request names, at every provider here that is the sender: a company may be one of a reseller and of an account. Whoever
 * signs must have the key of the provider whose sessions end, so a tenant that takes another's entity id ends nothing but its own.
 * @returns where our answer goes, if the provider takes one @throws ProviderError
 */
export async function endByLogoutRequest(
  { system, cipher, samlKeys }: SamlSignOutHandles,
  request: FastifyRequest,
  origin: string,
  received: Received,
): Promise<string | undefined> {
  const answers: Provider[] = []
  let logout: LogoutRequest | undefined
  for (const provider of await sendersOf(system, cipher, received.issuer)) {
    const verified = await received.verifiedBy(usableOf(provider))
    if (!verified) continue
    const read = readLogout(verified, origin)
    await asSystem(system, (db) => end(db, request, provider, read))
    logout = read
    answers.push(provider)
  }
  const [provider] = answers
  if (!logout || !provider) throw new ProviderError('saml_logout_refused', `No provider ${received.issuer.slice(0, 200)} signs like this.`)
  const [key] = await samlKeys.live()
  return key && logoutAnswer(provider, { origin, id: logout.id, relayState: received.relayState }, key)
}

async function sendersOf(system: SystemSql, cipher: Cipher, issuer: string): Promise<Provider[]> {
  const rows = await system<{ id: number }[]>`
    SELECT id FROM identity_providers WHERE kind = 'saml' AND deleted_at IS NULL AND state <> 'draft' AND settings ->> 'entityId' = ${issuer}
    ORDER BY id LIMIT ${MOST}`
  const found = await Promise.all(rows.map(({ id }) => providerById(system, id)))
  return found.flatMap((row) => (row ? [openProvider(cipher, row)] : []))
}

async function end(db: ScopedSql, request: FastifyRequest, { id, settings }: Provider, logout: LogoutRequest): Promise<void> {
  if (!(await spend(db, id, logout.id, logout.until))) throw new ProviderError('saml_replayed', 'The sign-out was sent before.')
  const isNamed = (settings as SamlSettings).subjectAttribute === undefined
  const subject = isNamed ? logout.subject : await subjectOfNameId(db, id, logout.subject)
  const ended = new Map<number, EndedSession>()
  // Without a subject of ours the name of the session alone says whose it is.
  for (const session of logout.sessions.length > 0 ? logout.sessions : [undefined])
    for (const one of await endProviderSessions(db, id, { session, subject })) ended.set(one.user_id, one)
  setLoggedBody(request, { provider_id: id })
  for (const one of ended.values()) await recordAs(db, request, personOf(one), 200, one.client_id)
}

/** Where an attribute names people, the NameID is among the claims that were last seen. */
async function subjectOfNameId(db: ScopedSql, providerId: number, nameId: string): Promise<string | undefined> {
  const rows = await db<{ subject: string }[]>`
    SELECT subject FROM identities WHERE provider_id = ${providerId} AND claims ->> 'NameID' = ${nameId} LIMIT 2`
  return rows.length === 1 ? rows[0]?.subject : undefined
}

/** Where the browser of a session signs out at the provider too; undefined where it offers that to nobody. */
export async function samlLogoutAddress(
  { system, samlKeys }: Pick<SamlSignOutHandles, 'system' | 'samlKeys'>,
  provider: Provider,
  { session_id, user_id }: { session_id: string; user_id: number },
  origin: string,
): Promise<string | undefined> {
  const [row] = await system<{ session: string | null; name_id: string | null }[]>`
    SELECT s.provider_session AS session, i.claims ->> 'NameID' AS name_id FROM sessions s
    JOIN identities i ON i.provider_id = s.provider_id AND i.user_id = ${user_id}
    WHERE s.id = ${session_id} ORDER BY i.last_used_at DESC NULLS LAST LIMIT 1`
  const [key] = await samlKeys.live()
  if (!row?.name_id || !key) return undefined
  return logoutAddress(provider, { origin, nameId: row.name_id, session: row.session ?? undefined }, key)
}
