/** Recent authentication, for operations that a stolen session must not suffice for: the user signed in or verified again recently. */
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { isRecentlyVerified, setVerified } from './sessions.queries.ts'

/** Minutes for which an authentication is recent. */
const MINUTES = 15

/**
 * API tokens pass: they cannot authenticate again, and other rules limit what they may do.
 * @throws 403 if the session has no recent authentication
 */
export async function assertRecentlyVerified(db: ScopedSql, { credential }: Caller): Promise<void> {
  if (credential.type === 'token' || (await isRecentlyVerified(db, credential.id, MINUTES))) return
  throw errors.staleProof(
    `Confirm who you are first: sign in again, or call POST /reeve/sessions/current/proof. A confirmation lasts ${MINUTES} minutes.`,
    MINUTES * 60,
  )
}

/** Records an authentication in the session. */
export async function recordVerification(db: ScopedSql, { credential }: Caller): Promise<void> {
  if (credential.type === 'session') await setVerified(db, credential.id)
}
