/** SQL of users: the read model user_list, always limited to what the caller may see. Reads rebuild stale documents. */

import type { Static } from 'typebox'
import type { TransactionSql } from '../../db/pool.ts'
import { elevated, type ScopedSql } from '../../db/scope.ts'
import { type Caller, seesTenant, type UserKind } from '../../lib/caller.ts'
import { ADMINISTRATORS, roleById } from '../../lib/roles.ts'
import type { Fragment } from '../../lists/filters.ts'
import { type Order, type Slice, slice } from '../../lists/slices.ts'
import type { User } from './users.schema.ts'

/** Staff see all users of their reseller, even deleted ones; Administrators the live members of the account; others only themselves. */
function visible(db: ScopedSql, caller: Caller): Fragment {
  if (caller.kind === 'platform') return db`true`
  const own = db`u.reseller_id = ${caller.resellerId}`
  if (caller.kind !== 'client') return own
  if (caller.role.id !== ADMINISTRATORS) return db`${own} AND u.id = ${caller.userId}`
  return db`${own} AND u.id IN (
    SELECT m.user_id FROM client_users m JOIN users p ON p.id = m.user_id WHERE m.client_id = ${caller.clientId} AND p.deleted_at IS NULL)`
}

export async function countUsers(db: ScopedSql, caller: Caller): Promise<number> {
  if (seesTenant(caller)) return countTenantUsers(db, caller.resellerId)
  const [row] = await db<{ count: number }[]>`SELECT count(*) FROM user_list u WHERE ${visible(db, caller)}`
  return row?.count ?? 0
}

/** Counts the users of a reseller, or of all if it is null, from kept counts. */
export async function countTenantUsers(db: ScopedSql, resellerId: number | null): Promise<number> {
  const [row] = await db<{ count: number }[]>`
    SELECT coalesce(sum(users), 0)::bigint AS count FROM tenant_versions
    WHERE ${resellerId === null ? db`true` : db`reseller_id = ${resellerId}`}`
  return row?.count ?? 0
}

const byId: Order = [{ column: 'id', descending: false }]

/** Selects the documents (contract schema User) in order of id: first the ids of the slice, then only their documents. */
export const userRows = (db: ScopedSql, caller: Caller, page: Slice, more: Fragment): Fragment =>
  db`SELECT coalesce(d.doc, user_document(d.id)) ${more} FROM (SELECT u.id FROM user_list u WHERE ${visible(db, caller)} ${slice(db, byId, page)}) page
    JOIN user_list d USING (id) ORDER BY id`

/** Returns up to `limit` documents after the user with this id, in order of id. */
export async function usersAfter(db: ScopedSql, caller: Caller, id: number, limit: number) {
  const rows =
    await db`SELECT u.id::text, coalesce(u.doc, user_document(u.id)) FROM user_list u WHERE ${visible(db, caller)} AND u.id > ${id} ORDER BY u.id LIMIT ${limit}`.raw()
  return rows.map(([id, doc]) => ({ id: Number(id), value: String(id), document: seenBy(caller, doc as Buffer) }))
}

export async function findUser(db: ScopedSql, caller: Caller, id: number): Promise<Buffer | undefined> {
  const [row] = await db`SELECT coalesce(u.doc, user_document(u.id)) FROM user_list u WHERE ${visible(db, caller)} AND u.id = ${id}`.raw()
  return row && seenBy(caller, row[0] as Buffer)
}

export async function seesUser(db: ScopedSql, caller: Caller, id: number): Promise<boolean> {
  return (await db`SELECT FROM user_list u WHERE ${visible(db, caller)} AND u.id = ${id}`).length > 0
}

/**
 * Locks the user as lockUser does, and reads its record. Returns undefined if the caller does not see it: then neither statement finds a row,
 * as for an id that nobody has.
 */
export async function lockUserInSight(db: ScopedSql, caller: Caller, id: number): Promise<UserRecord | undefined> {
  const seen = db`SELECT u.id FROM user_list u WHERE ${visible(db, caller)} AND u.id = ${id}`
  const [, user] = await Promise.all([db`SELECT lock_user(id) FROM (${seen}) seen`, recordOf(db, seen)])
  return user
}

/**
 * Limits a document to what a client user may see: the user in the present account, and other accounts only of the caller itself. Staff see
 * the whole document.
 */
