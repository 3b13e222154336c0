/** Where a page lies in an ordered list: the ORDER BY, LIMIT and OFFSET that reach it with the fewest steps. */
import type { ScopedSql } from '../db/scope.ts'
import type { Fragment } from './filters.ts'

export type Order<Column extends string = string> = readonly { column: Column; descending: boolean }[]

export interface Slice {
  limit: number | undefined
  offset: number
  /** How many rows there are in all, where it is known. */
  total?: number
}

/** Nulls are last both ways. */
export const orderBy = (db: ScopedSql, order: Order): Fragment =>
  keys(db, order, { ascending: db`ASC`, descending: db`DESC`, nulls: db`LAST` })

/** What the index of `orderBy` gives when it is read from its other end. */
const reversed = (db: ScopedSql, order: Order): Fragment => keys(db, order, { ascending: db`DESC`, descending: db`ASC`, nulls: db`FIRST` })

/** An id is never null: to say where its nulls would be keeps PostgreSQL from reading the index of the ids backwards. */
const keys = (db: ScopedSql, order: Order, way: { ascending: Fragment; descending: Fragment; nulls: Fragment }): Fragment =>
  order
    .map(({ column, descending }) => {
      const key = db`${db(column)} ${descending ? way.descending : way.ascending}`
      return column === 'id' ? key : db`${key} NULLS ${way.nulls}`
    })
    .reduce((all, key) => db`${all}, ${key}`)

/** How a slice is reached: past the middle from the other end of the order. `take` is null for all. */
export function reach({ limit, offset, total }: Slice): { backwards: boolean; skip: number; take: number | null } {
  if (limit === undefined || total === undefined || offset <= total / 2) return { backwards: false, skip: offset, take: limit ?? null }
  const take = Math.max(0, Math.min(limit, total - offset))
  return { backwards: true, skip: Math.max(0, total - offset - take), take }
}

/** What a slice takes of lists that stand one behind the other, each with so many rows: of most of them nothing. */
export function apportion({ limit = Number.POSITIVE_INFINITY, offset }: Slice, totals: readonly number[]): (Slice & { part: number })[] {
  let before = 0
  return totals.flatMap((total, part) => {
    const from = Math.max(0, offset - before)
    const to = Math.min(total, offset + limit - before)
    before += total
    return from < to ? [{ part, offset: from, limit: to - from, total }] : []
  })
}

/** The end of a query whose rows are the slice; those past the middle come in the opposite order. */
export function slice(db: ScopedSql, order: Order, wanted: Slice): Fragment {
  const { backwards, skip, take } = reach(wanted)
  return db`ORDER BY ${(backwards ? reversed : orderBy)(db, order)} LIMIT ${take} OFFSET ${skip}`
}
