/** SQL of users as a directory sees them: an account's sees the members of the account, a reseller's all client users of the reseller. */
import type { ScopedSql } from '../../db/scope.ts'
import type { Fragment } from '../../lists/filters.ts'
import { type Directory, owner } from '../directory.ts'
import { type Filterable, filterSql } from '../filters.ts'
import type { Document } from '../messages.ts'

export interface UserRow {
  id: number
  /** The account in which the directory keeps the user. */
  account: number
  email: string
  name: string | null
  /** Whether the user may act, as far as the directory decides. */
  active: boolean
  /** What the directory said last; null if it has never named the user. */
  said_active: boolean | null
  locked: boolean
  external_id: string | null
  attributes: Document
  groups: { value: string; display: string }[]
  created: string
  modified: string
}

/** The user, its membership in the account where the directory keeps it, and what the directory says of it. */
const from = (db: ScopedSql, { id, resellerId, clientId }: Directory): Fragment => db`
  FROM users u JOIN client_users m ON m.user_id = u.id AND m.client_id = ${clientId === null ? db`u.client_id` : db`${clientId}`}
  LEFT JOIN scim_users s ON s.directory_id = ${id} AND s.user_id = u.id
  WHERE u.reseller_id = ${resellerId} AND u.user_type = 'common' AND u.deleted_at IS NULL`

const active = (db: ScopedSql) => db`(u.is_active AND m.deactivated_at IS NULL)`
const modified = (db: ScopedSql) => db`coalesce(s.updated_at, u.created_at)`

const filterable = (db: ScopedSql, { id }: Directory): Filterable => {
  const text = (sql: Fragment) => ({ kind: 'text' as const, sql: db`fold(${sql})` })
  const said = (path: Fragment) => text(db`(s.attributes ${path})`)
  return {
    columns: {
      id: { kind: 'number', sql: db`u.id` },
      userName: { kind: 'text', sql: db`u.email_folded` },
      externalId: { kind: 'exact', sql: db`s.external_id` },
      active: { kind: 'boolean', sql: active(db) },
      displayName: text(db`u.name`),
      emails: { kind: 'text', sql: db`u.email_folded` },
      'emails.value': { kind: 'text', sql: db`u.email_folded` },
      'name.givenName': said(db`-> 'name' ->> 'givenName'`),
      'name.familyName': said(db`-> 'name' ->> 'familyName'`),
      'name.formatted': said(db`-> 'name' ->> 'formatted'`),
      title: said(db`->> 'title'`),
      'meta.created': { kind: 'time', sql: db`u.created_at` },
      'meta.lastModified': { kind: 'time', sql: modified(db) },
    },
    lists: {
      'groups.value': (value) => db`EXISTS (SELECT FROM scim_members g WHERE g.directory_id = ${id} AND g.user_id = u.id
        AND g.group_id::text = ${value})`,
    },
  }
}

const columns = (db: ScopedSql, { id }: Directory) => db`
  u.id, m.client_id AS account, u.email, u.name, ${active(db)} AS active, s.active AS said_active, u.locked_at IS NOT NULL AS locked, s.external_id,
  coalesce(s.attributes, '{}') AS attributes, json_time(u.created_at) AS created, json_time(${modified(db)}) AS modified,
  (SELECT coalesce(json_agg(json_build_object('value', g.id::text, 'display', g.display_name) ORDER BY g.id), '[]')
    FROM scim_members gm JOIN scim_groups g ON g.id = gm.group_id WHERE gm.directory_id = ${id} AND gm.user_id = u.id) AS groups`

export async function listUsers(db: ScopedSql, directory: Directory, filter: string | undefined, offset: number, limit: number) {
  const condition = db`${from(db, directory)} AND ${filterSql(db, filter, filterable(db, directory))}`
  const [[total], rows] = await Promise.all([
    db<{ count: number }[]>`SELECT count(*) ${condition}`,
    limit === 0
      ? ([] as UserRow[])
      : db<UserRow[]>`SELECT ${columns(db, directory)} ${condition} ORDER BY u.id LIMIT ${limit} OFFSET ${offset}`,
  ])
  return { total: total?.count ?? 0, rows: [...rows] }
}

