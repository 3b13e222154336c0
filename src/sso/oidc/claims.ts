/** From the claims of an ID token and of the user info to what is known of a person. */
import { type ExternalIdentity, ProviderError } from '../protocol.ts'

export type Claims = Record<string, unknown>

const MOST_CLAIMS = 16_000 // characters of JSON

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const texts = (value: unknown): string[] => (isText(value) ? [value] : Array.isArray(value) ? value.filter(isText) : [])
const isTrue = (value: unknown) => value === true || value === 'true' || value === 1 || value === '1'

/** A claim by its name, which may hold dots, or by a path such as `realm_access.roles`. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let at: unknown = claims
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = (at as Claims)[part]
  }
  return at
}

/** Whether the user info must be asked for what the ID token does not say. */
export const lacks = (claims: Claims, groupsClaim: string | null) =>
  !isText(claims.email) || !isText(claims.name) || (groupsClaim !== null && claimAt(claims, groupsClaim) === undefined)

/**
 * @param token claims of the ID token, which is signed and so comes first
 * @param info claims of the user info, whose `sub` was compared
 * @param verified says whether the address of these claims is the person's, as far as the provider knows
 */
export function identityOf(
  token: Claims & { sub: string; iss: string },
  info: Claims,
  groupsClaim: string | null,
  verified: (claims: Claims) => boolean = saysVerified,
): ExternalIdentity {
  const claims: Claims = { ...info, ...token }
  // An address and what is said of it are taken from the same place.
  const named = isText(token.email) ? token : info
  const name = [claims.name, [claims.given_name, claims.family_name].filter(isText).join(' '), claims.preferred_username].find(isText)
  return {
    subject: subjectOf(token.sub),
    email: isText(named.email) ? named.email : undefined,
    emailVerified: isText(named.email) && verified(named),
    name,
    groups: groupsClaim === null ? [] : groupsOf(claims, groupsClaim),
    amr: texts(claims.amr),
    session: isText(token.sid) ? token.sid : undefined,
    issuer: token.iss,
    claims: shown(claims),
  }
}

/** `xms_edov` is Entra's word for it, an optional claim. */
export const saysVerified = (claims: Claims) => isTrue(claims.email_verified ?? claims.xms_edov)

export function subjectOf(sub: string): string {
  if (sub !== '' && sub.length <= 255) return sub
  throw new ProviderError('wrong_subject', 'The provider does not name the person by 1 to 255 characters (sub).')
}

function groupsOf(claims: Claims, name: string): string[] {
  const elsewhere = claims._claim_names
  const isElsewhere = typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, name)
  // Entra's token has no room for many groups. To go on without them would take away the person's roles.
  if (claimAt(claims, name) === undefined && isElsewhere)
    throw new ProviderError(
      'too_many_groups',
      'The person is in more groups than the token holds. Let the provider send only the groups that are assigned to this application.',
    )
  return texts(claimAt(claims, name))
}

/** As many claims as have room, the last being the longest. */
export function shown(claims: Claims): Claims {
  const entries = Object.entries(claims).map(([name, value]) => ({ name, value, length: JSON.stringify([name, value]).length }))
  let room = MOST_CLAIMS
  const fitting = new Set(
    entries
      .toSorted((a, b) => a.length - b.length)
      .filter(({ length }) => {
        room -= length
        return room >= 0
      })
      .map(({ name }) => name),
  )
  return Object.fromEntries(entries.filter(({ name }) => fitting.has(name)).map(({ name, value }) => [name, value]))
}
