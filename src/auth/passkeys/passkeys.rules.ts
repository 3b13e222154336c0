/** Adding a passkey (WebAuthn, 7.1): asked for in a session, made by the browser, kept where all of it is as it was asked for. */

import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { Scope, ScopedSql, SystemSql } from '../../db/scope.ts'
import type { CodeOf } from '../../http/error-codes.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Addresses } from '../../mail/brand.ts'
import { tellOfChange } from '../../people/users/users.notices.ts'
import { assertRecentProof } from '../sessions/sessions.proof.ts'
import { type Answered, answeredChallenge, CHALLENGE_LASTS, newChallenge } from './passkeys.challenges.ts'
import { placeOf } from './passkeys.places.ts'
import { credentialsOf, deletePasskey, insertPasskey, type NewPasskeyRow, shownBeside } from './passkeys.queries.ts'
import type { NewPasskey, Passkey } from './passkeys.schema.ts'
import { webauthn, webauthnHelpers } from './webauthn.ts'

type Wanted = Static<typeof NewPasskey>

/** EdDSA, ES256, RS256: what every browser can. */
const algorithms = [-8, -7, -257]
const MOST = 20
/** In bytes; a credential id by WebAuthn, 4; an RSA key of 4096 bits has some 530. */
const longest = { id: 1023, key: 2048 }

/** What a passkey keeps of its owner, so that it says whose it is: nothing that tells who that is. */
export const userHandle = (userId: number) => Buffer.from(String(userId))

/** What the browser is to make: a passkey that names its owner by itself, and asks for a finger, a face or a PIN. */
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

/** What is to be kept of a new passkey. @throws 400 naming `credential` for whatever is wrong with it */
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
    .catch(() => undefined) // what is wrong it says by throwing

/** Certificates of the maker are not asked for, and must not be read: their revocation lists would be fetched from wherever they say. */
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

/** @throws 400 for one that is known already, whoever has it, and for one too many */
export async function addPasskey(db: ScopedSql, request: FastifyRequest, row: NewPasskeyRow): Promise<Static<typeof Passkey>> {
  const made = await insertPasskey(db, request.caller.userId, row, MOST)
  if (made === 'known') throw refusal('This passkey has already been added.', 'passkey_exists')
  if (made === 'full') throw errors.invalid({ errors: [`A user can have at most ${MOST} passkeys.`] }, 'passkey_limit')
  await tellOfChange(db, request, 'passkey_added')
  return made
}

/** @throws 403 without a recent proof, 404 for one that is not the caller's */
export async function removePasskey(db: ScopedSql, request: FastifyRequest, id: number): Promise<void> {
  await assertRecentProof(db, request.caller)
  if (!(await deletePasskey(db, request.caller.userId, id))) throw errors.notFound()
  await tellOfChange(db, request, 'passkey_removed')
}

const refusal = (text: string, code: CodeOf<400> = 'passkey_invalid') => errors.invalid({ credential: [text] }, code)
