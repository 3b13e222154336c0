/** Looks now and then whether the rows in view, or how many there are, have changed on the server; the rows themselves stay as they are. */
import { useEffect, useState } from 'react'
import { PAGE, type Rows, type Source } from './useRows.ts'

const EVERY = 30_000

/** @returns how many changes there are that the reader does not see */
export function useChanges<Row>(source: Source<Row>, rows: Rows<Row>, first: number, id: (row: Row) => number): number {
  const [found, setFound] = useState({ key: '', changes: 0 })
  const page = Math.floor(first / PAGE)
  const key = JSON.stringify([source.key, page])
  const { count } = rows
  useEffect(() => {
    if (count === undefined || rows.isStale) return
    const controller = new AbortController()
    const look = async () => {
      if (document.visibilityState !== 'visible') return
      const now = await source.fetch({ limit: PAGE, offset: page * PAGE }, controller.signal).catch(() => undefined)
      if (!now) return
      const shown = new Map<number, string>()
      for (let index = page * PAGE; index < (page + 1) * PAGE; index++) {
        const row = rows.at(index)
        if (row !== undefined) shown.set(id(row), JSON.stringify(row))
      }
      if (shown.size === 0) return
      const changed = now.rows.filter((row) => (shown.get(id(row)) ?? JSON.stringify(row)) !== JSON.stringify(row)).length
      setFound({ key, changes: changed + Math.abs(now.count - count) })
    }
    const timer = setInterval(look, EVERY)
    return () => {
      clearInterval(timer)
      controller.abort()
    }
  })
  return found.key === key ? found.changes : 0
}
