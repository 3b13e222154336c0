/**
 * Keyset pagination: a cursor names the last row returned, and the next page starts right after it, at the same cost anywhere in the list.
 */
import { type TSchema, Type } from 'typebox'
import type { ScopedSql } from '../db/scope.ts'
import { errors } from '../http/errors.ts'
import { isText, ParameterError, parameter } from '../http/parameters.ts'
import { nullable } from '../http/schema.ts'
import type { Fragment } from './filters.ts'

/** Orders by one column, ties by id, nulls last. */
export interface KeysetOrder {
  column: string
  descending: boolean
}

/** Where a page ended: its order, the column's value as text, and the id. */
export interface Position extends KeysetOrder {
  value: string | null
  id: number
}

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

export const cursorParameters = {
  limit: parameter<number>(
    { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, description: 'Largest number of results.' },
    (value) => {
      if (!/^\d{1,4}$/.test(value) || Number(value) < 1 || Number(value) > MAX_LIMIT)
        throw new ParameterError(`Must be from 1 to ${MAX_LIMIT}.`)
      return Number(value)
    },
  ),
  cursor: parameter<Position>({ type: 'string', description: '`next_cursor` of the previous page; absent for the first.' }, (value) => {
    try {
      const [column, descending, at, id] = JSON.parse(Buffer.from(value, 'base64url').toString())
      if (
        typeof column === 'string' &&
        typeof descending === 'boolean' &&
        (at === null || (typeof at === 'string' && isText(at))) &&
        Number.isSafeInteger(id)
      )
        return { column, descending, value: at, id }
    } catch {}
    throw new ParameterError('This is not a valid cursor.')
  }),
}

export const cursorPage = <T extends TSchema>(title: string, items: T) =>
  Type.Object(
    { results: Type.Array(items), next_cursor: nullable(Type.String({ description: 'Cursor of the next page, null on the last.' })) },
    { title },
  )

/** @throws 400 for a cursor of another order, in which its row has no position */
export function positionIn(order: KeysetOrder, cursor: Position | undefined): Position | undefined {
  if (cursor && (cursor.column !== order.column || cursor.descending !== order.descending))
    throw errors.invalid({ cursor: ['This cursor belongs to another order.'] })
  if (cursor?.column === 'created_at' && !isInstant(cursor.value ?? '')) throw errors.invalid({ cursor: ['This is not a valid cursor.'] })
  return cursor
}

/** Returns whether this is a timestamptz in UTC as PostgreSQL prints it. */
const isInstant = (text: string) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/.test(text) && !Number.isNaN(Date.parse(text))

/**
 * Returns a query of the next `limit` rows after `position`, in order. `rows` is a query of `id` and of the order's column as `value`,
 * without ORDER BY, to which AND can be appended. Each part is a range scan of one index.
 */
export function rowsAfter(
  db: ScopedSql,
  rows: Fragment,
  { column, descending }: KeysetOrder,
  position: Position | undefined,
  limit: number,
): Fragment {
  const direction = descending ? db`DESC` : db`ASC`
  const cut = column === 'id' ? db`ORDER BY id ${direction} LIMIT ${limit}` : db`ORDER BY value ${direction} NULLS LAST, id LIMIT ${limit}`
  if (!position) return db`${rows} ${cut}`
  const { value, id } = position
  const [beyond, from] = descending ? [db`<`, db`<=`] : [db`>`, db`>=`]
  if (column === 'id') return db`${rows} AND id ${beyond} ${id} ${cut}`
  const nulls = db`${rows} AND ${db(column)} IS NULL`
  if (value === null) return db`${nulls} AND id > ${id} ${cut}`
  const valued = db`${rows} AND ${db(column)} ${from} ${value} AND (${db(column)} ${beyond} ${value} OR id > ${id})`
  return db`SELECT * FROM ((${valued} ${cut}) UNION ALL (${nulls} ${cut})) parts ${cut}`
}

/** Returns the text of a page. A page that is not full is the last one. */
export function cursorText(
  results: Buffer[][],
  order: KeysetOrder,
  limit: number,
  last: { value: string | null; id: number } | undefined,
): Buffer {
  const next = last && results.length === limit ? JSON.stringify([order.column, order.descending, last.value, last.id]) : undefined
  const cursor = next === undefined ? 'null' : `"${Buffer.from(next).toString('base64url')}"`
  const joined = results.flatMap((row, n) => (n === 0 ? row : [Buffer.from(','), ...row]))
  return Buffer.concat([Buffer.from('{"results":['), ...joined, Buffer.from(`],"next_cursor":${cursor}}`)])
}
