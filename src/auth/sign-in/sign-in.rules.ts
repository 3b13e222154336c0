/** Signing in: a verified user gets a session. The log of sign-ins records every attempt that was checked. */

import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { findClient } from '../../accounts/clients/clients.queries.ts'
import { type AuthType, recordLogin } from '../../audit/logins.queries.ts'
import type { Scope, SystemSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { addressOf } from '../../http/origin.ts'
import { ownerOfRequest } from '../../http/owners.ts'
import type { Verifier } from '../../http/verifier.ts'
import { normalEmail } from '../../lib/email.ts'
import { hashPassword, isPassword, isPresent } from '../../lib/passwords.ts'
import type { Owner } from '../../lib/semaphore.ts'
import { attempt } from '../attempts/attempts.rules.ts'
import type { Expiry } from '../passwords/passwords.expiry.ts'
import { assertMayWork, refuseOtherWays, tellOfException } from '../sessions/sessions.enforcement.ts'
import { findSubject, mayActIn } from '../sessions/sessions.queries.ts'
import { openSession, type Signable } from '../sessions/sessions.rules.ts'
import { missingCode } from '../two-step/two-step.verifier.ts'
import { findByEmail, renewHash, type SignIn } from './sign-in.queries.ts'
import type { LoginRequest } from './sign-in.schema.ts'

/**
 * Returns undefined for an unknown email, a wrong password, and a blocked or unconfirmed user, all of which take the same steps; also for a
 * wrong code.
 * @throws 400 naming the code if only that is missing, and 400 if the password has expired; 403 if the password was right and an identity provider
 * is required; 429 after too many failures; 503 if too many
 * sign in
 */
export function signIn(
  { system, verifier, expiry }: { system: SystemSql; verifier: Verifier; expiry: Expiry },
  request: FastifyRequest,
  { username: typed, password, one_time_password = '' }: Static<typeof LoginRequest>,
): Promise<Signable | undefined> {
  const username = normalEmail(typed) ?? '' // an invalid address matches no user and takes the same steps; it counts as typed
  const code = one_time_password.trim()
  return attempt(system, request, username || typed, async () => {
    const user = await findByEmail(system, username)
    const passwordIsRight = await isPassword(user?.password_hash, password, ownerOfRequest(request))
    const takesCode = passwordIsRight && user?.client_id && user.has_totp
    const authType = takesCode ? (code === '' ? 'password_without_code' : 'password_and_code') : 'password'
    const log = (session?: Signable) => recordLogin(system, request, user, { is_successful: session !== undefined, auth_type: authType })

    if (!user || !passwordIsRight) {
      await log()
      return undefined
    }
    const account = user.has_totp ? user.by_code : user.by_password
    if (user.client_id && account === null) {
      await log()
      await refuseOtherWays(system, user.user_id, user.client_id)
    }
    if (authType === 'password_without_code') {
      await log()
      throw missingCode() // neither a failure nor a success: half a sign-in
    }
    if (authType === 'password_and_code' && !(await verifier.consumeCode(request, user.user_id, code))) {
      await log()
      return undefined
    }
    if (expiry.isOver(user)) {
      await log()
      if (user.client_id) await expiry.refuse(request, username)
      return undefined
    }
    const session = await begin(system, request, user, account, password, authType)
    await log(session)
    if (session && authType === 'password_and_code') await tellOfException(system, session.subject, addressOf(request))
    return session
  })
}

/** Returns undefined if the password changed or two-step verification was switched on meanwhile. */
async function begin(
  system: SystemSql,
  request: FastifyRequest,
  user: SignIn,
  account: number | null,
  password: string,
  authType: AuthType,
): Promise<Signable | undefined> {
  const subject = account ? await findSubject(system, user.user_id, account) : undefined
  if (!subject || user.password_hash === null) return undefined
  const passwordHash = await upToDate(system, user.user_id, user.password_hash, password, ownerOfRequest(request))
  return openSession(system, { subject, actorId: null, passwordHash, request, authType })
}

/** Rehashes the password if its hash uses outdated parameters. A concurrent sign-in may do the same. */
async function upToDate(system: SystemSql, userId: number, hash: string, password: string, owner: Owner): Promise<string> {
  if (isPresent(hash)) return hash
  const renewed = await hashPassword(password, owner)
  const standing = await renewHash(system, userId, hash, renewed)
  return standing === renewed || (await isPassword(standing, password, owner)) ? standing : hash
}

/**
 * Begins a session of the caller in another of its accounts. It ends with the present one, for whatever reason that is revoked.
 * @throws 404 if the account is not visible; 403 for an API token, if the caller may not work there, must come by an identity provider, or if it acts as somebody where that is closed to staff
 */
export async function selectAccount(
  { scope, system }: { scope: Scope; system: SystemSql },
  request: FastifyRequest,
  clientId: number,
): Promise<Signable> {
  const { caller } = request
  const seen = await scope.read(caller, (db) => findClient(db, caller, clientId))
  const isSession = caller.credential.type === 'session'
  // An account of the caller's that requires another provider is out of sight, and refused in words.
  const subject = isSession ? await findSubject(system, caller.userId, clientId) : undefined
  if (!seen && !subject) throw errors.notFound()
  if (!subject) throw errors.forbidden()
  if (caller.actorId !== null && !(await mayActIn(system, caller.actorId, subject))) throw errors.accountClosed()
  await assertMayWork(system, subject, caller.credential, caller.actorId)
  const session = await openSession(system, { subject, actorId: caller.actorId, origin: caller.credential, request })
  if (!session) throw errors.badSession()
  if (caller.actorId === null && session.tokens.sso_entity === null) await tellOfException(system, subject, addressOf(request))
  return session
}
