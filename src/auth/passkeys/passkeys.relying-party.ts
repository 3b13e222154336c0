/** Where passkeys work: at this server's address, and at the one REEVE_BRAND_URL makes of a reseller's domain (WebAuthn, 5.1.2). */
import type { TransactionSql } from '../../db/pool.ts'
import type { SystemSql } from '../../db/scope.ts'
import { type Addresses, domainIn } from '../../mail/brand.ts'

export interface Place {
  /** Origin of the requesting page, as the browser reports it. */
  origin: string
  /** The host a passkey is bound to. */
  rpId: string
}

export function relyingPartyOf(url: string): Place {
  const place = new URL(url)
  if (/^(127(\.\d+){3}|\[::1\])$/.test(place.hostname)) place.hostname = 'localhost' // an RP ID cannot be an IP address
  return { origin: place.origin, rpId: place.hostname }
}

/** Returns the relying party for the page's Origin header; this server's own if the header is missing or is not one of our origins. */
export async function placeOf(
  db: SystemSql | TransactionSql,
  { url, brandUrl }: Addresses,
  origin: string | undefined,
  ofReseller: number | null = null,
): Promise<Place> {
  const domain = brandUrl === undefined ? undefined : domainIn(brandUrl, origin)
  if (brandUrl === undefined || domain === undefined) return relyingPartyOf(url)
  const [branding] = await db`
    SELECT FROM branding b JOIN resellers r ON r.id = b.reseller_id
    WHERE fold(b.domain) = fold(${domain}) AND b.deleted_at IS NULL AND r.deleted_at IS NULL AND coalesce(r.id = ${ofReseller}, true)`
  return relyingPartyOf(branding ? brandUrl.replaceAll('{domain}', domain) : url)
}
