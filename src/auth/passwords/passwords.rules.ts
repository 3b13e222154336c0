/** Changing one's password: proven by the old one, refused where it was one of the last, and the end of the user's other sessions. */

import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { ScopedSql, SystemSql } from '../../db/scope.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { ownerOf } from '../../lib/owner.ts'
import { hashPassword, isOneOf, LAST_PASSWORDS, passwordObjections } from '../../lib/passwords.ts'
import { tellOfChange, tellOfPassword } from '../../people/users/users.notices.ts'
import { findUser } from '../../people/users/users.queries.ts'
import { createProvePassword } from '../attempts/attempts.rules.ts'
import { continueSession, openSession, type Signable } from '../sessions/sessions.rules.ts'
import { endAccess, findPasswords, findSubject, replacePassword } from '../sign-in/sign-in.queries.ts'
import type { PasswordChange } from './passwords.schema.ts'

const wrongOld = 'Old password is incorrect'

/** @throws 404 for a user out of sight, 403 for anybody but oneself, and for whoever acts as somebody else */
export async function admitPasswordChange(db: ScopedSql, caller: Caller, userId: number): Promise<void> {
  if (!(await findUser(db, caller, userId))) throw errors.notFound()
  if (userId !== caller.userId || caller.actorId !== null) throw errors.forbidden()
}

/**
 * The hash that the password is changed from and that of the new one, outside of any transaction. Whoever does not know the old password is
 * not told whether the new one was used before.
 * @throws 400 naming what is wrong; 429 after too many wrong ones; 403 by API token where a second step is asked for, which the answered session would have passed by
 */
export async function checkPasswords(system: SystemSql, request: FastifyRequest, wanted: Static<typeof PasswordChange>) {
  const { caller } = request
  const known = await findPasswords(system, caller.userId)
  if (!known) throw errors.notFound()
  if (known.hasTotp && caller.credential.type === 'token')
    throw errors.forbidden('Two-step verification is on. Sign in to change the password.', 'session_required')
  const wrong: FieldErrors = {}
  if (!(await createProvePassword(system)(request, known.email, known.present, wanted.old))) wrong.old = [wrongOld]
  const objections = wanted.new === wanted.double ? passwordObjections(wanted.new, known.email) : ["New and double values don't match"]
  if (objections.length > 0) wrong.new = objections
  if (known.present === null || Object.keys(wrong).length > 0)
    throw errors.invalid(wrong, wrong.old ? 'password_incorrect' : 'invalid_parameter')
  const last = [known.present, ...known.earlier].slice(0, LAST_PASSWORDS)
  if (await isOneOf(last, wanted.new, ownerOf(caller)))
    throw errors.invalid({ new: [`This is one of your last ${LAST_PASSWORDS} passwords. Choose another one.`] }, 'password_reused')
  return { replaced: known.present, by: await hashPassword(wanted.new, ownerOf(caller)) }
}

/**
 * Puts the new hash in place of the one that was checked, and answers what the tokens are made of: the present session goes on; by API token,
 * which knows none, one begins. The user's row decides between two at once (change_password): the second is told that its old password is wrong.
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
    await tellOfChange(db, request, 'access_ended')
  }
  await tellOfPassword(db, cipher, request)
  const subject = await findSubject(db, caller.userId, caller.clientId)
  const signable =
    subject &&
    (session
      ? await continueSession(db, subject, { id: session, actor_id: null })
      : await openSession(db, { subject, actorId: null, request, authType: 'password' }))
  if (!signable) throw errors.badSession() // blocked or put out of the account meanwhile
  return signable
}
