/** Filters of a list: each is declared once, as the parameter that documents and reads it and the condition it makes. */

import type { TOptional, TUnsafe } from 'typebox'
import type { ScopedSql } from '../db/scope.ts'
import type { Query, Row } from '../db/sql.ts'
import { deletedFlag, integer, text } from '../http/parameters.ts'
import type { Caller } from '../lib/caller.ts'

export type Fragment = Query<Row[]>

/** What is counted by bits (schema/17_counts.sql): the rows that have any of these values in the facet, or a whole number there in that range. */
export type Facet = { facet: string } & ({ anyOf: string[] } | { atLeast: number } | { below: number })

export interface Filter<T> {
  parameter: TOptional<TUnsafe<T>>
  condition(db: ScopedSql, value: T, caller: Caller): Fragment
  /** The same as facets that must all hold, where bits tell; without it the rows are looked at. */
  facets?(value: T): Facet[]
  /** The rows that the facets hold and the condition does not, where there can be any. */
  excess?(db: ScopedSql, value: T): Fragment
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds filters of every type of value
export type Filters = Record<string, Filter<any>>

/** The value is part of the column, ignoring case. The column holds folded text; `%` and `_` are ordinary characters. */
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

/** By the column `deleted`; a value that is neither true nor false asks for all. */
export const onlyDeleted = (description: string): Filter<boolean | undefined> => ({
  parameter: deletedFlag(description),
  condition: (db, value) => (value === undefined ? db`true` : db`deleted = ${value}`),
  facets: (value) => [{ facet: 'deleted', anyOf: [String(value)] }],
})

/** A column that is counted by whole numbers from 0 to 2^20 - 1; what is beyond counts as the end of that. */
export interface Scale<T> {
  column: string
  type: 'double precision' | 'timestamptz'
  numberOf(value: T): number
  /** The least value that has the number. */
  start(number: number): T
}

const LAST = 2 ** 20 - 1
const wholeNumber = <T>({ numberOf }: Scale<T>, value: T) => Math.max(0, Math.min(LAST, Math.floor(numberOf(value))))

export const atLeast = <T extends string | number>(scale: Scale<T>, parameter: TOptional<TUnsafe<T>>): Filter<T> => {
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

export const atMost = <T extends string | number>(scale: Scale<T>, parameter: TOptional<TUnsafe<T>>): Filter<T> => {
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
  <T extends string | number>({ column, type }: Scale<T>) =>
  (db: ScopedSql, operator: '<' | '<=' | '>=' | '>', value: T): Fragment =>
    db`${db(column)} ${db.unsafe(operator)} ${value}::${db.unsafe(type)}`

/** The query parameters of a table of filters, for a route's schema. */
export function parametersOf<F extends Filters>(filters: F): { [K in keyof F]: F[K]['parameter'] } {
  return Object.fromEntries(Object.entries(filters).map(([name, filter]) => [name, filter.parameter])) as never
}

/** `first AND …` with the condition of every filter that has a value. */
export function where(db: ScopedSql, first: Fragment, filters: Filters, values: Record<string, unknown>, caller: Caller): Fragment {
  return Object.entries(filters)
    .filter(([name]) => values[name] !== undefined)
    .reduce((all, [name, filter]) => db`${all} AND ${filter.condition(db, values[name], caller)}`, db`${first}`)
}

/** The values of filters as facets, or undefined where bits do not tell of one of them. */
export function facetsOf(filters: Filters, values: Record<string, unknown>): Facet[] | undefined {
  const facets: Facet[] = []
  for (const [name, filter] of Object.entries(filters)) {
    if (values[name] === undefined) continue
    if (!filter.facets) return undefined
    facets.push(...filter.facets(values[name]))
  }
  return facets
}
