/** Requests for another email to sign in with, verified by password. email-changes.rules.ts handles what follows. */

import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { lockUser } from '../../db/read-model.ts'
import type { Scope, ScopedSql } from '../../db/scope.ts'
import type { CodeOf } from '../../http/error-codes.ts'
import { errors, flatten, reshape } from '../../http/errors.ts'
import type { Verifier } from '../../http/verifier.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { countAttempt, findRecord, isSameEmail, seesUser, type UserRecord, userOfEmail } from '../users/users.queries.ts'
import { mayChange } from '../users/users.rules.ts'
import { askForChange, assertSellersMay } from './email-changes.rules.ts'
import type { EmailChange } from './email-changes.schema.ts'

/** Limit of a user's attempts, with a right or wrong password, within `span` seconds. */
const limit = { kind: 'email_change', most: 10, span: 3600 } as const

/** Builds an error in the documented shape, with one text per field. Errors about neither field go to `new_email`. */
const refuse = (text: string, code: CodeOf<400>) => errors.invalidAs([{ errors: { new_email: text } }], code)

/** The same shape for a body that does not match the operation's schema. */
export const emailErrors = reshape((fields) => {
  const texts = Object.entries(fields).map(([field, said]) => [
    ['password', 'one_time_password'].includes(field) ? field : 'new_email',
    flatten(said)[0],
  ])
  return [{ errors: Object.fromEntries(texts) }]
})

async function userToChange(db: ScopedSql, caller: Caller, id: number): Promise<UserRecord> {
  const user = (await seesUser(db, caller, id)) && (await findRecord(db, id))
  if (!user) throw errors.notFound()
  if (!mayChange(caller, id, user)) throw errors.forbidden()
  if (id !== caller.userId) await assertSellersMay(db, caller, 'change_email')
  if (user.deleted) throw refuse('The user was deleted.', 'object_deleted')
  return user
}

/**
 * Checks that the caller may request this change, and verifies the caller's password and, if two-step verification is on, a code. Counts
 * every attempt, whatever its outcome, or passwords could be guessed here. Hashes outside any transaction.
 * @throws 404 if the user is not visible to the caller; 403 if the caller may not change the user, is a seller whose reseller does not
 * allow it, or acts as somebody else; 429 after ten attempts in an hour; the documented 400 for a deleted user, a wrong password, and a
 * wrong or missing code
 */
export async function assertEmailChangeAllowed(
  scope: Scope,
  verifier: Verifier,
  request: FastifyRequest,
  id: number,
  { password, one_time_password = '' }: Static<typeof EmailChange>,
) {
  const { caller } = request
  if (caller.actorId !== null) throw errors.forbidden()
  const wait = await scope.write(caller, async (db) => {
    await userToChange(db, caller, id)
    return countAttempt(db, caller, limit)
  })
  if (wait !== null)
    throw errors.tooMany('You can ask for ten changes of email an hour.', 'email_changes_limited', {
      ...limit,
      name: 'email-changes',
      wait,
    })
  await verifier.verifyPasswordAndCode(request, { password, one_time_password })
}

/**
 * Mails both addresses. Nothing else changes until the new one confirms; then the index users_email_is_unique decides if it is still free.
 * @throws as userToChange; the documented 400 if the user or somebody else has the address already
 */
export async function mailEmailChange(db: ScopedSql, cipher: Cipher, caller: Caller, id: number, recipient: string): Promise<number> {
  await userToChange(db, caller, id)
  await lockUser(db, id)
  const user = await userToChange(db, caller, id)
  if (await isSameEmail(db, user.email, recipient)) throw refuse('The user already has this address.', 'invalid_parameter')
  if (await userOfEmail(db, recipient, user.reseller_id)) throw refuse(`A user with the email ${recipient} already exists.`, 'email_taken')
  const client_id = caller.kind === 'client' ? caller.clientId : user.client_id
  await askForChange(db, cipher, caller, { id, ...user }, recipient, client_id)
  return client_id
}
