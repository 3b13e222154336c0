/** SQL of branding: the settings of a reseller and its images. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import type { Image } from '../../lib/images/image.ts'
import type { Lang } from '../../mail/texts/languages.ts'
import type { BrandingSettings, BrandingWanted } from './branding.schema.ts'

export type ImageKind = 'logo' | 'favicon'
export const imageKinds: readonly ImageKind[] = ['logo', 'favicon']

/** The mail server's fields that may be shown; empty if there is no server. */
export type MailServer = { host?: string; port?: string; login?: string; tls?: boolean }

export interface Branding {
  domain: string
  publicSettings: Partial<BrandingWanted['publicSettings']>
  mailServer: MailServer
  mailPassword: Buffer | null
  deleted: boolean
}

/** Digests of the current images, in hexadecimal. */
type Digests = Partial<Record<ImageKind, string>>

export const imagePath = (digest: string) => `/reeve/branding/images/${digest}`

/**
 * Serializes all changes to branding settings of any reseller. So no two create the same settings, no concurrent change of a password is
 * lost, and two resellers that swap their domains do not deadlock.
 */
export async function lockSettings(db: ScopedSql): Promise<void> {
  await db`LOCK TABLE branding IN SHARE ROW EXCLUSIVE MODE`
}

/** Locks the row until the end of the transaction. */
export async function lockBranding(db: ScopedSql, resellerId: number): Promise<void> {
  await db`SELECT FROM branding WHERE reseller_id = ${resellerId} FOR NO KEY UPDATE`
}

export async function findBranding(db: ScopedSql, resellerId: number): Promise<Branding | undefined> {
  const [row] = await db<Branding[]>`
    SELECT domain, public_settings AS "publicSettings", mail_server AS "mailServer", mail_password AS "mailPassword",
      deleted_at IS NOT NULL AS deleted
    FROM branding WHERE reseller_id = ${resellerId}`
  return row
}

/** Returns the settings as in the contract (schema BrandingSettings). */
export async function showBranding(db: ScopedSql, resellerId: number): Promise<Static<typeof BrandingSettings> | undefined> {
  const branding = await findBranding(db, resellerId)
  if (!branding) return undefined
  const rows = await db<{ kind: ImageKind; digest: string }[]>`
    SELECT kind, encode(digest, 'hex') AS digest FROM branding_assets WHERE reseller_id = ${resellerId}`
  const { logo, favicon }: Digests = Object.fromEntries(rows.map(({ kind, digest }) => [kind, imagePath(digest)]))
  const { domain, publicSettings, mailServer, mailPassword, deleted } = branding
  const hidden = { showApiDoc: false, showStatusPage: 'false', showKnowledgeBase: false, showTickets: false }
  return {
    domain,
    publicSettings: { ...hidden, ...publicSettings, entryBaseDomain: domain, logo: logo ?? null, favicon: favicon ?? null },
    privateSettings: definedFields({
      mailServer: mailServer.host === undefined ? undefined : { ...mailServer, hasPassword: mailPassword !== null },
    }),
    reseller: resellerId,
    deleted,
  }
}

export async function putBranding(db: ScopedSql, resellerId: number, wanted: Omit<Branding, 'deleted'>): Promise<void> {
  const { domain, publicSettings, mailServer, mailPassword } = wanted
  await db`
    INSERT INTO branding (reseller_id, domain, public_settings, mail_server, mail_password)
    VALUES (${resellerId}, ${domain}, ${db.json(publicSettings)}, ${db.json(mailServer)}, ${mailPassword})
    ON CONFLICT (reseller_id) DO UPDATE SET domain = excluded.domain, public_settings = excluded.public_settings,
      mail_server = excluded.mail_server, mail_password = excluded.mail_password, deleted_at = NULL`
}

export async function putImage(
  db: ScopedSql,
  resellerId: number,
  kind: ImageKind,
  { type, content }: Image,
  digest: Buffer,
): Promise<void> {
  await db`
    INSERT INTO branding_assets ${db({ reseller_id: resellerId, kind, content_type: type, digest, content })}
    ON CONFLICT (reseller_id, kind) DO UPDATE SET content_type = excluded.content_type, digest = excluded.digest,
      content = excluded.content, created_at = excluded.created_at`
}

/** `userId` is the caller's own. */
export async function findUserLang(db: ScopedSql, userId: number): Promise<Lang> {
  const [row] = await db<{ lang: Lang }[]>`SELECT lang FROM users WHERE id = ${userId}`
  return row?.lang ?? 'en'
}
