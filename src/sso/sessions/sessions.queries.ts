/** SQL of the sessions that identity providers began. */
import type { TransactionSql } from '../../db/pool.ts'

/** Whom a provider signs out: its session, the person, or both. */
export interface SignedOut {
  /** `sid` (OpenID Connect) or SessionIndex (SAML). */
  session: string | undefined
  subject: string | undefined
}

/** A user whose session ended, in an account. */
export interface EndedSession {
  user_id: number
  client_id: number
  reseller_id: number
  email: string
}

/**
 * Ends the sessions of a provider, with all that came from them: those of its session, and those of the person of which it named no session. A
 * session that the person is just beginning is waited for. Sessions that an API token began end with the token.
 */
export async function endProviderSessions(
  db: TransactionSql,
  providerId: number,
  { session, subject }: SignedOut,
): Promise<EndedSession[]> {
  if (session === undefined && subject === undefined) return []
  await db`SELECT FROM identity_providers WHERE id = ${providerId} FOR NO KEY UPDATE` // begin_session holds it
  const ofUser = db`i.provider_id = ${providerId} AND i.user_id = coalesce(s.actor_id, s.user_id)`
  const isPerson = db`EXISTS (SELECT FROM identities i WHERE ${ofUser} AND i.subject = ${subject ?? ''})`
  // An identity that was unlinked meanwhile leaves its sessions to the name of the session alone, which need not be unique in SAML.
  const isNobody = db`NOT EXISTS (SELECT FROM identities i WHERE ${ofUser})`
  const isSession = db`s.provider_session = ${session ?? ''}`
  const theirs =
    subject === undefined
      ? isSession
      : session === undefined
        ? isPerson
        : db`((${isPerson} AND (${isSession} OR s.provider_session IS NULL)) OR (${isSession} AND ${isNobody}))`
  return db<EndedSession[]>`
    WITH ending AS MATERIALIZED (
      SELECT s.id FROM sessions s WHERE s.provider_id = ${providerId} AND s.revoked_at IS NULL AND s.origin_token IS NULL AND ${theirs}
      ORDER BY s.created_at, s.id FOR UPDATE),
    ended AS (
      UPDATE sessions s SET revoked_at = reeve_now() FROM ending WHERE s.id = ending.id
      RETURNING coalesce(s.actor_id, s.user_id) AS user_id)
    SELECT DISTINCT u.id AS user_id, u.client_id, u.reseller_id, u.email FROM ended JOIN users u ON u.id = ended.user_id ORDER BY u.id`
}
