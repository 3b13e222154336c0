/** What of a request logs and the activity may keep: paths, bodies and queries without secrets. */
import type { FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The path holds a secret: of its requests the route is named alone. */
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

export const redactedPath = (request: FastifyRequest): string =>
  (request.routeOptions?.config.secretPath && request.routeOptions.url) || withoutQuery(request.url)

/** Whatever stands under a secret name is hidden, be it a text, a number, a list or an object. Null and booleans tell nothing. */
const hide = (name: string, value: unknown) => (isSecret(name) && value !== null && typeof value !== 'boolean' ? HIDDEN : value)

/** The body as JSON text. Of anything but JSON nothing is kept: an upload is bytes, and its fields may be files. */
export function redactedBody(contentType: string | undefined, body: unknown): string {
  if (body === undefined || body === null || !/^application\/json\b/i.test(contentType ?? '')) return ''
  return storable(JSON.stringify(body, hide))
}

export function redactedQuery(query: string): string {
  const parameters = new URLSearchParams(query)
  for (const name of [...parameters.keys()]) if (isSecret(name)) parameters.set(name, HIDDEN)
  return storable(parameters.toString())
}

/** Fit for a text column, and bounded: a refused request may hold anything. */
export const storable = (text: string) => text.slice(0, LONGEST).toWellFormed().replaceAll('\0', '')
