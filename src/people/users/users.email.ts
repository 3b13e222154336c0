/** Asking for another email to sign in with, by password: what becomes of it is told in people/email-changes. */

import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { lockUser } from '../../db/read-model.ts'
import type { Scope, ScopedSql } from '../../db/scope.ts'
import type { CodeOf } from '../../http/error-codes.ts'
import { errors, flatten, reshape } from '../../http/errors.ts'
import type { Proof } from '../../http/proof.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { askForChange, assertSellersMay } from '../email-changes/email-changes.rules.ts'
import { countAttempt, findRecord, isSameEmail, seesUser, type UserRecord, userOfEmail } from './users.queries.ts'
import { mayChange } from './users.rules.ts'
import type { EmailChange } from './users.schema.ts'

/** How often a user may try, right password or wrong: times within seconds. */
const limit = { kind: 'email_change', most: 10, span: 3600 } as const

/** The documented shape, in which a field has one text. What is about neither field is said of the address. */
const refuse = (text: string, code: CodeOf<400>) => errors.invalidAs([{ errors: { new_email: text } }], code)

/** The same of a body that does not have the operation's schema. */
export const emailRefusals = reshape((fields) => {
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
 * Whether the caller may ask for this change and knows its own password and, where two-step verification is on, has a code. The attempt is counted and kept whatever comes of it, or else
 * passwords could be guessed here; hashing happens outside of any transaction.
 * @throws 404 for a user out of sight; 403 for one that the caller only sees, for a seller whose reseller does not allow it, and for whoever acts
 * as somebody else; 429 after ten attempts in an hour; and the documented 400 for a deleted user, a wrong password and a wrong or missing code
 */
export async function admitEmailChange(
  scope: Scope,
  proof: Proof,
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
  await proof.proveOneself(request, { password, one_time_password })
}

/**
 * Mails both addresses. Nothing else changes until the new one confirms; whether it is still free then decides the index users_email_is_unique.
 * @throws as userToChange; the documented 400 for the present address and for one that somebody has
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
