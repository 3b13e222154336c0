/** Domains of email addresses: whose they are is proven by a TXT record, or vouched for by the reseller of an account. */
import { randomBytes } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { domainToASCII } from 'node:url'
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { mapConstraint, type Refusals } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { consumerDomains } from './providers.consumer-domains.ts'
import { deleteDomain, domainsOf, findProvider, insertDomain, isAccountOf, type ProviderRow, proveDomain } from './providers.queries.ts'
import { providerToChange } from './providers.rules.ts'
import type { NewDomain } from './providers.schema.ts'

const MOST_DOMAINS = 50

/** Returns the TXT records of a name, each in one piece. Throws if there are none, or no server answers. */
export type ReadTxt = (name: string) => Promise<string[]>

export const readTxt: ReadTxt = async (name) => {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  return (await resolver.resolveTxt(name)).map((parts) => parts.join(''))
}

const hostName = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/** @throws 400 */
function normalDomain(text: string): string {
  const domain = domainToASCII(text.trim().replace(/\.$/, ''))
  if (!hostName.test(domain)) throw errors.invalid({ domain: ['This is no domain.'] })
  if (consumerDomains.has(domain)) throw errors.invalid({ domain: ['Anybody can have an address in this domain.'] }, 'domain_public')
  return domain
}

/** @returns the id @throws 400, 403, 404 */
export async function claimDomain(
  db: ScopedSql,
  caller: Caller,
  providerId: number,
  wanted: Static<typeof NewDomain>,
): Promise<ProviderRow & { domainId: number }> {
  const provider = await providerToChange(db, caller, providerId)
  const domain = normalDomain(wanted.domain)
  const { client_id = null } = wanted
  if (client_id !== null && (provider.client_id !== null || !(await isAccountOf(db, client_id, provider.reseller_id))))
    throw errors.invalid({ client_id: ['There is no such account.'] })
  if ((await domainsOf(db, providerId)).length >= MOST_DOMAINS)
    throw errors.invalid({ errors: [`There are ${MOST_DOMAINS} domains, which is the maximum.`] }, 'provider_limit')
  const challenge = `reeve-domain=${randomBytes(16).toString('hex')}`
  const row = { provider_id: providerId, reseller_id: provider.reseller_id, domain, challenge, client_id }
  const domainId = await mapConstraint(insertDomain(db, row), {
    identity_provider_domains_provider_id_domain_key: ['domain_taken', { domain: ['The provider has this domain already.'] }],
  })
  return { ...provider, domainId }
}

const taken: Refusals = {
  identity_provider_domains_proven: ['domain_taken', { domain: ['Another provider of the reseller has this domain.'] }],
}

/** @throws 404 */
export async function domainInSight(db: ScopedSql, caller: Caller, providerId: number, domainId: number) {
  const provider = await findProvider(db, caller, providerId)
  const domain = provider?.domains.find(({ id }) => id === domainId)
  if (!domain) throw errors.notFound()
  return domain
}

/** Outside any transaction, for a name server may take seconds. @throws 400 */
export async function assertRecord(
  read: ReadTxt,
  { record_name, record_value }: { record_name: string; record_value: string },
): Promise<void> {
  const found = await read(record_name).catch((): string[] => [])
  if (found.includes(record_value)) return
  const text = found.length > 0 ? `The TXT record of ${record_name} holds something else.` : `${record_name} has no TXT record yet.`
  throw errors.invalid({ domain: [text] }, 'domain_not_proven')
}

/** @throws 400 where another provider has it; 403, 404 */
export async function markProven(
  db: ScopedSql,
  caller: Caller,
  providerId: number,
  domainId: number,
  by: 'dns' | 'reseller',
): Promise<ProviderRow> {
  const provider = await providerToChange(db, caller, providerId)
  await domainInSight(db, caller, providerId, domainId)
  if (by === 'reseller' && provider.client_id === null && caller.kind !== 'platform')
    throw errors.forbidden('A reseller vouches for the domains of its accounts. Prove your own by DNS.')
  await mapConstraint(proveDomain(db, domainId, by), taken)
  return provider
}

/** @throws 403, 404 */
export async function releaseDomain(db: ScopedSql, caller: Caller, providerId: number, domainId: number): Promise<ProviderRow> {
  const provider = await providerToChange(db, caller, providerId)
  if (!(await deleteDomain(db, providerId, domainId))) throw errors.notFound()
  return provider
}
