/** Moves services on in time: ends trials, deletes what was paused or ended, and notifies owners two days before a trial ends. */

import { findAccount } from '../accounts/clients/clients.queries.ts'
import { notifyOwners, transitionTo } from '../accounts/services/services.changes.ts'
import type { ServiceRecord } from '../accounts/services/services.queries.ts'
import { NOTICE, whenOver } from '../accounts/services/services.rules.ts'
import { refreshClient } from '../db/read-model.ts'
import { asSystem, type ScopedSql, type SystemSql } from '../db/scope.ts'
import type { ServiceStatus } from '../lib/products.ts'
import { BATCH, inBatches, type JobDeps, timeRemaining } from './job.ts'

/** Accounts handled at once. A single one spends most of its time waiting for the disk. */
const AT_ONCE = 4

/** A service that is due, and since when. The time is text, because a Date has no microseconds. */
type Over = ServiceRecord & { client_id: number; ends: string }

/**
 * Returns the services due at an instant, the earliest first, after the given one. Each half follows its own index
 * (schema/05_services.sql). Accounts are handled in the order in which their services became due.
 */
const overAt = (db: SystemSql, at: Date, after: Pick<Over, 'ends' | 'id'>) => db<Over[]>`
  SELECT id, client_id, product, status, ends::text FROM (
    (SELECT *, trial_end AS ends FROM services WHERE status = 'trial' AND trial_end <= ${at}
      AND (trial_end, id) > (${after.ends}::timestamptz, ${after.id}::bigint) ORDER BY trial_end, id LIMIT ${BATCH})
    UNION ALL
    (SELECT *, deleted_date AS ends FROM services WHERE status IN ('trialend', 'paused') AND deleted_date <= ${at}
      AND (deleted_date, id) > (${after.ends}::timestamptz, ${after.id}::bigint) ORDER BY deleted_date, id LIMIT ${BATCH})) due
  ORDER BY due.ends, id LIMIT ${BATCH}`

/** Returns the service of an account that became due first. */
async function firstOver(db: ScopedSql, clientId: number, at: Date): Promise<Over | undefined> {
  const [row] = await db<Over[]>`
    SELECT id, client_id, product, status, ends::text
    FROM (SELECT *, CASE status WHEN 'trial' THEN trial_end WHEN 'trialend' THEN deleted_date WHEN 'paused' THEN deleted_date END AS ends
      FROM services WHERE client_id = ${clientId}) s WHERE ends <= ${at} ORDER BY s.ends, id LIMIT 1`
  return row
}

/**
 * Moves every service to the status it should have at an instant, through the steps and with the times it should have had. After a long
 * downtime, a trial may have ended long ago, and what follows from that may be due as well. Each account is one short transaction, begun in
 * the order in which they became due. A failure does not keep other accounts from being handled. Takes seven milliseconds of CPU per
 * account.
 * @throws the last failure, after all accounts have been tried
 */
export async function processDueTransitions({ system, log, stopping }: JobDeps, at: Date): Promise<void> {
  let failure: unknown
  for (let after: Pick<Over, 'ends' | 'id'> | undefined = { ends: '-infinity', id: 0 }; after && !stopping?.aborted; ) {
    const due: Over[] = await overAt(system, at, after)
    const accounts = new Set(due.map(({ client_id }) => client_id)).values()
    const inTurn = async () => {
      for (const account of accounts) {
        if (stopping?.aborted) return
        await asSystem(system, (db) => applyDueTransitions(db, account, at)).catch((error: Error) => {
          log.error({ err: error, account }, 'the services of an account could not be brought up to date')
          failure = error
        })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, inTurn))
    after = due.length === BATCH ? due.at(-1) : undefined
  }
  if (failure) throw failure
}

/**
 * Takes the account's lock, like every change of its services. If the lock is taken, a request or another server is changing the account:
 * skips it without waiting, and the next run tries again.
 */
async function applyDueTransitions(db: ScopedSql, clientId: number, at: Date): Promise<void> {
  const free = await db`SELECT FROM clients WHERE id = ${clientId} FOR NO KEY UPDATE SKIP LOCKED`
  if (free.length === 0) return
  for (let steps = 0; ; steps++) {
    const service = await firstOver(db, clientId, at)
    if (!service) return steps > 0 ? refreshClient(db, clientId) : undefined
    const account = await findAccount(db, clientId)
    if (account) await transitionTo(db, account, service, whenOver[service.status] as ServiceStatus, service.ends)
  }
}

/**
 * Notifies owners of trials that end within two days, once per end date, because the end may be moved. Skips trials that have already
 * ended, and those that never had more than two days: the mail about their start told the owners.
 */
export async function notifyUpcomingEnds(deps: JobDeps, at: Date): Promise<void> {
  const tell = async (db: ScopedSql) => {
    const due = await db<{ client_id: number; reseller_id: number; product: string; ends: Date; deleted: boolean }[]>`
      WITH soon AS (
        SELECT id FROM services WHERE status = 'trial' AND trial_end > ${at} AND trial_end <= ${at}::timestamptz + ${NOTICE} * interval '24 hours'
          AND end_notified_at IS NULL AND status_changed_at < trial_end - ${NOTICE} * interval '24 hours'
        ORDER BY trial_end, id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
      UPDATE services s SET end_notified_at = ${at} FROM soon, clients c WHERE s.id = soon.id AND c.id = s.client_id
      RETURNING s.client_id, s.reseller_id, s.product, c.deleted_at IS NOT NULL AS deleted, s.trial_end AS ends`
    for (const { client_id, reseller_id, deleted, product, ends } of due)
      await notifyOwners(
        db,
        [{ account: { id: client_id, reseller_id, deleted }, details: { product, ...timeRemaining(ends, at) } }],
        'trial_ends_soon',
      )
    return due.length
  }
  await inBatches(deps, tell)
}
