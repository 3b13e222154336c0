/** SQL of directories, their tokens and their last requests. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Fragment } from '../../lists/filters.ts'
import type { Directory, DirectoryChanges, ScimRequest, ScimToken } from './directories.schema.ts'

/** Whose directory a caller manages: an Administrator that of the account, a reseller its own. */
export const ownerOf = ({ kind, resellerId, clientId }: Caller) => ({
  reseller_id: resellerId,
  client_id: kind === 'client' ? clientId : null,
})
type Owner = ReturnType<typeof ownerOf>

const of = (db: ScopedSql, { reseller_id, client_id }: Owner): Fragment =>
  db`reseller_id = ${reseller_id} AND client_id IS NOT DISTINCT FROM ${client_id}::bigint`

/** Makes the directory at the first change of it, and locks it. */
export async function lockedDirectory(db: ScopedSql, owner: Owner): Promise<number> {
  await db`INSERT INTO scim_directories ${db(owner)} ON CONFLICT DO NOTHING`
  const [row] = await db<{ id: number }[]>`SELECT id FROM scim_directories WHERE ${of(db, owner)} FOR UPDATE`
  return (row as { id: number }).id
}

export async function findDirectory(db: ScopedSql, owner: Owner): Promise<Omit<Static<typeof Directory>, 'url'>> {
  const [row] = await db<Omit<Static<typeof Directory>, 'url'>[]>`
    SELECT default_role, roles, home_client_id,
      (SELECT count(*) FROM scim_users u JOIN users p ON p.id = u.user_id AND p.deleted_at IS NULL WHERE u.directory_id = d.id) AS users,
      (SELECT count(*) FROM scim_groups g WHERE g.directory_id = d.id) AS groups
    FROM scim_directories d WHERE ${of(db, owner)}`
  return row ?? { default_role: 2, roles: [], home_client_id: null, users: 0, groups: 0 }
}

export async function updateDirectory(db: ScopedSql, id: number, changes: Static<typeof DirectoryChanges>): Promise<void> {
  const { default_role, roles, home_client_id } = changes
  if (default_role !== undefined) await db`UPDATE scim_directories SET default_role = ${default_role} WHERE id = ${id}`
  if (roles !== undefined) await db`UPDATE scim_directories SET roles = ${db.json(roles)} WHERE id = ${id}`
  if (home_client_id !== undefined) await db`UPDATE scim_directories SET home_client_id = ${home_client_id} WHERE id = ${id}`
  await db`UPDATE scim_directories SET updated_at = reeve_now() WHERE id = ${id}`
}

/** Row-level security hides accounts of other resellers. */
export async function isCommonAccount(db: ScopedSql, id: number): Promise<boolean> {
  const [row] = await db`SELECT FROM clients WHERE id = ${id} AND client_type <> 'reseller' AND deleted_at IS NULL`
  return row !== undefined
}

const shown = (db: ScopedSql, owner: Owner, condition: Fragment) => db<Static<typeof ScimToken>[]>`
  SELECT t.id, t.name, json_time(t.created_at) AS created_at, t.created_by, coalesce(u.email, '') AS created_by_email,
    json_time(t.last_used_at) AS last_used_at
  FROM (SELECT * FROM scim_tokens WHERE ${of(db, owner)} AND deleted_at IS NULL) t LEFT JOIN users u ON u.id = t.created_by
  WHERE ${condition} ORDER BY t.id`

export const listTokens = (db: ScopedSql, owner: Owner) => shown(db, owner, db`true`)

export async function findToken(db: ScopedSql, owner: Owner, id: number) {
  return (await shown(db, owner, db`t.id = ${id}`))[0] as Static<typeof ScimToken>
}

export async function countTokens(db: ScopedSql, directoryId: number): Promise<number> {
  const [row] = await db<{ count: number }[]>`
    SELECT count(*) FROM scim_tokens WHERE directory_id = ${directoryId} AND deleted_at IS NULL`
  return row?.count ?? 0
}

export async function insertToken(
  db: ScopedSql,
  token: Owner & { directory_id: number; name: string; secret_hash: Buffer; created_by: number },
): Promise<number> {
  const [row] = await db<{ id: number }[]>`INSERT INTO scim_tokens ${db(token)} RETURNING id`
  return (row as { id: number }).id
}

/** @returns whether there was one */
export async function deleteToken(db: ScopedSql, owner: Owner, id: number): Promise<boolean> {
  const deleted = await db`UPDATE scim_tokens SET deleted_at = reeve_now() WHERE ${of(db, owner)} AND id = ${id} AND deleted_at IS NULL`
  return deleted.count > 0
}

/** Newest first. */
export const listRequests = (db: ScopedSql, { reseller_id, client_id }: Owner, failed: boolean | undefined) => db<
  Static<typeof ScimRequest>[]
>`
  SELECT r.id, json_time(r.requested_at) AS requested_at, r.method, r.path, r.status, r.detail, t.name AS token
  FROM scim_requests r JOIN scim_tokens t ON t.id = r.token_id
  WHERE r.reseller_id = ${reseller_id} AND r.client_id IS NOT DISTINCT FROM ${client_id}::bigint
    AND ${failed === undefined ? db`true` : db`(r.status >= 400) = ${failed}`} ORDER BY r.id DESC`
