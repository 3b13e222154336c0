/** What a directory may do to users: make them, change them, deactivate them and let them go. */
import { accountToChange } from '../../accounts/clients/clients.rules.ts'
import { lockClient, lockMember, lockUser, refreshJoined, refreshMember, refreshUser } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { ApiError, errors } from '../../http/errors.ts'
import { domainOf } from '../../lib/email.ts'
import { deactivateUser } from '../../people/lockdown/lockdown.queries.ts'
import { deactivateMember, reactivateMember } from '../../people/members/members.deactivation.ts'
import { findMember, removeMember, withdrawInvitation } from '../../people/members/members.queries.ts'
import { insertMember, insertUser, unblocked, updateUser, userOfEmail } from '../../people/users/users.queries.ts'
import { anotherAccount, assertNotLast, endSignIns, markDeleted } from '../../people/users/users.removal.ts'
import type { Directory, Work } from '../directory.ts'
import { type Document, refuse } from '../messages.ts'
import { nameOf, type WantedUser, wantedUser } from './users.document.ts'
import { changeEmail } from './users.emails.ts'
import {
  accountsOf,
  confirmNew,
  deleteTokens,
  findUser,
  forget,
  isProven,
  keepSaid,
  setName,
  settingsOf,
  type UserRow,
} from './users.queries.ts'

/** The same answer for everybody else's: whoever is told of it learns that an address is taken, and nothing of whom. */
const taken = () => refuse.uniqueness('A user with this userName already exists.')

/**
 * An account's directory decides about addresses of domains that were proven for a provider of the account, and about no other: whoever
 * controls a directory could otherwise make users of addresses that are not the company's. Asked before anything is looked up.
 * @throws 400
 */
export async function assertProven(db: ScopedSql, directory: Directory, email: string): Promise<void> {
  const domain = domainOf(email)
  if (!(await isProven(db, directory, domain)))
    throw refuse.value(
      `The domain ${domain} is not proven for an identity provider of ${directory.clientId === null ? 'the reseller' : 'this account'}.`,
    )
}

/**
 * Makes a user, or takes an existing one of the reseller into the account. Returns its id. The index users_email_is_unique decides between
 * two at once.
 * @throws 400 for a domain that is not proven, or no account; 409 if the directory has the user, or nobody may have it
 */
export async function createUser(work: Work, document: Document): Promise<number> {
  const { db, directory } = work
  const wanted = wantedUser(document)
  if (directory.clientId !== null) await assertProven(db, directory, wanted.email)
  const { home_client_id, default_role } = await settingsOf(db, directory)
  const account = directory.clientId ?? wanted.account ?? home_client_id
  if (account === null) throw refuse.value('Name an account, or give the directory one in which it makes users.')
  const id = await asTaken(async () => {
    const person = await userOfEmail(db, wanted.email, directory.resellerId)
    if (!person) return make(work, account, wanted, default_role)
    if (person.id === null || person.user_type !== 'common' || directory.clientId === null) throw taken()
    await lockMember(db, account, person.id, [])
    if ((await findMember(db, account, person.id)) || (await userOfEmail(db, wanted.email, directory.resellerId))?.id !== person.id)
      throw taken()
    await withdrawInvitation(db, account, person.id)
    await insertMember(db, { client_id: account, user_id: person.id, reseller_id: directory.resellerId, role_id: default_role })
    return person.id
  })
  const said = { external_id: wanted.externalId, active: wanted.active ?? true, attributes: wanted.attributes }
  await asTaken(() => keepSaid(db, directory, id, said))
  if (wanted.active === false) await deactivate(work, id, account)
  await refreshJoined(db, account, id)
  return id
}

async function make({ db, caller, directory }: Work, account: number, wanted: WantedUser, roleId: number): Promise<number> {
  const { email, name = null } = wanted
  const { client_type } = await accountToChange(db, caller, account, lockClient).catch((error) => {
    throw error instanceof ApiError && error.status === 404 ? refuse.value('There is no such account.') : error
  })
  if (client_type === 'reseller') throw refuse.value("A directory makes no users in a reseller's own account.")
  const person = {
    reseller_id: directory.resellerId,
    client_id: account,
    user_type: 'common' as const,
    email,
    name,
    phone: null,
    lang: 'en',
  }
  const id = await insertUser(db, { ...person, password_hash: null }, roleId)
  await confirmNew(db, id)
  return id
}

/** Says of a violated constraint what it means to a directory. */
export async function asTaken<T>(writing: () => Promise<T>): Promise<T> {
  try {
    return await writing()
  } catch (error) {
    const { constraint_name } = error as { constraint_name?: string }
    if (constraint_name === 'users_email_is_unique') throw taken()
    if (constraint_name === 'scim_users_external_id' || constraint_name === 'scim_groups_external_id')
      throw refuse.uniqueness('The directory uses this externalId already.')
    if (constraint_name === 'scim_groups_name') throw refuse.uniqueness('A group with this displayName already exists.')
    throw error
  }
}

/** Locks a user of the directory, with its accounts. @throws 404 */
export async function lockedUser({ db, directory }: Work, id: number): Promise<UserRow> {
  if (!(await findUser(db, directory, id))) throw errors.notFound()
  const [, user] = await Promise.all([lockUser(db, id), findUser(db, directory, id)])
  if (!user) throw errors.notFound()
  return user
}

/**
 * Makes a user what the document says, under its lock. A name is the person's: an account's directory changes it only where the person is in
 * no other account.
 * @throws 400 for an address that the directory does not decide about, and for the last Administrator
 */
export async function changeUser(work: Work, before: UserRow, document: Document): Promise<void> {
  const { db, directory } = work
  const { id, account } = before
  const wanted = wantedUser(document)
  const active = wanted.active ?? before.active
  await asTaken(async () => {
    if (wanted.email !== before.email) await changeEmail(work, before, wanted.email, assertProven)
    await keepSaid(db, directory, id, { external_id: wanted.externalId, active, attributes: wanted.attributes })
  })
  const isNew = wanted.name !== undefined && wanted.name !== nameOf(before.attributes) && wanted.name !== before.name
  if (isNew && (directory.clientId === null || (await anotherAccount(db, id, account)) === null))
    await setName(db, id, wanted.name as string)
  if (active !== before.active) await (active ? reactivate(work, before) : deactivate(work, id, account))
  await refreshUser(db, id)
}

async function deactivate({ db, directory }: Work, id: number, account: number): Promise<void> {
  if (directory.clientId !== null) return deactivateMember(db, account, id)
  for (const one of await accountsOf(db, id)) await assertNotLast(db, one, id)
  await deactivateUser(db, id)
}

/** Undoes what the directory did, and nothing else: staff block and lock down for reasons of their own. */
async function reactivate({ db, directory }: Work, { id, account, said_active, locked }: UserRow): Promise<void> {
  if (directory.clientId !== null) return reactivateMember(db, account, id)
  if (said_active === false && !locked) await updateUser(db, id, unblocked)
}

/** @throws 404; 400 for the last Administrator */
export async function deleteUser(work: Work, id: number): Promise<void> {
  const { db, directory } = work
  const { account } = await lockedUser(work, id)
  const accounts = directory.clientId === null ? await accountsOf(db, id) : [account]
  for (const one of accounts) await assertNotLast(db, one, id)
  await deleteTokens(db, id, directory.clientId)
  await forget(db, directory, id)
  const next = directory.clientId === null ? null : await anotherAccount(db, id, account)
  if (next === null) return markDeleted(db, id)
  await endSignIns(db, id, account)
  await removeMember(db, account, id, next)
  await refreshMember(db, account, id)
}
