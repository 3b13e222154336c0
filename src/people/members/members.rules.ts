/** Who may grant, change and revoke roles in an account. The account's lock keeps each decision valid until it is carried out. */

import type { Static } from 'typebox'
import { type AccountRecord, findAccount } from '../../accounts/clients/clients.queries.ts'
import { accountToChange } from '../../accounts/clients/clients.rules.ts'
import { lockMember, refreshMember } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { emailTaken, mapConstraint } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { ADMINISTRATORS, findRole, type Role, roleById } from '../../lib/roles.ts'
import { insertUser } from '../users/users.queries.ts'
import {
  anotherAccount,
  assertMayRemove,
  assertNoTokens,
  assertNotLast,
  assertStillMay,
  endSignIns,
  markDeleted,
} from '../users/users.removal.ts'
import { findMember, hasOpenInvitation, type MemberRecord, removeMember, setRole, withdrawInvitation } from './members.queries.ts'
import type { NewMember, WantedRole } from './members.schema.ts'

/**
 * Returns the user's role in the account. Staff see everybody, Administrators the members of their account, all others only themselves.
 * @throws 404 if the account, or the user in it, is not visible to the caller; 403 if the caller works in another account at present
 */
export async function memberInSight(db: ScopedSql, caller: Caller, clientId: number, userId: number): Promise<Role> {
  await assertPresent(db, caller, clientId)
  const all = caller.kind !== 'client' || caller.role.id === ADMINISTRATORS
  const member = all || userId === caller.userId ? await findMember(db, clientId, userId) : undefined
  if (!member) throw errors.notFound()
  return roleById(member.role_id)
}

/** @throws 404 if the account is not visible to the caller; 403 if a client user works in another one at present */
export async function assertPresent(db: ScopedSql, caller: Caller, clientId: number): Promise<void> {
  if (!(await findAccount(db, clientId))) throw errors.notFound()
  if (caller.kind === 'client' && clientId !== caller.clientId) throw errors.forbidden()
}

/** @throws 400 naming `user_role` */
export function roleIn(account: AccountRecord, wanted: Static<typeof WantedRole> | undefined): Role {
  const refuse = (text: string) => errors.invalid({ user_role: [text] })
  if (wanted?.id === undefined && wanted?.name === undefined) throw refuse('This field is required.')
  const role = findRole(wanted)
  if (!role) throw refuse(`Invalid role: ${wanted.name ?? wanted.id}`)
  // Rights there follow from the user type: a lesser role would promise a limit that nothing enforces.
  if (account.client_type === 'reseller' && role.id !== ADMINISTRATORS)
    throw refuse("All users of a reseller's own account are Administrators.")
  return role
}

/** The users of a reseller's own account are reseller users (docs/domain.md, Who is who). */
export const userTypeIn = ({ client_type }: AccountRecord) => (client_type === 'reseller' ? 'reseller' : 'common')

/** Locks and returns both. @throws as memberInSight and accountToChange; 403 if the caller is no longer an Administrator */
async function memberToChange(db: ScopedSql, caller: Caller, clientId: number, userId: number, look: (member: MemberRecord) => void) {
  const find = async () => {
    const member = await findMember(db, clientId, userId)
    if (!member) throw errors.notFound()
    look(member)
    return member
  }
  await assertPresent(db, caller, clientId)
  await find() // before anything of an invisible user is locked
  const account = await accountToChange(db, caller, clientId, () => lockMember(db, clientId, userId, [caller.userId]))
  await assertStillMay(db, caller)
  return { account, member: await find() }
}

/** @throws as memberToChange; 400 if the role is unknown; 403 if an account's last Administrator would get another role */
export async function changeRole(
  db: ScopedSql,
  caller: Caller,
  clientId: number,
  userId: number,
  wanted: Static<typeof WantedRole> | undefined,
) {
  const { account, member } = await memberToChange(db, caller, clientId, userId, () => {})
  const role = roleIn(account, wanted)
  if (role.id === member.role_id) return
  await assertNotLast(db, clientId, userId)
  await setRole(db, clientId, userId, role.id)
  await refreshMember(db, clientId, userId)
}

