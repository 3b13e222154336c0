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
  /** Whether reading it may take the database long: such lists run a few at a time. */
  costly: boolean
  count(db: ScopedSql): Promise<number>
  /** What is the same for all callers of a tenant while its version is. */
  facts(db: ScopedSql): Promise<F>
  /** The query of the slice's rows, for tenants on the read model alone; the columns of `more` come behind its own. */
  rows(db: ScopedSql, slice: Slice, more: Fragment): Fragment
  /** What makes the JSON text of a row, in parts. */
  document(facts: F): (row: RawRow) => Buffer[]
}
