/** Users as SCIM resources, and what of a resource we keep. */
import { LONGEST_EMAIL, normalEmail } from '../../lib/email.ts'
import { SCIM } from '../directory.ts'
import { type Document, refuse, urn } from '../messages.ts'
import type { UserRow } from './users.queries.ts'

/** Bytes of what a directory may say of a user beyond what we have a place for. */
const LONGEST_ATTRIBUTES = 8 * 1024
const LONGEST_NAME = 255

/** What the directory said of a user, which a PATCH changes. */
export function said({
  email,
  active,
  external_id,
  attributes,
}: Pick<UserRow, 'email' | 'active' | 'external_id' | 'attributes'>): Document {
  return { ...structuredClone(attributes), userName: email, active, ...(external_id !== null && { externalId: external_id }) }
}

export function userDocument(row: UserRow, base: string): Document {
  const { id, email, name, created, modified, groups, attributes } = row
  const { emails, displayName } = attributes
  return {
    schemas: [urn.user, ...[urn.enterprise, urn.reeve].filter((one) => one in attributes)],
    id: String(id),
    ...said(row),
    ...((name ?? displayName) != null && { displayName: name ?? displayName }),
    emails: Array.isArray(emails) && emails.length > 0 ? emails : [{ value: email, type: 'work', primary: true }],
    groups: groups.map(({ value, display }) => ({ value, display, type: 'direct', $ref: `${base}${SCIM}/Groups/${value}` })),
    meta: { resourceType: 'User', created, lastModified: modified, location: `${base}${SCIM}/Users/${id}` },
  }
}

export interface WantedUser {
  email: string
  /** Undefined where the directory does not say. */
  active: boolean | undefined
  name: string | undefined
  externalId: string | null
  attributes: Document
  /** The account, for a reseller's directory. */
  account: number | undefined
}

/** Reads a whole resource in canonical form. @throws 400 naming what is wrong */
export function wantedUser(document: Document): WantedUser {
  const { id: _, meta, groups, schemas, password, userName, active, externalId = null, ...attributes } = document
  if (typeof userName !== 'string' || userName === '') throw refuse.value('"userName" is required.')
  const email = userName.length <= 2 * LONGEST_EMAIL ? normalEmail(userName) : undefined
  if (email === undefined) throw refuse.value('"userName" must be an email address, which the user signs in with.')
  if (active !== undefined && typeof active !== 'boolean') throw refuse.value('"active" is true or false.')
  if (externalId !== null && (typeof externalId !== 'string' || externalId.length > LONGEST_NAME))
    throw refuse.value(`"externalId" is a text of at most ${LONGEST_NAME} characters.`)
  if (JSON.stringify(attributes).length > LONGEST_ATTRIBUTES)
    throw refuse.value(`The attributes of a user take at most ${LONGEST_ATTRIBUTES} bytes.`)
  const { account } = (attributes[urn.reeve] ?? {}) as Document
  if (account !== undefined && !Number.isSafeInteger(Number(account))) throw refuse.value('"account" is the id of an account.')
  return { email, active, name: nameOf(attributes), externalId, attributes, account: account === undefined ? undefined : Number(account) }
}

/** The name of a person: what to show, else the name as a whole, else its parts. */
export function nameOf({ displayName, name }: Document): string | undefined {
  const { formatted, givenName, familyName } = (typeof name === 'object' ? name : {}) as Document
  const parts = [givenName, familyName].filter((one) => typeof one === 'string' && one !== '').join(' ')
  const whole = [displayName, formatted, parts].find((one) => typeof one === 'string' && one.trim() !== '') as string | undefined
  if (whole !== undefined && Array.from(whole).length > LONGEST_NAME) throw refuse.value(`A name has at most ${LONGEST_NAME} characters.`)
  return whole?.trim()
}
