/** The way of a sign-in by an identity provider: started in a browser, answered once, and turned into a session, an identity or a test's outcome. */
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { type AuthType, recordLogin } from '../../audit/logins.queries.ts'
import { findSubject } from '../../auth/sessions/sessions.queries.ts'
import { openSession, type Signable } from '../../auth/sessions/sessions.rules.ts'
import { asSystem, type SystemSql } from '../../db/scope.ts'
import type { Clock } from '../../lib/clock.ts'
import { domainOf } from '../../lib/email.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { OutgoingError } from '../../lib/outgoing.ts'
import { hashSecret, newSecret } from '../../lib/secrets.ts'
import type { Addresses } from '../../mail/brand.ts'
import { insertPending, provenDomain } from '../identities/identities.queries.ts'
import { applyRoles, arrive, foresee, keptOf, link, roleOf } from '../identities/identities.rules.ts'
import { type ExternalIdentity, type Protocols, ProviderError, type ProviderKind } from '../protocol.ts'
import { markTested, type ProviderRow, providerById, providerByKey } from '../providers/providers.queries.ts'
import { isComplete, openProvider } from '../providers/providers.rules.ts'
import { browserOf, MINUTES, setBrowser } from './sign-in.cookies.ts'
import { placeOf } from './sign-in.places.ts'
import { accountBy, insertRequest, keepOutcome, mayLink, takeRequest } from './sign-in.queries.ts'
import { openTicket, sealTicket, type Ticket } from './sign-in.tickets.ts'

export interface SsoHandles {
  system: SystemSql
  cipher: Cipher
  clock: Clock
  mail: { addresses: Addresses }
  protocols: Protocols
}

/** Why somebody was not signed in: `?sso_error=` of the sign-in page. Details are for who sets the provider up, in a test. */
export type SsoError = 'unknown' | 'expired' | 'provider_failed' | 'not_allowed' | 'no_account'

export const START = '/reeve/sso/start'
export const CALLBACK = '/reeve/sso/callback'
/** The sign-in page takes the session over, and goes to the page that was asked for. */
const SIGNED_IN = '/sign-in?sso=done'
const errorPage = (error: SsoError) => `/sign-in?sso_error=${error}`
/** Pages of the console. */
export const testPage = (providerId: number, hash: Buffer) => `/identity_providers/${providerId}?test=${hash.toString('hex')}`
const profilePage = (error?: SsoError | 'taken') => `/profile?tab=identities&${error ? `sso_error=${error}` : 'sso=linked'}`

export const secretsContext = (hash: Buffer) => `secrets of authentication request ${hash.toString('hex')}`
export const receivedContext = (hash: Buffer) => `answer to authentication request ${hash.toString('hex')}`

export const authTypeOf = (kind: ProviderKind): AuthType => (kind === 'google' ? 'google-oauth2' : kind === 'github' ? 'github' : 'sso')

/** The address that begins a sign-in, and the hash of its request. */
export function newTicket({ cipher, clock }: SsoHandles, what: Pick<Ticket, 'provider' | 'purpose' | 'user' | 'browser'>) {
  const state = newSecret()
  const ticket = sealTicket(cipher, { ...what, state, ends: clock.now().getTime() + MINUTES * 60_000 })
  return { url: `${START}?to=${ticket}`, hash: hashSecret(state) }
}

/** The same for a user's own browser, which gets a cookie: sent to somebody else, the address begins nothing. */
export function newOwnTicket(handles: SsoHandles, reply: FastifyReply, what: { provider: number; purpose: 'test' | 'link'; user: number }) {
  const browser = newSecret()
  setBrowser(reply, handles.mail.addresses.url, browser)
  return newTicket(handles, { ...what, browser: hashSecret(browser).toString('hex') })
}

const isOn = ({ state }: ProviderRow) => state === 'on' || state === 'enforced'

