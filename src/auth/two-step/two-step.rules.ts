/** Two-step verification: off, pending or on. A code switches it on; password and code, or a mailed link, switch it off. */
import type { FastifyRequest } from 'fastify'
import { renderSVG } from 'uqr'
import { lockUser, refreshUser } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { type Caller, manages } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { hashSecret } from '../../lib/secrets.ts'
import { newBackupCodes, newTotpSecret, totpUri } from '../../lib/totp.ts'
import { mailLink } from '../../mail/outbox.ts'
import { assertSellersMay, assertSettled } from '../../people/email-changes/email-changes.rules.ts'
import { notifySecurityChange } from '../../people/users/users.notices.ts'
import { seesUser } from '../../people/users/users.queries.ts'
import { endOtherSessions } from '../sessions/sessions.queries.ts'
import { confirmPending, findPending, findUserWithTotp, replaceBackupCodes, setPending, switchOff } from './two-step.queries.ts'
import { isSameAnew, noneBegun, totpContext } from './two-step.verifier.ts'

/** Creates a secret that awaits its first code, and replaces an earlier pending one. @throws 400 if two-step verification is on */
export async function begin(db: ScopedSql, cipher: Cipher, { userId }: Caller) {
  const secret = newTotpSecret()
  const shown = await setPending(db, userId, cipher.encrypt(Buffer.from(secret), totpContext(userId)))
  if (!shown) throw errors.invalid({ errors: ['Two-step verification is already on.'] }, 'two_step_on')
  const uri = totpUri(shown.issuer, shown.email, secret)
  return { secret, uri, qr: renderSVG(uri) }
}

/**
 * Switches two-step verification on and returns the backup codes. Ends the user's other sessions, which began without it. Locks the user:
 * of two concurrent calls the second finds nothing to confirm.
 */
export async function confirm(
  db: ScopedSql,
  cipher: Cipher,
  request: FastifyRequest,
  { pending, step }: { pending: Buffer; step: number },
) {
  const { caller } = request
  await lockUser(db, caller.userId)
  const now = await findPending(db, caller.userId)
  const same = now !== null && isSameAnew(cipher, caller.userId, pending, now) ? now : pending
  if (!(await confirmPending(db, caller.userId, same, step))) throw noneBegun()
  const codes = await freshCodes(db, caller)
  await endOtherSessions(db, caller, caller.userId)
  await refreshUser(db, caller.userId)
  await notifySecurityChange(db, request, 'two_step_on')
  return codes
}

/** Replaces the remaining backup codes by five new ones. @throws 400 if two-step verification is off */
export async function renewBackupCodes(db: ScopedSql, request: FastifyRequest) {
  const codes = await freshCodes(db, request.caller)
  await notifySecurityChange(db, request, 'backup_codes')
  return codes
}

async function freshCodes(db: ScopedSql, { userId }: Caller) {
  const codes = newBackupCodes()
  if (!(await replaceBackupCodes(db, userId, codes.map(hashSecret)))) throw isOff()
  return { backup_codes: codes }
}

export async function disable(db: ScopedSql, request: FastifyRequest) {
  await switchOff(db, request.caller.userId)
  await notifySecurityChange(db, request, 'two_step_off')
}

export const isOff = () => errors.invalid({ errors: ['Two-step verification is off.'] }, 'two_step_off')

/**
 * Mails a link that switches it off to a user who lost the authenticator. Returns the affected account.
 * @throws 404 if the user is not visible to the caller; 403 if the caller does not manage the user, or is the user, who can use password
 * and code; 403 for a seller whose reseller does not allow it, and if staff changed the email recently; 400 if it is off, or the user
 * cannot sign in
 */
export async function mailReset(db: ScopedSql, cipher: Cipher, caller: Caller, userId: number): Promise<number> {
  const seen = (await seesUser(db, caller, userId)) && (await findUserWithTotp(db, userId))
  if (!seen) throw errors.notFound()
  if (userId === caller.userId || !manages(caller, seen)) throw errors.forbidden()
  await assertSellersMay(db, caller, 'reset_two_step')
  await lockUser(db, userId)
  const user = await findUserWithTotp(db, userId)
  if (!user?.enabled) throw isOff()
  if (!user.may_sign_in) throw errors.invalid({ errors: ['The user cannot sign in.'] }, 'user_cannot_sign_in')
  await assertSettled(db, caller, userId)
  const { reseller_id, email: recipient, lang, name } = user
  await mailLink(db, cipher, {
    user_id: userId,
    reseller_id,
    client_id: null,
    recipient,
    lang,
    template: 'totp_disable',
    details: { name },
  })
  return user.client_id
}
