/** Positions of pages in an ordered list: the ORDER BY, LIMIT and OFFSET that reach a page in the fewest steps. */
import type { ScopedSql } from '../db/scope.ts'
import type { Fragment } from './filters.ts'

export type Order<Column extends string = string> = readonly { column: Column; descending: boolean }[]

export interface Slice {
  limit: number | undefined
  offset: number
  /** The total number of rows, if known. */
  total?: number
  /** The ids of all rows, if known. */
  ids?: IdArray
}

/** From here on, passing over the rows before a page is costly. */
export const FAR_OFFSET = 10_000

/** Ids in PostgreSQL's text form of an array: they are only handed back to it. */
export type IdArray = string

/** Nulls come last in both directions. */
export const orderBy = (db: ScopedSql, order: Order): Fragment =>
  keys(db, order, { ascending: db`ASC`, descending: db`DESC`, nulls: db`LAST` })

/** The order of the index of `orderBy` when scanned backwards. */
const reversed = (db: ScopedSql, order: Order): Fragment => keys(db, order, { ascending: db`DESC`, descending: db`ASC`, nulls: db`FIRST` })

/** An id is never null. NULLS FIRST or LAST would keep PostgreSQL from scanning the index of ids backwards. */
const keys = (db: ScopedSql, order: Order, way: { ascending: Fragment; descending: Fragment; nulls: Fragment }): Fragment =>
  order
    .map(({ column, descending }) => {
      const key = db`${db(column)} ${descending ? way.descending : way.ascending}`
      return column === 'id' ? key : db`${key} NULLS ${way.nulls}`
    })
    .reduce((all, key) => db`${all}, ${key}`)

/** Returns how to reach a slice: past the middle, from the other end of the order. `take` is null for all rows. */
export function limitOffset({ limit, offset, total }: Slice): { backwards: boolean; skip: number; take: number | null } {
  if (limit === undefined || total === undefined || offset <= total / 2) return { backwards: false, skip: offset, take: limit ?? null }
  const take = Math.max(0, Math.min(limit, total - offset))
  return { backwards: true, skip: Math.max(0, total - offset - take), take }
}

/** Splits a slice among consecutive lists with the given totals. Omits lists that it does not cover. */
export function splitSlice({ limit = Number.POSITIVE_INFINITY, offset }: Slice, totals: readonly number[]): (Slice & { part: number })[] {
  let before = 0
  return totals.flatMap((total, part) => {
    const from = Math.max(0, offset - before)
    const to = Math.min(total, offset + limit - before)
    before += total
    return from < to ? [{ part, offset: from, limit: to - from, total }] : []
  })
}

/** Returns the end of a query that selects the slice. Rows past the middle come in reverse order. */
export function slice(db: ScopedSql, order: Order, wanted: Slice): Fragment {
  const { backwards, skip, take } = limitOffset(wanted)
  return db`ORDER BY ${(backwards ? reversed : orderBy)(db, order)} LIMIT ${take} OFFSET ${skip}`
}
