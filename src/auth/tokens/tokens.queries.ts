/** SQL of API tokens. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Fragment } from '../../lists/filters.ts'
import type { Token } from './tokens.schema.ts'

/** Selects the tokens of one account: all of them, or one user's. */
export interface TokensOf {
  clientId: number
  ofUser: number | null
}

export interface TokenFilters {
  role?: number
  issued_by?: number
  not_issued_by?: number
  deleted?: boolean | undefined
}

const of = (db: ScopedSql, { clientId, ofUser }: TokensOf) =>
  db`t.client_id = ${clientId} AND (${ofUser}::bigint IS NULL OR t.user_id = ${ofUser})`

/** Contract schema TokenResponse. */
const select = (db: ScopedSql, condition: Fragment) => db<Static<typeof Token>[]>`
  SELECT t.id, t.name, t.description, json_time(t.exp_date) AS exp_date, t.deleted_at IS NOT NULL AS deleted,
    coalesce(t.exp_date <= reeve_now(), false) AS expired, json_time(t.created_at) AS created,
    json_time(coalesce(t.last_usage, t.created_at)) AS last_usage,
    json_build_object('deleted', t.deleted_at IS NOT NULL, 'user_id', t.user_id, 'user_name', coalesce(u.name, ''), 'user_email', u.email,
      'client_id', t.client_id, 'role', json_build_object('id', t.role_id, 'name', role_name(t.role_id))) AS client_user
  FROM api_tokens t JOIN users u ON u.id = t.user_id
  WHERE ${condition} ORDER BY t.id`

export const listTokens = (db: ScopedSql, tokens: TokensOf, { role, issued_by, not_issued_by, deleted }: TokenFilters) =>
  select(
    db,
    db`${of(db, tokens)} ${role === undefined ? db`` : db`AND t.role_id = ${role}`}
      ${issued_by === undefined ? db`` : db`AND t.user_id = ${issued_by}`}
      ${not_issued_by === undefined ? db`` : db`AND t.user_id <> ${not_issued_by}`}
      ${deleted === undefined ? db`` : db`AND (t.deleted_at IS NOT NULL) = ${deleted}`}`,
  )

export const findToken = async (db: ScopedSql, tokens: TokensOf, id: number) =>
  (await select(db, db`${of(db, tokens)} AND t.id = ${id}`))[0]

/** Marks a live token deleted. @returns whether there was one */
export async function deleteToken(db: ScopedSql, tokens: TokensOf, id: number): Promise<boolean> {
  const deleted =
    await db`UPDATE api_tokens t SET deleted_at = reeve_now() WHERE ${of(db, tokens)} AND t.id = ${id} AND t.deleted_at IS NULL`
  return deleted.count > 0
}

/** Locks the account, so that its tokens are created one after another. */
export async function lockAccount(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT FROM clients WHERE id = ${clientId} FOR NO KEY UPDATE`
}

export async function accountType(db: ScopedSql, clientId: number): Promise<'common' | 'reseller' | 'sales' | undefined> {
  const [row] = await db`SELECT client_type FROM clients WHERE id = ${clientId}`
  return row?.client_type
}

/** Counts the tokens that currently authenticate. */
export async function countLiveTokens(db: ScopedSql, clientId: number): Promise<number> {
  const [row] =
    await db`SELECT count(*) FROM api_tokens WHERE client_id = ${clientId} AND deleted_at IS NULL AND (exp_date IS NULL OR exp_date > reeve_now())`
  return row?.count
}

/** Returns when the caller's token expires, and locks it against changes until the commit. Undefined if the token is no longer valid. */
export async function shareLockToken(db: ScopedSql, id: number): Promise<{ exp_date: string | null } | undefined> {
  const [row] = await db<{ exp_date: string | null }[]>`
    SELECT json_time(exp_date) AS exp_date FROM api_tokens
    WHERE id = ${id} AND deleted_at IS NULL AND (exp_date IS NULL OR exp_date > reeve_now()) FOR SHARE`
  return row
}

/** Returns the identity provider behind a credential. */
export async function providerOf(db: ScopedSql, { type, id }: Caller['credential']): Promise<number | null> {
  const [row] = await db<{ provider_id: number | null }[]>`
    SELECT provider_id FROM ${type === 'token' ? db`api_tokens` : db`sessions`} WHERE id = ${id}`
  return row?.provider_id ?? null
}

export async function isLater(db: ScopedSql, at: string, than: string): Promise<boolean> {
  const [row] = await db<{ later: boolean }[]>`SELECT ${at}::timestamptz > ${than}::timestamptz AS later`
  return row?.later ?? false
}

export async function isAhead(db: ScopedSql, at: string): Promise<boolean> {
  const [row] = await db<{ ahead: boolean }[]>`SELECT ${at}::timestamptz > reeve_now() AS ahead`
  return row?.ahead ?? false
}

export interface NewToken {
  client_id: number
  reseller_id: number
  user_id: number
  role_id: number
  name: string
  description: string
  secret_hash: Buffer
  exp_date: string | null
  /** The identity provider that the session came by, or the session in which its creating token was issued. */
  provider_id: number | null
  /** The token that created it. */
  origin_token: number | null
}

export async function insertToken(db: ScopedSql, token: NewToken): Promise<number> {
  const [row] = await db`INSERT INTO api_tokens ${db(token)} RETURNING id`
  return row?.id
}
