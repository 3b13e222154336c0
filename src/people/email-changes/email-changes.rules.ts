/**
 * The lifecycle of a change of email: requested, with a mail to both addresses, then made, stopped or replaced by a later one. Every step
 * runs under the lock of the user, so of two concurrent steps the second sees the result of the first.
 */
import type { FastifyRequest } from 'fastify'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { mailLink } from '../../mail/outbox.ts'
import { notifySecurityChange } from '../users/users.notices.ts'
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

/** How long the present address may object to a change by staff; and how long after it staff cannot mail the new address a way in. */
export const WAIT_HOURS = 72

/** The user whose email changes. */
export interface Addressee {
  id: number
  reseller_id: number
  email: string
  name: string | null
  lang: string
  /** Whether the present address was ever confirmed. If not, it is not asked: there is no access to protect, and it may be a stranger's. */
  activated: boolean
}

/**
 * Replaces an open change and mails both addresses. Nothing else happens until the new one confirms.
 * @param clientId the account that the mails belong to
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
  // A request for consent names the new address. A notice of one's own change does not: the old mailbox may be somebody else's by now.
  const asked = byStaff && { email: newEmail, requested_by: caller.email, until: (change.waits_until as Date).toISOString() }
  const notice = { ...to, recipient: user.email, template: 'email_change_notice' as const, details: { ...details, ...asked } }
  await setNotice(db, change.id, await mailLink(db, cipher, notice))
}

/**
 * Gives the user the new address and notifies the old one. A change that staff asked for also ends sessions and all open links: if a user
 * lost the mailbox, somebody else may know the password too.
 * @param request undefined if the change is due without a request
 * @throws users_email_is_unique if somebody has the address by now
 */
export async function makeChange(
  db: ScopedSql,
  request: FastifyRequest | undefined,
  user: { userId: number; clientId: number },
  { new_email, by_staff }: OpenChange,
): Promise<void> {
  await notifySecurityChange(db, request, 'email', user)
  await setEmail(db, user.userId, new_email)
  await endChange(db, user.userId, 'made')
  if (by_staff) await endSignIns(db, user.userId, null)
  // Links mailed to the old address stop working.
  else await endLinks(db, user.userId, ['password_reset', 'totp_disable', 'account_deletion'])
}

/**
 * Keeps staff from mailing a way in to an address that staff gave another user recently. Otherwise a mailbox of their own would be enough
 * to become that user.
 * @throws 403 until the address is old enough
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

/** @throws 403 for a seller whose reseller does not allow its sellers this */
export async function assertSellersMay(db: ScopedSql, caller: Caller, what: 'change_email' | 'reset_two_step'): Promise<void> {
  if (caller.kind !== 'seller' || (await sellersMay(db, caller.resellerId))[what]) return
  throw errors.forbidden("The reseller's security settings do not allow sellers to do this.", 'sellers_not_allowed')
}
