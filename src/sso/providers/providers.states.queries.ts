/** SQL of enforcement: whom it covers, whom it would lock out, and which sessions end. Whether the caller may is decided before. */
import { elevated, type ScopedSql } from '../../db/scope.ts'
import type { Fragment } from '../../lists/filters.ts'
import type { ProviderRow } from './providers.queries.ts'

/** The sessions that a provider began, and those in which somebody who came by it acts. */
export async function endSessionsOf(db: ScopedSql, id: number): Promise<void> {
  await elevated(
    db,
    db`SELECT FROM sessions WHERE provider_id = ${id} AND revoked_at IS NULL ORDER BY created_at, id FOR UPDATE`,
    db`UPDATE sessions SET revoked_at = reeve_now() WHERE provider_id = ${id} AND revoked_at IS NULL`,
  )
}

/** Memberships `c` that the provider covers once it is enforced: an account with a provider of its own enforced goes by that. */
function covered(db: ScopedSql, { reseller_id, client_id, for_staff, for_clients }: ProviderRow): Fragment {
  if (client_id !== null) return db`c.client_id = ${client_id} AND c.user_type = 'common'`
  return db`c.reseller_id = ${reseller_id} AND CASE WHEN c.user_type = 'common' THEN ${for_clients} ELSE ${for_staff} END
    AND NOT EXISTS (SELECT FROM identity_providers o WHERE o.client_id = c.client_id AND o.state = 'enforced' AND o.deleted_at IS NULL)`
}

const isKnown = (db: ScopedSql, { id }: ProviderRow) =>
  db`EXISTS (SELECT FROM identities i WHERE i.provider_id = ${id} AND i.user_id = c.user_id)`
/** An exception counts where the user has a second step. */
const isException = (db: ScopedSql, { id }: ProviderRow) =>
  db`EXISTS (SELECT FROM identity_provider_exceptions e JOIN users u ON u.id = e.user_id
    WHERE e.provider_id = ${id} AND e.user_id = c.user_id AND (u.totp_secret IS NOT NULL AND u.password_hash IS NOT NULL
      OR EXISTS (SELECT FROM passkeys k WHERE k.user_id = u.id)))`

const someone = (db: ScopedSql) => db`u.id, u.email, u.name`
interface Person {
  id: number
  email: string
  name: string | null
}

/** What enforcing would do. `way_out`: whether an Administrator could still come in. */
export async function effectOf(db: ScopedSql, provider: ProviderRow, callerId: number) {
  const [[counts], people, tokens, exceptions] = await elevated(
    db,
    db<
      {
        without_identity: number
        sessions: number
        earlier_tokens: number
        covers_caller: boolean
        admits_caller: boolean
        way_out: boolean
      }[]
    >`
      SELECT (SELECT count(DISTINCT c.user_id) FROM callers c WHERE ${covered(db, provider)} AND NOT ${isKnown(db, provider)}
          AND NOT ${isException(db, provider)}) AS without_identity,
        (SELECT count(*) FROM sessions s JOIN callers c ON c.user_id = s.user_id AND c.client_id = s.client_id
          WHERE ${covered(db, provider)} AND s.revoked_at IS NULL AND s.expires_at > reeve_now() AND s.provider_id IS DISTINCT FROM ${provider.id}) AS sessions,
        (SELECT count(*) FROM api_tokens t JOIN callers c ON c.user_id = t.user_id AND c.client_id = t.client_id
          WHERE ${covered(db, provider)} AND t.deleted_at IS NULL AND (t.exp_date IS NULL OR t.exp_date > reeve_now())
            AND t.provider_id IS DISTINCT FROM ${provider.id}) AS earlier_tokens,
        EXISTS (SELECT FROM callers c WHERE ${covered(db, provider)} AND c.user_id = ${callerId}) AS covers_caller,
        EXISTS (SELECT FROM callers c WHERE c.user_id = ${callerId} AND (${isKnown(db, provider)} OR ${isException(db, provider)})) AS admits_caller,
        EXISTS (SELECT FROM callers c WHERE ${covered(db, provider)} AND c.role_id = 1 AND (${isKnown(db, provider)} OR ${isException(db, provider)})) AS way_out`,
    db<Person[]>`SELECT ${someone(db)} FROM users u WHERE u.id IN (
      SELECT c.user_id FROM callers c WHERE ${covered(db, provider)} AND NOT ${isKnown(db, provider)} AND NOT ${isException(db, provider)})
      ORDER BY u.id LIMIT 100`,
    db<{ id: number; name: string; user_id: number; user_email: string; client_id: number }[]>`
      SELECT t.id, t.name, t.user_id, u.email AS user_email, t.client_id FROM api_tokens t JOIN users u ON u.id = t.user_id
      JOIN callers c ON c.user_id = t.user_id AND c.client_id = t.client_id
      WHERE ${covered(db, provider)} AND t.deleted_at IS NULL AND (t.exp_date IS NULL OR t.exp_date > reeve_now())
        AND t.provider_id IS DISTINCT FROM ${provider.id} ORDER BY t.id LIMIT 100`,
    listExceptions(db, provider.id),
  )
  return { ...(counts as NonNullable<typeof counts>), people, tokens, exceptions }
}

/** Ends the sessions that do not conform to what is enforced now, and those begun by API tokens that no longer work. */
export async function endNonconforming(db: ScopedSql, { reseller_id, client_id }: ProviderRow): Promise<void> {
  const ended = db`s.reseller_id = ${reseller_id} AND ${client_id === null ? db`true` : db`s.client_id = ${client_id}`} AND s.revoked_at IS NULL
    AND (NOT may_work(s.user_id, s.client_id, s.provider_id, s.auth_type, s.actor_id) OR EXISTS (
      SELECT FROM api_tokens t WHERE t.id = s.origin_token AND NOT token_may_work(t.user_id, t.client_id, t.provider_id)))`
  await elevated(
    db,
    db`SELECT FROM sessions s WHERE ${ended} ORDER BY created_at, id FOR UPDATE`,
    db`UPDATE sessions s SET revoked_at = reeve_now() WHERE ${ended}`,
  )
}

/** A user whom the provider covers. */
export async function isCovered(db: ScopedSql, provider: ProviderRow, userId: number): Promise<boolean> {
  const [rows] = await elevated(db, db`SELECT FROM callers c WHERE ${covered(db, provider)} AND c.user_id = ${userId} LIMIT 1`)
  return rows.length > 0
}

export async function countExceptions(db: ScopedSql, id: number): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT count(*) FROM identity_provider_exceptions WHERE provider_id = ${id}`
  return row?.count ?? 0
}

export async function addException(db: ScopedSql, { id, reseller_id }: ProviderRow, userId: number): Promise<void> {
  await db`INSERT INTO identity_provider_exceptions ${db({ provider_id: id, reseller_id, user_id: userId })} ON CONFLICT DO NOTHING`
}

export async function removeException(db: ScopedSql, { id }: ProviderRow, userId: number): Promise<boolean> {
  return (await db`DELETE FROM identity_provider_exceptions WHERE provider_id = ${id} AND user_id = ${userId}`).count > 0
}

/** Who may come otherwise, in order of id. */
export const listExceptions = (db: ScopedSql, id: number) => db<Person[]>`
  SELECT ${someone(db)} FROM identity_provider_exceptions e JOIN users u ON u.id = e.user_id
  WHERE e.provider_id = ${id} AND u.deleted_at IS NULL ORDER BY u.id`
