/** What putting branding settings means beyond their shapes, and which images they take. */

import { createHash } from 'node:crypto'
import { resellerChanged } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { orRefuse } from '../../http/constraints.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { type Image, readFavicon, readLogo } from '../../lib/images/image.ts'
import { ImageRefused } from '../../lib/images/refused.ts'
import { mailPasswordContext } from '../../mail/servers.ts'
import {
  type Branding,
  findBranding,
  type ImageKind,
  lockBranding,
  lockSettings,
  type MailServer,
  putBranding,
  putImage,
} from './branding.queries.ts'
import type { BrandingWanted } from './branding.schema.ts'

/** A logo has less than 4 MB. */
export const MOST_BYTES = 4 * 1024 * 1024 - 1

/**
 * Puts the settings of a reseller, whole, and makes them where there were none or they were deleted. Every client's document shows the
 * domain, so a new one is told to the reseller's lists. Under lockSettings.
 * @throws 400 for a domain of another reseller (the constraint branding_domain_is_unique), and as entryBaseDomain and mail server say below
 */
export async function putSettings(db: ScopedSql, cipher: Cipher, resellerId: number, wanted: BrandingWanted): Promise<void> {
  await lockSettings(db)
  const present = await findBranding(db, resellerId)
  const domain = wanted.domain.toLowerCase()
  const { entryBaseDomain, colors, ...texts } = wanted.publicSettings
  if (entryBaseDomain && entryBaseDomain.toLowerCase() !== domain)
    throw errors.invalid({ publicSettings: { entryBaseDomain: ['Must be the same as the domain.'] } })
  const { publicSettings, ...private_ } = {
    publicSettings: filled({ ...texts, showStatusPage: texts.showStatusPage || 'false', colors: colors && filled(colors) }),
    ...mailOf(cipher, resellerId, present, wanted.privateSettings.mailServer),
  }
  await orRefuse(putBranding(db, resellerId, { domain, publicSettings, ...private_ }), {
    branding_domain_is_unique: ['domain_taken', { domain: ['Another reseller uses this domain.'] }],
  })
  if (!present || present.deleted || present.domain !== domain) await resellerChanged(db, resellerId)
}

/** Empty texts are none. */
const filled = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')) as Partial<T>

/**
 * A password stays with the server it was given for: sent to another one, it would be told to whoever keeps that.
 * @throws 400 for settings without a host, and where a password would stay that is another server's
 */
function mailOf(
  cipher: Cipher,
  resellerId: number,
  present: Branding | undefined,
  wanted: BrandingWanted['privateSettings']['mailServer'] = {},
) {
  const { password, host, port, login, tls } = filled(wanted)
  const mailServer: MailServer = definedFields({ host, port, login, tls })
  if (host === undefined) {
    if (password !== undefined || Object.keys(mailServer).length > 0) throw wrongMailServer('host', 'This field is required.')
    return { mailServer, mailPassword: null }
  }
  if (password !== undefined) return { mailServer, mailPassword: cipher.encrypt(Buffer.from(password), mailPasswordContext(resellerId)) }
  if (wanted.password === '' || !present?.mailPassword) return { mailServer, mailPassword: null }
  const same = (['host', 'port', 'login', 'tls'] as const).every((field) => present.mailServer[field] === mailServer[field])
  if (!same)
    throw wrongMailServer(
      'password',
      'The stored password belongs to another server. Send the password again, or an empty one to remove it.',
    )
  return { mailServer, mailPassword: present.mailPassword }
}

const wrongMailServer = (field: string, text: string) => errors.invalid({ privateSettings: { mailServer: { [field]: [text] } } })

/** @throws 400 naming every file that is not taken */
export async function readImages(files: ReadonlyMap<ImageKind, Buffer>): Promise<Map<ImageKind, Image>> {
  const read = { logo: readLogo, favicon: readFavicon }
  const images = new Map<ImageKind, Image>()
  const wrong: FieldErrors = {}
  for (const [kind, bytes] of files) {
    try {
      images.set(kind, await read[kind](bytes))
    } catch (error) {
      if (!(error instanceof ImageRefused)) throw error
      wrong[kind] = [error.message]
    }
  }
  if (Object.keys(wrong).length > 0) throw errors.invalid(wrong)
  return images
}

/** Puts images in place of those of their kinds. @throws 404 where the reseller has no settings, 400 where they were deleted */
export async function putImages(db: ScopedSql, resellerId: number, images: ReadonlyMap<ImageKind, Image>): Promise<void> {
  await lockBranding(db, resellerId)
  const present = await findBranding(db, resellerId)
  if (!present) throw errors.notFound()
  if (present.deleted) throw errors.invalid({ errors: ['The settings were deleted. Create them again first.'] }, 'object_deleted')
  for (const [kind, image] of images) await putImage(db, resellerId, kind, image, createHash('sha256').update(image.content).digest())
}
