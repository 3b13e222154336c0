/** SQL of an account's status, which follows from its services. */
import type { ScopedSql } from '../../../db/scope.ts'
import type { ServiceStatus } from '../../../lib/products.ts'

export async function statusesOf(db: ScopedSql, clientId: number): Promise<ServiceStatus[]> {
  const rows = await db<{ status: ServiceStatus }[]>`SELECT status FROM services WHERE client_id = ${clientId}`
  return rows.map(({ status }) => status)
}

export async function setAccountStatus(
  db: ScopedSql,
  account: { id: number; reseller_id: number; status: string },
  status: string,
  at?: string,
): Promise<void> {
  await db`UPDATE clients SET status = ${status} WHERE id = ${account.id}`
  await db`INSERT INTO account_status_changes (client_id, reseller_id, old_status, new_status, status_change_at)
    VALUES (${account.id}, ${account.reseller_id}, ${account.status}, ${status}, coalesce(${at ?? null}::timestamptz, reeve_now()))`
}
