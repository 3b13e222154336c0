/** SQL of the sessions of the console. A refresh token is verified before, and its session may be of any tenant. */
import type { TransactionSql } from '../../db/pool.ts'
import type { SystemSql } from '../../db/scope.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import type { Shown } from './console-sessions.schema.ts'

/** Returns what the console shows of a session; undefined if its user may not act any more. */
export async function findShown(sql: SystemSql, sessionId: string): Promise<Shown | undefined> {
  const [row] = await sql<Shown[]>`
    SELECT json_build_object('kind', CASE WHEN c.role_id = ${ADMINISTRATORS} THEN c.kind ELSE 'client' END, 'role', role_name(c.role_id),
        'user_id', u.id, 'email', u.email, 'name', u.name, 'company', c.client_name, 'client_id', c.client_id, 'lang', u.lang,
        'must_enrol', c.lacks_two_step AND s.actor_id IS NULL AND s.auth_type IS DISTINCT FROM 'passkey' AND s.provider_id IS NULL) AS caller,
      CASE WHEN a.id IS NOT NULL THEN json_build_object('actor', json_build_object('id', a.id, 'email', a.email, 'name', a.name),
        'read_only', s.read_only, 'ends_at', json_time(s.ends_at)) END AS acting
    FROM sessions s JOIN callers c ON c.user_id = s.user_id AND c.client_id = s.client_id JOIN users u ON u.id = s.user_id
      LEFT JOIN users a ON a.id = s.actor_id
    WHERE s.id = ${sessionId}`
  return row
}

/** The user of a live session, for the activity log. */
export interface SessionUser {
  session_id: string
  user_id: number
  client_id: number
  reseller_id: number
  actor_id: number | null
  email: string
  /** The identity provider that the user came by. */
  provider_id: number | null
}

export async function findSessionUser(sql: SystemSql | TransactionSql, jti: string): Promise<SessionUser | undefined> {
  const [row] = await sql<SessionUser[]>`
    SELECT s.id AS session_id, s.user_id, s.client_id, s.reseller_id, s.actor_id, u.email, s.provider_id
    FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id JOIN users u ON u.id = s.user_id
    WHERE r.jti = ${jti} AND s.revoked_at IS NULL`
  return row
}

/**
 * Ends the first session of the line, and so all that came from it: those of accounts switched to and those in which the user acts as
 * somebody else. The line of an acting session begins where the acting does.
 */
export async function endLine(db: TransactionSql, sessionId: string): Promise<void> {
  await db`
    WITH RECURSIVE line AS (
      SELECT id, user_id, actor_id, origin_session, 0 AS generation FROM sessions WHERE id = ${sessionId}
      UNION ALL
      SELECT o.id, o.user_id, o.actor_id, o.origin_session, l.generation + 1 FROM sessions o JOIN line l ON o.id = l.origin_session
        WHERE o.user_id = l.user_id AND o.actor_id IS NOT DISTINCT FROM l.actor_id)
    UPDATE sessions s SET revoked_at = reeve_now()
      FROM (SELECT id FROM line ORDER BY generation DESC LIMIT 1) AS first WHERE s.id = first.id AND s.revoked_at IS NULL`
}
