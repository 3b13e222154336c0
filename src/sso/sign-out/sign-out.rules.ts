/** Signing out together with an identity provider: it tells us whose sessions end, and we tell the browser where to sign out there. */
import { setTimeout } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { SignOutElsewhere } from '../../auth/console-sessions/console-sessions.rules.ts'
import { asSystem, type SystemSql } from '../../db/scope.ts'
import { recordAs, setLoggedBody } from '../../http/activity.ts'
import type { Cipher } from '../../lib/encryption.ts'
import type { OutgoingFetch } from '../../lib/outgoing.ts'
import type { Discovery } from '../oidc/discovery.ts'
import { endSessionAddress, verifyLogoutToken } from '../oidc/logout.ts'
import { ProviderError } from '../protocol.ts'
import { providerById } from '../providers/providers.queries.ts'
import { openProvider } from '../providers/providers.rules.ts'
import { type EndedSession, endProviderSessions } from '../sessions/sessions.queries.ts'
import { spend } from '../spent.ts'

export interface SignOutHandles {
  system: SystemSql
  cipher: Cipher
  outgoing: OutgoingFetch
  discovery: Discovery
}

/** Ends the sessions that a logout token names. @throws ProviderError */
export async function endByLogoutToken(handles: SignOutHandles, request: FastifyRequest, providerId: number, token: string): Promise<void> {
  const { system, cipher } = handles
  const row = await providerById(system, providerId)
  if (row?.kind !== 'oidc') throw new ProviderError('unknown', 'There is no such provider.')
  const { id, until, ...whom } = await verifyLogoutToken(handles, openProvider(cipher, row), token)
  await asSystem(system, async (db) => {
    if (!(await spend(db, providerId, id, until))) throw new ProviderError('replayed', 'The logout token was used before.')
    const ended = await endProviderSessions(db, providerId, whom)
    setLoggedBody(request, { provider_id: providerId })
    for (const one of ended) await recordAs(db, request, personOf(one), 200, one.client_id)
  })
}

export const personOf = ({ user_id, client_id, reseller_id, email }: EndedSession) => ({
  kind: 'client' as const, // the account is the user's own, so it is of its reseller
  userId: user_id,
  email,
  resellerId: reseller_id,
  clientId: client_id,
  actorId: null,
})

/** Milliseconds that a sign-out waits for the provider to name its own. */
const PATIENCE = 2000

export const signOutElsewhere =
  ({ system, cipher, discovery }: SignOutHandles): SignOutElsewhere =>
  async ({ provider_id }) => {
    const row = provider_id === null ? undefined : await providerById(system, provider_id)
    if (row?.kind !== 'oidc') return undefined
    const address = endSessionAddress(discovery, openProvider(cipher, row)).catch(() => undefined) // it is signed out here all the same
    return Promise.race([address, setTimeout(PATIENCE, undefined, { ref: false })])
  }
