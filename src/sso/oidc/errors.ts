/** What went wrong with a provider of OpenID Connect or OAuth, in words for whoever sets it up. */
import * as client from 'openid-client'
import { OutgoingError } from '../../lib/outgoing.ts'
import { ProviderError } from '../protocol.ts'

/** Where the answers of a provider come back, at the host where the sign-in began. */
export const callbackAt = (origin: string) => `${origin}/reeve/sso/callback`

/** What the provider says, safe to show: one line, no control characters, not long. */
const said = (text: unknown) =>
  typeof text === 'string' && text !== ''
    ? text
        .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
        .trim()
        .slice(0, 200)
    : undefined

/** OAuth's words for a refusal, GitHub's among them. */
function refusal(error: string, description: unknown, redirect: string): ProviderError {
  const says = `The provider says: ${[said(error), said(description)].filter((one) => one !== undefined).join(': ')}.`
  switch (error) {
    case 'invalid_client':
    case 'unauthorized_client':
    case 'incorrect_client_credentials':
      return new ProviderError(
        'wrong_secret',
        `The provider does not accept the client ID with its secret. Check both: secrets expire. ${says}`,
      )
    case 'redirect_uri_mismatch':
      return new ProviderError('wrong_redirect', `The provider does not know our address. Register ${redirect} there. ${says}`)
    case 'invalid_grant':
    case 'bad_verification_code':
      return new ProviderError(
        'wrong_code',
        `The provider does not accept the code: it expired, was used before, or is of another request. ${says}`,
      )
    case 'access_denied':
    case 'login_required':
    case 'consent_required':
    case 'interaction_required':
      return new ProviderError('refused', `The sign-in was cancelled, or the person may not use this application. ${says}`)
    case 'invalid_scope':
      return new ProviderError('wrong_scope', `The provider does not offer a scope that is asked for. ${says}`)
    default:
      return new ProviderError('refused', says)
  }
}

/** The detail that openid-client attaches to an error about a claim or a header. */
interface Detail {
  claim?: string
  claims?: Record<string, unknown>
  expected?: unknown
  header?: { alg?: unknown; kid?: unknown }
  attribute?: string
}

const text = (value: unknown) => said(typeof value === 'string' ? value : JSON.stringify(value)) ?? 'nothing'

/** Says when a time was, seen from here: whoever reads it looks for a clock that is wrong. */
function apart(seconds: unknown): string {
  if (typeof seconds !== 'number') return 'no time'
  const away = Math.round(seconds - Date.now() / 1000)
  return away > 0 ? `${away} seconds in the future` : `${-away} seconds ago`
}

/** Turns whatever openid-client or a connection throws into a ProviderError. Errors of our own code pass through. */
export function inWords(error: unknown, redirect: string): unknown {
  if (error instanceof ProviderError) return error
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof OutgoingError) return new ProviderError('unreachable', cause.message)
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError)
    return refusal(error.error, error.error_description, redirect)
  if (error instanceof client.WWWAuthenticateChallengeError) {
    const parameters = error.cause[0]?.parameters
    return refusal(parameters?.error ?? 'invalid_client', parameters?.error_description, redirect)
  }
  return error instanceof client.ClientError ? unusable(error) : error
}

/** An answer that does not fit the request, or is not the provider's. */
function unusable(error: client.ClientError): ProviderError {
  const reason = error.cause instanceof Error ? error.cause : error
  const detail = (typeof reason.cause === 'object' && reason.cause !== null ? reason.cause : {}) as Detail
  const { claim = '', claims = {}, header } = detail
  switch (error.code) {
    case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
      return new ProviderError(
        'wrong_time',
        `The ID token is not valid now (${claim}: ${apart(claims[claim])}). The clock of the provider or of this server may be wrong.`,
      )
    case 'OAUTH_JWT_CLAIM_COMPARISON_FAILED':
      if (claim === 'iss')
        return new ProviderError('wrong_issuer', `The ID token is of the issuer ${text(claims.iss)}, not of ${text(detail.expected)}.`)
      if (claim === 'nonce') return new ProviderError('wrong_nonce', 'The ID token is the answer to another request (nonce).')
      return new ProviderError('wrong_audience', `The ID token is for another client (${claim}): ${text(claims[claim])}.`)
    case 'OAUTH_KEY_SELECTION_FAILED':
      return new ProviderError(
        'wrong_key',
        `The ID token is signed with a key that is not, or not once, among the provider’s keys: ${text(header?.kid)} (${text(header?.alg)}).`,
      )
    case 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED':
      return new ProviderError('wrong_subject', 'The user info is about another person than the ID token (sub).')
    case 'OAUTH_RESPONSE_IS_NOT_JSON':
      return new ProviderError('unreadable', 'The provider answers with something else than JSON. Its address may be of a web page.')
    default:
      break
  }
  if (header?.alg !== undefined && !/"crit"/.test(reason.message)) return wrongAlgorithm(header.alg)
  if (/signature verification failed/.test(reason.message))
    return new ProviderError('wrong_signature', 'The signature of the ID token is wrong: the provider’s key did not make it.')
  if (/"state"/.test(reason.message)) return new ProviderError('wrong_state', 'The answer belongs to another request (state).')
  if (/"iss" \(issuer\) (missing|response)|parameter "iss"/.test(reason.message))
    return new ProviderError('wrong_issuer', 'The answer does not come from the provider that was asked (iss).')
  return new ProviderError('unreadable', `The provider’s answer cannot be used: ${said(reason.message) ?? 'it is not understood'}.`)
}

export const wrongAlgorithm = (alg: unknown) =>
  new ProviderError('wrong_algorithm', `The ID token is signed with an algorithm that is not accepted: ${text(alg)}.`)
