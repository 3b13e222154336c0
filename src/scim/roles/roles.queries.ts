/** SQL of the roles that follow from groups, for many users at once. */
import type { ScopedSql } from '../../db/scope.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import type { Directory } from '../directory.ts'

export async function hasRules(db: ScopedSql, { id }: Directory): Promise<boolean> {
  const [row] = await db`SELECT FROM scim_directories WHERE id = ${id} AND roles <> '[]'`
  return row !== undefined
}

/** Memberships whose role is not what the groups say, of users that the directory has named, in the account where it keeps them. */
const stale = (db: ScopedSql, { id, clientId }: Directory, userIds: readonly number[] | null) => db`
  SELECT m.client_id, m.user_id, w.role
  FROM scim_directories d JOIN scim_users s ON s.directory_id = d.id JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
    JOIN client_users m ON m.user_id = u.id AND m.client_id = ${clientId === null ? db`u.client_id` : db`${clientId}`}
    CROSS JOIN LATERAL (SELECT coalesce((
      SELECT (rule ->> 'role')::int FROM jsonb_array_elements(d.roles) WITH ORDINALITY AS r (rule, place)
        JOIN scim_groups g ON g.directory_id = d.id AND (fold(g.display_name) = fold(rule ->> 'group') OR g.external_id = rule ->> 'group')
        JOIN scim_members gm ON gm.group_id = g.id AND gm.user_id = m.user_id
      ORDER BY place LIMIT 1), d.default_role) AS role) w
  WHERE d.id = ${id} AND (${userIds as number[] | null}::bigint[] IS NULL OR s.user_id = ANY (${userIds as number[] | null}::bigint[]))
    AND m.role_id <> w.role`

export const membershipsOf = (db: ScopedSql, directory: Directory, userIds: readonly number[] | null) =>
  db<{ client_id: number; user_id: number }[]>`SELECT client_id, user_id FROM (${stale(db, directory, userIds)}) AS s`

export async function changeRoles(db: ScopedSql, directory: Directory, userIds: readonly number[]): Promise<void> {
  await db`UPDATE client_users m SET role_id = s.role FROM (${stale(db, directory, userIds)}) AS s
    WHERE m.client_id = s.client_id AND m.user_id = s.user_id`
}

/** Which of these accounts have an Administrator who can sign in. */
export async function administered(db: ScopedSql, clientIds: readonly number[]): Promise<number[]> {
  const rows = await db<{ client_id: number }[]>`
    SELECT DISTINCT m.client_id FROM client_users m JOIN users u ON u.id = m.user_id
    WHERE m.client_id = ANY (${[...clientIds]}::bigint[]) AND m.role_id = ${ADMINISTRATORS} AND m.deactivated_at IS NULL
      AND u.deleted_at IS NULL AND u.is_active AND u.activated_at IS NOT NULL`
  return rows.map(({ client_id }) => client_id)
}

/** In order of id, after clients, as every change does. */
export async function lockUsers(db: ScopedSql, ids: readonly number[]): Promise<void> {
  await db`SELECT FROM users WHERE id = ANY (${[...ids]}::bigint[]) ORDER BY id FOR NO KEY UPDATE`
}

export async function refreshUsers(db: ScopedSql, ids: readonly number[]): Promise<void> {
  await db`SELECT refresh_users(${[...ids]}::bigint[])`
}
