/** SQL of the logs: always within an audience, newest entries first, counted by log_counts (schema/14_log_counts.sql). */
import type { ScopedSql } from '../db/scope.ts'
import type { Fragment } from '../lists/filters.ts'
import { limitOffset, type Slice } from '../lists/slices.ts'

/** The entries a caller may see, by nested scopes: the server, a reseller, an account, a user in an account. 0 stands for all. */
export interface Audience {
  resellerId: number
  clientId: number
  userId: number
}

export interface Log {
  table: 'activity' | 'logins' | 'account_status_changes'
  /** The column with the time of an entry. */
  time: 'requested_at' | 'login_at' | 'status_change_at'
  /** Columns of the JSON row; `e` is the table. */
  columns(db: ScopedSql): Fragment
}

/** Contract schema LastLoginTimeItem. */
export const logins: Log = {
  table: 'logins',
  time: 'login_at',
  columns: (
    db,
  ) => db`e.id, json_time(e.login_at) AS login_at, coalesce(host(e.ip_address), '') AS ip_address, e.user_agent, e.is_successful,
    e.auth_type, e.user_id AS user`,
}

/** LastLoginTimeItem with the number of attempts that the row stands for: see recordLogin in audit/logins.queries.ts. */
export const countedLogins: Log = { ...logins, columns: (db) => db`${logins.columns(db)}, e.attempts` }

/** Contract schema AccountStatusChangesItem. */
export const statusChanges: Log = {
  table: 'account_status_changes',
  time: 'status_change_at',
  columns: (db) =>
    db`e.id, json_time(e.status_change_at) AS status_change_at, e.old_status, e.new_status, '' AS federation_id, e.client_id AS client`,
}

/** Contract schema AccountRequestsItem. */
export const requests: Log = {
  table: 'activity',
  time: 'requested_at',
  columns: (db) => db`e.id, e.action AS actions, e.data, e.user_email, e.client_id AS client, e.token_id AS token,
    json_time(e.requested_at) AS requested_at, e.path, coalesce(host(e.remote_ip), '') AS remote_ip_address, e.host, e.method, e.query_params,
    e.status_code, false AS reverted, e.user_id AS user, e.actor_id AS actor, e.affected_client_id AS affected_client`,
}

/** Splits the entries of an audience into disjoint ranges, each of a single index. */
function ranges(db: ScopedSql, { table }: Log, { resellerId, clientId, userId }: Audience): Fragment[] {
  if (resellerId === 0) return [db`true`]
  if (userId !== 0) return [db`reseller_id = ${resellerId} AND client_id = ${clientId} AND user_id = ${userId}`]
  const own = clientId === 0 ? db`reseller_id = ${resellerId}` : db`reseller_id = ${resellerId} AND client_id = ${clientId}`
  if (table !== 'activity') return [own]
  // Changes that others made to it.
  const byOthers =
    clientId === 0
      ? db`affected_reseller_id = ${resellerId} AND affected_reseller_id <> reseller_id`
      : db`affected_reseller_id = ${resellerId} AND affected_client_id = ${clientId} AND affected_client_id <> client_id`
  return [own, byOthers]
}

/**
 * Change sets that changed an account, or the audience's own. Their entries name no account and so are in no range of one: the results are what
 * names accounts. Nothing for an audience that has them in its own range, and for users who see only what they did themselves.
 */
function byChangeSets(db: ScopedSql, { resellerId, clientId, userId }: Audience, affected: number | undefined): Fragment | undefined {
  const account = affected ?? clientId
  if (account === 0 || userId !== 0 || (clientId !== 0 && clientId !== account)) return undefined
  const tenant = resellerId === 0 ? db`true` : db`${resellerId} IN (reseller_id, affected_reseller_id)`
  return db`${tenant} AND id IN (SELECT activity_id FROM change_set_results WHERE client_id = ${account} AND outcome = 'changed')`
}

/**
 * Selects the first `most` ids of an audience, from the newest or the oldest entry. Each range has its own LIMIT: under row-level security
 * PostgreSQL does not merge two ranges in index order, and would sort the whole log.
 */
const idsOf = (db: ScopedSql, log: Log, audience: Audience, newest: boolean, most: number | null, more = db``) =>
  idsIn(db, log, ranges(db, log, audience), newest, most, more)

const idsIn = (db: ScopedSql, log: Log, ranges: readonly Fragment[], newest: boolean, most: number | null, more: Fragment) =>
  ranges
    .map((range) => db`(SELECT id FROM ${db(log.table)} WHERE ${range} ${more} ORDER BY id ${towards(db, newest)} LIMIT ${most})`)
    .reduce((all, one) => db`${all} UNION ALL ${one}`)

const towards = (db: ScopedSql, newest: boolean) => (newest ? db`DESC` : db`ASC`)

export async function countEntries(db: ScopedSql, { table }: Log, { resellerId, clientId, userId }: Audience): Promise<number> {
  const [row] = await db<{ count: number }[]>`SELECT coalesce(sum(entries), 0)::bigint AS count FROM log_counts
    WHERE log = ${table} AND of_reseller = ${resellerId} AND of_client = ${clientId} AND of_user = ${userId}`
  return row?.count ?? 0
}

