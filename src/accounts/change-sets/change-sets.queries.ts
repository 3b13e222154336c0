/** SQL of change sets, their batches and results. */
import type { ScopedSql } from '../../db/scope.ts'
import { type ErrorCode, errorCodes } from '../../http/error-codes.ts'
import type { Caller } from '../../lib/caller.ts'
import { type KeysetOrder, type Position, rowsAfter } from '../../lists/cursors.ts'
import type { Fragment } from '../../lists/filters.ts'
import type { Change, outcomes, Preview, states } from './change-sets.schema.ts'
import { type Selection, selected } from './change-sets.selection.ts'

/** The set's row, for a change. */
export interface ChangeSetRecord {
  id: number
  reseller_id: number
  change: Change
  filter: Selection['filter']
  ids: number[] | null
  state: (typeof states)[number]
  activity_id: number | null
}

export type Outcome = (typeof outcomes)[number]

/** Staff see those of their reseller. */
const visible = (db: ScopedSql, caller: Caller): Fragment =>
  caller.kind === 'platform' ? db`true` : db`reseller_id = ${caller.resellerId}`

/** As JSON. */
const documents = (db: ScopedSql) => db`
  SELECT id, state, change, filter, preview,
    CASE WHEN state <> 'draft' THEN json_build_object('total', total, 'done', changed + unchanged + refused, 'changed', changed,
      'unchanged', unchanged, 'refused', refused) END AS progress,
    stopped_because, created_by, created_by_email, json_time(created_at) AS created_at,
    applied_by, applied_by_email, json_time(applied_at) AS applied_at, json_time(finished_at) AS finished_at
  FROM change_sets`

export async function findChangeSet(db: ScopedSql, caller: Caller, id: number): Promise<Buffer | undefined> {
  const [row] = await db`SELECT row_to_json(d)::text FROM (${documents(db)} WHERE ${visible(db, caller)} AND id = ${id}) d`.raw()
  return row?.[0] as Buffer | undefined
}

const text = (row: (Buffer | null)[]) => [row[0] as Buffer]
const lastOf = (rows: (Buffer | null)[][]) => {
  const last = rows.at(-1)
  return last && { value: String(last[1]), id: Number(last[1]) }
}

export async function changeSetsAfter(db: ScopedSql, caller: Caller, order: KeysetOrder, position: Position | undefined, limit: number) {
  const ids = db`SELECT id FROM change_sets WHERE ${visible(db, caller)}`
  const rows = await db`
    SELECT row_to_json(d)::text, d.id::text FROM (${rowsAfter(db, ids, order, position, limit)}) page
      JOIN LATERAL (${documents(db)} WHERE change_sets.id = page.id) d ON true ORDER BY page.id DESC`.raw()
  return { rows: rows.map(text), last: lastOf(rows) }
}

/** Returns the results by account, with the account's company if it is visible. */
export async function resultsAfter(
  db: ScopedSql,
  caller: Caller,
  id: number,
  outcome: Outcome | undefined,
  after: number | undefined,
  limit: number,
) {
  const wanted =
    outcome === undefined
      ? db``
      : outcome === 'changed'
        ? db`AND outcome = 'changed'`
        : db`AND outcome <> 'changed' AND outcome = ${outcome}`
  const meanings = JSON.stringify(Object.fromEntries(Object.entries(errorCodes).map(([code, [, meaning]]) => [code, meaning])))
  const rows = await db`
    SELECT row_to_json(d)::text, d.client_id::text FROM (
      SELECT r.client_id, c.company_name AS company, r.outcome, r.code, ${meanings}::jsonb ->> r.code AS message
      FROM (SELECT * FROM change_set_results WHERE ${visible(db, caller)} AND change_set_id = ${id} ${wanted}
        AND client_id > ${after ?? -1} ORDER BY client_id LIMIT ${limit}) r LEFT JOIN clients c ON c.id = r.client_id) d
    ORDER BY d.client_id`.raw()
  return { rows: rows.map(text), last: lastOf(rows) }
}

export async function insertDraft(
  db: ScopedSql,
  caller: Caller,
  { resellerId, ids, filter }: Selection,
  change: Change,
  preview: Preview,
): Promise<number> {
  const row = {
    reseller_id: resellerId,
    change: db.json(change),
    filter: filter && db.json(filter),
    ids,
    preview: db.json(preview),
    created_by: caller.userId,
    created_by_email: caller.email,
  }
  const [made] = await db<{ id: number }[]>`INSERT INTO change_sets ${db(row)} RETURNING id`
  return (made as { id: number }).id
}

const records = (db: ScopedSql) => db`SELECT id, reseller_id, change, filter, ids, state, activity_id FROM change_sets`

