/**
 * The life of a change of email: asked for, told to both addresses, then made, stopped or replaced by a later one. Every step runs under the lock
 * of the user, so of two at once the second finds what the first left.
 */
import type { FastifyRequest } from 'fastify'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { mailLink } from '../../mail/outbox.ts'
import { tellOfChange } from '../users/users.notices.ts'
import { endSignIns } from '../users/users.removal.ts'
import {
  endChange,
  endLinks,
  insertChange,
  type OpenChange,
  sellersMay,
  setEmail,
  setNotice,
  unsettledUntil,
} from './email-changes.queries.ts'

/** The present address may object so long to a change that staff asked for; and so long after it staff do not mail the new one a way in. */
export const WAIT_HOURS = 72

/** Whose email changes. */
export interface Addressee {
  id: number
  reseller_id: number
  email: string
  name: string | null
  lang: string
  /** Whether the present address was ever confirmed. One that was not has no say: there is no way in to protect, and it may be a stranger's. */
  activated: boolean
}

/**
 * Replaces a change that is open, and mails both addresses. Nothing else happens before the new one confirms.
 * @param clientId the account that the mails are kept with
 */
export async function askForChange(db: ScopedSql, cipher: Cipher, caller: Caller, user: Addressee, newEmail: string, clientId: number) {
  const { id: user_id, reseller_id, lang, name } = user
  const byStaff = caller.userId !== user_id
  await endChange(db, user_id, 'replaced')
  const wanted = { user_id, reseller_id, new_email: newEmail, asked_by: caller.userId }
  const change = await insertChange(db, wanted, byStaff && user.activated ? WAIT_HOURS : null)
  const to = { reseller_id, client_id: clientId, user_id, lang }
  const details = { name: name ?? '' }
  await mailLink(db, cipher, { ...to, recipient: newEmail, template: 'email_change', details: { ...details, email: newEmail } })
  if (!user.activated) return
  // Who is to agree is told to what. Of one's own change the mail does not name the address: the old mailbox may be somebody else's by now.
  const asked = byStaff && { email: newEmail, requested_by: caller.email, until: (change.waits_until as Date).toISOString() }
  const notice = { ...to, recipient: user.email, template: 'email_change_notice' as const, details: { ...details, ...asked } }
  await setNotice(db, change.id, await mailLink(db, cipher, notice))
}

/**
 * Gives the user the new address. The old one is told. A change that staff asked for ends what lets in whoever holds it, as the password of a
 * user who lost its mailbox may be known to somebody else too.
 * @param request undefined where the change happens by itself
 * @throws users_email_is_unique where somebody has the address by now
 */
export async function makeChange(
  db: ScopedSql,
  request: FastifyRequest | undefined,
  user: { userId: number; clientId: number },
  { new_email, by_staff }: OpenChange,
): Promise<void> {
  await tellOfChange(db, request, 'email', user)
  await setEmail(db, user.userId, new_email)
  await endChange(db, user.userId, 'made')
  if (by_staff) await endSignIns(db, user.userId, null)
  // What was mailed to the old address does nothing any more.
  else await endLinks(db, user.userId, ['password_reset', 'totp_disable', 'account_deletion'])
}

/**
 * Whether staff may mail somebody else a way in: not to an address that staff gave it a moment ago, or a mailbox of theirs would be enough to
 * become that user.
 * @throws 403
 */
export async function assertSettled(db: ScopedSql, caller: Caller, userId: number): Promise<void> {
  if (userId === caller.userId) return
  const until = await unsettledUntil(db, userId, WAIT_HOURS)
  if (until)
    throw errors.forbidden(
      `Staff changed the email of this user less than ${WAIT_HOURS} hours ago. Until ${until.toISOString()}, staff cannot send the user links that reset the password or two-step verification.`,
      'email_recently_changed',
    )
}

/** @throws 403 for a seller where the reseller does not let its sellers do this */
export async function assertSellersMay(db: ScopedSql, caller: Caller, what: 'change_email' | 'reset_two_step'): Promise<void> {
  if (caller.kind !== 'seller' || (await sellersMay(db, caller.resellerId))[what]) return
  throw errors.forbidden("The reseller's security settings do not allow sellers to do this.", 'sellers_not_allowed')
}
