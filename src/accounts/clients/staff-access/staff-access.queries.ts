/** SQL of the access of staff to an account: one instant, from which it is closed. */
import type { ScopedSql } from '../../../db/scope.ts'
import type { StaffAccess } from './staff-access.schema.ts'

/** Row-level security hides accounts of other tenants. */
export async function findStaffAccess(db: ScopedSql, clientId: number): Promise<StaffAccess | undefined> {
  const [row] = await db<StaffAccess[]>`
    SELECT CASE WHEN closed_to_staff_from <= reeve_now() THEN 'closed' ELSE 'open' END AS access,
      CASE WHEN closed_to_staff_from > reeve_now() THEN json_time(closed_to_staff_from) END AS until
    FROM clients WHERE id = ${clientId}`
  return row
}

/** @param hours until it is closed: 0 for now, null for never */
export async function closeToStaff(db: ScopedSql, clientId: number, hours: number | null): Promise<void> {
  await db`UPDATE clients SET closed_to_staff_from = reeve_now() + ${hours}::int * interval '1 hour' WHERE id = ${clientId}`
}

/** Ends the sessions in which somebody acts as a user of the account. Locks them by age, like revoke_descendants. */
export async function endActing(db: ScopedSql, clientId: number): Promise<void> {
  const acting = db`client_id = ${clientId} AND actor_id IS NOT NULL AND revoked_at IS NULL`
  await db`SELECT FROM sessions WHERE ${acting} ORDER BY created_at, id FOR UPDATE`
  await db`UPDATE sessions SET revoked_at = reeve_now() WHERE ${acting}`
}
