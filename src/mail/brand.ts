/** The brand of a reseller's mails, their look and sender: from its branding, or else from its name alone. */

import type { ISql } from '../db/sql.ts'
import { isColour } from '../lib/colours.ts'
import type { Config } from '../lib/config.ts'
import type { Brand } from './render.ts'

/** The public addresses of this server: REEVE_URL and REEVE_BRAND_URL, or else the address it listens at. */
export interface Addresses {
  /** Without a trailing slash. */
  url: string
  /** Contains `{domain}`. */
  brandUrl: string | undefined
}

export const addressesOf = ({ url, brandUrl }: Pick<Config, 'url' | 'brandUrl'>, listening: string): Addresses => ({
  url: (url ?? listening).replace(/\/+$/, ''),
  brandUrl: brandUrl?.replace(/\/+$/, ''),
})

/** Returns the domain with which the template of REEVE_BRAND_URL yields this origin, if there is one. */
export function domainIn(template: string, origin = ''): string | undefined {
  const [scheme = '', host = ''] = template.split('/').filter((part) => part !== '')
  const [before = '', after = ''] = `${scheme}//${host}`.split('{domain}')
  if (!origin.startsWith(before) || !origin.endsWith(after)) return undefined
  const domain = origin.slice(before.length, origin.length - after.length)
  const made = template.replaceAll('{domain}', domain)
  return /^[a-z\d.-]+$/.test(domain) && URL.canParse(made) && new URL(made).origin === origin ? domain : undefined
}

const colour = (text = '') => (isColour(text) ? text : undefined)

export const plain = { header: '#1f2a44', primary: '#1f5fbf' }

/** Returns the colours of a brand, and ours in place of one that is missing or none. */
export const colorsOf = (colors: Partial<Brand['colors']> = {}): Brand['colors'] => ({
  header: colour(colors.header) ?? plain.header,
  primary: colour(colors.primary) ?? plain.primary,
})

/** Mail programs do not display SVG: the name replaces such a logo. */
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
    colors: colorsOf(settings.colors),
    fromEmail: settings.fromEmail,
    support: { email: settings.supportEmail, phone: settings.supportPhone, website: settings.websiteLink },
  }
}
