/** Filters of a list. Each is declared once, as a parameter, which documents and parses it, and a condition. */

import type { TOptional, TUnsafe } from 'typebox'
import type { ScopedSql } from '../db/scope.ts'
import type { Query, Row } from '../db/sql.ts'
import { deletedFlag, integer, text } from '../http/parameters.ts'
import type { Caller } from '../lib/caller.ts'

export type Fragment = Query<Row[]>

/** A condition counted by bits (schema/17_counts.sql): rows that have any of these values in the facet, or a whole number in that range. */
export type Facet = { facet: string } & ({ anyOf: string[] } | { atLeast: number } | { below: number })

export interface Filter<T> {
  parameter: TOptional<TUnsafe<T>>
  condition(db: ScopedSql, value: T, caller: Caller): Fragment
  /** The condition as facets that must all hold, if bits can express it. Without it, rows are scanned. */
  facets?(value: T): Facet[]
  /** Rows that match the facets but not the condition, if there can be any. */
  excess?(db: ScopedSql, value: T): Fragment
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds filters with values of every type
export type Filters = Record<string, Filter<any>>

/** The column contains the value, ignoring case. The column holds folded text; `%` and `_` are ordinary characters. */
export const contains = (column: string, description: string): Filter<string> => ({
  parameter: text(description),
  condition: (db, value) => db`${db(column)} LIKE ${containing(db, value)}`,
})

export const containing = (db: ScopedSql, value: string) => db`fold(${`%${value.replace(/[\\%_]/g, '\\$&')}%`})`

export const equals = <T extends string | number | boolean>(column: string, parameter: TOptional<TUnsafe<T>>): Filter<T> => ({
  parameter,
  condition: (db, value) => db`${db(column)} = ${value}`,
  facets: (value) => [{ facet: column, anyOf: [String(value)] }],
})

export const equalsId = (column: string, description: string) => equals(column, integer(description))

/** Filters by the column `deleted`. A value that is neither true nor false selects all rows. */
export const onlyDeleted = (description: string): Filter<boolean | undefined> => ({
  parameter: deletedFlag(description),
  condition: (db, value) => (value === undefined ? db`true` : db`deleted = ${value}`),
  facets: (value) => [{ facet: 'deleted', anyOf: [String(value)] }],
})

/** A column counted by whole numbers from 0 to 2^20 - 1; values beyond are clamped. */
export interface Bucketing<T> {
  column: string
  type: 'double precision' | 'timestamptz'
  numberOf(value: T): number
  /** The smallest value with this number. */
  start(number: number): T
}

const LAST = 2 ** 20 - 1
const wholeNumber = <T>({ numberOf }: Bucketing<T>, value: T) => Math.max(0, Math.min(LAST, Math.floor(numberOf(value))))

export const atLeast = <T extends string | number>(scale: Bucketing<T>, parameter: TOptional<TUnsafe<T>>): Filter<T> => {
  const compared = comparing(scale)
  return {
    parameter,
    condition: (db, value) => compared(db, '>=', value),
    facets: (value) => (wholeNumber(scale, value) === 0 ? [] : [{ facet: scale.column, atLeast: wholeNumber(scale, value) }]),
    excess(db, value) {
      const number = wholeNumber(scale, value)
      const less = compared(db, '<', value)
      return number === 0 ? less : db`${less} AND ${compared(db, '>=', scale.start(number))}`
    },
  }
}

export const atMost = <T extends string | number>(scale: Bucketing<T>, parameter: TOptional<TUnsafe<T>>): Filter<T> => {
  const compared = comparing(scale)
  return {
    parameter,
    condition: (db, value) => compared(db, '<=', value),
    facets: (value) => (wholeNumber(scale, value) === LAST ? [] : [{ facet: scale.column, below: wholeNumber(scale, value) + 1 }]),
    excess(db, value) {
      const number = wholeNumber(scale, value)
      const more = compared(db, '>', value)
      return number === LAST ? more : db`${more} AND ${compared(db, '<', scale.start(number + 1))}`
    },
  }
}

const comparing =
  <T extends string | number>({ column, type }: Bucketing<T>) =>
  (db: ScopedSql, operator: '<' | '<=' | '>=' | '>', value: T): Fragment =>
    db`${db(column)} ${db.unsafe(operator)} ${value}::${db.unsafe(type)}`

/** Returns the query parameters of a table of filters, for a route's schema. */
export function parametersOf<F extends Filters>(filters: F): { [K in keyof F]: F[K]['parameter'] } {
  return Object.fromEntries(Object.entries(filters).map(([name, filter]) => [name, filter.parameter])) as never
}

/** Returns `first AND …` with the condition of every filter that has a value. */
export function where(db: ScopedSql, first: Fragment, filters: Filters, values: Record<string, unknown>, caller: Caller): Fragment {
  return Object.entries(filters)
    .filter(([name]) => values[name] !== undefined)
    .reduce((all, [name, filter]) => db`${all} AND ${filter.condition(db, values[name], caller)}`, db`${first}`)
}

/** Returns the values of filters as facets, or undefined if bits cannot express one of them. */
export function facetsOf(filters: Filters, values: Record<string, unknown>): Facet[] | undefined {
  const facets: Facet[] = []
  for (const [name, filter] of Object.entries(filters)) {
    if (values[name] === undefined) continue
    if (!filter.facets) return undefined
    facets.push(...filter.facets(values[name]))
  }
  return facets
}

/** Whether the facets of these values hold for the matching rows and no others. */
export const isExact = (filters: Filters, values: Record<string, unknown>): boolean =>
  Object.entries(filters).every(([name, { excess }]) => values[name] === undefined || !excess)
