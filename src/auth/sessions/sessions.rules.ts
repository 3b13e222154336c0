/** The lifecycle of a session: a sign-in begins it, refresh tokens that work once continue it, and reuse of one ends it. */
import { randomBytes } from 'node:crypto'
import { type JWTPayload, errors as jose } from 'jose'
import type { Static } from 'typebox'
import type { TransactionSql } from '../../db/pool.ts'
import type { SystemSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { SigningKeys } from '../../http/signing-keys.ts'
import {
  type Begun,
  consumeRefreshToken,
  findSubject,
  insertRefreshToken,
  insertSession,
  lockRefreshToken,
  revokeSession,
  type SessionRecord,
  type Subject,
  type TokenTimes,
} from './sessions.queries.ts'
import type { TokenPair } from './sessions.schema.ts'

const ACCESS_SECONDS = 3600
const REFRESH_SECONDS = 24 * 3600
/** Real clients race: a spent refresh token still hands out a pair this long after its first use. */
const GRACE_SECONDS = 20

type Pair = Static<typeof TokenPair>
/** A session and one of its refresh tokens, ready to be signed as a token pair. */
export interface Signable {
  subject: Subject
  session: SessionRecord
  tokens: TokenTimes & { jti: string }
}

const newJti = () => randomBytes(16).toString('hex')

/** Begins a session, which may be committed before its tokens are signed. Returns undefined if what it rests on is gone. */
export async function openSession(sql: SystemSql | TransactionSql, begun: Begun): Promise<Signable | undefined> {
  const jti = newJti()
  const made = await insertSession(sql, begun, jti, REFRESH_SECONDS)
  return made && { subject: begun.subject, session: { id: made.id, actor_id: begun.actorId }, tokens: { ...made, jti } }
}

/** Adds the next refresh token of a session. */
export async function continueSession(sql: SystemSql | TransactionSql, subject: Subject, session: SessionRecord): Promise<Signable> {
  const jti = newJti()
  return { subject, session, tokens: { ...(await insertRefreshToken(sql, jti, session.id, REFRESH_SECONDS)), jti } }
}

/** @throws 401 if the token is not ours or has expired */
export async function verifyRefreshToken(keys: SigningKeys, token: string): Promise<JWTPayload> {
  const claims = await keys.verify(token).catch((error: Error) => {
    throw error instanceof jose.JOSEError ? errors.badSession() : error
  })
  if (claims.token_type !== 'refresh') throw errors.badSession()
  return claims
}

/**
 * Exchanges a refresh token for the next one of its session. Locks the rows of the token and the session.
 * @throws 401 if the token is not ours, has expired or its session has ended; reuse after the grace period ends the session
 */
export async function refreshSession(sql: SystemSql, keys: SigningKeys, token: string): Promise<Signable> {
  const { jti } = await verifyRefreshToken(keys, token)
  const continued = await sql.begin(async (db) => {
    const spent = await lockRefreshToken(db, String(jti))
    if (!spent || spent.revoked || spent.expired) return undefined
    if (spent.spent_for !== null && spent.spent_for > GRACE_SECONDS) {
      await revokeSession(db, spent.session_id)
      return undefined
    }
    const subject = await findSubject(db, spent.user_id, spent.client_id)
    if (!subject) return undefined
    await consumeRefreshToken(db, String(jti))
    return continueSession(db, subject, { id: spent.session_id, actor_id: spent.actor_id })
  })
  if (!continued) throw errors.badSession()
  return continued
}

/** Seconds until the access token of this pair expires, and its refresh token. */
export function secondsOf({ issued_at, expires_at }: TokenTimes) {
  const refresh = (expires_at.getTime() - issued_at.getTime()) / 1000
  return { access: Math.min(refresh, ACCESS_SECONDS), refresh }
}

export async function signPair(keys: SigningKeys, { subject, session, tokens }: Signable): Promise<Pair> {
  const { jti } = tokens
  const [iat, ends] = [tokens.issued_at, tokens.expires_at].map((time) => time.getTime() / 1000) as [number, number]
  const claims: JWTPayload = {
    iat,
    user_id: subject.user_id,
    user_type: subject.user_type,
    user_groups: [subject.role_name],
    client_id: subject.client_id,
    email: subject.email,
    username: subject.email,
    sso_entity: tokens.sso_entity,
    is_admin: subject.is_admin,
    client_name: subject.client_name,
    exchangeable: session.actor_id === null,
    ...(session.actor_id !== null && { act: { sub: String(session.actor_id) } }), // RFC 8693, 4.1
  }
  const [refresh, access] = await Promise.all([
    keys.sign({ token_type: 'refresh', exp: ends, jti, ...claims }),
    keys.sign({ token_type: 'access', exp: iat + secondsOf(tokens).access, jti: newJti(), rjti: jti, ...claims }),
  ])
  return { refresh, access }
}