export function seenBy(caller: Caller, doc: Buffer): Buffer {
  if (caller.kind !== 'client') return doc
  const user: Static<typeof User> = JSON.parse(doc.toString())
  const here = user.client_and_roles.find((one) => one.client_id === caller.clientId)
  if (here) {
    user.client = here.client_id
    user.company = here.client_company_name
    user.is_active &&= here.is_active
    user.groups = here.user_roles.map((role) => roleById(Number(role)) as (typeof user.groups)[number])
  }
  const mine = user.id === caller.userId ? caller.accountIds : [caller.clientId]
  user.client_and_roles = user.client_and_roles.filter((one) => mine.includes(one.client_id))
  return Buffer.from(JSON.stringify(user))
}

/** The user's row as changes need it. Read it under its lock, or it may be stale. */
export interface UserRecord extends UserKind {
  client_id: number
  email: string
  name: string | null
  phone: string | null
  lang: string
  reseller_id: number
  deleted: boolean
  activated: boolean
  active: boolean
}

export const findRecord = (db: ScopedSql, id: number): Promise<UserRecord | undefined> => recordOf(db, db`${id}`)

/** @param id an expression or a query of one id */
async function recordOf(db: ScopedSql, id: Fragment): Promise<UserRecord | undefined> {
  const [row] = await db<UserRecord[]>`
    SELECT client_id, user_type, is_admin, email, name, phone, lang, reseller_id, deleted_at IS NOT NULL AS deleted, activated_at IS NOT NULL AS activated,
      is_active AS active FROM users WHERE id = (${id})`
  return row
}

/**
 * Reports whether the caller administers every account of the user, counting only those that the caller's credential reaches. Elevated: an account that
 * the caller does not see counts too.
 */
export async function administersAllOf(db: ScopedSql, { userId, accountIds }: Caller, of: number): Promise<boolean> {
  const [others] = await elevated(
    db,
    db`SELECT FROM client_users m JOIN clients c ON c.id = m.client_id
    WHERE m.user_id = ${of} AND c.deleted_at IS NULL AND NOT EXISTS (
      SELECT FROM client_users own WHERE own.user_id = ${userId} AND own.client_id = m.client_id
        AND own.client_id = ANY (${accountIds as number[]}::bigint[]) AND own.role_id = ${ADMINISTRATORS}) LIMIT 1`,
  )
  return others.length === 0
}

/** Unblocking lifts a lockdown. */
export const unblocked = { is_active: true, locked_at: null, locked_by: null, lock_reason: null }

export type UserFields = Partial<{ name: string | null; phone: string | null; lang: string; is_active: boolean } & typeof unblocked>

export async function updateUser(db: ScopedSql, id: number, fields: UserFields): Promise<void> {
  await db`UPDATE users SET ${db(fields)} WHERE id = ${id}`
}

export interface NewUser {
  reseller_id: number
  client_id: number
  user_type: 'common' | 'reseller'
  email: string
  name: string | null
  phone: string | null
  lang: string
  /** Null for a user who has to accept an invitation first. */
  password_hash: string | null
}

/**
 * Adds a user to its first account. A user with a password is active at once.
 * @throws users_email_is_unique if a live user of the server has the email; of two concurrent calls the second waits and fails
 */
export async function insertUser(db: TransactionSql, user: NewUser, roleId: number): Promise<number> {
  // Reserve the id first: a client user sees the new row only once it is a member, and RETURNING shows only visible rows.
  const [next] = await db<{ id: number }[]>`SELECT nextval(pg_get_serial_sequence('users', 'id')) AS id`
  const id = next?.id as number
  const { reseller_id, client_id, user_type, email, name, phone, lang, password_hash } = user
  await db`
    INSERT INTO users (id, reseller_id, client_id, user_type, email, name, phone, lang, password_hash, password_changed_at, activated_at)
    SELECT ${id}, ${reseller_id}, ${client_id}, ${user_type}, ${email}, ${name}, ${phone}, ${lang}, ${password_hash}, since, since
    FROM (SELECT CASE WHEN ${password_hash !== null} THEN reeve_now() END AS since) AS known`
  await insertMember(db, { client_id, user_id: id, reseller_id, role_id: roleId })
  return id
}

export async function insertMember(
  db: TransactionSql,
  member: { client_id: number; user_id: number; reseller_id: number; role_id: number },
) {
  await db`INSERT INTO client_users ${db(member)}`
}

