/** Recipients of mail: users by their address, and the notification recipients of a reseller. */
import type { TransactionSql } from '../db/pool.ts'
import { elevated } from '../db/scope.ts'
import type { UserKind } from '../lib/caller.ts'

/** A user who may get a link by mail, with the fields that decide whether it does. */
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

/**
 * Returns a reseller's recipients of a notification, with the language of the owner of its technical account. Elevated: a client user's request may
 * cause the event, and sees neither that account nor its owner.
 */
export async function recipientsOf(db: TransactionSql, resellerId: number, event: string) {
  const [recipients] = await elevated(
    db,
    db<{ recipient: string; lang: string }[]>`
    SELECT n.email AS recipient, coalesce(owner.lang, 'en') AS lang
    FROM notification_settings n JOIN resellers r ON r.id = n.reseller_id
    LEFT JOIN clients technical ON technical.id = r.technical_client_id LEFT JOIN users owner ON owner.id = technical.owner_id
    WHERE n.reseller_id = ${resellerId} AND n.notification_type = ${event} AND n.enabled AND r.deleted_at IS NULL ORDER BY n.id`,
  )
  return recipients
}