/** Where to send the browser that follows an address of a start. */
export async function start(
  handles: SsoHandles,
  request: FastifyRequest,
  reply: FastifyReply,
  { to, provider: key = '', again }: { to?: string; provider?: string; again?: string },
): Promise<string> {
  const { system, cipher, clock, mail, protocols } = handles
  const place = await placeOf(system, mail.addresses, request.host)
  // The provider sends the browser back to that origin, where it must have the cookie. Once: a proxy may name another host for ever.
  if (again === undefined && request.host !== new URL(place.origin).host && place.origin !== '')
    return `${place.origin}${request.url}${request.url.includes('?') ? '&' : '?'}again=1`
  const known = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key) ? await providerByKey(system, key) : undefined
  const ticket = to === undefined ? publicTicket(known) : openTicket(cipher, to, clock.now())
  const row = ticket && (await providerById(system, ticket.provider))
  if (!ticket || !row) return errorPage('unknown')
  if (ticket.purpose === 'test' ? !isComplete(row) : !isOn(row)) return errorPage('unknown')
  const { state, purpose, user } = ticket
  if (purpose !== 'sign_in' && ticket.browser !== hashSecret(browserOf(request) ?? '').toString('hex')) return errorPage('expired')
  const [hash, browser] = [hashSecret(state), newSecret()]
  const kept = { hash, provider_id: row.id, purpose, browser: hashSecret(browser), user_id: user, origin: place.origin }
  try {
    const { url, secrets } = await protocols[row.kind].start(openProvider(cipher, row), { origin: place.origin, state })
    await insertRequest(system, { ...kept, secrets: cipher.encrypt(Buffer.from(JSON.stringify(secrets)), secretsContext(hash)) })
    setBrowser(reply, place.origin, browser)
    return url
  } catch (error) {
    if ((error as { constraint_name?: string }).constraint_name === 'authentication_requests_pkey') return errorPage('expired')
    const said = reasonOf(error, request.log)
    if (purpose === 'sign_in') return errorPage('provider_failed')
    await insertRequest(system, { ...kept, secrets: null })
    return ended(handles, row, kept, { error: said })
  }
}

const publicTicket = (provider: number | undefined): Ticket | undefined =>
  provider === undefined ? undefined : { provider, purpose: 'sign_in', user: null, state: newSecret(), ends: 0 }

/** What the provider, or our way to it, has to say. @throws everything else */
function reasonOf(error: unknown, log: FastifyBaseLogger) {
  if (!(error instanceof ProviderError || error instanceof OutgoingError)) throw error
  const code = error instanceof ProviderError ? error.code : 'provider_unreachable'
  log.info({ code, reason: error.message }, 'a sign-in by an identity provider failed')
  return { code, message: error.message.slice(0, 1000) }
}

type Kept = { hash: Buffer; purpose: Ticket['purpose'] }

/** Where a browser goes whose test or link ended without an identity. */
async function ended({ system }: SsoHandles, provider: ProviderRow, { hash, purpose }: Kept, outcome: object): Promise<string> {
  if (purpose === 'sign_in') return errorPage('provider_failed')
  if (purpose === 'link') return profilePage('provider_failed')
  await keepOutcome(system, hash, outcome)
  return testPage(provider.id, hash)
}

/** What a callback leads to: an address, and the session where somebody was signed in. */
export interface Ended {
  to: string
  session?: Signable
}

/** The browser is back. What SAML posted before is in the request; of the others the query is the answer. */
export async function finish(handles: SsoHandles, request: FastifyRequest, reply: FastifyReply, query: URLSearchParams): Promise<Ended> {
  const { system, cipher, mail, protocols } = handles
  const [state, browser] = [query.get('state') ?? '', browserOf(request)]
  const hash = hashSecret(state)
  const asked = browser === undefined ? undefined : await takeRequest(system, hash, hashSecret(browser))
  const row = asked && (await providerById(system, asked.provider_id))
  if (!asked || !row || (asked.purpose !== 'test' && !isOn(row))) return { to: errorPage('expired') }
  const secrets = asked.secrets ? JSON.parse(cipher.decrypt(asked.secrets, secretsContext(hash)).toString()) : {}
  const at = { origin: asked.origin, state, secrets }
  const provider = openProvider(cipher, row)
  let identity: ExternalIdentity
  try {
    if (row.kind === 'saml') {
      if (!asked.received) throw new ProviderError('no_answer', 'The provider posted no answer.')
      const posted = cipher.decrypt(asked.received, receivedContext(hash)).toString()
      identity = await protocols.saml.answer(provider, at, JSON.parse(posted))
    } else identity = await protocols[row.kind].answer(provider, at, query)
  } catch (error) {
    return { to: await ended(handles, row, asked, { error: reasonOf(error, request.log) }) }
  }
  if (asked.purpose === 'test') return { to: await endTest(system, request, row, hash, identity) }
  if (asked.purpose === 'link') return { to: await endLink(system, request, row, asked.user_id as number, identity) }
  const end = await endSignIn(handles, request, row, identity, browser as string)
  if (end.session) setBrowser(reply, mail.addresses.url, '')
  return end
}

