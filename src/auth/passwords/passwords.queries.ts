/** SQL of passwords, and of the links that set a new one. */
import type { TransactionSql } from '../../db/pool.ts'
import type { ScopedSql, SystemSql } from '../../db/scope.ts'

/** A user's password hashes, and what else a password change checks. */
export interface Passwords {
  email: string
  hasTotp: boolean
  present: string | null
  /** The earlier ones, newest first. */
  earlier: string[]
}

export async function findPasswords(sql: SystemSql, userId: number): Promise<Passwords | undefined> {
  const [row] = await sql<Passwords[]>`
    SELECT email, totp_secret IS NOT NULL AS "hasTotp", password_hash AS present,
      ARRAY(SELECT h.password_hash FROM password_history h WHERE h.user_id = u.id ORDER BY h.id DESC) AS earlier
    FROM users u WHERE id = ${userId}`
  return row
}

/** Returns false if the password changed meanwhile. Ends sessions and open links: see change_password in schema/09_credentials.sql. */
export async function replacePassword(
  db: TransactionSql,
  userId: number,
  replaced: string | null,
  by: string,
  remembered: number,
  presentSession: string | null,
): Promise<boolean> {
  const [row] = await db<{ changed: boolean }[]>`
    SELECT change_password(${userId}, ${replaced}, ${by}, ${remembered}, ${presentSession}) AS changed`
  return row?.changed ?? false
}

/** Returns the latest invitation or activation link of a user, to one account or to any, with the details to complete it. */
export async function findInvitation(db: ScopedSql, userId: number, clientId: number | null) {
  const [row] = await db<
    { purpose: 'invitation' | 'activation'; client_id: number | null; details: Record<string, string | number> }[]
  >`SELECT purpose, client_id, details FROM one_time_links
    WHERE user_id = ${userId} AND purpose IN ('invitation', 'activation') AND (${clientId}::bigint IS NULL OR client_id = ${clientId})
    ORDER BY created_at DESC LIMIT 1`
  return row
}
