/** Links that a user gets by mail: to a new password, and to the account it was invited to. */
import { companyOf } from '../../accounts/clients/clients.queries.ts'
import { lockUser } from '../../db/read-model.ts'
import type { ScopedSql, SystemSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { type Caller, manages } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { MailboxFull, mailLink } from '../../mail/outbox.ts'
import { type Addressee, findAddressee } from '../../mail/recipients.ts'
import { assertSettled } from '../../people/email-changes/email-changes.rules.ts'
import { renewPending } from '../../people/members/members.invitations.ts'
import { findUser } from '../../people/users/users.queries.ts'
import { findInvitation } from '../sign-in/sign-in.queries.ts'

/**
 * To whoever signs in by password and may at present; nobody learns whether that is so, nor whether the mailbox got as many links as it may:
 * those work.
 */
export async function mailForgotten(system: SystemSql, cipher: Cipher, email: string): Promise<void> {
  const mailing = system.begin(async (db) => {
    const user = await findAddressee(db, email)
    if (user && objection(user) === undefined) await mailReset(db, cipher, user)
  })
  await mailing.catch((error) => {
    if (!(error instanceof MailboxFull)) throw error
  })
}

/**
 * For a user of the caller's, whose home account is answered.
 * @throws 404 for an email that no user in sight has, 403 for a seller asking for staff and where staff changed the email a moment ago, 400 for
 * who cannot sign in by password
 */
export async function resetPassword(db: ScopedSql, cipher: Cipher, caller: Caller, email: string): Promise<number> {
  const user = await lockAddressee(db, caller, email)
  const reason = user.activated ? objection(user) : 'The user has not accepted the invitation yet.'
  if (reason) throw errors.invalid({ email: [reason] }, 'user_cannot_sign_in')
  await assertSettled(db, caller, user.id)
  await mailReset(db, cipher, user)
  return user.client_id
}

/**
 * A new link: to the account that a user was invited into and has not accepted, else of the kind that it got last: to the account it was invited to, of an Administrator to its own; a seller's to its first
 * password. The user stays locked, so that it is not activated meanwhile. Answers the account.
 * @throws 404 and 403 as resetPassword, 400 for who is activated or blocked
 */
export async function renewInvitation(db: ScopedSql, cipher: Cipher, caller: Caller, email: string): Promise<number> {
  const pending = await renewPending(db, cipher, caller, (await findAddressee(db, email))?.reseller_id ?? caller.resellerId, email)
  if (pending !== undefined) return pending
  const user = await lockAddressee(db, caller, email)
  if (user.activated) throw errors.alreadyActivated()
  if (!user.is_active) throw errors.invalid({ email: [blocked] }, 'user_cannot_sign_in')
  const home = caller.kind === 'client' ? caller.clientId : user.client_id
  const before = await findInvitation(db, user.id, caller.kind === 'client' ? home : null)
  const { purpose, client_id, details } = before ?? { purpose: 'invitation' as const, client_id: home, details: {} }
  const says = { name: user.name, company: await companyOf(db, client_id ?? home) }
  await mailLink(db, cipher, { ...mailTo(user), client_id, template: purpose, details: says }, details)
  return client_id ?? home
}

/** Staff reach those they manage, an Administrator the people of its account. */
async function lockAddressee(db: ScopedSql, caller: Caller, email: string): Promise<Addressee> {
  const seen = await findAddressee(db, email)
  if (!seen || !(await findUser(db, caller, seen.id))) throw errors.notFound()
  if (caller.kind !== 'client' && seen.id !== caller.userId && !manages(caller, seen)) throw errors.forbidden()
  const [, user] = await Promise.all([lockUser(db, seen.id), findAddressee(db, email)])
  if (!user) throw errors.notFound() // has another address by now
  return user
}

const blocked = 'The user is blocked.'

function objection({ is_active, activated, may_sign_in, by_password }: Addressee): string | undefined {
  if (!is_active) return blocked
  if (!activated || !may_sign_in) return 'The user has no account to sign in to.'
  return by_password ? undefined : 'The user does not sign in with a password.'
}

const mailTo = ({ id, reseller_id, email, lang }: Addressee) => ({ user_id: id, reseller_id, recipient: email, lang })

const mailReset = (db: Parameters<typeof mailLink>[0], cipher: Cipher, user: Addressee) =>
  mailLink(db, cipher, { ...mailTo(user), client_id: null, template: 'password_reset', details: { name: user.name } })