export async function findUser(db: ScopedSql, directory: Directory, id: number): Promise<UserRow | undefined> {
  const [row] = await db<UserRow[]>`SELECT ${columns(db, directory)} ${from(db, directory)} AND u.id = ${id}`
  return row
}

/** Returns which of these ids are users of the directory. */
export async function usersAmong(db: ScopedSql, directory: Directory, ids: readonly number[]): Promise<number[]> {
  const rows = await db<{ id: number }[]>`SELECT u.id ${from(db, directory)} AND u.id = ANY (${[...ids]}::bigint[])`
  return rows.map(({ id }) => id)
}

export interface Said {
  external_id: string | null
  active: boolean
  attributes: Document
}

/** Writes what the directory says of a user. @throws scim_users_external_id if it says so of another */
export async function keepSaid(
  db: ScopedSql,
  directory: Directory,
  userId: number,
  { external_id, active, attributes }: Said,
): Promise<void> {
  const row = { ...owner(directory), user_id: userId, external_id, active, attributes: db.json(attributes) }
  await db`INSERT INTO scim_users ${db(row)} ON CONFLICT (directory_id, user_id) DO UPDATE
    SET external_id = excluded.external_id, active = excluded.active, attributes = excluded.attributes, updated_at = reeve_now()`
}

export async function forget(db: ScopedSql, { id }: Directory, userId: number): Promise<void> {
  await db`DELETE FROM scim_members WHERE directory_id = ${id} AND user_id = ${userId}`
  await db`DELETE FROM scim_users WHERE directory_id = ${id} AND user_id = ${userId}`
}

/** A new user of a directory comes by its provider: its address is confirmed, and it has no password. */
export async function confirmNew(db: ScopedSql, userId: number): Promise<void> {
  await db`UPDATE users SET activated_at = reeve_now(), auth_types = '{sso}', sso_auth = true WHERE id = ${userId}`
}

/** Whether a provider of the account, or else of the reseller, answers for a domain. */
export async function isProven(db: ScopedSql, { resellerId, clientId }: Directory, domain: string): Promise<boolean> {
  const [row] = await db`
    SELECT FROM identity_provider_domains d JOIN identity_providers p ON p.id = d.provider_id
    WHERE p.reseller_id = ${resellerId} AND p.client_id IS NOT DISTINCT FROM ${clientId}::bigint AND p.deleted_at IS NULL
      AND d.proven_at IS NOT NULL AND d.domain = ${domain} LIMIT 1`
  return row !== undefined
}

export interface Settings {
  home_client_id: number | null
  default_role: number
}

export async function settingsOf(db: ScopedSql, { id }: Directory): Promise<Settings> {
  const [row] = await db<Settings[]>`SELECT home_client_id, default_role FROM scim_directories WHERE id = ${id}`
  return row as Settings
}

export async function accountsOf(db: ScopedSql, userId: number): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    SELECT c.id FROM client_users m JOIN clients c ON c.id = m.client_id WHERE m.user_id = ${userId} AND c.deleted_at IS NULL ORDER BY 1`
  return rows.map(({ id }) => id)
}

/** In one account or, if it is null, in all. */
export async function deleteTokens(db: ScopedSql, userId: number, clientId: number | null): Promise<void> {
  await db`UPDATE api_tokens SET deleted_at = reeve_now() WHERE user_id = ${userId} AND deleted_at IS NULL
    AND (${clientId}::bigint IS NULL OR client_id = ${clientId})`
}

export async function setName(db: ScopedSql, userId: number, name: string): Promise<void> {
  await db`UPDATE users SET name = ${name} WHERE id = ${userId}`
}
