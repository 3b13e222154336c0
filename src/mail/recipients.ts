/** Who mail is for: users by their address, and the addresses that a reseller wants to be told at. */
import type { TransactionSql } from '../db/pool.ts'
import type { UserKind } from '../lib/caller.ts'

/** Who may get a link by mail, and what speaks for and against it. */
export interface Addressee extends UserKind {
  id: number
  reseller_id: number
  client_id: number
  email: string
  name: string
  lang: string
  is_active: boolean
  activated: boolean
  by_password: boolean
  may_sign_in: boolean
}

export async function findAddressee(db: TransactionSql, email: string): Promise<Addressee | undefined> {
  const [row] = await db<Addressee[]>`
    SELECT id, reseller_id, client_id, user_type, is_admin, email, coalesce(name, '') AS name, lang, is_active, activated_at IS NOT NULL AS activated,
      'password' = ANY (auth_types) AS by_password, EXISTS (SELECT FROM callers c WHERE c.user_id = u.id) AS may_sign_in
    FROM users u WHERE u.email_folded = fold(${email}) AND deleted_at IS NULL`
  return row
}

/** Whom a reseller wants to be told of something, and in which language: see told_addresses in schema/08_mail.sql. */
export const toldAddresses = (db: TransactionSql, resellerId: number, what: string) =>
  db<{ recipient: string; lang: string }[]>`SELECT recipient, lang FROM told_addresses(${resellerId}, ${what})`
