/** Names and values of attributes as directories send them, in one form: names ignore case (RFC 7643, 2.1), and Entra sends booleans as text. */
import { type Document, refuse, urn } from './messages.ts'

const names = [
  ...['schemas', 'id', 'meta', 'externalId', 'userName', 'active', 'displayName', 'name', 'emails', 'phoneNumbers', 'title', 'nickName'],
  ...['profileUrl', 'userType', 'preferredLanguage', 'locale', 'timezone', 'password', 'addresses', 'roles', 'entitlements', 'groups'],
  ...['ims', 'photos', 'x509Certificates', 'formatted', 'givenName', 'familyName', 'middleName', 'honorificPrefix', 'honorificSuffix'],
  ...['value', 'type', 'primary', 'display', 'streetAddress', 'locality', 'region', 'postalCode', 'country', 'members'],
  ...['employeeNumber', 'costCenter', 'organization', 'division', 'department', 'manager', 'account'],
]
const canonical = new Map(names.map((name) => [name.toLowerCase(), name]))
const extensions = new Map([urn.enterprise, urn.reeve].map((name) => [name.toLowerCase(), name]))
const core = [urn.user, urn.group]

const unsafe = new Set(['__proto__', 'constructor', 'prototype'])

/** @throws 400 for a name that would reach into JavaScript's own objects */
export function canonicalName(name: string): string {
  if (unsafe.has(name)) throw refuse.path(`There is no attribute "${name}".`)
  return canonical.get(name.toLowerCase()) ?? extensions.get(name.toLowerCase()) ?? name
}

const isObject = (value: unknown): value is Document => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value with canonical names and real booleans, without nulls: an attribute that is null has no value (RFC 7643, 2.5). */
export function canonicalValue(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map((one) => canonicalValue(one, name))
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, inner]) => inner !== null && inner !== undefined)
        .map(([key, inner]) => [canonicalName(key), canonicalValue(inner, canonicalName(key))]),
    )
  if ((name === 'active' || name === 'primary') && typeof value === 'string' && /^(true|false)$/i.test(value))
    return value.toLowerCase() === 'true'
  return value
}

/** @throws 400 for what is no object */
export function canonicalDocument(body: unknown): Document {
  if (!isObject(body)) throw refuse.syntax('A JSON object is required.')
  return canonicalValue(body) as Document
}

/** An attribute path in canonical form, without the URN of a core schema. What stands in quotes stays as it is. */
export function canonicalPath(path: string): string {
  const extension = [...extensions].find(([folded]) => path.toLowerCase() === folded || path.toLowerCase().startsWith(`${folded}:`))
  if (extension) return extension[1] + canonicalWords(path.slice(extension[1].length))
  const prefix = core.find((one) => path.toLowerCase().startsWith(`${one.toLowerCase()}:`))
  return canonicalWords(prefix ? path.slice(prefix.length + 1) : path)
}

const canonicalWords = (path: string) =>
  path.replace(/"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$-]*/g, (word) => (word.startsWith('"') ? word : canonicalName(word)))

/** Extensions by their URN, as the keys of a document. */
export const isExtension = (name: string) => extensions.has(name.toLowerCase())
