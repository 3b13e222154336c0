/** Where passkeys work: at the address of this server, and at the one that REEVE_BRAND_URL makes of a reseller's domain (WebAuthn, 5.1.2). */
import type { TransactionSql } from '../../db/pool.ts'
import type { SystemSql } from '../../db/scope.ts'
import type { Addresses } from '../../mail/brand.ts'

export interface Place {
  /** What the browser says of the page that asked. */
  origin: string
  /** The host a passkey is bound to. */
  rpId: string
}

export function placeAt(url: string): Place {
  const place = new URL(url)
  if (/^(127(\.\d+){3}|\[::1\])$/.test(place.hostname)) place.hostname = 'localhost' // an address is no host for a passkey
  return { origin: place.origin, rpId: place.hostname }
}

/** The place of the page that asks, by its Origin header; this server's own where there is none, or one that is none of ours. */
export async function placeOf(
  db: SystemSql | TransactionSql,
  { url, brandUrl }: Addresses,
  origin: string | undefined,
  ofReseller: number | null = null,
): Promise<Place> {
  const domain = brandUrl === undefined ? undefined : domainIn(brandUrl, origin)
  if (brandUrl === undefined || domain === undefined) return placeAt(url)
  const [branding] = await db`
    SELECT FROM branding b JOIN resellers r ON r.id = b.reseller_id
    WHERE fold(b.domain) = fold(${domain}) AND b.deleted_at IS NULL AND r.deleted_at IS NULL AND coalesce(r.id = ${ofReseller}, true)`
  return placeAt(branding ? brandUrl.replaceAll('{domain}', domain) : url)
}

/** The domain that makes this origin of the template, if there is one. */
function domainIn(template: string, origin = ''): string | undefined {
  const [scheme = '', host = ''] = template.split('/').filter((part) => part !== '')
  const [before = '', after = ''] = `${scheme}//${host}`.split('{domain}')
  if (!origin.startsWith(before) || !origin.endsWith(after)) return undefined
  const domain = origin.slice(before.length, origin.length - after.length)
  const made = template.replaceAll('{domain}', domain)
  return /^[a-z\d.-]+$/.test(domain) && URL.canParse(made) && new URL(made).origin === origin ? domain : undefined
}