/** Locks it. */
export async function lockChangeSet(db: ScopedSql, caller: Caller, id: number): Promise<ChangeSetRecord | undefined> {
  const [row] = await db<ChangeSetRecord[]>`${records(db)} WHERE ${visible(db, caller)} AND id = ${id} FOR NO KEY UPDATE`
  return row
}

/** Locks it if it is being applied, unless somebody else is at it: another server, or a request that stops it. */
export async function takeApplying(db: ScopedSql, id: number): Promise<ChangeSetRecord | undefined> {
  const [row] = await db<ChangeSetRecord[]>`${records(db)} WHERE id = ${id} AND state = 'applying' FOR NO KEY UPDATE SKIP LOCKED`
  return row
}

/** Keeps the ids of the selected accounts, in batches in order of id. Returns how many. */
export async function freeze(db: ScopedSql, caller: Caller, id: number, selection: Selection, size: number): Promise<number> {
  const ids = selection.ids
    ? db`SELECT id FROM unnest(${selection.ids}::bigint[]) AS id`
    : db`SELECT id FROM client_list WHERE ${selected(db, caller, selection)}`
  const [row] = await db<{ total: number }[]>`
    WITH batches AS (INSERT INTO change_set_batches (change_set_id, number, reseller_id, ids)
      SELECT ${id}, number, ${selection.resellerId}, array_agg(id)
      FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / ${size} AS number FROM (${ids}) those) numbered GROUP BY number
      RETURNING cardinality(ids) AS size)
    SELECT coalesce(sum(size), 0)::bigint AS total FROM batches`
  return row?.total ?? 0
}

export async function setApplying(db: ScopedSql, caller: Caller, id: number, activityId: number, total: number | undefined): Promise<void> {
  const { userId, email, clientId, actorId, credential } = caller
  await db`
    UPDATE change_sets SET state = 'applying', stopped_because = NULL, total = coalesce(${total ?? null}::bigint, total),
      applied_by = ${userId}, applied_by_email = ${email}, applied_in = ${clientId}, applied_by_actor = ${actorId},
      applied_with_token = ${credential.type === 'token' ? credential.id : null},
      applied_with_session = ${credential.type === 'session' ? credential.id : null},
      applied_at = coalesce(applied_at, reeve_now()), activity_id = ${activityId}
    WHERE id = ${id}`
}

export async function setStopped(db: ScopedSql, id: number, because: 'requested' | 'access_lost'): Promise<void> {
  await db`UPDATE change_sets SET state = 'stopped', stopped_because = ${because} WHERE id = ${id} AND state = 'applying'`
}

export async function setDone(db: ScopedSql, id: number): Promise<void> {
  await db`UPDATE change_sets SET state = 'done', finished_at = reeve_now() WHERE id = ${id}`
}

/** Takes up to `most` accounts out of the first batch. */
export async function takeAccounts(db: ScopedSql, id: number, most: number): Promise<number[]> {
  const [batch] = await db<{ number: number; ids: number[] }[]>`
    SELECT number, ids FROM change_set_batches WHERE change_set_id = ${id} ORDER BY number LIMIT 1`
  if (!batch) return []
  const { number, ids } = batch
  const ofBatch = db`change_set_id = ${id} AND number = ${number}`
  if (ids.length <= most) await db`DELETE FROM change_set_batches WHERE ${ofBatch}`
  else await db`UPDATE change_set_batches SET ids = ${ids.slice(most)}::bigint[] WHERE ${ofBatch}`
  return ids.slice(0, most)
}

export interface Result {
  id: number
  outcome: Outcome
  code: ErrorCode | null
}

/** Keeps the results and counts them. */
export async function keepResults(
  db: ScopedSql,
  { id, reseller_id, activity_id }: ChangeSetRecord,
  results: readonly Result[],
): Promise<void> {
  await db`
    INSERT INTO change_set_results (change_set_id, client_id, reseller_id, outcome, code, activity_id)
    SELECT ${id}, client_id, ${reseller_id}, outcome, code, ${activity_id}
    FROM unnest(${results.map((one) => one.id)}::bigint[], ${results.map(({ outcome }) => outcome)}::text[],
      ${results.map(({ code }) => code)}::text[]) AS r (client_id, outcome, code)`
  const of = (outcome: Outcome) => results.filter((one) => one.outcome === outcome).length
  await db`
    UPDATE change_sets SET changed = changed + ${of('changed')}, unchanged = unchanged + ${of('unchanged')}, refused = refused + ${of('refused')}
    WHERE id = ${id}`
}

/** The number of a log entry that is yet to be written. */
export async function nextActivityId(db: ScopedSql): Promise<number> {
  const [row] = await db<{ id: number }[]>`SELECT nextval(pg_get_serial_sequence('activity', 'id')) AS id`
  return (row as { id: number }).id
}
