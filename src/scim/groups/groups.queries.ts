/** SQL of the groups of a directory and their members. */
import type { ScopedSql } from '../../db/scope.ts'
import type { Fragment } from '../../lists/filters.ts'
import { type Directory, owner } from '../directory.ts'
import { type Filterable, filterSql } from '../filters.ts'

export interface GroupRow {
  id: number
  display_name: string
  external_id: string | null
  created: string
  modified: string
  /** Null where they were not asked for. */
  members: { value: string; display: string }[] | null
}

const filterable = (db: ScopedSql): Filterable => {
  const member = (value: string) => db`EXISTS (SELECT FROM scim_members m WHERE m.group_id = g.id AND m.user_id::text = ${value})`
  return {
    columns: {
      id: { kind: 'number', sql: db`g.id` },
      displayName: { kind: 'text', sql: db`fold(g.display_name)` },
      externalId: { kind: 'exact', sql: db`g.external_id` },
      'meta.created': { kind: 'time', sql: db`g.created_at` },
      'meta.lastModified': { kind: 'time', sql: db`g.updated_at` },
    },
    lists: { members: member, 'members.value': member },
  }
}

const members = (db: ScopedSql) => db`(
  SELECT coalesce(json_agg(json_build_object('value', u.id::text, 'display', coalesce(u.name, u.email)) ORDER BY u.id), '[]')
  FROM scim_members m JOIN users u ON u.id = m.user_id AND u.deleted_at IS NULL WHERE m.group_id = g.id)`

const columns = (db: ScopedSql, withMembers: boolean): Fragment => db`
  g.id, g.display_name, g.external_id, json_time(g.created_at) AS created, json_time(g.updated_at) AS modified,
  ${withMembers ? members(db) : db`NULL`} AS members`

export async function listGroups(
  db: ScopedSql,
  { id }: Directory,
  filter: string | undefined,
  { offset, limit, withMembers }: { offset: number; limit: number; withMembers: boolean },
) {
  const condition = db`FROM scim_groups g WHERE g.directory_id = ${id} AND ${filterSql(db, filter, filterable(db))}`
  const [[total], rows] = await Promise.all([
    db<{ count: number }[]>`SELECT count(*) ${condition}`,
    limit === 0
      ? ([] as GroupRow[])
      : db<GroupRow[]>`SELECT ${columns(db, withMembers)} ${condition} ORDER BY g.id LIMIT ${limit} OFFSET ${offset}`,
  ])
  return { total: total?.count ?? 0, rows: [...rows] }
}

export async function findGroup(db: ScopedSql, { id }: Directory, groupId: number, withMembers: boolean): Promise<GroupRow | undefined> {
  const [row] = await db<GroupRow[]>`
    SELECT ${columns(db, withMembers)} FROM scim_groups g WHERE g.directory_id = ${id} AND g.id = ${groupId}`
  return row
}

export async function countGroups(db: ScopedSql, { id }: Directory): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT count(*) FROM scim_groups WHERE directory_id = ${id}`
  return row?.count ?? 0
}

export interface GroupFields {
  display_name: string
  external_id: string | null
}

export async function insertGroup(db: ScopedSql, directory: Directory, fields: GroupFields): Promise<number> {
  const [row] = await db<{ id: number }[]>`INSERT INTO scim_groups ${db({ ...owner(directory), ...fields })} RETURNING id`
  return (row as { id: number }).id
}

export async function updateGroup(db: ScopedSql, id: number, { display_name, external_id }: GroupFields): Promise<void> {
  await db`UPDATE scim_groups SET display_name = ${display_name}, external_id = ${external_id}, updated_at = reeve_now() WHERE id = ${id}`
}

export async function removeGroup(db: ScopedSql, id: number): Promise<void> {
  await db`DELETE FROM scim_groups WHERE id = ${id}`
}

export async function memberIds(db: ScopedSql, groupId: number): Promise<number[]> {
  const rows = await db<{ id: number }[]>`SELECT user_id AS id FROM scim_members WHERE group_id = ${groupId}`
  return rows.map(({ id }) => id)
}

export async function addMembers(db: ScopedSql, directory: Directory, groupId: number, ids: readonly number[]): Promise<void> {
  const { id, resellerId, clientId } = directory
  await db`INSERT INTO scim_members (group_id, user_id, directory_id, reseller_id, client_id)
    SELECT ${groupId}, one, ${id}, ${resellerId}, ${clientId}::bigint FROM unnest(${[...ids]}::bigint[]) AS one ON CONFLICT DO NOTHING`
}

export async function removeMembers(db: ScopedSql, groupId: number, ids: readonly number[]): Promise<void> {
  await db`DELETE FROM scim_members WHERE group_id = ${groupId} AND user_id = ANY (${[...ids]}::bigint[])`
}
