/** GET /reeve/session/brand: the brand of the host, for pages that show it before anybody signs in. */
import { type Static, Type } from 'typebox'
import { relyingPartyOf } from '../../auth/passkeys/passkeys.relying-party.ts'
import type { SystemSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import type { Resource } from '../../http/resource.ts'
import { enumeration, json, nullable } from '../../http/schema.ts'
import { readableOn } from '../../lib/colours.ts'
import { languages } from '../../lib/languages.ts'
import { type Addresses, colorsOf, domainIn } from '../../mail/brand.ts'
import { imagePath } from './branding.queries.ts'
import type { BrandingWanted } from './branding.schema.ts'

const text = (description: string) => nullable(Type.String({ description }))
const colour = (description: string) => Type.String({ description })
const flag = (description: string) => Type.Boolean({ description })

const HostBrand = Type.Object(
  {
    name: Type.String({ description: 'Name of the brand.' }),
    logo: text('Path of the logo; null where there is none.'),
    favicon: text('Path of the favicon; null where there is none.'),
    colors: Type.Object(
      {
        header: colour('Background of the header.'),
        primary: colour('Background of buttons.'),
        on_header: colour('Black or white, whichever is readable on `header`.'),
        on_primary: colour('Black or white, whichever is readable on `primary`.'),
      },
      { description: 'Colours.' },
    ),
    support: Type.Object(
      {
        website: text('Website.'),
        email: text('Email of the support.'),
        phone: text('Phone number of the support.'),
        agreement: text('User agreement.'),
        status_page: text('Status page.'),
        api_docs: flag('Whether the help links to the API documentation.'),
        knowledge_base: flag('Whether the help links to the knowledge base.'),
        tickets: flag('Whether the help links to the ticket system.'),
      },
      { description: 'Where users find help.' },
    ),
    passkeys: flag('Whether passkeys work on this host.'),
    languages: Type.Array(enumeration(languages), { description: 'Languages of the console.' }),
  },
  { title: 'HostBrand' },
)

/** Shown on a host that is no reseller's. It is the same whatever the host is. */
const neutral: Row = { name: 'Reeve', settings: {}, logo: null, favicon: null }

type Settings = Partial<BrandingWanted['publicSettings']>
interface Row {
  name: string
  settings: Settings
  logo: string | null
  favicon: string | null
}

export const hostBrand: Resource<{ system: SystemSql; mail: { addresses: Addresses } }> = (app, { system, mail }) => {
  app.get(
    '/reeve/session/brand',
    {
      config: { access: access.public },
      schema: {
        tags: ['Console'],
        operationId: 'getHostBrand',
        summary: 'The brand of this host',
        description: 'By the host of the request. A host that is no reseller’s has the neutral brand.',
        response: { 200: json(HostBrand, 'The brand.') },
      },
    },
    async ({ host }, reply): Promise<Static<typeof HostBrand>> => {
      reply.header('cache-control', 'public, max-age=60')
      const own = (host ?? '').toLowerCase()
      const domain = domainOf(own, mail.addresses)
      const row = domain === undefined ? undefined : await findBrand(system, domain)
      return { ...shown(row ?? neutral), passkeys: takesPasskeys(own, mail.addresses, row !== undefined), languages: [...languages] }
    },
  )
}

/** Returns the domain of the reseller whose host this would be: by REEVE_BRAND_URL or, without it, the host itself. */
function domainOf(host: string, { brandUrl }: Addresses): string | undefined {
  if (brandUrl !== undefined) return domainIn(brandUrl, `${new URL(brandUrl.replaceAll('{domain}', 'a.example')).protocol}//${host}`)
  return host.replace(/:\d+$/, '')
}

/** Browsers offer passkeys in a secure context only, and ours are bound to the addresses of passkeys.relying-party.ts. */
function takesPasskeys(host: string, { url, brandUrl }: Addresses, isBrand: boolean): boolean {
  const place =
    isBrand && brandUrl !== undefined ? new URL(brandUrl.replaceAll('{domain}', 'a.example')) : new URL(relyingPartyOf(url).origin)
  const isLocal = /^(.+\.)?localhost(:\d+)?$/.test(host)
  return (place.protocol === 'https:' || isLocal) && ((isBrand && brandUrl !== undefined) || place.host === host)
}

async function findBrand(system: SystemSql, domain: string): Promise<Row | undefined> {
  const image = (kind: string) => system`
    (SELECT encode(digest, 'hex') FROM branding_assets a WHERE a.reseller_id = r.id AND a.kind = ${kind})`
  const [row] = await system<Row[]>`
    SELECT coalesce(nullif(b.public_settings ->> 'brandName', ''), r.name) AS name, b.public_settings AS settings,
      ${image('logo')} AS logo, ${image('favicon')} AS favicon
    FROM branding b JOIN resellers r ON r.id = b.reseller_id
    WHERE fold(b.domain) = fold(${domain}) AND b.deleted_at IS NULL AND r.deleted_at IS NULL`
  return row
}

function shown({ name, settings, logo, favicon }: Row) {
  const { header, primary } = colorsOf(settings.colors)
  const { websiteLink, supportEmail, supportPhone, agreementLink, showStatusPage = '' } = settings
  return {
    name,
    logo: logo && imagePath(logo),
    favicon: favicon && imagePath(favicon),
    colors: { header, primary, on_header: readableOn(header), on_primary: readableOn(primary) },
    support: {
      website: websiteLink || null,
      email: supportEmail || null,
      phone: supportPhone || null,
      agreement: agreementLink || null,
      status_page: /^https?:/.test(showStatusPage) ? showStatusPage : null,
      api_docs: settings.showApiDoc ?? false,
      knowledge_base: settings.showKnowledgeBase ?? false,
      tickets: settings.showTickets ?? false,
    },
  }
}
