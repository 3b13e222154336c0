/** SQL of presets. Row-level security shows a caller its own and those shared in its reseller. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller } from '../../lib/caller.ts'
import type { ConsoleList, NewPreset, Preset, PresetFields } from './presets.schema.ts'

type Shown = Static<typeof Preset>

const columns = (db: ScopedSql, { userId }: Caller) => db`p.id, p.list, p.name, p.query, p.columns, p.shared,
  coalesce((SELECT f.settings #>> ARRAY['lists', p.list, 'preset'] = p.id::text FROM preferences f WHERE f.user_id = ${userId}), false)
    AS is_default,
  (SELECT row_to_json(o) FROM (SELECT u.id, u.name) o) AS owner, json_time(p.created_at) AS created_at, json_time(p.updated_at) AS updated_at`

const visible = (db: ScopedSql, { userId, resellerId }: Caller) =>
  db`p.reseller_id = ${resellerId} AND (p.owner_id = ${userId} OR p.shared)`

/** Returns up to `limit` presets after the one with this id, in order of id. */
export async function presetsAfter(db: ScopedSql, caller: Caller, list: ConsoleList | undefined, id: number, limit: number) {
  const ofList = list === undefined ? db`` : db`AND p.list = ${list}`
  const rows = await db`
    SELECT d.id::text, row_to_json(d)::text FROM (
      SELECT ${columns(db, caller)} FROM presets p JOIN users u ON u.id = p.owner_id
      WHERE ${visible(db, caller)} AND p.id > ${id} ${ofList} ORDER BY p.id LIMIT ${limit}) d`.raw()
  return rows.map(([id, document]) => ({ id: Number(id), value: String(id), document: document as Buffer }))
}

export async function findPreset(db: ScopedSql, caller: Caller, id: number): Promise<Shown | undefined> {
  const [row] = await db<Shown[]>`
    SELECT ${columns(db, caller)} FROM presets p JOIN users u ON u.id = p.owner_id WHERE ${visible(db, caller)} AND p.id = ${id}`
  return row
}

/** Locks the preset. Returns undefined if the caller does not see it. */
export async function lockPreset(db: ScopedSql, caller: Caller, id: number): Promise<{ owner_id: number } | undefined> {
  const [row] = await db<{ owner_id: number }[]>`
    SELECT p.owner_id FROM presets p WHERE ${visible(db, caller)} AND p.id = ${id} FOR NO KEY UPDATE`
  return row
}

/** Counts the caller's own presets. Locks the caller, so that concurrent calls count one after the other. */
export async function countOwn(db: ScopedSql, { userId }: Caller): Promise<number> {
  await db`SELECT FROM users WHERE id = ${userId} FOR NO KEY UPDATE`
  const [row] = await db<{ count: number }[]>`SELECT count(*) FROM presets WHERE owner_id = ${userId}`
  return row?.count ?? 0
}

/** Returns the id. Violates presets_name_is_unique if the caller has one of this name for the list. */
export async function insertPreset(db: ScopedSql, caller: Caller, preset: Static<typeof NewPreset>): Promise<number> {
  const { list, name, query, columns = null, shared = false } = preset
  const row = { reseller_id: caller.resellerId, owner_id: caller.userId, list, name, query, columns, shared }
  const [made] = await db<{ id: number }[]>`INSERT INTO presets ${db(row)} RETURNING id`
  return (made as { id: number }).id
}

/** Violates presets_name_is_unique likewise. */
export async function updatePreset(db: ScopedSql, id: number, fields: PresetFields): Promise<void> {
  if (Object.keys(fields).length > 0) await db`UPDATE presets SET ${db(fields)}, updated_at = reeve_now() WHERE id = ${id}`
}

export async function deletePreset(db: ScopedSql, id: number): Promise<void> {
  await db`DELETE FROM presets WHERE id = ${id}`
}

/** Returns the lists of those of these presets that the caller sees, by id. */
export async function listsOf(db: ScopedSql, caller: Caller, ids: number[]): Promise<ReadonlyMap<number, string>> {
  const rows = await db<{ id: number; list: string }[]>`
    SELECT p.id, p.list FROM presets p WHERE ${visible(db, caller)} AND p.id = ANY (${ids}::bigint[])`
  return new Map(rows.map(({ id, list }) => [id, list]))
}
