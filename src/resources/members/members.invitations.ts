/** Inviting people into an account: those who are here already are added and told, others get a link to begin with. */
import type { Static } from 'typebox'
import { lockMember, refreshMember } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Role } from '../../lib/roles.ts'
import type { Seal } from '../../lib/seal.ts'
import { mailLink, queueMail } from '../../mail/outbox.ts'
import { companyOf } from '../account/account.queries.ts'
import { type AccountRecord, findAccount } from '../clients/clients.queries.ts'
import { accountToChange } from '../clients/clients.rules.ts'
import { type Addressee, countAttempt, insertMember, insertUser, userOfEmail } from '../users/users.queries.ts'
import { assertStillMay } from '../users/users.removal.ts'
import { findMember } from './members.queries.ts'
import { roleIn, userTypeIn } from './members.rules.ts'
import type { Invitation } from './members.schema.ts'

/** How many new people an Administrator may invite: within seconds. Staff make as many as they like. */
const limit = { kind: 'invitation', most: 5, span: 24 * 3600 } as const

/** Somebody with the email came or went between looking and locking: begin anew. */
class Meanwhile extends Error {}

/** Whether an invitation that failed so would find the other's user when it is tried again. */
export const isOvertaken = (error: unknown) =>
  error instanceof Meanwhile || (error as { constraint_name?: string }).constraint_name === 'users_email_is_unique'

/**
 * Answers the person's id. Of two invitations of one email at once into one account the second waits for the account's lock and finds a
 * member; into two accounts it meets users_email_is_unique, and finds a user when it is tried again (isOvertaken).
 * An email of another reseller's user is answered like one of the reseller's own staff: nothing tells that there is another tenant.
 * @throws 400 for an account out of sight or deleted and for a role that is none, 403 for an account the caller does not work in and a
 * seller at the technical account, 429 for the sixth new person of a day, the documented 400 for who is or cannot be in the account
 */
export async function invite(db: ScopedSql, seal: Seal, caller: Caller, wanted: Static<typeof Invitation>): Promise<number> {
  const { client_id: clientId, email } = wanted
  const seen = await findAccount(db, clientId)
  if (!seen) throw errors.invalid({ client_id: ['There is no such account.'] })
  if (caller.kind === 'client' && clientId !== caller.clientId) throw errors.forbidden()
  const before = await userOfEmail(db, email, seen.reseller_id)
  const lock = () => lockMember(db, clientId, before?.id ?? 0, [caller.userId])
  const account = await accountToChange(db, caller, clientId, lock)
  await assertStillMay(db, caller)
  const role = roleIn(account, wanted.user_role)
  const person = await userOfEmail(db, email, account.reseller_id)
  if (person?.id !== before?.id) throw new Meanwhile()

  const userId = person ? await add(db, account, person, role) : await make(db, caller, account, wanted, role)
  await refreshMember(db, clientId, userId)
  const mail = {
    reseller_id: account.reseller_id,
    client_id: clientId,
    user_id: userId,
    recipient: person?.email ?? email,
    lang: person?.lang ?? wanted.lang ?? 'en',
    details: { name: (person ?? wanted).name ?? '', company: await companyOf(db, clientId), role: role.name },
  }
  // Who is invited elsewhere and has not followed that link gets one for this account as well: either makes the password.
  if (person?.activated) await queueMail(db, { ...mail, template: 'account_added' })
  else await mailLink(db, seal, { ...mail, template: 'invitation' })
  return userId
}

async function add(db: ScopedSql, account: AccountRecord, { id, user_type }: Addressee, role: Role): Promise<number> {
  if (id === null || user_type !== 'common' || account.client_type === 'reseller')
    throw errors.invalidAs(['This user cannot be added to this client.'])
  if (await findMember(db, account.id, id)) throw errors.invalidAs([`User ${id} has already been invited to client ${account.id}`])
  await insertMember(db, { client_id: account.id, user_id: id, reseller_id: account.reseller_id, role_id: role.id })
  return id
}

async function make(
  db: ScopedSql,
  caller: Caller,
  account: AccountRecord,
  { email, name = null, lang = 'en' }: Static<typeof Invitation>,
  role: Role,
) {
  const wait = caller.kind === 'client' ? await countAttempt(db, caller, limit) : null
  if (wait !== null) throw errors.tooMany('Five new people can be invited a day.', { ...limit, name: 'invitations', wait })
  const { id: client_id, reseller_id } = account
  return insertUser(
    db,
    { reseller_id, client_id, user_type: userTypeIn(account), email, name, phone: null, lang, password_hash: null },
    role.id,
  )
}
