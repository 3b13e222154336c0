/** SQL of the outbox for the platform: mail of all resellers. */
import type { ScopedSql } from '../../db/scope.ts'
import { hasServer, type OutboxMail } from '../../mail/send.queries.ts'
import type { MailState } from './outbox.schema.ts'

export interface OutboxFilters {
  state?: MailState
  recipient?: string
  reseller_id?: number
  template?: string
}

/** The state is computed, because whether there is a mail server depends on the settings of the reseller and the installation. */
const entries = (db: ScopedSql, shared: boolean) => db`
  SELECT o.id, CASE WHEN o.sent_at IS NOT NULL THEN 'sent' WHEN o.failed_at IS NOT NULL THEN 'dead'
      WHEN ${hasServer(db, shared)} THEN 'waiting' ELSE 'kept' END AS state,
    o.reseller_id, o.client_id, o.user_id, o.recipient, o.template, o.lang, o.attempts, o.next_attempt_at AS due, o.last_error,
    o.created_at, o.sent_at, o.failed_at
  FROM outbox o LEFT JOIN branding b ON b.reseller_id = o.reseller_id AND b.deleted_at IS NULL`

/** Columns of the JSON row. */
const columns = (db: ScopedSql) => db`id, state, reseller_id, client_id, user_id, recipient, template, lang, attempts,
  CASE WHEN state = 'waiting' THEN json_time(due) END AS next_attempt_at, last_error,
  json_time(created_at) AS created_at, json_time(sent_at) AS sent_at, json_time(failed_at) AS failed_at`

/** Returns the mails older than the one with the id `before`, newest first, each with its id. */
export async function mailsAfter(db: ScopedSql, shared: boolean, filters: OutboxFilters, before: number | undefined, limit: number) {
  const { state, recipient, reseller_id, template } = filters
  const conditions = [
    before !== undefined && db`AND id < ${before}`,
    state !== undefined && db`AND state = ${state}`,
    recipient !== undefined && db`AND strpos(fold(recipient), fold(${recipient})) > 0`,
    reseller_id !== undefined && db`AND reseller_id = ${reseller_id}`,
    template !== undefined && db`AND template = ${template}`,
  ].filter((one) => one !== false)
  const more = conditions.reduce((all, one) => db`${all} ${one}`, db``)
  const rows = await db`
    SELECT id::text, row_to_json(d)::text FROM (
      SELECT ${columns(db)} FROM (${entries(db, shared)}) e WHERE true ${more} ORDER BY id DESC LIMIT ${limit}) d`.raw()
  return rows.map(([id, document]) => ({ id: Number(id), value: String(id), document: document as Buffer }))
}

/** Counts the mails of a reseller, or of all if it is null, that were not sent, by their states. */
export async function countUnsent(db: ScopedSql, shared: boolean, resellerId: number | null) {
  const own = resellerId === null ? db`true` : db`o.reseller_id = ${resellerId}`
  const [row] = await db<{ waiting: number; kept: number; failed: number }[]>`
    SELECT count(*) FILTER (WHERE ${hasServer(db, shared)}) AS waiting,
      count(*) FILTER (WHERE NOT ${hasServer(db, shared)}) AS kept,
      (SELECT count(*) FROM outbox o WHERE ${own} AND o.failed_at IS NOT NULL) AS failed
    FROM outbox o LEFT JOIN branding b ON b.reseller_id = o.reseller_id AND b.deleted_at IS NULL
    WHERE ${own} AND o.sent_at IS NULL AND o.failed_at IS NULL`
  return row as { waiting: number; kept: number; failed: number }
}

export type Entry = Record<string, unknown> & { id: number; state: MailState; client_id: number | null }

export async function findMail(db: ScopedSql, shared: boolean, id: number): Promise<(OutboxMail & { entry: Entry }) | undefined> {
  const [row] = await db<{ entry: Entry }[]>`
    SELECT row_to_json(d) AS entry FROM (SELECT ${columns(db)} FROM (${entries(db, shared)}) e WHERE id = ${id}) d`
  const [mail] = await db<OutboxMail[]>`
    SELECT id, reseller_id, recipient, template, lang, details, encrypted_link, created_at FROM outbox WHERE id = ${id}`
  return row && mail && { ...mail, ...row }
}

/** Locks the row until the end of the transaction. Returns whether a process is sending the mail, or crashed doing so a short while ago. */
export async function lockMail(db: ScopedSql, id: number): Promise<{ leased: boolean }> {
  const [row] = await db<{ leased: boolean }[]>`
    SELECT coalesce(leased_until > now(), false) AS leased FROM outbox WHERE id = ${id} FOR NO KEY UPDATE`
  return { leased: row?.leased ?? false }
}

/** Makes a mail due as if it had just been written. */
export async function retryMail(db: ScopedSql, id: number): Promise<void> {
  await db`UPDATE outbox SET failed_at = NULL, attempts = 0, next_attempt_at = now() WHERE id = ${id}`
}
