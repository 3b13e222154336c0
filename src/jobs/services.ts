/** The calendar of services: trials end, what was paused or ended is deleted, and owners are told two days before a trial is over. */

import { findAccount } from '../accounts/clients/clients.queries.ts'
import { passInto, tellOwner } from '../accounts/services/services.changes.ts'
import type { ServiceRecord } from '../accounts/services/services.queries.ts'
import { NOTICE, whenOver } from '../accounts/services/services.rules.ts'
import { refreshClient } from '../db/read-model.ts'
import { asSystem, type ScopedSql, type SystemSql } from '../db/scope.ts'
import type { ServiceStatus } from '../lib/products.ts'
import { BATCH, inBatches, type JobDeps, untilThen } from './job.ts'

/** Accounts that are in hand at once: one alone waits for the disk most of its time. */
const AT_ONCE = 4

/** A service whose time is over, and when it was; as text, for a Date has no microseconds. */
type Over = ServiceRecord & { client_id: number; ends: string }

/**
 * What is over at an instant, the earliest first, after another. Two walks, each along its index (schema/05_services.sql); the order of
 * accounts is that of what they should have seen first.
 */
const overAt = (db: SystemSql, at: Date, after: Pick<Over, 'ends' | 'id'>) => db<Over[]>`
  SELECT id, client_id, product, status, ends::text FROM (
    (SELECT *, trial_end AS ends FROM services WHERE status = 'trial' AND trial_end <= ${at}
      AND (trial_end, id) > (${after.ends}::timestamptz, ${after.id}::bigint) ORDER BY trial_end, id LIMIT ${BATCH})
    UNION ALL
    (SELECT *, deleted_date AS ends FROM services WHERE status IN ('trialend', 'paused') AND deleted_date <= ${at}
      AND (deleted_date, id) > (${after.ends}::timestamptz, ${after.id}::bigint) ORDER BY deleted_date, id LIMIT ${BATCH})) due
  ORDER BY due.ends, id LIMIT ${BATCH}`

/** The first of an account that is over at an instant. */
async function firstOver(db: ScopedSql, clientId: number, at: Date): Promise<Over | undefined> {
  const [row] = await db<Over[]>`
    SELECT id, client_id, product, status, ends::text
    FROM (SELECT *, CASE status WHEN 'trial' THEN trial_end WHEN 'trialend' THEN deleted_date WHEN 'paused' THEN deleted_date END AS ends
      FROM services WHERE client_id = ${clientId}) s WHERE ends <= ${at} ORDER BY s.ends, id LIMIT 1`
  return row
}

/**
 * Brings every service to where it should be at an instant, by the steps and with the times it should have had: a server that slept finds a
 * trial that ended long ago, and what follows from that may be over as well. One short transaction an account, begun in order of what was over
 * first; one that fails keeps no other from its turn. Seven milliseconds of CPU an account.
 * @throws the last failure, when all had their turn
 */
export async function endWhatIsOver({ system, log, stopping }: JobDeps, at: Date): Promise<void> {
  let failure: unknown
  for (let after: Pick<Over, 'ends' | 'id'> | undefined = { ends: '-infinity', id: 0 }; after && !stopping?.aborted; ) {
    const due: Over[] = await overAt(system, at, after)
    const accounts = new Set(due.map(({ client_id }) => client_id)).values()
    const inTurn = async () => {
      for (const account of accounts) {
        if (stopping?.aborted) return
        await asSystem(system, (db) => bringUp(db, account, at)).catch((error: Error) => {
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
 * Under the account's lock, like every change of its services. Whoever holds it is about to change the account, or another server at the same
 * work: the next run looks again, and nobody waits.
 */
async function bringUp(db: ScopedSql, clientId: number, at: Date): Promise<void> {
  const free = await db`SELECT FROM clients WHERE id = ${clientId} FOR NO KEY UPDATE SKIP LOCKED`
  if (free.length === 0) return
  for (let steps = 0; ; steps++) {
    const service = await firstOver(db, clientId, at)
    if (!service) return steps > 0 ? refreshClient(db, clientId) : undefined
    const account = await findAccount(db, clientId)
    if (account) await passInto(db, account, service, whenOver[service.status] as ServiceStatus, service.ends)
  }
}

/**
 * Tells owners of trials that end within two days, once; of the present end, for it may be moved. Not of trials that are over already, nor of
 * those that never had more than two days: their owners know from the mail that the trial began.
 */
export async function tellOfEnds(deps: JobDeps, at: Date): Promise<void> {
  const tell = async (db: ScopedSql) => {
    const due = await db<{ client_id: number; reseller_id: number; product: string; ends: Date; deleted: boolean }[]>`
      WITH soon AS (
        SELECT id FROM services WHERE status = 'trial' AND trial_end > ${at} AND trial_end <= ${at}::timestamptz + ${NOTICE} * interval '24 hours'
          AND end_told_at IS NULL AND status_changed_at < trial_end - ${NOTICE} * interval '24 hours'
        ORDER BY trial_end, id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
      UPDATE services s SET end_told_at = ${at} FROM soon, clients c WHERE s.id = soon.id AND c.id = s.client_id
      RETURNING s.client_id, s.reseller_id, s.product, c.deleted_at IS NOT NULL AS deleted, s.trial_end AS ends`
    for (const { client_id, reseller_id, deleted, product, ends } of due)
      await tellOwner(db, { id: client_id, reseller_id, deleted }, 'trial_ends_soon', { product, ...untilThen(ends, at) })
    return due.length
  }
  await inBatches(deps, tell)
}
