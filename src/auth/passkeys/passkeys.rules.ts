/** Adding a passkey (WebAuthn, 7.1): requested in a session, created by the browser, stored if it matches the request. */

import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { Scope, ScopedSql, SystemSql } from '../../db/scope.ts'
import type { CodeOf } from '../../http/error-codes.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Addresses } from '../../mail/brand.ts'
import { notifySecurityChange } from '../../people/users/users.notices.ts'
import { assertRecentlyVerified } from '../sessions/sessions.verification.ts'
import { type Answered, answeredChallenge, CHALLENGE_LASTS, newChallenge } from './passkeys.challenges.ts'
import { credentialsOf, deletePasskey, insertPasskey, type NewPasskeyRow, shownBeside } from './passkeys.queries.ts'
import { placeOf } from './passkeys.relying-party.ts'
import type { NewPasskey, Passkey } from './passkeys.schema.ts'
import { webauthn, webauthnHelpers } from './webauthn.ts'

type Wanted = Static<typeof NewPasskey>

/** EdDSA, ES256 and RS256, which every browser supports. */
const algorithms = [-8, -7, -257]
const MOST = 20
/** Maximum lengths in bytes. WebAuthn, 4, limits the credential id; an RSA key of 4096 bits takes about 530. */
const longest = { id: 1023, key: 2048 }

/** The id that a passkey stores of its owner. It reveals nothing else about the user. */
export const userHandle = (userId: number) => Buffer.from(String(userId))

/** Returns the options for the browser: a discoverable passkey that asks for a finger, a face or a PIN. */
export async function creationOptions(scope: Scope, system: SystemSql, addresses: Addresses, { caller, headers }: FastifyRequest) {
  const { userId, resellerId, email } = caller
  const { place, beside, has } = await scope.read(caller, async (db) => {
    const place = await placeOf(db, addresses, headers.origin, resellerId)
    return { place, beside: await shownBeside(db, userId), has: await credentialsOf(db, userId, place.rpId) }
  })
  const { generateRegistrationOptions } = await webauthn()
  return generateRegistrationOptions({
    rpName: beside?.issuer ?? '',
    rpID: place.rpId,
    userName: email,
    userDisplayName: beside?.name || email,
    userID: new Uint8Array(userHandle(userId)),
    challenge: await newChallenge(system, userId, place),
    timeout: CHALLENGE_LASTS,
    attestationType: 'none',
    excludeCredentials: has.map(({ id, transports }) => ({ id: id.toString('base64url'), transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  })
}

/** Verifies a new passkey and returns its row. @throws 400 naming `credential` if it is not valid */
export async function checkedPasskey(system: SystemSql, { userId }: Caller, { name, credential }: Wanted): Promise<NewPasskeyRow> {
  const answered = await answeredChallenge(system, userId, credential.response.clientDataJSON)
  const verified = answered && (await isUnattested(credential)) ? await verify(credential, answered) : undefined
  if (!answered || !verified?.verified) throw refusal('The passkey could not be verified. Start again.')
  const { credential: made, credentialBackedUp } = verified.registrationInfo
  const row = { credential_id: Buffer.from(made.id, 'base64url'), public_key: Buffer.from(made.publicKey), counter: made.counter }
  if (row.credential_id.length > longest.id || row.public_key.length > longest.key) throw refusal('The passkey is too long.')
  const transports = credential.response.transports ?? []
  return { ...row, name, rp_id: answered.place.rpId, transports, backed_up: credentialBackedUp }
}

const verify = async (credential: Wanted['credential'], { challenge, place }: Answered) =>
  (await webauthn())
    .verifyRegistrationResponse({
      response: { ...credential, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    .catch(() => undefined) // it throws if the response is invalid

/** We request no attestation certificates and must not read any: their revocation lists would be fetched from the URLs they name. */
async function isUnattested({ response }: Wanted['credential']): Promise<boolean> {
  try {
    const { decodeAttestationObject } = await webauthnHelpers()
    const attestation = decodeAttestationObject(new Uint8Array(Buffer.from(response.attestationObject, 'base64url')))
    const format = attestation.get('fmt')
    return format === 'none' || (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined)
  } catch {
    return false
  }
}

/** @throws 400 if anybody has this passkey already, or the user has too many */
export async function addPasskey(db: ScopedSql, request: FastifyRequest, row: NewPasskeyRow): Promise<Static<typeof Passkey>> {
  const made = await insertPasskey(db, request.caller.userId, row, MOST)
  if (made === 'known') throw refusal('This passkey has already been added.', 'passkey_exists')
  if (made === 'full') throw errors.invalid({ errors: [`A user can have at most ${MOST} passkeys.`] }, 'passkey_limit')
  await notifySecurityChange(db, request, 'passkey_added')
  return made
}

/** @throws 403 without a recent authentication; 404 if the passkey is not the caller's */
export async function removePasskey(db: ScopedSql, request: FastifyRequest, id: number): Promise<void> {
  await assertRecentlyVerified(db, request.caller)
  if (!(await deletePasskey(db, request.caller.userId, id))) throw errors.notFound()
  await notifySecurityChange(db, request, 'passkey_removed')
}

const refusal = (text: string, code: CodeOf<400> = 'passkey_invalid') => errors.invalid({ credential: [text] }, code)
