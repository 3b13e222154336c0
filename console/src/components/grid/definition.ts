/** What a list must say about its rows to be shown by the grid. */
import type { ComponentType, ReactNode } from 'react'
import type { Page } from './useRows.ts'

export interface Column<Row> {
  /** As in the export, in presets and in preferences. */
  id: string
  label: string
  /** In px, until the reader chooses another. */
  width: number
  /** Field of `ordering`; without one the list cannot be ordered by it. */
  sort?: string
  /** For numbers. */
  end?: boolean
  cell(row: Row): ReactNode
}

export interface Option {
  value: string
  label: string
}
/** Options that are fixed, or that the server knows. */
export type Options = readonly Option[] | { key: string; load(signal: AbortSignal): Promise<Option[]> }

export type Editor =
  | { kind: 'text'; exact?: boolean }
  | { kind: 'one'; options: Options }
  /** Several values in one parameter, separated by commas. */
  | { kind: 'many'; options: Options; joined: 'any' | 'all' }
  | { kind: 'ids' }
  /** From and to. */
  | { kind: 'numbers'; unit: string }
  | { kind: 'days' }
  /** Up to and with a day. */
  | { kind: 'until' }

export interface Filter {
  id: string
  /** Parameters of the query: two for a range, from and to, else one. */
  params: readonly string[]
  label: string
  /** Filters of one subject stand together. */
  group: string
  editor: Editor
}

export type Query = Record<string, string>

export interface List<Row> {
  /** As the server names it in presets and preferences, and the address of the page. */
  name: 'clients' | 'users'
  /** What the rows are, for screen readers. */
  label: string
  columns: readonly Column<Row>[]
  /** Ids of the columns shown until the reader chooses others. */
  usual: readonly string[]
  filters: readonly Filter[]
  /** Parameters that hold without being chosen. */
  defaults: Query
  /** Parameters of the search box, the first by default, and the one that a text suggests. */
  searches: readonly { param: string; label: string }[]
  searchFor?(text: string): string | undefined
  fetch(query: Query, slice: { limit: number; offset: number }, signal?: AbortSignal): Promise<Page<Row>>
  id(row: Row): number
  nameOf(row: Row): string
  /** Address of the row's own page. */
  address(id: number): string
  /** The row in a narrow window. */
  lines(row: Row): [first: ReactNode, second: ReactNode]
  isDimmed?(row: Row): boolean
  /** What is shown beside the list when a row is clicked. */
  panel?: ComponentType<{ id: number }>
  prefetch?(id: number): void
  /** Columns of the export, by the path that streams it. */
  exports?: { path: string; columns: readonly Option[] }
  /** Texts of an empty list. */
  empty: { title: string; text: string; action?: ReactNode }
  /** Actions on what is selected. */
  actions?: ComponentType<{ select: Selected; count: number; done(): void }>
}

/** The selection as the server takes it. */
export type Selected = { ids: number[] } | { filter: Query }