/**
 * Removes the user from the account, and deletes the user if that was its last one. Withdraws an invitation that was not accepted. Checks
 * the membership under the lock, so of this call and a concurrent acceptance the second sees the result of the first.
 * @throws 404 if the account, or the user in it, is not visible to the caller; 403 if it is not the present account, the caller is not an
 * Administrator, the user has live tokens there, or is the account's last Administrator
 */
export async function revokeAccess(db: ScopedSql, caller: Caller, clientId: number, userId: number): Promise<void> {
  if (userId === caller.userId) return leave(db, caller, clientId)
  assertAdministers(caller)
  await assertPresent(db, caller, clientId)
  const seen = await findMember(db, clientId, userId)
  if (!seen && !(await hasOpenInvitation(db, clientId, userId))) throw errors.notFound()
  if (seen) assertMayRemove(caller, userId, seen)
  await accountToChange(db, caller, clientId, () => lockMember(db, clientId, userId, [caller.userId]))
  await assertStillMay(db, caller)
  const member = await findMember(db, clientId, userId)
  if (!member) return withdrawInvitation(db, clientId, userId)
  assertMayRemove(caller, userId, member)
  const next = await removable(db, clientId, userId)
  if (next === null) return markDeleted(db, userId)
  await takeOut(db, clientId, userId, next)
}

/**
 * Removes the caller from any of its accounts, in a session of its own: an actor, or a token bound to one account, must not decide where
 * the user belongs.
 * @throws 404 if the user is not in the account; 403 if it is the only account, and as revokeAccess
 */
async function leave(db: ScopedSql, caller: Caller, clientId: number): Promise<void> {
  const { userId } = caller
  if (!(await findAccount(db, clientId)) || !(await findMember(db, clientId, userId))) throw errors.notFound()
  if (caller.credential.type !== 'session' || caller.actorId !== null)
    throw errors.forbidden('Leave an account from a session of your own.', 'session_required')
  await lockMember(db, clientId, userId, [])
  if (!(await findMember(db, clientId, userId))) throw errors.notFound()
  const next = await removable(db, clientId, userId)
  if (next === null)
    throw errors.forbidden('This is your only account. An Administrator of the account can delete your user.', 'only_account')
  await takeOut(db, clientId, userId, next)
}

/** Returns the user's home account after the removal, null if it has no other. @throws 403 for live tokens or the last Administrator */
async function removable(db: ScopedSql, clientId: number, userId: number): Promise<number | null> {
  await assertNoTokens(db, clientId, userId)
  await assertNotLast(db, clientId, userId)
  return anotherAccount(db, userId, clientId)
}

async function takeOut(db: ScopedSql, clientId: number, userId: number, next: number): Promise<void> {
  await endSignIns(db, userId, clientId)
  await removeMember(db, clientId, userId, next)
  await refreshMember(db, clientId, userId)
}

/** @throws 403 */
function assertAdministers({ kind, role }: Caller): void {
  if (kind === 'client' && role.id !== ADMINISTRATORS) throw errors.forbidden()
}

/**
 * Adds a user who is active at once. The index users_email_is_unique decides between concurrent requests for one email.
 * @throws as accountToChange; 400 if the role is unknown, or somebody has the email
 */
export async function createMember(
  db: ScopedSql,
  caller: Caller,
  clientId: number,
  { username: email, name = null, user_role }: Static<typeof NewMember>,
  passwordHash: string,
): Promise<Role> {
  const account = await accountToChange(db, caller, clientId)
  await assertStillMay(db, caller)
  const role = roleIn(account, user_role.user_role ?? user_role)
  const { reseller_id } = account
  const user_type = userTypeIn(account)
  const person = { reseller_id, client_id: clientId, user_type, email, name, phone: null, lang: 'en', password_hash: passwordHash } as const
  const userId = await mapConstraint(insertUser(db, person, role.id), emailTaken('username'))
  await refreshMember(db, clientId, userId)
  return role
}
