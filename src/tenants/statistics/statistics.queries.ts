/** SQL of the dashboard's statistics: what counts kept elsewhere do not have. */
import type { ScopedSql } from '../../db/scope.ts'

/** What is counted: a reseller or all, and of it the accounts of one seller or all. */
export interface Counted {
  resellerId: number | null
  sellerId: number | null
}

/** Row-level security hides other resellers. */
export async function resellerExists(db: ScopedSql, id: number): Promise<boolean> {
  return (await db`SELECT FROM resellers WHERE id = ${id}`).length > 0
}

/** Returns the time by the clock of the database, in a week, and the first moment of today (UTC). */
export async function times(db: ScopedSql) {
  const [row] = await db<{ at: string; until: string; today: string }[]>`
    SELECT json_time(reeve_now()) AS at, json_time(reeve_now() + interval '7 days') AS until,
      (reeve_now() AT TIME ZONE 'UTC')::date::text AS today`
  return row as { at: string; until: string; today: string }
}

const ofClient = (db: ScopedSql, { resellerId, sellerId }: Counted) =>
  db`${resellerId === null ? db`true` : db`c.reseller_id = ${resellerId}`} ${sellerId === null ? db`` : db`AND c.seller_id = ${sellerId}`}`

export interface StatusEvent {
  day: string
  status: string
  change: number
}

/**
 * Returns by how much the number of live accounts in each status changed on each day since `start`: accounts begin, change and end. A status
 * of an account at a time is the old one of the first change after it, or the present one. What happened to an account after its deletion
 * does not count.
 * Reads the changes of the window and passes over the tenant's accounts once, so callers keep the result.
 */
export const statusEvents = (db: ScopedSql, counted: Counted, start: string) => db<StatusEvent[]>`
  WITH changes AS MATERIALIZED (
    SELECT h.id, h.client_id, h.old_status, h.new_status, h.status_change_at AS at, c.deleted_at
    FROM account_status_changes h JOIN clients c ON c.id = h.client_id
    WHERE ${ofClient(db, counted)} AND h.status_change_at >= ${start}::timestamptz
      ${counted.resellerId === null ? db`` : db`AND h.reseller_id = ${counted.resellerId}`}),
  touched AS MATERIALIZED (
    SELECT c.id, c.status, c.created_at, c.deleted_at FROM clients c
    WHERE ${ofClient(db, counted)} AND (c.created_at >= ${start}::timestamptz OR c.deleted_at >= ${start}::timestamptz)),
  first AS (SELECT DISTINCT ON (client_id) client_id, old_status FROM changes ORDER BY client_id, at, id),
  after AS (SELECT DISTINCT ON (client_id) client_id, old_status FROM changes WHERE at >= deleted_at ORDER BY client_id, at, id),
  events AS (
    SELECT at, old_status::text AS status, -1 AS change FROM changes WHERE deleted_at IS NULL OR at < deleted_at
    UNION ALL SELECT at, new_status, 1 FROM changes WHERE deleted_at IS NULL OR at < deleted_at
    UNION ALL SELECT t.created_at, coalesce(f.old_status, t.status), 1 FROM touched t LEFT JOIN first f ON f.client_id = t.id
      WHERE t.created_at >= ${start}::timestamptz
    UNION ALL SELECT t.deleted_at, coalesce(a.old_status, t.status), -1 FROM touched t LEFT JOIN after a ON a.client_id = t.id
      WHERE t.deleted_at >= ${start}::timestamptz)
  SELECT (at AT TIME ZONE 'UTC')::date::text AS day, status, sum(change)::int AS change FROM events GROUP BY 1, 2`

export interface SignIns {
  day: string
  successful: number
  failed: number
}

/** Returns the attempts to sign in by day, from `start` to before `end`. A range of logins_time for one reseller. */
export const signInsByDay = (db: ScopedSql, resellerId: number | null, start: string, end: string | null) => db<SignIns[]>`
  SELECT (login_at AT TIME ZONE 'UTC')::date::text AS day, coalesce(sum(attempts) FILTER (WHERE is_successful), 0)::int AS successful,
    coalesce(sum(attempts) FILTER (WHERE NOT is_successful), 0)::int AS failed
  FROM logins WHERE ${resellerId === null ? db`true` : db`reseller_id = ${resellerId}`} AND login_at >= ${start}::timestamptz
    ${end === null ? db`` : db`AND login_at < ${end}::timestamptz`} GROUP BY 1`
