/** The type of a list: what a resource defines about it, so that all lists are read and sent alike. */
import type { ScopedSql } from '../db/scope.ts'
import type { Fragment } from './filters.ts'
import type { IdArray, Slice } from './slices.ts'

/** A row as the database sends it, column by column. */
export type RawRow = readonly Buffer[]

/** The number of rows, and their ids if they are few and had to be found. */
export interface Counted {
  total: number
  ids?: IdArray
}

/** `F` is the context that its documents need besides their rows. */
export interface List<F> {
  /** Whether a response without `limit` is an envelope too; otherwise it is a bare array. */
  alwaysEnvelope: boolean
  /** The filters: what the count depends on besides the tenant. */
  filters: object
  /** Lists that this one consists of, one after the other, if a position within a part is reached faster than one within the whole. */
  parts?: readonly List<F>[]
  /** Whether reading it may cost the database much: only a few such lists are read at once. */
  costly: boolean
  /** Whether a page costs the same at any offset. */
  anyOffset?: boolean
  /** A log: it grows with every request, so caching it is useless, and its envelope names its rows `result`. */
  log?: true
  count(db: ScopedSql): Promise<number>
  /**
   * Returns all rows, if they are few. For lists whose rows must be looked at one by one to be counted: then the page need not look again.
   */
  few?(db: ScopedSql): Promise<Counted | undefined>
  /** Returns the query of the slice's rows, with the columns of `more` after its own. */
  rows(db: ScopedSql, slice: Slice, more: Fragment): Fragment
  /**
   * Whether `rows` of a tenant reads only the read model, which is not subject to row-level security: then a page may be a single
   * statement.
   */
  onReadModel?: boolean
  /** Reads the context of documents, which is the same for all callers of a tenant at one version. */
  context?(db: ScopedSql): Promise<F>
  /** Returns a function that makes the JSON text of a row, in parts. Without it, the row's only column is the text. */
  document?(context: F): (row: RawRow) => Buffer[]
}

export const countOf = async <F>(list: List<F>, db: ScopedSql): Promise<Counted> =>
  (await list.few?.(db)) ?? { total: await list.count(db) }

export const contextOf = async <F>(list: List<F>, db: ScopedSql) => (await list.context?.(db)) as F

export const documentOf = <F>(list: List<F>, context: F): ((row: RawRow) => Buffer[]) =>
  list.document?.(context) ?? (([text]) => [text as Buffer])
