/** Sign-in with a passkey. The authenticator asks for a finger, a face or a PIN, so it is both steps in one and needs no password. */
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { recordLogin } from '../../audit/logins.queries.ts'
import type { SystemSql } from '../../db/scope.ts'
import { addressOf } from '../../http/origin.ts'
import type { Addresses } from '../../mail/brand.ts'
import { countPasskeyFailure } from '../attempts/attempts.rules.ts'
import { refuseOtherWays, tellOfException } from '../sessions/sessions.enforcement.ts'
import { findSubject } from '../sessions/sessions.queries.ts'
import { openSession, type Signable } from '../sessions/sessions.rules.ts'
import { type Answered, answeredChallenge, CHALLENGE_LASTS, newChallenge } from './passkeys.challenges.ts'
import { findKey, type Key, keyUsed } from './passkeys.queries.ts'
import { placeOf } from './passkeys.relying-party.ts'
import { userHandle } from './passkeys.rules.ts'
import type { PasskeyLogin } from './passkeys.schema.ts'
import { webauthn } from './webauthn.ts'

type Answer = Static<typeof PasskeyLogin>

/** Names no user: the browser offers the passkeys it has for this relying party. */
export async function askForPasskey(system: SystemSql, addresses: Addresses, { headers }: FastifyRequest) {
  const place = await placeOf(system, addresses, headers.origin)
  const challenge = await newChallenge(system, null, place)
  const { generateAuthenticationOptions } = await webauthn()
  return generateAuthenticationOptions({ rpID: place.rpId, challenge, timeout: CHALLENGE_LASTS, userVerification: 'required' })
}

/**
 * Returns undefined for every failure. Answers to our challenges go to the log of sign-ins. Nothing here can be guessed, so failures never
 * block a sign-in: they are counted by address only to keep the log from filling up.
 * @throws 403 if the passkey was right and an identity provider is required; 429 for a failure after too many others
 */
export async function signInByPasskey(system: SystemSql, request: FastifyRequest, answer: Answer): Promise<Signable | undefined> {
  const answered = await answeredChallenge(system, null, answer.response.clientDataJSON)
  const key = answered && (await findKey(system, Buffer.from(answer.id, 'base64url'), answered.place.rpId))
  const signed = key !== undefined && answered !== undefined && (await isSigned(system, key, answer, answered))
  const session = signed ? await begin(system, request, key) : undefined
  if (!session) await countPasskeyFailure(system, request)
  if (answered) await recordLogin(system, request, key, { is_successful: session !== undefined, auth_type: 'passkey' })
  if (session) await tellOfException(system, session.subject, addressOf(request))
  else if (signed && key.account === null && key.client_id !== null) await refuseOtherWays(system, key.user_id, key.client_id)
  return session
}

async function begin(system: SystemSql, request: FastifyRequest, { user_id, account }: Key): Promise<Signable | undefined> {
  const subject = account === null ? undefined : await findSubject(system, user_id, account)
  return subject && openSession(system, { subject, actorId: null, request, authType: 'passkey' })
}

/** Checks the counter twice, the second time with its row locked: of two uses of one state the second fails. */
async function isSigned(system: SystemSql, key: Key, answer: Answer, { challenge, place }: Answered): Promise<boolean> {
  if (!Buffer.from(answer.response.userHandle, 'base64url').equals(userHandle(key.user_id))) return false
  const verified = await (await webauthn())
    .verifyAuthenticationResponse({
      response: { ...answer, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpId,
      credential: { id: answer.id, publicKey: new Uint8Array(key.public_key), counter: key.counter },
      requireUserVerification: true,
    })
    .catch(() => undefined) // it throws if the response is invalid
  if (!verified?.verified) return false
  const { newCounter, credentialBackedUp } = verified.authenticationInfo
  return keyUsed(system, key.id, newCounter, credentialBackedUp)
}
