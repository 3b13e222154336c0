/** Who may change which user, and what of it. */
import type { Static } from 'typebox'
import { refreshUser } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { type Caller, manages } from '../../lib/caller.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { administersAllOf, findRecord, findUser, lockUserInSight, type UserRecord, updateUser } from './users.queries.ts'
import { assertStillMay } from './users.removal.ts'
import type { UserChanges } from './users.schema.ts'

/** Oneself; beyond that staff change the people of their reseller, sellers client users alone. */
export const mayChange = (caller: Caller, id: number, user: UserRecord) => id === caller.userId || manages(caller, user)

/**
 * Whether the caller is an Administrator who may change what colleagues see of the user, its name and language: of one in an account that it does
 * not administer these are not its to change. What is given as it stands changes nothing.
 */
async function mayRename(db: ScopedSql, caller: Caller, id: number, user: UserRecord, { phone }: Static<typeof UserChanges>) {
  return (
    caller.kind === 'client' &&
    caller.role.id === ADMINISTRATORS &&
    (phone === undefined || phone === user.phone) &&
    administersAllOf(db, caller, id)
  )
}

/**
 * Answers the account that is affected, and the document as the caller sees it once the transaction is committed. The user is locked with its
 * accounts: of two changes at once the second begins with what the first left.
 * @throws 404 for a user out of sight, 403 for what is not the caller's to change, 400 for a deleted one and for another email
 */
export async function changeUser(db: ScopedSql, caller: Caller, id: number, wanted: Static<typeof UserChanges>) {
  const { email, name, lang, phone } = wanted
  const [seen, user] = await Promise.all([lockUserInSight(db, caller, id), findRecord(db, id)])
  if (!seen || !user) throw errors.notFound()
  if (!mayChange(caller, id, user)) {
    if (!(await mayRename(db, caller, id, user, wanted))) throw errors.forbidden()
    await assertStillMay(db, caller)
  }
  if (user.deleted) throw errors.invalid({ errors: ['The user was deleted.'] }, 'object_deleted')
  if (email !== undefined && email !== user.email) throw errors.invalid({ email: [`Change the email with PUT /iam/users/${id}/email.`] })

  const fields = definedFields({ name, lang, phone })
  // Sent one behind the other and not waited for, up to COMMIT: a connection runs them in order, and where one fails all behind it do.
  const changes = Object.keys(fields).length > 0 ? [updateUser(db, id, fields), refreshUser(db, id)] : []
  const document = findUser(db, caller, id) as Promise<Buffer>
  for (const one of [...changes, document]) one.catch(() => {}) // told by the commit
  return { affected: caller.kind === 'client' ? caller.clientId : user.client_id, document }
}
