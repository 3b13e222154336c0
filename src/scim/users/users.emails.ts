/** A directory changes the address that a user signs in with. */
import type { ScopedSql } from '../../db/scope.ts'
import { insertMade, setEmail } from '../../people/email-changes/email-changes.queries.ts'
import { notifySecurityChange } from '../../people/users/users.notices.ts'
import { anotherAccount, endSignIns } from '../../people/users/users.removal.ts'
import type { Directory, Work } from '../directory.ts'
import { refuse } from '../messages.ts'
import type { UserRow } from './users.queries.ts'

/**
 * Both domains must be the directory's, and for an account's directory the person in no other account: the account goes with the mailbox.
 * Ends what the old mailbox could open, and is mailed to it.
 * @throws 400
 */
export async function changeEmail(
  { db, caller, directory }: Work,
  { id, account, email: old }: UserRow,
  email: string,
  assertProven: (db: ScopedSql, directory: Directory, email: string) => Promise<void>,
): Promise<void> {
  await assertProven(db, directory, old)
  await assertProven(db, directory, email)
  if (directory.clientId !== null && (await anotherAccount(db, id, account)) !== null)
    throw refuse.mutability('The user belongs to other accounts, too: it changes its address itself.')
  await notifySecurityChange(db, undefined, 'email', { userId: id, clientId: account })
  await setEmail(db, id, email)
  if (directory.clientId === null)
    await insertMade(db, { user_id: id, reseller_id: directory.resellerId, new_email: email, asked_by: caller.userId })
  await endSignIns(db, id, null)
}
