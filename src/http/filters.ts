/** Filters of a list: each is declared once, as the parameter that documents and reads it and the condition it makes. */
import type { PendingQuery, Row } from 'postgres'
import type { TOptional, TUnsafe } from 'typebox'
import type { ScopedSql } from '../db/scope.ts'
import type { Caller } from '../lib/caller.ts'
import { deletedFlag, integer, text } from './parameters.ts'

export type Fragment = PendingQuery<Row[]>

/** What is counted by bits: the rows that have any of these values in the facet (migrations/0005_refresh.sql). */
export interface Facet {
  facet: string
  anyOf: string[]
}

export interface Filter<T> {
  parameter: TOptional<TUnsafe<T>>
  condition(db: ScopedSql, value: T, caller: Caller): Fragment
  /** The same as facets that must all hold, where the filter is by exact values. */
  facets?(value: T): Facet[]
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

/** The values of filters as facets, or undefined where one of them is not by exact values. */
export function facetsOf(filters: Filters, values: Record<string, unknown>): Facet[] | undefined {
  const facets: Facet[] = []
  for (const [name, filter] of Object.entries(filters)) {
    if (values[name] === undefined) continue
    if (!filter.facets) return undefined
    facets.push(...filter.facets(values[name]))
  }
  return facets
}
