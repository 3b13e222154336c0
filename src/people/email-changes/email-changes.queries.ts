/** SQL of changes of the email that a user signs in with. */

import type { TransactionSql } from '../../db/pool.ts'
import { elevated, type ScopedSql, type SystemSql } from '../../db/scope.ts'
import type { LinkPurpose } from '../../mail/outbox.ts'
import { endEmailChanges } from '../users/users.queries.ts'

/** A change that is neither made nor stopped yet. */
export interface OpenChange {
  id: number
  user_id: number
  new_email: string
  /** Whether somebody other than the user asked for it. */
  by_staff: boolean
  waits_until: Date | null
  /** Whether nothing is pending any more. Read it after recording a confirmation. */
  ready: boolean
}

const columns = (db: TransactionSql) => db`id, user_id, new_email, asked_by <> user_id AS by_staff, waits_until,
  new_confirmed_at IS NOT NULL AND (waits_until IS NULL OR old_confirmed_at IS NOT NULL OR waits_until <= reeve_now()) AS ready`

/** Call after endChange, under the lock of the user. @param waitHours null if the confirmation of the new address is enough */
export async function insertChange(
  db: ScopedSql,
  change: { user_id: number; reseller_id: number; new_email: string; asked_by: number },
  waitHours: number | null,
): Promise<{ id: number; waits_until: Date | null }> {
  const { user_id, reseller_id, new_email, asked_by } = change
  const [row] = await db<{ id: number; waits_until: Date | null }[]>`
    INSERT INTO email_changes (user_id, reseller_id, new_email, asked_by, waits_until)
    VALUES (${user_id}, ${reseller_id}, ${new_email}, ${asked_by}, reeve_now() + ${waitHours}::int * interval '1 hour')
    RETURNING id, waits_until`
  return row as { id: number; waits_until: Date | null }
}

/** Records a change that staff made immediately, so that the new address counts as set by staff (unsettledUntil). Ends an open change. */
export async function insertMade(
  db: ScopedSql,
  { user_id, reseller_id, new_email, asked_by }: { user_id: number; reseller_id: number; new_email: string; asked_by: number },
): Promise<void> {
  await endChange(db, user_id, 'replaced')
  await db`
    INSERT INTO email_changes (user_id, reseller_id, new_email, asked_by, waits_until, ended_at, outcome)
    VALUES (${user_id}, ${reseller_id}, ${new_email}, ${asked_by}, reeve_now(), reeve_now(), 'made')`
}

export async function setNotice(db: ScopedSql, id: number, noticeId: number): Promise<void> {
  await db`UPDATE email_changes SET notice_id = ${noticeId} WHERE id = ${id}`
}

/** Ends the open change, if there is one, and its links. Requires lockUser. */
export async function endChange(db: TransactionSql, userId: number, outcome: Parameters<typeof endEmailChanges>[2]): Promise<void> {
  await elevated(db, endEmailChanges(db, db`user_id = ${userId}`, outcome))
}

/** Records that an address agreed. @throws if the user has no open change, which cannot happen: its links end with the change */
export async function confirmChange(db: TransactionSql, userId: number, address: 'new' | 'old'): Promise<OpenChange> {
  const [row] = await db<OpenChange[]>`
    UPDATE email_changes SET ${db(`${address}_confirmed_at`)} = reeve_now() WHERE user_id = ${userId} AND ended_at IS NULL
    RETURNING ${columns(db)}`
  if (!row) throw new Error(`User ${userId} has no open change of its email.`)
  return row
}

/** Returns the changes that are due at this instant, the longest waiting first. Check again under the lock of the user (findDue). */
export const dueChanges = (sql: SystemSql, at: Date, limit: number) =>
  sql<{ id: number; user_id: number }[]>`SELECT c.id, c.user_id ${due(sql, at)} ORDER BY c.waits_until, c.id LIMIT ${limit}`

export async function findDue(db: ScopedSql, id: number, at: Date): Promise<(OpenChange & Place) | undefined> {
  const [row] = await db<(OpenChange & Place)[]>`
    SELECT c.id, c.user_id, c.new_email, c.asked_by <> c.user_id AS by_staff, c.waits_until, true AS ready, u.client_id, u.reseller_id
    ${due(db, at)} AND c.id = ${id}`
  return row
}

/** The user's home account. */
interface Place {
  client_id: number
  reseller_id: number
}

/** A change waits forever if the present address can no longer object, because its link was ended with all others of the user. */
const due = (db: TransactionSql | SystemSql, at: Date) => db`
  FROM email_changes c JOIN users u ON u.id = c.user_id
  WHERE c.ended_at IS NULL AND c.new_confirmed_at IS NOT NULL AND c.waits_until <= ${at} AND u.deleted_at IS NULL
    AND EXISTS (SELECT FROM one_time_links l WHERE l.user_id = c.user_id AND l.purpose = 'email_change_notice' AND l.used_at IS NULL)
    AND NOT EXISTS (SELECT FROM outbox o WHERE o.id = c.notice_id AND o.sent_at IS NULL AND o.failed_at IS NULL)`

/** The activity log attributes the change to the user who asked for it. */
export async function recordMade(db: ScopedSql, { id, user_id, new_email }: OpenChange): Promise<void> {
  await db`
    INSERT INTO activity (reseller_id, client_id, affected_client_id, affected_reseller_id, user_id, user_email, action, method, path, data, status_code)
    SELECT a.reseller_id, a.client_id, u.client_id, u.reseller_id, a.id, a.email, 'applyEmailChange', 'PUT',
      ${`/iam/users/${user_id}/email`}, ${JSON.stringify({ new_email })}, 200
    FROM email_changes c JOIN users a ON a.id = c.asked_by JOIN users u ON u.id = c.user_id WHERE c.id = ${id}`
}

/** Returns until when the user's address is too new for staff to mail a way in to it; undefined if it is not. */
export async function unsettledUntil(db: ScopedSql, userId: number, hours: number): Promise<Date | undefined> {
  const [row] = await db<{ until: Date | null }[]>`
    SELECT max(ended_at) + ${hours} * interval '1 hour' AS until FROM email_changes
    WHERE user_id = ${userId} AND outcome = 'made' AND asked_by <> user_id AND waits_until IS NOT NULL
      AND ended_at > reeve_now() - ${hours} * interval '1 hour'`
  return row?.until ?? undefined
}

export async function sellersMay(db: ScopedSql, resellerId: number) {
  const [row] = await db<{ change_email: boolean; reset_two_step: boolean }[]>`
    SELECT sellers_may_change_email AS change_email, sellers_may_reset_two_step AS reset_two_step FROM resellers WHERE id = ${resellerId}`
  return row ?? { change_email: false, reset_two_step: false }
}

/** Ends links that would repeat or contradict what was just done. */
export async function endLinks(db: ScopedSql, userId: number, purposes: readonly LinkPurpose[]): Promise<void> {
  await db`
    UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = ${userId} AND purpose = ANY (${[...purposes]}) AND used_at IS NULL`
}

/** A reseller's own account has the address of the reseller (docs/domain.md, Who is who). */
export async function setEmail(db: ScopedSql, userId: number, email: string): Promise<void> {
  await db`UPDATE users SET email = ${email} WHERE id = ${userId}`
  await db`UPDATE clients SET email = ${email} WHERE owner_id = ${userId} AND client_type = 'reseller'`
}
