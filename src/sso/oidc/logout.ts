/** Signing out by OpenID Connect: the logout token of a provider (Back-Channel Logout 1.0), and where a browser signs out there. */
import * as jose from 'jose'
import type { OutgoingFetch } from '../../lib/outgoing.ts'
import { type OidcSettings, type Provider, ProviderError } from '../protocol.ts'
import { isText } from './claims.ts'
import type { Discovery } from './discovery.ts'
import { inWords } from './errors.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Seconds that a token counts after it was issued, and that clocks may differ by. */
const OLDEST = 600
const SKEW = 60

export interface LogoutToken {
  session: string | undefined
  subject: string | undefined
  /** It counts once. */
  id: string
  /** No longer accepted then. */
  until: Date
}

const refuse = (message: string) => new ProviderError('wrong_logout_token', message)

/** The keys of a provider, for tokens that openid-client does not verify. By the object that discovery keeps for some minutes. */
const keysOf = new WeakMap<object, jose.JWTVerifyGetKey>()

/** @throws ProviderError unless the provider made the token, for us, now, to sign somebody out */
export async function verifyLogoutToken(
  { discovery, outgoing }: { discovery: Discovery; outgoing: OutgoingFetch },
  { settings }: Provider,
  token: string,
): Promise<LogoutToken> {
  const { issuer, clientId } = settings as OidcSettings
  assertPlausible(token, issuer, clientId)
  const published = await discovery.read(issuer).catch((error) => {
    throw inWords(error, '')
  })
  const { jwks_uri = '', id_token_signing_alg_values_supported: algorithms = [] } = published.metadata
  let keys = keysOf.get(published)
  if (!keys) {
    keys = jose.createRemoteJWKSet(new URL(jwks_uri), {
      [jose.customFetch]: (url, init) => outgoing(url, init as RequestInit),
      cooldownDuration: 60_000,
    })
    keysOf.set(published, keys)
  }
  const { payload, protectedHeader } = await jose
    .jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      algorithms,
      maxTokenAge: OLDEST,
      clockTolerance: SKEW,
      requiredClaims: ['iat', 'jti', 'events'],
    })
    .catch((error: Error) => {
      throw error instanceof jose.errors.JOSEError ? refuse(error.message) : inWords(error, '')
    })
  // `typ` is recommended, not required. Any other type than these is a token for something else.
  if (protectedHeader.typ !== undefined && !/^(application\/)?(logout\+)?jwt$/i.test(protectedHeader.typ))
    throw refuse('It is of another type.')
  return read(payload)
}

/** What a token must say that is worth asking its keys for: whoever sends it is unknown. */
function assertPlausible(token: string, issuer: string, clientId: string) {
  let claims: jose.JWTPayload
  try {
    claims = jose.decodeJwt(token)
  } catch {
    throw refuse('It is no token.')
  }
  if (claims.iss !== issuer || ![claims.aud].flat().includes(clientId)) throw refuse('It is of another issuer, or for another client.')
}

function read({ events, nonce, sub, sid, jti, iat = 0 }: jose.JWTPayload): LogoutToken {
  const event =
    typeof events === 'object' && events !== null && Object.hasOwn(events, EVENT) ? (events as Record<string, unknown>)[EVENT] : undefined
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw refuse('It is no logout token (events).')
  // An ID token has one, and must never pass for a logout token.
  if (nonce !== undefined) throw refuse('A logout token must not have a nonce.')
  for (const [name, value] of Object.entries({ sub, sid }))
    if (value !== undefined && !isText(value)) throw refuse(`Its ${name} is no text.`)
  if (!isText(jti) || jti.length > 500) throw refuse('It has no id (jti).')
  if (sub === undefined && sid === undefined) throw refuse('It names neither a person nor a session (sub, sid).')
  return { session: sid as string | undefined, subject: sub, id: `logout ${jti}`, until: new Date((iat + OLDEST + 2 * SKEW) * 1000) }
}

/** Where a browser ends its session at the provider; undefined if the provider offers none. */
export async function endSessionAddress(discovery: Discovery, { settings }: Provider): Promise<string | undefined> {
  const { issuer, clientId } = settings as OidcSettings
  const { metadata } = await discovery.read(issuer)
  if (metadata.end_session_endpoint === undefined) return undefined
  const url = new URL(metadata.end_session_endpoint)
  url.searchParams.set('client_id', clientId)
  return url.href
}
