/** How a reseller's mails look, and from whom they are: its branding, or its bare name. */

import type { ISql } from '../db/sql.ts'
import type { Config } from '../lib/config.ts'

export interface Brand {
  name: string
  /** Where links lead, without a slash at the end: ours, or what REEVE_BRAND_URL makes of the reseller's domain. */
  url: string
  /** An address of an image that mail programs show, or undefined. */
  logo: string | undefined
  /** `#rgb` or `#rrggbb`. */
  colors: { header: string; primary: string }
  fromEmail: string | undefined
  support: { email: string | undefined; phone: string | undefined; website: string | undefined }
}

/** Where this server answers, for people: REEVE_URL and REEVE_BRAND_URL, else where it listens. */
export interface Addresses {
  /** Without a slash at the end. */
  url: string
  /** With `{domain}` in it. */
  brandUrl: string | undefined
}

export const addressesOf = ({ url, brandUrl }: Pick<Config, 'url' | 'brandUrl'>, listening: string): Addresses => ({
  url: (url ?? listening).replace(/\/+$/, ''),
  brandUrl: brandUrl?.replace(/\/+$/, ''),
})

const colour = (text: string | undefined) => (/^#([\da-f]{3}|[\da-f]{6})$/i.test(text ?? '') ? text : undefined)

export const plain = { header: '#1f2a44', primary: '#1f5fbf' }

/** Mail programs do not show SVG: the name stands for such a logo. */
const shownByMailPrograms = ['image/png', 'image/jpeg']

type Row = {
  name: string
  domain: string | null
  settings: Partial<Record<'brandName' | 'fromEmail' | 'supportEmail' | 'supportPhone' | 'websiteLink', string>> & {
    colors?: Partial<Brand['colors']>
  }
  logo: string | null
}

export async function brandOf(db: ISql, resellerId: number, { url, brandUrl }: Addresses): Promise<Brand> {
  const [row] = await db<Row[]>`
    SELECT r.name, b.domain, coalesce(b.public_settings, '{}') AS settings, encode(a.digest, 'hex') AS logo
    FROM resellers r LEFT JOIN branding b ON b.reseller_id = r.id AND b.deleted_at IS NULL
      LEFT JOIN branding_assets a ON a.reseller_id = b.reseller_id AND a.kind = 'logo' AND a.content_type = ANY (${shownByMailPrograms})
    WHERE r.id = ${resellerId}`
  if (!row) throw new Error(`There is no reseller ${resellerId}.`)
  const { name, domain, settings, logo } = row
  const own = brandUrl && domain ? brandUrl.replaceAll('{domain}', domain) : url
  return {
    name: settings.brandName || name,
    url: own,
    logo: logo ? `${own}/reeve/branding/images/${logo}` : undefined,
    colors: { header: colour(settings.colors?.header) ?? plain.header, primary: colour(settings.colors?.primary) ?? plain.primary },
    fromEmail: settings.fromEmail,
    support: { email: settings.supportEmail, phone: settings.supportPhone, website: settings.websiteLink },
  }
}