/** Selects the rows of the slice as JSON text: first their ids, then only those rows. */
export function entries(db: ScopedSql, log: Log, audience: Audience, newestFirst: boolean, page: Slice): Fragment {
  const { backwards, skip, take } = limitOffset(page)
  const newest = newestFirst !== backwards
  return db`
    SELECT row_to_json(d)::text FROM (
      SELECT id FROM (${idsOf(db, log, audience, newest, take && skip + take)}) ids ORDER BY id ${towards(db, newest)} LIMIT ${take} OFFSET ${skip}
    ) page JOIN LATERAL (SELECT ${log.columns(db)} FROM ${db(log.table)} e WHERE e.id = page.id) d ON true
    ORDER BY page.id ${towards(db, newestFirst)}`
}

export async function findRequest(db: ScopedSql, audience: Audience, id: number): Promise<Buffer | undefined> {
  const [row] = await db`
    SELECT row_to_json(d)::text FROM (SELECT ${requests.columns(db)} FROM activity e
      WHERE e.id = ${id} AND e.id IN (${idsOf(db, requests, audience, true, 1, db`AND id = ${id}`)})) d`.raw()
  return row?.[0] as Buffer | undefined
}

export interface RequestFilters {
  affected_client_id?: number
  user_id?: number
  actor_id?: number
  token_id?: number
  method?: string
  path?: string
  status_code?: number
  requested_at_gte?: string
  requested_at_lte?: string
}

/** Returns the entries of disjoint ranges after the one with the id `before`, newest first, each with its id and time. */
async function entriesIn(db: ScopedSql, log: Log, ranges: readonly Fragment[], before: number | undefined, limit: number, more: Fragment) {
  const conditions = before === undefined ? more : db`AND id < ${before} ${more}`
  const rows = await db`
    SELECT page.id::text, d.document, d.at
    FROM (SELECT id FROM (${idsIn(db, log, ranges, true, limit, conditions)}) ids ORDER BY id DESC LIMIT ${limit}) page
      JOIN LATERAL (SELECT json_time(e.${db(log.time)}) AS at, (SELECT row_to_json(r) FROM (SELECT ${log.columns(db)}) r)::text AS document
        FROM ${db(log.table)} e WHERE e.id = page.id) d ON true
    ORDER BY page.id DESC`.raw()
  return rows.map(([id, document, at]) => ({ id: Number(id), value: String(id), document: document as Buffer, at: String(at) }))
}

/** As entriesIn, of everything in the audience, change sets included. */
export function entriesAfter(db: ScopedSql, log: Log, audience: Audience, before: number | undefined, limit: number) {
  const own = ranges(db, log, audience)
  const bulk = log.table === 'activity' ? byChangeSets(db, audience, undefined) : undefined
  return entriesIn(db, log, bulk ? [...own, bulk] : own, before, limit, db``)
}

export interface LoginFilters {
  user_id?: number
  is_successful?: boolean
  auth_type?: string
  ip_address?: string
  login_at_gte?: string
  login_at_lte?: string
}

export async function loginsAfter(db: ScopedSql, audience: Audience, filters: LoginFilters, before: number | undefined, limit: number) {
  const { user_id, is_successful, auth_type, ip_address, login_at_gte, login_at_lte } = filters
  const more = all(db, [
    user_id !== undefined && db`AND user_id = ${user_id}`,
    is_successful !== undefined && db`AND is_successful = ${is_successful}`,
    auth_type !== undefined && db`AND auth_type = ${auth_type}`,
    ip_address !== undefined && db`AND starts_with(host(ip_address), ${ip_address.trim().toLowerCase()})`,
    login_at_gte !== undefined && db`AND login_at >= ${login_at_gte}`,
    login_at_lte !== undefined && db`AND login_at <= ${login_at_lte}`,
  ])
  return entriesIn(db, countedLogins, ranges(db, countedLogins, audience), before, limit, more)
}

const all = (db: ScopedSql, conditions: readonly (Fragment | false)[]) =>
  conditions.filter((one) => one !== false).reduce((both, one) => db`${both} ${one}`, db``)

export async function requestsAfter(db: ScopedSql, audience: Audience, filters: RequestFilters, before: number | undefined, limit: number) {
  const { affected_client_id, user_id, actor_id, token_id, method, path, status_code, requested_at_gte, requested_at_lte } = filters
  const more = all(db, [
    user_id !== undefined && db`AND user_id = ${user_id}`,
    actor_id !== undefined && db`AND CASE WHEN actor_id IS NULL THEN user_id ELSE actor_id END = ${actor_id}`,
    token_id !== undefined && db`AND token_id = ${token_id}`,
    method !== undefined && db`AND method = ${method}`,
    path !== undefined && db`AND starts_with(path, ${path})`,
    status_code !== undefined && db`AND status_code = ${status_code}::bigint`,
    requested_at_gte !== undefined && db`AND requested_at >= ${requested_at_gte}`,
    requested_at_lte !== undefined && db`AND requested_at <= ${requested_at_lte}`,
  ])
  const own = ranges(db, requests, audience).map((range) =>
    affected_client_id === undefined ? range : db`${range} AND affected_client_id = ${affected_client_id}`,
  )
  const bulk = byChangeSets(db, audience, affected_client_id)
  return entriesIn(db, requests, bulk ? [...own, bulk] : own, before, limit, more)
}

/** Returns the reseller of an account that is visible to the caller. */
export async function resellerOf(db: ScopedSql, clientId: number): Promise<number | undefined> {
  const [row] = await db<{ reseller_id: number }[]>`SELECT reseller_id FROM clients WHERE id = ${clientId}`
  return row?.reseller_id
}
