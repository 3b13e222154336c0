/** SQL of the lifecycle of an account. */
import { elevated, type ScopedSql } from '../../../db/scope.ts'

export type Life = 'live' | 'ending' | 'deleted'

/** Ends the open links that would make the request, whoever asked for them. Returns whether one of them still worked. */
export async function endDeletionLinks(db: ScopedSql, id: number): Promise<boolean> {
  const [ended] = await elevated(
    db,
    db<{ worked: boolean }[]>`UPDATE one_time_links SET used_at = reeve_now()
      WHERE client_id = ${id} AND purpose = 'account_deletion' AND used_at IS NULL RETURNING expires_at > reeve_now() AS worked`,
  )
  return ended.some(({ worked }) => worked)
}

/** A deletion keeps the time of the request; returning to live clears it. */
export async function setLife(db: ScopedSql, id: number, life: Life): Promise<void> {
  await db`UPDATE clients SET deleted_at = CASE WHEN ${life === 'deleted'} THEN reeve_now() END,
    deletion_requested_at = CASE ${life}::text WHEN 'ending' THEN reeve_now() WHEN 'deleted' THEN deletion_requested_at END WHERE id = ${id}`
}
