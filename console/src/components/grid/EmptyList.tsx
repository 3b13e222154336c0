/** An empty list says which of its filters hides most, for that one can be removed here. */
import { Trans } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { number } from '../../lib/format.ts'
import { EmptyState } from '../states.tsx'
import type { List } from './definition.ts'
import { setFilters, without } from './Filters.tsx'
import type { View } from './useView.ts'
import { inWords, optionsOf, useOptions } from './words.ts'

export function EmptyList<Row>({ list, view: { chosen, query, change } }: { list: List<Row>; view: View }) {
  const set = setFilters(list, chosen)
  const counts = useQueries({
    queries: set.map(({ filter }) => {
      const rest = { ...list.defaults, ...others(query, filter.params) }
      return {
        queryKey: ['count', list.name, rest],
        queryFn: ({ signal }: { signal: AbortSignal }) => list.fetch(rest, { limit: 0, offset: 0 }, signal),
        enabled: set.length > 0,
      }
    }),
  })
  const found = counts.map(({ data }) => data?.count ?? 0)
  const most = Math.max(0, ...found)
  const worst = set[found.indexOf(most)]
  const { options } = useOptions(worst && optionsOf(worst.filter), worst !== undefined)
  if (set.length === 0)
    return (
      <EmptyState title={list.empty.title} text={list.empty.text}>
        {list.empty.action}
      </EmptyState>
    )
  const words = worst ? inWords(worst.filter, worst.values, options) : ''
  const rows = number(most)
  return (
    <EmptyState
      title={<Trans>Nothing matches these filters</Trans>}
      text={
        most > 0 ? (
          <Trans>
            Without <b>{words}</b> there would be {rows}.
          </Trans>
        ) : undefined
      }
    >
      {most > 0 && worst && (
        <Button onClick={() => change(without(worst.filter))}>
          <Trans>Remove this filter</Trans>
        </Button>
      )}
      <Button
        variant="default"
        onClick={() => change(Object.fromEntries(set.flatMap(({ filter }) => filter.params.map((param) => [param, undefined]))))}
      >
        <Trans>Remove all filters</Trans>
      </Button>
    </EmptyState>
  )
}

/** The query but for these parameters. */
const others = (query: Record<string, string>, params: readonly string[]) =>
  Object.fromEntries(Object.entries(query).filter(([name]) => !params.includes(name)))
