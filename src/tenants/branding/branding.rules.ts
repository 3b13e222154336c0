/** Rules of branding settings beyond their JSON schemas, and which images are accepted. */

import { createHash } from 'node:crypto'
import { touchReseller } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { mapConstraint } from '../../http/constraints.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { type Image, readFavicon, readLogo } from '../../lib/images/image.ts'
import { InvalidImage } from '../../lib/images/invalid-image.ts'
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

/** Size limit of a logo: less than 4 MB. */
export const MOST_BYTES = 4 * 1024 * 1024 - 1

/**
 * Replaces a reseller's settings as a whole; creates them if there are none and restores them if they were deleted. Every client's document
 * shows the domain, so a new one invalidates the reseller's lists. Takes lockSettings.
 * @throws 400 if the domain is another reseller's (constraint branding_domain_is_unique) or entryBaseDomain differs from it; 400 as mailOf
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
  await mapConstraint(putBranding(db, resellerId, { domain, publicSettings, ...private_ }), {
    branding_domain_is_unique: ['domain_taken', { domain: ['Another reseller uses this domain.'] }],
  })
  if (!present || present.deleted || present.domain !== domain) await touchReseller(db, resellerId)
}

/** Drops empty strings, which mean no value. */
const filled = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')) as Partial<T>

/**
 * Keeps a stored password only for the server it was set for: any other server would learn it.
 * @throws 400 if the settings have no host, or if the stored password belongs to another server
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

/** @throws 400 naming every rejected file */
export async function readImages(files: ReadonlyMap<ImageKind, Buffer>): Promise<Map<ImageKind, Image>> {
  const read = { logo: readLogo, favicon: readFavicon }
  const images = new Map<ImageKind, Image>()
  const wrong: FieldErrors = {}
  for (const [kind, bytes] of files) {
    try {
      images.set(kind, await read[kind](bytes))
    } catch (error) {
      if (!(error instanceof InvalidImage)) throw error
      wrong[kind] = [error.message]
    }
  }
  if (Object.keys(wrong).length > 0) throw errors.invalid(wrong)
  return images
}

/** Replaces the images of the given kinds. @throws 404 if the reseller has no settings; 400 if they were deleted */
export async function putImages(db: ScopedSql, resellerId: number, images: ReadonlyMap<ImageKind, Image>): Promise<void> {
  await lockBranding(db, resellerId)
  const present = await findBranding(db, resellerId)
  if (!present) throw errors.notFound()
  if (present.deleted) throw errors.invalid({ errors: ['The settings were deleted. Create them again first.'] }, 'object_deleted')
  for (const [kind, image] of images) await putImage(db, resellerId, kind, image, createHash('sha256').update(image.content).digest())
}
