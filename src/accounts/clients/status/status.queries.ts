/** SQL of an account's status, which follows from its services. */
import type { ScopedSql } from '../../../db/scope.ts'
import type { ServiceStatus } from '../../../lib/products.ts'

/** Returns the statuses of the services of each account that has any. */
export async function statusesOf(db: ScopedSql, clientIds: readonly number[]): Promise<Map<number, ServiceStatus[]>> {
  const rows = await db<{ id: number; statuses: ServiceStatus[] }[]>`
    SELECT client_id AS id, array_agg(status::text) AS statuses FROM services WHERE client_id = ANY (${[...clientIds]}::bigint[]) GROUP BY 1`
  return new Map(rows.map(({ id, statuses }) => [id, statuses]))
}

/** Sets the status of each account, and keeps what it was. */
export async function setAccountStatuses(db: ScopedSql, accounts: readonly { id: number; status: string }[], at?: string): Promise<void> {
  await db`
    WITH wanted AS MATERIALIZED (SELECT * FROM unnest(${accounts.map(({ id }) => id)}::bigint[], ${accounts.map(({ status }) => status)}::text[]) AS w (id, status)),
    before AS MATERIALIZED (SELECT c.id, c.reseller_id, c.status AS old, w.status AS new FROM clients c JOIN wanted w USING (id)),
    kept AS (INSERT INTO account_status_changes (client_id, reseller_id, old_status, new_status, status_change_at)
      SELECT id, reseller_id, old, new, coalesce(${at ?? null}::timestamptz, reeve_now()) FROM before ORDER BY id)
    UPDATE clients c SET status = b.new FROM before b WHERE c.id = b.id`
}
