/** Who may change which user, and what of it. */
import type { Static } from 'typebox'
import { lockUser, refreshUser } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { type Caller, manages } from '../../lib/caller.ts'
import { given } from '../../lib/given.ts'
import { findRecord, findUser, type UserRecord, updateUser } from './users.queries.ts'
import type { UserChanges } from './users.schema.ts'

/** Oneself; beyond that staff change the people of their reseller, sellers client users alone. */
export const mayChange = (caller: Caller, id: number, { user_type }: UserRecord) => id === caller.userId || manages(caller, user_type)

/**
 * Answers the account that is affected and the document as the caller sees it now. The user is locked with its accounts: of two changes at
 * once the second begins with what the first left.
 * @throws 404 for a user out of sight, 403 for one that the caller only sees, 400 for a deleted one and for another email
 */
export async function changeUser(db: ScopedSql, caller: Caller, id: number, { email, name, lang, phone }: Static<typeof UserChanges>) {
  if (!(await findUser(db, caller, id))) throw errors.notFound()
  const [, user] = await Promise.all([lockUser(db, id), findRecord(db, id)])
  if (!user) throw errors.notFound()
  if (!mayChange(caller, id, user)) throw errors.forbidden()
  if (user.deleted) throw errors.invalid({ errors: ['The user was deleted.'] })
  if (email !== undefined && email !== user.email)
    throw errors.invalid({ email: [`PUT /iam/users/${id}/email changes the email, here it stays as it is.`] })

  const fields = given({ name, lang, phone })
  // Sent one behind the other without waiting: a connection runs them in order, and where one fails those behind it do.
  const changes = Object.keys(fields).length > 0 ? [updateUser(db, id, fields), refreshUser(db, id)] : []
  const document = findUser(db, caller, id)
  await Promise.all([...changes, document])
  return { affected: caller.kind === 'client' ? caller.clientId : user.client_id, document: (await document) as Buffer }
}
