/** SQL of one-time links. Following one takes no credential, so the lookup uses the handle that sees every tenant. */

import type { ScopedSql, SystemSql } from '../db/scope.ts'
import type { ISql } from '../db/sql.ts'
import { ADMINISTRATORS } from '../lib/roles.ts'
import type { LinkPurpose } from '../mail/outbox.ts'
import type { Lang } from '../mail/texts/languages.ts'

/** A valid link and its user. */
export interface OpenLink {
  hash: Buffer
  purpose: LinkPurpose
  userId: number
  resellerId: number
  /** The user's home account. */
  clientId: number
  email: string
  lang: Lang
  activated: boolean
  /** The hash of the present password. */
  password: string | null
  /** The hashes of the earlier passwords, newest first. */
  earlier: string[]
  /** The role, for an invitation. */
  details: { role?: number }
  /** The account of an invitation or deletion, if it is live and of the user's reseller. */
  account: { id: number; company: string } | null
  /** The change of email that the link belongs to. */
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

/** Uses the link up. Of two concurrent calls the second waits for the row, finds the link used and returns false. */
export async function consumeLink(db: ScopedSql, hash: Buffer): Promise<boolean> {
  const [row] = await db`UPDATE one_time_links l SET used_at = reeve_now() WHERE l.hash = ${hash} AND ${isOpen(db)} RETURNING true`
  return row !== undefined
}

const isOpen = (db: ISql) => db`l.used_at IS NULL AND l.expires_at > reeve_now()`

/** Converts the open invitations of a user who now has a password: their links lead to a form without password fields. */
export async function detachInvitations(db: ScopedSql, userId: number): Promise<void> {
  await db`UPDATE one_time_links SET purpose = 'account_invitation' WHERE user_id = ${userId} AND purpose = 'invitation' AND used_at IS NULL`
}

/** Marks the user's email as confirmed. Returns the live accounts the user owns, because their status depends on it. */
export async function activate(db: ScopedSql, userId: number): Promise<number[]> {
  await db`UPDATE users SET activated_at = reeve_now() WHERE id = ${userId}`
  const rows = await db<{ id: number }[]>`SELECT id FROM clients WHERE owner_id = ${userId} AND deleted_at IS NULL ORDER BY id`
  return rows.map(({ id }) => id)
}
