/** Which rows are selected: some by id, or all that match the filter but some. */
import { useCallback, useMemo, useState } from 'react'
import type { Query, Selected } from './definition.ts'

/** Ids that the server takes at most. */
export const MOST_IDS = 10_000

interface State {
  /** Of which filter. */
  of: string
  all: boolean
  /** Selected, or if `all` left out. */
  ids: ReadonlySet<number>
}
const none: ReadonlySet<number> = new Set()

export interface Selection {
  has(id: number): boolean
  count: number
  isAll: boolean
  set(ids: Iterable<number>, selected: boolean): void
  all(): void
  clear(): void
  /** As the server takes it. */
  value(query: Query): Selected
}

/** @param filter another one clears the selection: rows that are out of sight should not be changed by accident */
export function useSelection(filter: string, total: number): Selection {
  const [kept, setState] = useState<State>({ of: filter, all: false, ids: none })
  const state = useMemo(() => (kept.of === filter ? kept : { of: filter, all: false, ids: none }), [kept, filter])
  const { all, ids } = state
  const set = useCallback(
    (some: Iterable<number>, selected: boolean) =>
      setState((last) => {
        const current = last.of === filter ? last : { of: filter, all: false, ids: none }
        const next = new Set(current.ids)
        for (const id of some) {
          if (selected !== current.all) next.add(id)
          else next.delete(id)
        }
        return next.size > MOST_IDS ? current : { ...current, ids: next }
      }),
    [filter],
  )
  return {
    has: (id) => ids.has(id) !== all,
    count: all ? total - ids.size : ids.size,
    isAll: all,
    set,
    all: useCallback(() => setState({ of: filter, all: true, ids: none }), [filter]),
    clear: useCallback(() => setState({ of: filter, all: false, ids: none }), [filter]),
    value(query) {
      if (!all) return { ids: [...ids] }
      const left = [query.id__in__exclude, ...ids].filter((one) => one !== undefined && one !== '').join(',')
      return { filter: left === '' ? query : { ...query, id__in__exclude: left } }
    },
  }
}