export interface Person {
  id: number
  user_type: 'common' | 'reseller' | 'seller'
  activated: boolean
  /** As stored. */
  email: string
  lang: string
  name: string | null
}

/** The live user with an email. For a user of another reseller all fields are null: the email is taken, and nothing else is revealed. */
export type Addressee = Person | Record<keyof Person, null>

export async function userOfEmail(db: ScopedSql, email: string, resellerId: number): Promise<Addressee | undefined> {
  const [[row]] = await elevated(
    db,
    db<Addressee[]>`SELECT o.id, o.user_type, o.activated_at IS NOT NULL AS activated, o.email, o.lang, o.name
    FROM users u LEFT JOIN users o ON o.id = u.id AND o.reseller_id = ${resellerId}
    WHERE u.email_folded = fold(${email}) AND u.deleted_at IS NULL`,
  )
  return row
}

/** Compares without regard to case, exactly as the unique index does. */
export async function isSameEmail(db: ScopedSql, one: string, other: string): Promise<boolean> {
  const [row] = await db<{ same: boolean }[]>`SELECT fold(${one}) = fold(${other}) AS same`
  return row?.same ?? false
}

/** Returns the caller's current role in its account; undefined if it may no longer act there. */
export async function presentRole(db: ScopedSql, { userId, clientId }: Caller): Promise<number | undefined> {
  const [row] = await db<{ role_id: number }[]>`SELECT role_id FROM callers WHERE user_id = ${userId} AND client_id = ${clientId}`
  return row?.role_id
}

/**
 * Counts an attempt and returns null; after `most` within `span` seconds, in any of the user's accounts, returns the seconds to wait instead. The lock
 * on the user serializes concurrent attempts.
 */
export async function countAttempt(
  db: ScopedSql,
  { userId, clientId }: Caller,
  { kind, most, span }: { kind: 'invitation' | 'email_change'; most: number; span: number },
): Promise<number | null> {
  const made = db`attempts WHERE user_id = ${userId} AND kind = ${kind}`
  const within = db`make_interval(secs => ${span})`
  const [, , [full]] = await elevated(
    db,
    db`SELECT FROM users WHERE id = ${userId} FOR NO KEY UPDATE`,
    db`DELETE FROM ${made} AND made_at <= reeve_now() - ${within}`,
    db<{ wait: number }[]>`
      SELECT greatest(1, ceil(extract(epoch FROM min(made_at) + ${within} - reeve_now()))::int) AS wait FROM ${made} HAVING count(*) >= ${most}`,
    db`INSERT INTO attempts (reseller_id, client_id, user_id, kind)
      SELECT reseller_id, ${clientId}::bigint, id, ${kind}::text FROM users WHERE id = ${userId} AND (SELECT count(*) FROM ${made}) < ${most}`,
  )
  return full?.wait ?? null
}

/** Counts the API tokens and passkeys of a user that work, in all accounts. */
export async function accessLeft(db: TransactionSql, userId: number): Promise<{ tokens: number; passkeys: number }> {
  const [[left]] = await elevated(
    db,
    db<{ tokens: number; passkeys: number }[]>`
      SELECT (SELECT count(*) FROM api_tokens
          WHERE user_id = ${userId} AND deleted_at IS NULL AND (exp_date IS NULL OR exp_date > reeve_now())) AS tokens,
        (SELECT count(*) FROM passkeys WHERE user_id = ${userId}) AS passkeys`,
  )
  return left ?? { tokens: 0, passkeys: 0 }
}

/** Ends the open changes of an email for which `which` holds, with their links in all accounts. For `elevated`. */
export const endEmailChanges = (db: TransactionSql, which: Fragment, outcome: 'made' | 'stopped' | 'replaced' | 'taken') => db`
  WITH ended AS (UPDATE email_changes SET ended_at = reeve_now(), outcome = ${outcome} WHERE ${which} AND ended_at IS NULL RETURNING user_id)
  UPDATE one_time_links SET used_at = reeve_now()
  WHERE user_id IN (SELECT user_id FROM ended) AND purpose IN ('email_change', 'email_change_notice') AND used_at IS NULL`

/** Stops the changes that a user asked for, for itself or as staff. For `elevated`. */
export const stopAskedEmailChanges = (db: TransactionSql, userId: number) =>
  endEmailChanges(db, db`(user_id = ${userId} OR asked_by = ${userId})`, 'stopped')
