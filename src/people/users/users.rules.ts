/** Who may change which users, and which of their fields. */
import type { Static } from 'typebox'
import { refreshUser } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { type Caller, manages } from '../../lib/caller.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { administersAllOf, findUser, lockUserInSight, type UserRecord, updateUser } from './users.queries.ts'
import { assertStillMay } from './users.removal.ts'
import type { UserChanges } from './users.schema.ts'

/** Users may change themselves. Staff may also change the users of their reseller, sellers only client users. */
export const mayChange = (caller: Caller, id: number, user: UserRecord) => id === caller.userId || manages(caller, user)

/**
 * Reports whether the caller is an Administrator who may change the name and language of the user, which colleagues see. It must administer
 * all accounts of the user. An unchanged phone number is allowed.
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
 * Returns the affected account and a promise of the document as the caller sees it after the commit. Locks the user with its accounts, so
 * of two concurrent changes the second starts from the result of the first.
 * @throws 404 if the user is not visible to the caller; 403 if the caller may not change this; 400 for a deleted user or another email
 */
export async function changeUser(db: ScopedSql, caller: Caller, id: number, wanted: Static<typeof UserChanges>) {
  const { email, name, lang, phone } = wanted
  const user = await lockUserInSight(db, caller, id)
  if (!user) throw errors.notFound()
  if (!mayChange(caller, id, user)) {
    if (!(await mayRename(db, caller, id, user, wanted))) throw errors.forbidden()
    await assertStillMay(db, caller)
  }
  if (user.deleted) throw errors.invalid({ errors: ['The user was deleted.'] }, 'object_deleted')
  if (email !== undefined && email !== user.email) throw errors.invalid({ email: [`Change the email with PUT /iam/users/${id}/email.`] })

  const fields = definedFields({ name, lang, phone })
  // Pipelined up to COMMIT: the connection runs the statements in order, and if one fails, so do all after it.
  const changes = Object.keys(fields).length > 0 ? [updateUser(db, id, fields), refreshUser(db, id)] : []
  const document = findUser(db, caller, id) as Promise<Buffer>
  for (const one of [...changes, document]) one.catch(() => {}) // COMMIT reports the error
  return { affected: caller.kind === 'client' ? caller.clientId : user.client_id, document }
}
