/** Which of our origins a request came to, and whose it is. The Host header is compared with those that we have, and never used. */
import type { SystemSql } from '../../db/scope.ts'
import { type Addresses, domainIn } from '../../mail/brand.ts'
import { resellerOfDomain } from './sign-in.queries.ts'

export interface Place {
  origin: string
  /** The reseller whose host it is; null for this server's own. */
  reseller: number | null
}

export async function placeOf(system: SystemSql, { url, brandUrl }: Addresses, host = ''): Promise<Place> {
  const own = { origin: URL.canParse(url) ? new URL(url).origin : url, reseller: null }
  if (brandUrl === undefined) return { ...own, reseller: (await resellerOfDomain(system, host.toLowerCase().replace(/:\d+$/, ''))) ?? null }
  const { protocol } = new URL(brandUrl.replaceAll('{domain}', 'a.example'))
  const domain = domainIn(brandUrl, `${protocol}//${host.toLowerCase()}`)
  const reseller = domain === undefined ? undefined : await resellerOfDomain(system, domain)
  if (domain === undefined || reseller === undefined) return own
  return { origin: brandUrl.replaceAll('{domain}', domain), reseller }
}
