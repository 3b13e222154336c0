/** SQL of the life of an account. */
import type { ScopedSql } from '../../db/scope.ts'

export type Life = 'live' | 'ending' | 'deleted'

/** What was requested stays known of a deleted account, and is forgotten by whatever gives it back. */
export async function setLife(db: ScopedSql, id: number, life: Life): Promise<void> {
  await db`UPDATE clients SET deleted_at = CASE WHEN ${life === 'deleted'} THEN reeve_now() END,
    deletion_requested_at = CASE ${life}::text WHEN 'ending' THEN reeve_now() WHEN 'deleted' THEN deletion_requested_at END WHERE id = ${id}`
}

/** Whom the reseller wants to be told of a request for deletion. */
export async function deletionAddresses(db: ScopedSql, resellerId: number): Promise<string[]> {
  const rows = await db<{ email: string }[]>`
    SELECT email FROM notification_settings WHERE reseller_id = ${resellerId} AND notification_type = 'deletion_request' AND enabled ORDER BY id`
  return rows.map(({ email }) => email)
}
