/** Links mailed to users: to set a new password, and to accept an invitation. */
import { companyOf } from '../../accounts/clients/clients.queries.ts'
import { lockUser } from '../../db/read-model.ts'
import type { ScopedSql, SystemSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { type Caller, manages } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { MailboxFull, mailLink, queueMail } from '../../mail/outbox.ts'
import { type Addressee, findAddressee } from '../../mail/recipients.ts'
import { assertSettled } from '../../people/email-changes/email-changes.rules.ts'
import { renewPending } from '../../people/members/members.invitations.ts'
import { seesUser } from '../../people/users/users.queries.ts'
import { providerInPlaceOfPassword } from '../sessions/sessions.enforcement.ts'
import { findInvitation } from './passwords.queries.ts'

/**
 * Mails a link if the user signs in by password and is currently allowed to. Whose accounts all require an identity provider is mailed which. The caller learns neither this nor whether the mailbox has
 * reached its limit of links: the earlier links still work.
 */
export async function mailForgotten(system: SystemSql, cipher: Cipher, email: string): Promise<void> {
  const mailing = system.begin(async (db) => {
    const user = await findAddressee(db, email)
    if (!user || objection({ ...user, by_password: true }) !== undefined) return
    const provider = await providerInPlaceOfPassword(db, user.id)
    if (provider !== undefined)
      return queueMail(db, {
        ...mailTo(user),
        client_id: null,
        template: 'sso_in_place_of_password',
        details: { name: user.name, provider },
      })
    if (objection(user) === undefined) await mailReset(db, cipher, user)
  })
  await mailing.catch((error) => {
    if (!(error instanceof MailboxFull)) throw error
  })
}

/**
 * Mails a link to a user whom the caller manages, and returns the user's home account.
 * @throws 404 if no visible user has the email; 403 if a seller asks for staff, or staff changed the email recently; 400 if the user
 * cannot sign in by password
 */
export async function resetPassword(db: ScopedSql, cipher: Cipher, caller: Caller, email: string): Promise<number> {
  const user = await lockAddressee(db, caller, email)
  const reason = user.activated ? objection(user) : 'The user has not accepted the invitation yet.'
  if (reason) throw errors.invalid({ email: [reason] }, 'user_cannot_sign_in')
  const provider = await providerInPlaceOfPassword(db, user.id)
  if (provider !== undefined)
    throw errors.invalid({ email: [`The user signs in by ${provider}, not with a password.`] }, 'user_cannot_sign_in')
  await assertSettled(db, caller, user.id)
  await mailReset(db, cipher, user)
  return user.client_id
}

/**
 * Mails a new link: for an invitation that an existing user has not accepted, else of the kind the user got last. That is a link to the
 * account it was invited to (the caller's own if the caller is an Administrator) or, for a seller, to its first password. Locks the user,
 * so that it is not activated meanwhile. Returns the account.
 * @throws 404 and 403 as resetPassword; 400 if the user is activated or blocked
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

/** Staff reach the users they manage, an Administrator the members of its account. */
async function lockAddressee(db: ScopedSql, caller: Caller, email: string): Promise<Addressee> {
  const seen = await findAddressee(db, email)
  if (!seen || !(await seesUser(db, caller, seen.id))) throw errors.notFound()
  if (caller.kind !== 'client' && seen.id !== caller.userId && !manages(caller, seen)) throw errors.forbidden()
  const [, user] = await Promise.all([lockUser(db, seen.id), findAddressee(db, email)])
  if (!user) throw errors.notFound() // the address changed meanwhile
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
