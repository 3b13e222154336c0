/** Finders of identity providers and what belongs to them, for test/objects.ts. */
import { randomUUID } from 'node:crypto'
import type { TestCaller } from './callers.ts'
import type { TestWorld } from './harness.ts'
import type { Ids } from './objects.ts'
import type { Kind } from './operations/table.ts'
import { insertIdentity, insertProvider } from './sso-world.ts'

interface Of {
  accountOf(one: TestCaller, kind: Kind): number | undefined
  resellerOf(one: TestCaller, kind: Kind): number | undefined
  personIn(clientId: number): Promise<number>
  unknown: number
}

export function providersOf(t: TestWorld, { accountOf, resellerOf, personIn, unknown }: Of) {
  const { system } = t.database
  const accountsReseller = (id: number) => t.world.clients.find((one) => one.id === id)?.reseller_id as number

  /** `own`: of the account one works in, or of the own reseller. `neighbour`: of an account of the same reseller. */
  async function provider(one: TestCaller, kind: Kind) {
    if (kind === 'another' || kind === 'colleague' || kind === 'misplaced') return undefined
    if (kind === 'unknown') return { providerId: unknown }
    const account = kind === 'own' ? (one.kind === 'client' ? one.clientId : null) : accountOf(one, kind)
    if (account === undefined) return undefined
    const reseller_id = account === null ? one.resellerId : accountsReseller(account)
    const providerId = await insertProvider(t, { reseller_id, client_id: account, state: 'tested' })
    return { providerId, reseller_id, account }
  }
  const idsOf = async (
    one: TestCaller,
    kind: Kind,
    more: (made: NonNullable<Awaited<ReturnType<typeof provider>>>) => Promise<object> | object,
  ) => {
    const made = await provider(one, kind)
    return made && ({ providerId: made.providerId, ...(await more(made)) } as Ids)
  }

  return {
    'identity provider': (one: TestCaller, kind: Kind) => idsOf(one, kind, () => ({})),
    'test of a provider': (one: TestCaller, kind: Kind) => idsOf(one, kind, () => ({ testId: '0'.repeat(64) })),

    /** Whoever makes one has room for it. */
    async 'owner of providers'(one: TestCaller, kind: Kind) {
      if (kind !== 'own') return undefined
      const account = one.kind === 'client' ? one.clientId : null
      await system`UPDATE identity_providers SET deleted_at = now()
        WHERE reseller_id = ${one.resellerId} AND client_id IS NOT DISTINCT FROM ${account}::bigint`
      return {}
    },

    exception: (one: TestCaller, kind: Kind) =>
      idsOf(one, kind, async ({ providerId, reseller_id, account }) => {
        if (reseller_id === undefined) return { userId: unknown }
        // A reseller's own provider is for the users of its accounts; the platform's own reseller has none, so it is for staff there.
        const home =
          account ?? t.world.clients.find((c) => c.reseller_id === reseller_id && c.client_type === 'common' && !c.deleted_at)?.id
        if (home === undefined) await system`UPDATE identity_providers SET for_staff = true WHERE id = ${providerId}`
        const userId = home === undefined ? one.userId : await personIn(home)
        await system`INSERT INTO identity_provider_exceptions ${system({ provider_id: providerId, reseller_id, user_id: userId })}`
        return { userId }
      }),

    'domain of a provider': (one: TestCaller, kind: Kind) =>
      idsOf(one, kind, async ({ providerId, reseller_id }) => {
        if (reseller_id === undefined) return { domainId: unknown }
        const row = { provider_id: providerId, reseller_id, domain: `${randomUUID()}.example`, challenge: 'x' }
        const [made] = await system`INSERT INTO identity_provider_domains ${system(row)} RETURNING id`
        return { domainId: made?.id }
      }),

    /** One that is on, for people of this kind. */
    async 'provider of one’s own'(one: TestCaller, kind: Kind) {
      if (kind === 'unknown') return { providerId: unknown }
      const reseller_id = kind === 'own' || kind === 'foreign' ? resellerOf(one, kind) : undefined
      if (reseller_id === undefined) return undefined
      return { providerId: await insertProvider(t, { reseller_id, client_id: null, for_staff: true }) }
    },

    async identity(one: TestCaller, kind: Kind) {
      if (kind === 'unknown') return { identityId: unknown }
      if (!['own', 'colleague', 'foreign'].includes(kind)) return undefined
      const account = kind === 'own' ? undefined : accountOf(one, kind)
      if (kind !== 'own' && account === undefined) return undefined
      const userId = account === undefined ? one.userId : await personIn(account)
      const reseller_id = account === undefined ? one.resellerId : accountsReseller(account)
      const subject = await insertIdentity(t, await insertProvider(t, { reseller_id, client_id: null }), reseller_id, userId)
      const [made] = await system`SELECT id FROM identities WHERE subject = ${subject} ORDER BY id DESC LIMIT 1`
      return { identityId: made?.id }
    },
  }
}
