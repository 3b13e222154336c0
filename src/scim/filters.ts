/** Filters (RFC 7644, 3.4.2.2) as SQL. Every attribute that can be filtered by is a column: what is not is refused, never passed over. */
import { type Compare, type Filter, parse } from 'scim2-parse-filter'
import type { ScopedSql } from '../db/scope.ts'
import type { Fragment } from '../lists/filters.ts'
import { canonicalPath } from './attributes.ts'
import { refuse } from './messages.ts'

/** `text` is compared without case by its folded value, `exact` as it stands. */
export interface Column {
  kind: 'text' | 'exact' | 'boolean' | 'time' | 'number'
  sql: Fragment
}

export interface Filterable {
  /** By canonical path, such as `name.givenName`. */
  columns: Record<string, Column>
  /** The condition that some member, or email, is this: by canonical path. */
  lists?: Record<string, (value: string) => Fragment>
}

const LONGEST = 4000
/** A filter may be an `or` of many, but not a way to keep the database busy. */
const MOST = 100

/**
 * A comparison with what has no value is null, which selects nothing: without coalesce(), an equality finds its index.
 * @throws 400 naming what is wrong with the filter
 */
export function filterSql(db: ScopedSql, text: string | undefined, of: Filterable): Fragment {
  if (text === undefined || text.trim() === '') return db`true`
  if (text.length > LONGEST) throw refuse.filter(`A filter has at most ${LONGEST} characters.`)
  let filter: Filter
  try {
    filter = parse(text)
  } catch (error) {
    throw refuse.filter(`The filter cannot be read: ${(error as Error).message.slice(0, 200)}.`)
  }
  let count = 0
  return write(filter, '')

  function write(filter: Filter, prefix: string): Fragment {
    if (++count > MOST) throw refuse.filter(`A filter has at most ${MOST} conditions.`)
    switch (filter.op) {
      case 'and':
      case 'or': {
        const parts = (filter as { filters: Filter[] }).filters.map((one) => write(one, prefix))
        return parts.reduce((all, one) => (filter.op === 'and' ? db`(${all} AND ${one})` : db`(${all} OR ${one})`))
      }
      case 'not':
        return db`NOT coalesce(${write((filter as { filter: Filter }).filter, prefix)}, false)`
      case '[]': {
        const { attrPath, valFilter } = filter as { attrPath: string; valFilter: Filter }
        return write(valFilter, `${attrPath}.`)
      }
      default:
        return condition(filter as Compare, canonicalPath(prefix + (filter as Compare).attrPath))
    }
  }

  function condition({ op, compValue }: Compare | { op: 'pr'; compValue?: undefined }, path: string): Fragment {
    // We keep one address, which is the work one and the primary one.
    if (path === 'emails.type') return (compValue === 'work') === (op === 'eq') ? db`true` : db`false`
    if (path === 'emails.primary') return (compValue === true) === (op === 'eq') ? db`true` : db`false`
    const list = of.lists?.[path]
    if (list && op === 'eq' && typeof compValue === 'string') return list(compValue)
    const column = of.columns[path]
    if (!column) throw refuse.filter(`There is no filter by "${path}". Filter by: ${Object.keys(of.columns).join(', ')}.`)
    const { sql, kind } = column
    if (op === 'pr') return kind === 'text' || kind === 'exact' ? db`${sql} <> ''` : db`${sql} IS NOT NULL`
    if (compValue === null) {
      if (op === 'eq' || op === 'ne') return op === 'eq' ? db`${sql} IS NULL` : db`${sql} IS NOT NULL`
      throw refuse.filter(`"${op}" does not compare with null.`)
    }
    if (kind === 'boolean' && op !== 'eq' && op !== 'ne') throw refuse.filter(`"${op}" does not compare "${path}".`)
    const value = comparable(column, path, compValue)
    switch (op) {
      case 'eq':
        return db`${sql} = ${value}`
      case 'ne':
        return db`${sql} IS DISTINCT FROM ${value}`
      case 'gt':
        return db`${sql} > ${value}`
      case 'ge':
        return db`${sql} >= ${value}`
      case 'lt':
        return db`${sql} < ${value}`
      case 'le':
        return db`${sql} <= ${value}`
    }
    if (kind !== 'text' && kind !== 'exact') throw refuse.filter(`"${op}" does not compare "${path}".`)
    if (op === 'co') return db`position(${value} IN ${sql}) > 0`
    if (op === 'sw') return db`starts_with(${sql}, ${value})`
    if (op === 'ew') return db`right(${sql}, length(${value})) = ${value}`
    throw refuse.filter(`There is no operator "${op}".`)
  }

  function comparable({ kind }: Column, path: string, value: string | number | boolean | undefined): Fragment {
    if (kind === 'boolean') {
      const said = String(value).toLowerCase()
      if (said !== 'true' && said !== 'false') throw refuse.filter(`"${path}" is true or false.`)
      return db`${said === 'true'}`
    }
    if (kind === 'number') {
      // What is no id is the id of nobody.
      const id = Number(value)
      return db`${Number.isSafeInteger(id) && id >= 0 ? id : -1}::bigint`
    }
    if (typeof value !== 'string' || value.includes('\0')) throw refuse.filter(`"${path}" is compared with a text in quotes.`)
    if (kind !== 'time') return kind === 'text' ? db`fold(${value}::text)` : db`${value}::text`
    if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(value) || Number.isNaN(Date.parse(value)))
      throw refuse.filter(`"${path}" is compared with a time such as "2026-01-31T12:00:00Z".`)
    return db`${new Date(value)}`
  }
}
