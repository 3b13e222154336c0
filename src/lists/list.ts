/** What a list is: the questions that a resource answers about it, so that all lists are read and sent alike. */
import type { ScopedSql } from '../db/scope.ts'
import type { Fragment } from './filters.ts'
import type { Slice } from './slices.ts'

/** A row as the database sends it, column by column. */
export type RawRow = readonly Buffer[]

/** `F` is what its documents need beside the rows. */
export interface List<F> {
  /** Whether an answer without `limit` is an envelope too; else it is a bare array. */
  alwaysEnvelope: boolean
  /** What the count depends on, beside the tenant: the filters. */
  filters: object
  /** Lists that make up this one, one behind the other, where each is reached sooner than its part of the whole. */
  parts?: readonly List<F>[]
  /** Whether reading it may take the database long: such lists run a few at a time. */
  costly: boolean
  /** A log: it grows with every request, so that nothing of it is worth remembering, and its envelope says `result`. */
  log?: true
  count(db: ScopedSql): Promise<number>
  /** The query of the slice's rows; the columns of `more` come behind its own. */
  rows(db: ScopedSql, slice: Slice, more: Fragment): Fragment
  /** Whether `rows` of a tenant reads the read model alone, which stands outside row-level security: then a page may be one statement. */
  onReadModel?: boolean
  /** What documents need beside their rows, and is the same for all callers of a tenant while its version is. */
  facts?(db: ScopedSql): Promise<F>
  /** What makes the JSON text of a row, in parts. Else the row's one column is the text. */
  document?(facts: F): (row: RawRow) => Buffer[]
}

export const factsOf = async <F>(list: List<F>, db: ScopedSql) => (await list.facts?.(db)) as F

export const documentOf = <F>(list: List<F>, facts: F): ((row: RawRow) => Buffer[]) =>
  list.document?.(facts) ?? (([text]) => [text as Buffer])
