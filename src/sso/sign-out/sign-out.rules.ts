/** Signing out together with an identity provider: it tells us whose sessions end, and we tell the browser where to sign out there. */
import { setTimeout } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { SignOutElsewhere } from '../../auth/console-sessions/console-sessions.rules.ts'
import { asSystem, type SystemSql } from '../../db/scope.ts'
import { recordAs, setLoggedBody } from '../../http/activity.ts'
import type { Cipher } from '../../lib/encryption.ts'
import type { OutgoingFetch } from '../../lib/outgoing.ts'
import type { Addresses } from '../../mail/brand.ts'
import type { Discovery } from '../oidc/discovery.ts'
import { endSessionAddress, verifyLogoutToken } from '../oidc/logout.ts'
import { originAt } from '../origins.ts'
import { ProviderError } from '../protocol.ts'
import { providerById } from '../providers/providers.queries.ts'
import { openProvider } from '../providers/providers.rules.ts'
import type { SamlKeys } from '../saml/saml.keys.ts'
import { endProviderSessions } from '../sessions/sessions.queries.ts'
import { spend } from '../spent.ts'
import { personOf } from './sign-out.persons.ts'
import { samlLogoutAddress } from './sign-out.saml.ts'

export interface SignOutHandles {
  system: SystemSql
  cipher: Cipher
  outgoing: OutgoingFetch
  discovery: Discovery
  samlKeys: SamlKeys
  mail: { addresses: Addresses }
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

/** Milliseconds that a sign-out waits for the provider to name its own. */
const PATIENCE = 2000

export const signOutElsewhere =
  ({ system, cipher, discovery, samlKeys, mail }: SignOutHandles): SignOutElsewhere =>
  async (session, host) => {
    const { provider_id } = session
    const row = provider_id === null ? undefined : await providerById(system, provider_id)
    if (row?.kind !== 'oidc' && row?.kind !== 'saml') return undefined
    const provider = openProvider(cipher, row)
    const found =
      row.kind === 'oidc'
        ? endSessionAddress(discovery, provider)
        : samlLogoutAddress({ system, samlKeys }, provider, session, await originAt(system, mail.addresses, host))
    const address = found.catch(() => undefined) // it is signed out here all the same
    return Promise.race([address, setTimeout(PATIENCE, undefined, { ref: false })])
  }
