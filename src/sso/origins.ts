/** Which of our origins a browser asked: this server's, or the one that REEVE_BRAND_URL makes of a reseller's domain. */
import type { SystemSql } from '../db/scope.ts'
import { type Addresses, domainIn } from '../mail/brand.ts'

/** Returns this server's own for a host that is nobody's: what a provider sends back must never go elsewhere. */
export async function originAt(system: SystemSql, { url, brandUrl }: Addresses, host = ''): Promise<string> {
  const own = new URL(url).origin
  if (brandUrl === undefined) return own
  const origin = `${new URL(brandUrl.replaceAll('{domain}', 'a.example')).protocol}//${host.toLowerCase()}`
  const domain = domainIn(brandUrl, origin)
  if (domain === undefined) return own
  const [branding] = await system`
    SELECT FROM branding b JOIN resellers r ON r.id = b.reseller_id
    WHERE fold(b.domain) = fold(${domain}) AND b.deleted_at IS NULL AND r.deleted_at IS NULL`
  return branding ? origin : own
}
