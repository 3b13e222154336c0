/**
 * Keeps the read model up to date. Call these inside the transaction of a change: the lock before the change, and the refresh as the last
 * step. The functions are in schema/18_refresh.sql, with the order of locks. A lock checks no permissions: first check that the caller sees
 * the object, or the time to respond would reveal that it exists.
 */
import type { ScopedSql } from './scope.ts'

/** Call before changing a user: locks its accounts, then the user. */
export async function lockUser(db: ScopedSql, userId: number): Promise<void> {
  await db`SELECT lock_user(${userId})`
}

/**
 * Call before a user joins or leaves an account: like lockUser, also locks that account and `others`, users who must not change meanwhile.
 */
export async function lockMember(db: ScopedSql, clientId: number, userId: number, others: number[]): Promise<void> {
  await db`SELECT lock_member(${userId}, ARRAY[${clientId}::bigint], ${others}::bigint[])`
}

/** Call before a change of an account that its users' documents do not show. */
export async function lockClient(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT FROM clients WHERE id = ${clientId} FOR NO KEY UPDATE`
}

/** As lockClient, for many: in order of id, as every transaction that locks several does. */
export async function lockClients(db: ScopedSql, clientIds: readonly number[]): Promise<void> {
  await db`SELECT FROM clients WHERE id = ANY (${[...clientIds]}::bigint[]) ORDER BY id FOR NO KEY UPDATE`
}

/** Call before changing an account and its users; `others` are users who must not change meanwhile. */
export async function lockClientAndUsers(db: ScopedSql, clientId: number, others: number[], { toMove }: { toMove: boolean }) {
  await db`SELECT lock_client_and_users(${clientId}, ${others}::bigint[], ${toMove})`
}

/** Call after changing a user: refreshes its document and those of its accounts. */
export async function refreshUser(db: ScopedSql, userId: number): Promise<void> {
  await db`SELECT refresh_user(${userId})`
}

/** Call after a user joined or left an account, or changed its role there: refreshes both documents. */
export async function refreshMember(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  await db`SELECT refresh_clients(ARRAY[${clientId}::bigint]), refresh_users(ARRAY[${userId}::bigint])`
}

/** As refreshMember, after a directory added the user: where the account has thousands, staff find it by the user seconds later. */
export async function refreshJoined(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  await db`SELECT refresh_joined(${clientId}, ${userId})`
}

/** Call after changing an account's services, features or settings: refreshes its document. */
export async function refreshClient(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT refresh_clients(ARRAY[${clientId}::bigint])`
}

/** As refreshClient, for many. Once in a transaction, because it locks counts in the order of their key. */
export async function refreshClients(db: ScopedSql, clientIds: readonly number[]): Promise<void> {
  if (clientIds.length > 0) await db`SELECT refresh_clients(${[...clientIds]}::bigint[])`
}

/** Call after a change that the documents of an account's users show as well, such as the company's name. */
export async function refreshClientAndUsers(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT refresh_client_and_users(${clientId})`
}

/** Call after a change that lists show for every account of a reseller, but that rewrites none of their documents. */
export async function touchReseller(db: ScopedSql, resellerId: number): Promise<void> {
  await db`SELECT bump_tenant_version(ARRAY[${resellerId}::bigint])`
}
