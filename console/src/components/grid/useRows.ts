/**
 * The rows of a long list, by pages of 100 that the server answers with the exact count. Pages in view are asked for, and the next one in
 * the direction of scrolling; a request for a page that has gone by is aborted. Rows of the filter before stay until those of the new come.
 */
import { type QueryClient, useQueries, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Window } from './useScroll.ts'

export const PAGE = 100
/** Pages that are kept. */
const KEPT = 20
/** Rows before the end of what is loaded at which the next page is asked for. */
const AHEAD = 60

export interface Page<Row> {
  count: number
  rows: readonly Row[]
}

export interface Source<Row> {
  /** Identifies the list, its filter and its order. */
  key: readonly (string | number)[]
  fetch(slice: { limit: number; offset: number }, signal?: AbortSignal): Promise<Page<Row>>
}

export interface Rows<Row> {
  /** The source of the rows that are shown: not yet the one asked for if `isStale`. */
  shown: Source<Row>
  isStale: boolean
  /** Undefined before the first answer. */
  count: number | undefined
  error: unknown
  at(index: number): Row | undefined
  /** To be called once the rows of `shown` stand where they are to start. */
  placed(): void
  isPlaced: boolean
  refetch(): Promise<void>
}

const textOf = <Row>({ key }: Source<Row>) => JSON.stringify(key)
const keyOf = <Row>({ key }: Source<Row>, page: number) => [...key, page]

/** Options of the query for a page of the rows. */
export const pageOf = <Row>(source: Source<Row>, page: number) => ({
  queryKey: keyOf(source, page),
  queryFn: ({ signal }: { signal: AbortSignal }) => source.fetch({ limit: PAGE, offset: page * PAGE }, signal),
  // Rows do not change under the reader's eyes: useChanges tells of news.
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
})

export function useRows<Row>(source: Source<Row>, { first, last, direction }: Window, startAt: number): Rows<Row> {
  const queries = useQueryClient()
  const [shown, setShown] = useState(source)
  const [placedFor, setPlacedFor] = useState('')
  const isStale = textOf(shown) !== textOf(source)
  const isPlaced = placedFor === textOf(shown)
  const count = useRef<number>(undefined)
  // A list that is not there yet is asked for its beginning, or for where it is to start.
  const pages =
    isStale || !isPlaced || count.current === undefined ? [Math.floor(startAt / PAGE)] : pagesOf(first, last, direction, count.current)
  const results = useQueries({
    queries: pages.map((page) => pageOf(source, page)),
  })
  if (isStale && results[0]?.data) setShown(source)
  const latest = results.reduce((best, one) => (one.dataUpdatedAt > (best?.dataUpdatedAt ?? 0) ? one : best), results[0])
  if (!isStale && latest?.data) count.current = latest.data.count
  useEffect(() => {
    if (latest?.data) forget(queries, source.key[0])
  })
  return {
    shown,
    isStale,
    count: count.current,
    error: results.find(({ error, data }) => error && !data)?.error,
    at: (index) => queries.getQueryData<Page<Row>>(keyOf(shown, Math.floor(index / PAGE)))?.rows[index % PAGE],
    placed: () => setPlacedFor(textOf(shown)),
    isPlaced,
    refetch: useCallback(() => queries.invalidateQueries({ queryKey: [...source.key] }), [queries, source]),
  }
}

function pagesOf(first: number, last: number, direction: 1 | -1, count: number): number[] {
  const from = Math.floor(Math.max(0, direction < 0 ? first - AHEAD : first) / PAGE)
  const to = Math.floor(Math.max(0, Math.min(direction > 0 ? last + AHEAD : last, count - 1)) / PAGE)
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** Drops the oldest pages that are out of sight. */
function forget(queries: QueryClient, list: string | number | undefined) {
  const cache = queries.getQueryCache()
  const pages = cache.findAll({ queryKey: [list] })
  if (pages.length <= KEPT) return
  const idle = pages.filter((page) => !page.isActive()).sort((a, b) => a.state.dataUpdatedAt - b.state.dataUpdatedAt)
  for (const page of idle.slice(0, pages.length - KEPT)) cache.remove(page)
}
