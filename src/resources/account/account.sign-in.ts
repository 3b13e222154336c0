/** Signing in: who proves to be somebody gets a session, and every attempt that was looked at is in the log of sign-ins. */
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { SystemSql } from '../../db/scope.ts'
import { addressOf, agentOf } from '../../http/origin.ts'
import { hashPassword, isPassword, isPresent } from '../../lib/passwords.ts'
import { attempt } from './account.attempts.ts'
import type { Expiry } from './account.expiry.ts'
import { findByEmail, findSubject, recordLogin, renewHash, type SignIn } from './account.queries.ts'
import { openSession, type Signable } from './account.rules.ts'
import type { LoginRequest } from './account.schema.ts'

/**
 * Undefined for an unknown email, a wrong password, a blocked and an unconfirmed user: all of them take the same steps.
 * @throws 400 where the password is right and over, 429 after too many failures, 503 where too many sign in
 */
export function signIn(
  { system, expiry }: { system: SystemSql; expiry: Expiry },
  request: FastifyRequest,
  { username, password }: Static<typeof LoginRequest>,
): Promise<Signable | undefined> {
  return attempt(system, request, username, async () => {
    const user = await findByEmail(system, username)
    const proven = await isPassword(user?.password_hash, password)
    const over = user !== undefined && proven && expiry.isOver(user)
    const session = user && proven && !over ? await begin(system, request, user, password) : undefined
    await recordLogin(system, {
      reseller_id: user?.reseller_id ?? null,
      client_id: user?.client_id ?? null,
      user_id: user?.user_id ?? null,
      is_successful: session !== undefined,
      auth_type: 'password',
      ip_address: addressOf(request),
      user_agent: agentOf(request),
    })
    if (over && user.client_id) await expiry.refuse(request, username)
    return session
  })
}

async function begin(system: SystemSql, request: FastifyRequest, user: SignIn, password: string): Promise<Signable | undefined> {
  // Two-step verification cannot be completed yet, so its users cannot sign in by password alone.
  const subject = user.client_id && !user.has_totp ? await findSubject(system, user.user_id, user.client_id) : undefined
  if (!subject || user.password_hash === null) return undefined
  const passwordHash = await upToDate(system, user.user_id, user.password_hash, password)
  return openSession(system, { subject, actorId: null, passwordHash, request }) // none where the password was changed meanwhile
}

/** A hash made with other parameters than today's is made anew while the password is at hand; at once another sign-in may do the same. */
async function upToDate(system: SystemSql, userId: number, hash: string, password: string): Promise<string> {
  if (isPresent(hash)) return hash
  const renewed = await hashPassword(password)
  const standing = await renewHash(system, userId, hash, renewed)
  return standing === renewed || (await isPassword(standing, password)) ? standing : hash
}
