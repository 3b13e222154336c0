/** Removes secrets from what logs and the activity log keep of a request: path, body and query. */
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The first path parameter, and everything after it, is secret. */
    secretPath?: true
  }
}

/** Names of secrets, matched in lower case without punctuation: `one_time_password`, `newPassword`, `smtp-password`, `X-API-Key`. */
const secretNames: readonly RegExp[] = [
  /passw(or)?d|passphrase|pwd$/,
  /secret|credential|privatekey|apikey|seed$/,
  /token$|tokens$|jwt|bearer|authorization|cookie|signature/,
  /^(refresh|access|assertion|otp|totp|code|codes|pin|hash)$/,
  /onetime|backupcode|recoverycode|verificationcode|passcode/,
  /^(old|new|double|repeat|current)$/, // of a password, in forms that name its fields so
]
const HIDDEN = '***'
const LONGEST = 10_000

export function isSecret(name: string): boolean {
  const bare = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  return secretNames.some((secret) => secret.test(bare))
}

export const withoutQuery = (url: string): string => (url.includes('?') ? url.slice(0, url.indexOf('?')) : url)

/** Prefixes of secret routes, such as `/reeve/links/`, and the name of the parameter after each. */
const secretPaths = new Map<string, string>()

export function recordSecretPaths(app: FastifyInstance) {
  app.addHook('onRoute', ({ url, config }) => {
    const [, prefix, parameter] = /^([^:]*)(:\w+)/.exec(url) ?? []
    if (config?.secretPath && prefix && parameter) secretPaths.set(prefix, parameter)
  })
}

/**
 * Returns the path without its secret. Compares prefixes rather than routes, because a request with another method, an extra slash or an
 * extra segment contains the secret too.
 */
export function redactedPath({ url }: Pick<FastifyRequest, 'url'>): string {
  const path = withoutQuery(url)
  const plain = decoded(path).replace(/[/\\]+/g, '/')
  for (const [prefix, parameter] of secretPaths) {
    if (plain.toLowerCase().includes(prefix)) return prefix + parameter
  }
  return path
}

/** Decodes as much as can be decoded. */
const decoded = (path: string) =>
  path.replace(/(%[\da-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped)
    } catch {
      return escaped
    }
  })

/** Hides any value with a secret name, be it text, number, list or object. Null and booleans reveal nothing. */
const hide = (name: string, value: unknown) => (value !== null && typeof value !== 'boolean' && isSecret(name) ? HIDDEN : value)

/**
 * Returns the body as JSON text of at most `longest` characters. Keeps nothing but JSON: an upload is bytes, and its fields may be files.
 * Does not look beyond the end, because matching the names of a large body takes longer than reading it.
 */
export function redactedBody(contentType: string | undefined, body: unknown, longest = LONGEST): string {
  if (body === undefined || body === null || !/^application\/(scim\+)?json\b/i.test(contentType ?? '')) return ''
  let left = longest + 4 // never less than the characters still missing; the body itself counts as a field without a name
  const shorten = function (this: unknown, name: string, value: unknown) {
    if (left < 0) return undefined
    left -= Array.isArray(this) ? 2 : name.length + 4 // `1,` and `"name":1,`
    if (left < 0) return HIDDEN // the name reaches the end
    const shown = hide(name, value)
    if (typeof shown !== 'string') return shown
    const shortened = shown.slice(0, left + 4)
    left -= shortened.length
    return shortened
  }
  return storable(JSON.stringify(body, shorten) ?? '', longest)
}

export function redactedQuery(query: string): string {
  const parameters = new URLSearchParams(query)
  for (const name of [...parameters.keys()]) if (isSecret(name)) parameters.set(name, HIDDEN)
  return storable(parameters.toString())
}

/** Makes text storable in a text column, and bounds it: a rejected request may contain anything. */
export const storable = (text: string, longest = LONGEST) => text.slice(0, longest).toWellFormed().replaceAll('\0', '')
