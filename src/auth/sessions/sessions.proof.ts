/** What a stolen session must not be enough for: it asks that the user proved itself in the session of late, by signing in or once more. */
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { renewProof, wasProven } from './sessions.queries.ts'

/** A proof is recent for so many minutes. */
const MINUTES = 15

/**
 * An API token is no session and cannot prove anything: what it may do is bounded otherwise.
 * @throws 403 for a session in which the user did not prove itself of late
 */
export async function assertRecentProof(db: ScopedSql, { credential }: Caller): Promise<void> {
  if (credential.type === 'token' || (await wasProven(db, credential.id, MINUTES))) return
  throw errors.staleProof(
    `Confirm who you are first: sign in again, or call POST /reeve/sessions/current/proof. A confirmation lasts ${MINUTES} minutes.`,
    MINUTES * 60,
  )
}

/** From now on the proof is recent. */
export async function noteProof(db: ScopedSql, { credential }: Caller): Promise<void> {
  if (credential.type === 'session') await renewProof(db, credential.id)
}
