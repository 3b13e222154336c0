/** What of a request logs and the activity may keep: paths, bodies and queries without secrets. */
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What stands in the path for the first parameter, and behind it, is a secret. */
    secretPath?: true
  }
}

/** Names of what is secret, as they are without case and signs: `one_time_password`, `newPassword`, `smtp-password`, `X-API-Key`. */
const secretNames: readonly RegExp[] = [
  /passw(or)?d|passphrase|pwd$/,
  /secret|credential|privatekey|apikey|seed$/,
  /token$|tokens$|jwt|bearer|authorization|cookie|signature/,
  /^(refresh|access|assertion|otp|totp|code|codes|pin|hash)$/,
  /onetime|backupcode|recoverycode|verificationcode|passcode/,
  /^(old|new|double|repeat|current)$/, // of a password, where a form calls its fields so
]
const HIDDEN = '***'
const LONGEST = 10_000

export function isSecret(name: string): boolean {
  const bare = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  return secretNames.some((secret) => secret.test(bare))
}

export const withoutQuery = (url: string): string => (url.includes('?') ? url.slice(0, url.indexOf('?')) : url)

/** What the paths of secret routes begin with, such as `/reeve/links/`, and the name of what follows. */
const secretPaths = new Map<string, string>()

export function noteSecretPaths(app: FastifyInstance) {
  app.addHook('onRoute', ({ url, config }) => {
    const [, prefix, parameter] = /^([^:]*)(:\w+)/.exec(url) ?? []
    if (config?.secretPath && prefix && parameter) secretPaths.set(prefix, parameter)
  })
}

/**
 * The path without its secret. By how it begins and not by its route: whoever sends another method, a slash more or a word behind sends the
 * secret all the same.
 */
export function redactedPath({ url }: Pick<FastifyRequest, 'url'>): string {
  const path = withoutQuery(url)
  const plain = decoded(path).replace(/[/\\]+/g, '/')
  for (const [prefix, parameter] of secretPaths) {
    if (plain.toLowerCase().includes(prefix)) return prefix + parameter
  }
  return path
}

/** Of what cannot be decoded, as much as can. */
const decoded = (path: string) =>
  path.replace(/(%[\da-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped)
    } catch {
      return escaped
    }
  })

/** Null and booleans tell nothing. Whatever else stands under a secret name is hidden, be it a text, a number, a list or an object. */
const hide = (name: string, value: unknown) => (value !== null && typeof value !== 'boolean' && isSecret(name) ? HIDDEN : value)

/**
 * The body as JSON text of at most `longest` characters. Of anything but JSON nothing is kept: an upload is bytes, and its fields may be files.
 * What lies beyond the end is not looked at, for the names of a large body take longer to judge than the body takes to read.
 */
export function redactedBody(contentType: string | undefined, body: unknown, longest = LONGEST): string {
  if (body === undefined || body === null || !/^application\/json\b/i.test(contentType ?? '')) return ''
  let left = longest + 4 // never less than the characters that are still missing; the body itself counts as a field without a name
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

/** Fit for a text column, and bounded: a refused request may hold anything. */
export const storable = (text: string, longest = LONGEST) => text.slice(0, longest).toWellFormed().replaceAll('\0', '')
