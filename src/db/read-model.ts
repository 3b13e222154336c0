/**
 * The one way to keep the read model: call these inside the transaction of a change, the lock before it and the refresh as its last step.
 * The functions are in schema/18_refresh.sql, with the order of locks. A lock looks at nobody's rights: look first whether the caller
 * sees the thing, or a foreign one would answer later than one that does not exist.
 */
import type { ScopedSql } from './scope.ts'

/** Before a change of a user: locks its accounts, then the user. */
export async function lockUser(db: ScopedSql, userId: number): Promise<void> {
  await db`SELECT lock_user(${userId})`
}

/**
 * Before a user joins or leaves an account: as lockUser, with that account, and `others`, people who must stay as they are meanwhile.
 */
export async function lockMember(db: ScopedSql, clientId: number, userId: number, others: number[]): Promise<void> {
  await db`SELECT lock_member(${userId}, ARRAY[${clientId}::bigint], ${others}::bigint[])`
}

/** Before a change of an account that its people's documents do not show. */
export async function lockClient(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT FROM clients WHERE id = ${clientId} FOR NO KEY UPDATE`
}

/** Before a change of an account and its people; `others` are users who must stay as they are meanwhile. */
export async function lockClientAndPeople(db: ScopedSql, clientId: number, others: number[], { toMove }: { toMove: boolean }) {
  await db`SELECT lock_client_and_people(${clientId}, ${others}::bigint[], ${toMove})`
}

/** After a change of a user: its own document and those of its accounts. */
export async function refreshUser(db: ScopedSql, userId: number): Promise<void> {
  await db`SELECT refresh_user(${userId})`
}

/** After a user joined or left an account, or has another role there: both documents. */
export async function refreshMember(db: ScopedSql, clientId: number, userId: number): Promise<void> {
  await db`SELECT refresh_clients(ARRAY[${clientId}::bigint]), refresh_users(ARRAY[${userId}::bigint])`
}

/** After a change of an account's services, features or settings: its document. */
export async function refreshClient(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT refresh_clients(ARRAY[${clientId}::bigint])`
}

/** After a change that its people's documents show as well, such as the company's name. */
export async function refreshClientAndPeople(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT refresh_client_and_people(${clientId})`
}

/** After a change of what lists show of every account of a reseller, which rewrites none of their documents. */
export async function resellerChanged(db: ScopedSql, resellerId: number): Promise<void> {
  await db`SELECT tenant_changed(ARRAY[${resellerId}::bigint])`
}
