/** Changing one's password. It takes the old password, refuses recent ones and ends the user's other sessions. */

import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { ScopedSql, SystemSql } from '../../db/scope.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { ownerOf } from '../../lib/owner.ts'
import { hashPassword, isOneOf, LAST_PASSWORDS, passwordErrors } from '../../lib/passwords.ts'
import { notifyNewPassword, notifySecurityChange } from '../../people/users/users.notices.ts'
import { seesUser } from '../../people/users/users.queries.ts'
import { createVerifyPassword } from '../attempts/attempts.rules.ts'
import { endAccess, findSubject } from '../sessions/sessions.queries.ts'
import { continueSession, openSession, type Signable } from '../sessions/sessions.rules.ts'
import { findPasswords, replacePassword } from './passwords.queries.ts'
import type { PasswordChange } from './passwords.schema.ts'

const wrongOld = 'Old password is incorrect'

/** @throws 404 if the user is not visible to the caller; 403 if it is not the caller, or the caller acts as somebody else */
export async function assertPasswordChangeAllowed(db: ScopedSql, caller: Caller, userId: number): Promise<void> {
  if (!(await seesUser(db, caller, userId))) throw errors.notFound()
  if (userId !== caller.userId || caller.actorId !== null) throw errors.forbidden()
}

/**
 * Returns the hashes of the old and the new password; runs outside any transaction. Callers who do not know the old password do not learn
 * whether the new one was used before.
 * @throws 400 naming the invalid fields; 429 after too many wrong passwords; 403 by API token if two-step verification is on, because the
 * returned session would bypass it
 */
export async function checkPasswords(system: SystemSql, request: FastifyRequest, wanted: Static<typeof PasswordChange>) {
  const { caller } = request
  const known = await findPasswords(system, caller.userId)
  if (!known) throw errors.notFound()
  if (known.hasTotp && caller.credential.type === 'token')
    throw errors.forbidden('Two-step verification is on. Sign in to change the password.', 'session_required')
  const wrong: FieldErrors = {}
  if (!(await createVerifyPassword(system)(request, known.email, known.present, wanted.old))) wrong.old = [wrongOld]
  const objections = wanted.new === wanted.double ? passwordErrors(wanted.new, known.email) : ["New and double values don't match"]
  if (objections.length > 0) wrong.new = objections
  if (known.present === null || Object.keys(wrong).length > 0)
    throw errors.invalid(wrong, wrong.old ? 'password_incorrect' : 'invalid_parameter')
  const last = [known.present, ...known.earlier].slice(0, LAST_PASSWORDS)
  if (await isOneOf(last, wanted.new, ownerOf(caller)))
    throw errors.invalid({ new: [`This is one of your last ${LAST_PASSWORDS} passwords. Choose another one.`] }, 'password_reused')
  return { replaced: known.present, by: await hashPassword(wanted.new, ownerOf(caller)) }
}

/**
 * Replaces the checked hash by the new one and returns the session to sign tokens for: the present one or, by API token, a new one. The
 * user's row serializes concurrent changes (replacePassword): the second fails because its old password is wrong.
 */
export async function changePassword(
  db: ScopedSql,
  cipher: Cipher,
  request: FastifyRequest,
  { replaced, by }: { replaced: string; by: string },
  endEverything: boolean,
): Promise<Signable> {
  const { caller } = request
  const session = caller.credential.type === 'session' ? caller.credential.id : null
  if (!(await replacePassword(db, caller.userId, replaced, by, LAST_PASSWORDS - 1, session)))
    throw errors.invalid({ old: [wrongOld] }, 'password_incorrect')
  if (endEverything) {
    await endAccess(db, caller.userId, session)
    await notifySecurityChange(db, request, 'access_ended')
  }
  await notifyNewPassword(db, cipher, request)
  const subject = await findSubject(db, caller.userId, caller.clientId)
  const signable =
    subject &&
    (session
      ? await continueSession(db, subject, { id: session, actor_id: null })
      : await openSession(db, { subject, actorId: null, request, authType: 'password' }))
  if (!signable) throw errors.badSession() // blocked or removed from the account meanwhile
  return signable
}
