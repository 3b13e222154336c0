/** Invitations into an account: an existing user becomes a member on acceptance, a new one gets a link to set a password. */
import type { Static } from 'typebox'
import { type AccountRecord, findAccount } from '../../accounts/clients/clients.queries.ts'
import { accountToChange } from '../../accounts/clients/clients.rules.ts'
import { lockMember, refreshMember } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { type Role, roleById } from '../../lib/roles.ts'
import { mailLink } from '../../mail/outbox.ts'
import { type Addressee, countAttempt, insertUser, type Person, userOfEmail } from '../users/users.queries.ts'
import { assertStillMay } from '../users/users.removal.ts'
import { findMember, findPending, hasOpenInvitation } from './members.queries.ts'
import { roleIn, userTypeIn } from './members.rules.ts'
import type { Invitation } from './members.schema.ts'

type Wanted = Static<typeof Invitation>

/** Limit of invitations by an Administrator, within `span` seconds. Staff have no limit. */
const limit = { kind: 'invitation', most: 5, span: 24 * 3600 } as const

/** A user with the email appeared or vanished between lookup and lock: retry. */
class ConflictRetry extends Error {}

/** Reports whether an invitation lost a race, so that a retry would find the user of the other request. */
export const isConflict = (error: unknown) =>
  error instanceof ConflictRetry || (error as { constraint_name?: string }).constraint_name === 'users_email_is_unique'

/**
 * Counts an Administrator's invitation in a transaction of its own, because even a failed one reveals something about the address. Members
 * of the account do not count: the Administrator sees them anyway.
 * @throws as invite, except for the errors about the invited user
 */
export async function assertInvitationAllowed(db: ScopedSql, caller: Caller, wanted: Wanted): Promise<void> {
  const account = await accountInSight(db, caller, wanted)
  if (caller.kind !== 'client') return
  if (account.deleted) throw errors.invalid({ errors: ['The account was deleted.'] }, 'object_deleted')
  roleIn(account, wanted.user_role)
  const person = await userOfEmail(db, wanted.email, account.reseller_id)
  if (person?.id != null && (await findMember(db, account.id, person.id))) return
  const wait = await countAttempt(db, caller, limit)
  if (wait !== null)
    throw errors.tooMany('You can invite five people a day.', 'invitations_limited', { ...limit, name: 'invitations', wait })
}

async function accountInSight(db: ScopedSql, caller: Caller, { client_id: id }: Wanted): Promise<AccountRecord> {
  const seen = await findAccount(db, id)
  if (!seen) throw errors.invalid({ client_id: ['There is no such account.'] })
  if (caller.kind === 'client' && id !== caller.clientId) throw errors.forbidden()
  return seen
}

/**
 * Returns the id of the invited user. Of two concurrent invitations of one email into one account the second waits for the account's lock
 * and finds the first. Into two accounts it fails on users_email_is_unique, and finds the user on a retry (isConflict). An email of
 * another reseller's user gets the same error as one of the reseller's own staff, so nothing reveals the other tenant.
 * @throws 400 if the account is not visible or deleted, or the role is unknown; 403 if the caller does not work in the account, or a seller
 * invites into the technical account; the documented 400 if the user is in the account, is invited there or cannot be a member
 */
export async function invite(db: ScopedSql, cipher: Cipher, caller: Caller, wanted: Wanted): Promise<number> {
  const { client_id: clientId, email } = wanted
  const seen = await accountInSight(db, caller, wanted)
  const before = await userOfEmail(db, email, seen.reseller_id)
  const lock = () => lockMember(db, clientId, before?.id ?? 0, [caller.userId])
  const account = await accountToChange(db, caller, clientId, lock)
  await assertStillMay(db, caller)
  const role = roleIn(account, wanted.user_role)
  const person = await userOfEmail(db, email, account.reseller_id)
  if (person?.id !== before?.id) throw new ConflictRetry()

  const invited = person ? await admissible(db, account, person) : await make(db, account, wanted, role)
  await mailInvitation(db, cipher, account, invited, role)
  return invited.id
}

/** Mails a pending invitation again. Returns the account, or undefined if the caller sees no such invitation. */
export async function renewPending(
  db: ScopedSql,
  cipher: Cipher,
  caller: Caller,
  resellerId: number,
  email: string,
): Promise<number | undefined> {
  const seen = await userOfEmail(db, email, resellerId)
  const find = (id: number) => findPending(db, id, caller.kind === 'client' ? caller.clientId : null)
  const before = seen && seen.id !== null && (await find(seen.id))
  if (!before) return undefined
  const lock = () => lockMember(db, before.client_id, seen.id, [caller.userId])
  const account = await accountToChange(db, caller, before.client_id, lock)
  await assertStillMay(db, caller)
  const [person, pending] = [await userOfEmail(db, email, resellerId), await find(seen.id)]
  if (person?.id !== seen.id || pending?.client_id !== account.id) throw errors.notFound() // accepted or withdrawn meanwhile
  await mailInvitation(db, cipher, account, person, roleById(pending.details.role as number))
  return account.id
}

/** Mails the stored address: the spelling that was typed may be another mailbox. */
async function mailInvitation(db: ScopedSql, cipher: Cipher, account: AccountRecord, person: Person, role: Role): Promise<void> {
  const { id: user_id, email: recipient, name, lang, activated } = person
  const details = { name: name ?? '', company: account.company_name, role: role.name }
  const mail = { reseller_id: account.reseller_id, client_id: account.id, user_id, recipient, lang, details }
  await mailLink(db, cipher, { ...mail, template: activated ? 'account_invitation' : 'invitation' }, { role: role.id })
}

async function admissible(db: ScopedSql, account: AccountRecord, person: Addressee): Promise<Person> {
  const { id, user_type } = person
  if (id === null || user_type !== 'common' || account.client_type === 'reseller')
    throw errors.invalidAs(['This user cannot be added to this client.'], 'cannot_be_invited')
  if ((await findMember(db, account.id, id)) || (await hasOpenInvitation(db, account.id, id, 'live')))
    throw errors.invalidAs([`User ${id} has already been invited to client ${account.id}`], 'already_invited')
  return person
}

/** Creates the invited user before acceptance, with the inviter's input and without a password. */
async function make(db: ScopedSql, account: AccountRecord, { email, name = null, lang = 'en' }: Wanted, role: Role): Promise<Person> {
  const { id: client_id, reseller_id } = account
  const user_type = userTypeIn(account)
  const id = await insertUser(db, { reseller_id, client_id, user_type, email, name, phone: null, lang, password_hash: null }, role.id)
  await refreshMember(db, client_id, id)
  return { id, user_type, activated: false, email, lang, name }
}