/** What would have happened is not to happen. */
class TakenBack extends Error {}

async function endTest(
  system: SystemSql,
  request: FastifyRequest,
  row: ProviderRow,
  hash: Buffer,
  identity: ExternalIdentity,
): Promise<string> {
  const { subject, email = null, emailVerified, name = null, groups, amr, issuer, claims } = identity
  const domain = domainOf(email ?? '').toLowerCase()
  const proven = await asSystem(system, (db) => provenDomain(db, row.id, domain))
  const shown = { subject, email, email_verified: emailVerified, name, groups, amr, issuer, claims }
  const role = roleOf(row, groups) ?? null
  let foreseen: object = {}
  await asSystem(system, async (db) => {
    foreseen = await foresee(db, request, row, identity)
    throw new TakenBack()
  }).catch((error: unknown) => {
    if (!(error instanceof TakenBack)) throw error
  })
  await keepOutcome(system, hash, { identity: { ...shown, role, domain_proven: proven !== undefined, ...foreseen } })
  await markTested(system, row.id)
  return testPage(row.id, hash)
}

async function endLink(
  system: SystemSql,
  request: FastifyRequest,
  row: ProviderRow,
  userId: number,
  identity: ExternalIdentity,
): Promise<string> {
  if (!(await mayLink(system, userId, row.id))) return profilePage('not_allowed')
  try {
    await asSystem(system, async (db) => {
      const [user] = await db<{ id: number; reseller_id: number; client_id: number; email: string }[]>`
        SELECT id, reseller_id, client_id, email FROM users WHERE id = ${userId} AND deleted_at IS NULL AND is_active`
      if (user) await link(db, request, row, user, { subject: identity.subject, claims: keptOf(identity) })
    })
    return profilePage()
  } catch (error) {
    if ((error as { constraint_name?: string }).constraint_name === 'identities_provider_id_subject_key') return profilePage('taken')
    throw error
  }
}

async function endSignIn(
  { system }: SsoHandles,
  request: FastifyRequest,
  row: ProviderRow,
  identity: ExternalIdentity,
  browser: string,
): Promise<Ended> {
  const once = () =>
    asSystem(system, async (db) => {
      const arrival = await arrive(db, request, row, identity)
      if ('join' in arrival) {
        const { session, issuer, amr, groups } = identity
        const claims = { shown: keptOf(identity), identity: { session, issuer, amr, groups } }
        await insertPending(db, {
          hash: hashSecret(browser),
          provider_id: row.id,
          user_id: arrival.join.id,
          subject: identity.subject,
          claims,
        })
      }
      if ('user' in arrival) await applyRoles(db, request, row, arrival.user, identity.groups, arrival.accountOfDomain)
      return arrival
    })
  // Somebody of this name, or with this address, came at the same time: the second try finds the user.
  const arrival = await once().catch((error: { constraint_name?: string }) => {
    if (!['identities_provider_id_subject_key', 'users_email_is_unique'].includes(error.constraint_name ?? '')) throw error
    return once()
  })
  if ('refused' in arrival) return { to: errorPage(arrival.refused) }
  if ('join' in arrival) return { to: '/sign-in?sso=join' }
  const session = await beginBy(system, request, row, arrival.user, identity)
  return session ? { to: SIGNED_IN, session } : { to: errorPage('no_account') }
}

/** Begins a session of a user who came by a provider, and logs the sign-in. Undefined for a user who may work nowhere by it. */
export async function beginBy(
  system: SystemSql,
  request: FastifyRequest,
  row: Pick<ProviderRow, 'id' | 'kind' | 'reseller_id'>,
  userId: number,
  { session, issuer, amr }: Pick<ExternalIdentity, 'issuer' | 'amr'> & { session?: string | undefined },
): Promise<Signable | undefined> {
  const authType = authTypeOf(row.kind)
  const account = await accountBy(system, userId, row.id, authType)
  const subject = account === undefined ? undefined : await findSubject(system, userId, account)
  const begun =
    subject && (await openSession(system, { subject, actorId: null, request, authType, provider: { id: row.id, session, issuer, amr } }))
  const tried = { reseller_id: row.reseller_id, client_id: account ?? null, user_id: userId }
  await recordLogin(system, request, tried, { is_successful: begun !== undefined, auth_type: authType })
  return begun
}
