/** SQL of one-time links. Whoever follows one has no caller yet, so it takes the handle that sees every tenant. */

import type { ScopedSql, SystemSql } from '../db/scope.ts'
import type { ISql } from '../db/sql.ts'
import { ADMINISTRATORS } from '../lib/roles.ts'
import type { LinkPurpose } from '../mail/outbox.ts'
import type { Lang } from '../mail/texts/languages.ts'

/** A link that works now, and whom it is for. */
export interface OpenLink {
  hash: Buffer
  purpose: LinkPurpose
  userId: number
  resellerId: number
  /** The account that the user began in. */
  clientId: number
  email: string
  lang: Lang
  activated: boolean
  /** The hash of the present password. */
  password: string | null
  /** Those of the passwords before it, the latest first. */
  earlier: string[]
  /** Of an invitation the role. */
  details: { role?: number }
  /** Of an invitation or a deletion the account, where that is live and of the user's reseller. */
  account: { id: number; company: string } | null
  /** Of the links of a change of email. */
  change: LinkedChange | null
}

interface LinkedChange {
  email: string
  /** Whether staff asked for it: then the present address may allow it. */
  byStaff: boolean
}

export async function findOpenLink(sql: SystemSql, hash: Buffer): Promise<OpenLink | undefined> {
  const [row] = await sql<OpenLink[]>`
    SELECT l.hash, l.purpose, u.id AS "userId", u.reseller_id AS "resellerId", u.client_id AS "clientId", u.email, u.lang,
      u.activated_at IS NOT NULL AS activated, u.password_hash AS password, l.details,
      CASE WHEN a.id IS NOT NULL THEN json_build_object('id', a.id, 'company', a.company_name) END AS account,
      CASE WHEN c.id IS NOT NULL THEN json_build_object('email', c.new_email, 'byStaff', c.asked_by <> c.user_id) END AS change,
      ARRAY(SELECT h.password_hash FROM password_history h WHERE h.user_id = u.id ORDER BY h.id DESC) AS earlier
    FROM one_time_links l JOIN users u ON u.id = l.user_id JOIN resellers r ON r.id = u.reseller_id
      LEFT JOIN email_changes c ON c.user_id = u.id AND c.ended_at IS NULL AND ${isOfChange(sql)}
      LEFT JOIN clients a ON l.purpose IN ('invitation', 'account_invitation', 'account_deletion')
        AND a.id = l.client_id AND a.reseller_id = u.reseller_id AND a.deleted_at IS NULL
    WHERE l.hash = ${hash} AND ${isOpen(sql)} AND u.deleted_at IS NULL AND u.is_active AND r.deleted_at IS NULL
      AND (c.id IS NOT NULL OR NOT ${isOfChange(sql)}) AND (a.id IS NOT NULL OR l.purpose NOT IN ('account_invitation', 'account_deletion'))
      AND (l.purpose <> 'account_deletion' OR EXISTS (
        SELECT FROM client_users m WHERE m.client_id = a.id AND m.user_id = u.id AND m.role_id = ${ADMINISTRATORS}))`
  return row
}

const isOfChange = (db: ISql) => db`l.purpose IN ('email_change', 'email_change_notice')`

/** Uses the link up. Of two at once the second waits for the first one's row and finds it used: false. */
export async function takeLink(db: ScopedSql, hash: Buffer): Promise<boolean> {
  const [row] = await db`UPDATE one_time_links l SET used_at = reeve_now() WHERE l.hash = ${hash} AND ${isOpen(db)} RETURNING true`
  return row !== undefined
}

const isOpen = (db: ISql) => db`l.used_at IS NULL AND l.expires_at > reeve_now()`

/** Invitations of a user who has a password by now ask for none: the links that were mailed lead to a form with a button. */
export async function keepOtherInvitations(db: ScopedSql, userId: number): Promise<void> {
  await db`UPDATE one_time_links SET purpose = 'account_invitation' WHERE user_id = ${userId} AND purpose = 'invitation' AND used_at IS NULL`
}

/** The user's email is known to be its own from now on. Answers the live accounts it owns, whose status follows. */
export async function activate(db: ScopedSql, userId: number): Promise<number[]> {
  await db`UPDATE users SET activated_at = reeve_now() WHERE id = ${userId}`
  const rows = await db<{ id: number }[]>`SELECT id FROM clients WHERE owner_id = ${userId} AND deleted_at IS NULL ORDER BY id`
  return rows.map(({ id }) => id)
}
