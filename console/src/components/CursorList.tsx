/** A list that the server answers page by page with a cursor: the first page, and a button for the next. */
import { Trans } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type Answer, api, type Given, type Operation } from '../api/client.ts'
import type { Operations } from '../api/types.ts'
import styles from './CursorList.module.css'
import { DataTable, type Rows } from './DataTable.tsx'
import { ErrorState, RowsSkeleton } from './states.tsx'

/** Operations that answer `{results, next_cursor}`. */
type Walk = {
  [K in Operation]: Operations[K]['response'] extends { results: unknown[]; next_cursor: string | null } ? K : never
}[Operation]
export type RowOf<K extends Walk> = Answer<K> extends { results: (infer Row)[] } ? Row : never

interface Props<K extends Walk> extends Rows<RowOf<K>> {
  operation: K
  /** Without the cursor. */
  given: Given<K>
  /** Shown if there is nothing. */
  empty: ReactNode
}

/** The key of a list's query, to invalidate it after a change. */
export const cursorKey = <K extends Walk>(operation: K, given: Given<K>) => ['walk', operation, given] as const

export function CursorList<K extends Walk>({ operation, given, empty, ...table }: Props<K>) {
  const { data, error, refetch, isPending, isPlaceholderData, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: cursorKey(operation, given),
    queryFn: ({ pageParam, signal }) => {
      const { query } = given as { query?: object }
      const next = { ...given, query: { ...query, ...(pageParam !== undefined && { cursor: pageParam }) } }
      return api(operation, next as unknown as Given<K>, signal) as Promise<{ results: RowOf<K>[]; next_cursor: string | null }>
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData, // while another filter is being read
  })
  if (isPending) return <RowsSkeleton />
  if (error && !data) return <ErrorState error={error} retry={refetch} />
  const rows = data.pages.flatMap(({ results }) => results)
  if (rows.length === 0) return empty
  return (
    <div className={isPlaceholderData ? styles.stale : undefined} aria-busy={isPlaceholderData}>
      <DataTable rows={rows} {...table} />
      {error && <ErrorState error={error} />}
      {hasNextPage && (
        <Button mt="md" variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
          <Trans>Show more</Trans>
        </Button>
      )}
    </div>
  )
}
