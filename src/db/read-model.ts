/** The one way to keep the read model: call these inside the transaction of a change, the lock before it and the refresh as its last step. */
import type { ScopedSql } from './scope.ts'

// Every change locks accounts first and people second, each in order of id, so that no two can wait for each other.

/** Before a change of a user: locks its accounts, then the user. */
export async function lockUser(db: ScopedSql, userId: number): Promise<void> {
  await db`SELECT FROM clients WHERE id IN (SELECT client_id FROM client_users WHERE user_id = ${userId}) ORDER BY id FOR NO KEY UPDATE`
  await db`SELECT FROM users WHERE id = ${userId} FOR NO KEY UPDATE`
}

/** Before a change of an account. */
export async function lockClient(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT FROM clients WHERE id = ${clientId} FOR NO KEY UPDATE`
}

/** After a change of a user: its own document and those of its accounts. */
export async function refreshUser(db: ScopedSql, userId: number): Promise<void> {
  await db`SELECT refresh_clients(ARRAY(SELECT client_id FROM client_users WHERE user_id = ${userId})), refresh_users(ARRAY[${userId}::bigint])`
}

/** After a change of an account's services, features or settings: its document. */
export async function refreshClient(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT refresh_clients(ARRAY[${clientId}::bigint])`
}

/** After a change that its people's documents show as well, such as the company's name. */
export async function refreshClientAndUsers(db: ScopedSql, clientId: number): Promise<void> {
  await db`SELECT refresh_clients(ARRAY[${clientId}::bigint]), refresh_users(ARRAY(SELECT user_id FROM client_users WHERE client_id = ${clientId}))`
}
