/** Challenges: valid for five minutes, usable once. */
import { randomBytes } from 'node:crypto'
import type { SystemSql } from '../../db/scope.ts'
import { hashSecret } from '../../lib/secrets.ts'
import { consumeChallenge, insertChallenge } from './passkeys.queries.ts'
import { type Place, relyingPartyOf } from './passkeys.relying-party.ts'

const MINUTES = 5
/** The same for a browser, in milliseconds. */
export const CHALLENGE_LASTS = MINUTES * 60_000

/** @param userId the user who adds a passkey, null for a sign-in */
export async function newChallenge(system: SystemSql, userId: number | null, { origin }: Place) {
  const challenge = new Uint8Array(randomBytes(32))
  await insertChallenge(system, hashSecret(Buffer.from(challenge).toString('base64url')), userId, origin, MINUTES)
  return challenge
}

export interface Answered {
  challenge: string
  /** The relying party it was issued for. */
  place: Place
}

/** Uses up the signed challenge and returns it; undefined if it is unknown, another user's, used or expired. */
export async function answeredChallenge(system: SystemSql, userId: number | null, clientDataJSON: string): Promise<Answered | undefined> {
  const { challenge, crossOrigin } = clientData(clientDataJSON)
  if (typeof challenge !== 'string' || crossOrigin === true) return undefined // nobody frames our pages
  const origin = await consumeChallenge(system, hashSecret(challenge), userId)
  return origin === undefined ? undefined : { challenge, place: relyingPartyOf(origin) }
}

function clientData(encoded: string): { challenge?: unknown; crossOrigin?: unknown } {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString()) ?? {}
  } catch {
    return {}
  }
}
