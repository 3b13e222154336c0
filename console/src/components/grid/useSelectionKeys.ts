/** Selecting one row, the rows in view, a range that may reach over rows not loaded, or all that match. */
import { useLingui } from '@lingui/react/macro'
import { useRef } from 'react'
import { explain } from '../../lib/explain.ts'
import { number } from '../../lib/format.ts'
import { toast } from '../../lib/toast.ts'
import type { List } from './definition.ts'
import type { Rows, Source } from './useRows.ts'
import type { Scrolling } from './useScroll.ts'
import { MOST_IDS, type Selection } from './useSelection.ts'

interface Given<Row> {
  list: List<Row>
  source: Source<Row>
  rows: Rows<Row>
  selection: Selection
  scroll: Scrolling
  active: number
  setActive(index: number): void
}

/** Rows that are asked for at once. */
const CHUNK = 1000

export function useSelectionKeys<Row>({ list, source, rows, selection, scroll, active, setActive }: Given<Row>) {
  const { t } = useLingui()
  const anchor = useRef<number>(undefined)
  const inView = () => {
    const { first, last } = scroll.window
    return Array.from({ length: last - first + 1 }, (_, index) => rows.at(first + index)).flatMap((row) =>
      row === undefined ? [] : [list.id(row)],
    )
  }
  async function idsBetween(from: number, to: number): Promise<number[]> {
    const ids: number[] = []
    for (let index = from; index <= to; index++) {
      const row = rows.at(index)
      if (row === undefined) break
      ids.push(list.id(row))
    }
    for (let offset = from + ids.length; offset <= to; offset += CHUNK) {
      const { rows: more } = await source.fetch({ limit: Math.min(CHUNK, to - offset + 1), offset })
      ids.push(...more.map((row) => list.id(row)))
    }
    return ids
  }
  return {
    async toggle(index: number, isRange: boolean) {
      const row = rows.at(index)
      const from = anchor.current
      anchor.current = index
      setActive(index)
      if (isRange && from !== undefined && from !== index) {
        if (Math.abs(from - index) >= MOST_IDS)
          return toast(t`A range can have ${number(MOST_IDS)} rows. Filter the list and select all that match.`, { kind: 'failed' })
        try {
          selection.set(await idsBetween(Math.min(from, index), Math.max(from, index)), true)
        } catch (error) {
          toast(explain(error), { kind: 'failed' })
        }
      } else if (row !== undefined) selection.set([list.id(row)], !selection.has(list.id(row)))
    },
    /** The rows in view; or none if they are selected. */
    page() {
      const ids = inView()
      selection.set(ids, !ids.every(selection.has))
    },
    /** First the rows in view, then all that match. */
    more() {
      const ids = inView()
      if (ids.every(selection.has)) selection.all()
      else selection.set(ids, true)
      anchor.current = active
    },
  }
}
