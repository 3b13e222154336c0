/** SQL of the lifecycle of an account. */
import { elevated, type ScopedSql } from '../../../db/scope.ts'

export type Life = 'live' | 'ending' | 'deleted'

/** Ends the open links that would request deletion of these accounts, whoever asked for them. Returns the accounts of those that still worked. */
export async function endDeletionLinks(db: ScopedSql, ids: readonly number[]): Promise<number[]> {
  const [ended] = await elevated(
    db,
    db<{ id: number; worked: boolean }[]>`UPDATE one_time_links SET used_at = reeve_now()
      WHERE client_id = ANY (${[...ids]}::bigint[]) AND purpose = 'account_deletion' AND used_at IS NULL
      RETURNING client_id AS id, expires_at > reeve_now() AS worked`,
  )
  return ended.filter(({ worked }) => worked).map(({ id }) => id)
}

/** A deletion keeps the time of the request; returning to live clears it. */
export async function setLife(db: ScopedSql, ids: readonly number[], life: Life): Promise<void> {
  await db`UPDATE clients SET deleted_at = CASE WHEN ${life === 'deleted'} THEN reeve_now() END,
    deletion_requested_at = CASE ${life}::text WHEN 'ending' THEN reeve_now() WHEN 'deleted' THEN deletion_requested_at END
    WHERE id = ANY (${[...ids]}::bigint[])`
}
