/** The sessions of the console: what a cookie holds, what the page receives, and how they end. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { asSystem, type SystemSql } from '../../db/scope.ts'
import { recordAs } from '../../http/activity.ts'
import { ApiError, errors } from '../../http/errors.ts'
import type { SigningKeys } from '../../http/signing-keys.ts'
import type { Addresses } from '../../mail/brand.ts'
import { refreshSession, type Signable, secondsOf, signPair, verifyRefreshToken } from '../sessions/sessions.rules.ts'
import { type Cookies, clearCookie, type Kind, readCookies, setCookie } from './console-sessions.cookies.ts'
import { endLine, findSessionUser, findShown, type SessionUser } from './console-sessions.queries.ts'
import type { ConsoleSession } from './console-sessions.schema.ts'

export interface SessionHandles {
  system: SystemSql
  keys: SigningKeys
  mail: { addresses: Addresses }
}
type Answer = Static<typeof ConsoleSession>

/** Finds where the browser signs out of the identity provider that a session came by. Undefined where there is no such place. */
export type SignOutElsewhere = (session: SessionUser, host: string) => Promise<string | undefined>

/** Puts the refresh token into the cookie and returns what the page receives. @throws 401 if the user may not act any more */
export async function handOver(
  { system, keys, mail }: SessionHandles,
  reply: FastifyReply,
  kind: Kind,
  session: Signable,
  actingEnded = false,
): Promise<Answer> {
  const [pair, shown] = await Promise.all([signPair(keys, session), findShown(system, session.session.id)])
  if (!shown) throw errors.badSession()
  const seconds = secondsOf(session.tokens)
  setCookie(reply, mail.addresses.url, kind, pair.refresh, seconds.refresh)
  return { access: pair.access, expires_in: seconds.access, ...shown, acting_ended: actingEnded }
}

/** A new sign-in in this browser: an acting session of the one before must not have precedence over it. */
export function handOverSignIn(handles: SessionHandles, reply: FastifyReply, session: Signable): Promise<Answer> {
  if (readCookies(reply.request).acting !== undefined) clearCookie(reply, handles.mail.addresses.url, 'acting')
  return handOver(handles, reply, 'own', session)
}

/** Continues the acting session or, if there is none or it has ended, the own one. @throws 401 if both have ended */
export async function refreshFromCookie(handles: SessionHandles, reply: FastifyReply, { own, acting }: Cookies): Promise<Answer> {
  const asAnother = acting === undefined ? undefined : await continueWith(handles, reply, 'acting', acting)
  if (asAnother) return asAnother
  if (own === undefined) throw acting === undefined ? errors.noCredential() : errors.badSession()
  const answer = await continueWith(handles, reply, 'own', own, acting !== undefined)
  if (!answer) throw errors.badSession()
  return answer
}

/** Returns undefined, and clears the cookie, if the session has ended. */
async function continueWith(handles: SessionHandles, reply: FastifyReply, kind: Kind, token: string, actingEnded = false) {
  try {
    return await handOver(handles, reply, kind, await refreshSession(handles.system, handles.keys, token), actingEnded)
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error // the server did not answer, which ends no session
    clearCookie(reply, handles.mail.addresses.url, kind)
    return undefined
  }
}

/** Ends the session of a cookie with its whole line, and records it. Returns undefined if it has ended before. */
export async function endFromCookie(
  handles: SessionHandles,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: Kind,
): Promise<SessionUser | undefined> {
  const { system, keys, mail } = handles
  const token = readCookies(request)[kind]
  if (token === undefined) return undefined
  clearCookie(reply, mail.addresses.url, kind)
  const jti = await jtiOf(keys, token)
  const user = jti === undefined ? undefined : await findSessionUser(system, jti)
  if (!user) return undefined
  await asSystem(system, async (db) => {
    await endLine(db, user.session_id)
    await recordAs(db, request, personOf(user), reply.statusCode, user.client_id)
  })
  return user
}

async function jtiOf(keys: SigningKeys, token: string): Promise<string | undefined> {
  try {
    return String((await verifyRefreshToken(keys, token)).jti)
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

const personOf = ({ user_id, email, reseller_id, client_id, actor_id }: SessionUser) => ({
  kind: 'client' as const, // the account is the user's own, so it is of its reseller
  userId: user_id,
  email,
  resellerId: reseller_id,
  clientId: client_id,
  actorId: actor_id,
})
