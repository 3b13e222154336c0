/** Keeps the place of a list: which rows are in view, moved by the bar, and by whoever asks for a row. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { barOf, clampTop, type Extent, isNearEnd, moved, type Place, trackOf } from './scroll.ts'

/** Rows that are drawn beyond either edge. */
const OVERSCAN = 8
/** Rows that must be left of those beyond an edge, or others are drawn: a frame that only moves what is drawn is cheap. */
const MARGIN = 2
/** Rows after which their positions are counted anew: px of some millions lose precision. */
const REBASE = 1000
/** How long the thumb must rest until rows are asked for, in ms. */
const REST = 80

export interface Window {
  /** Rows that are drawn, and that are seen. */
  from: number
  to: number
  first: number
  last: number
  /** Row that positions are counted from. */
  base: number
  direction: 1 | -1
}

export interface Scrolling {
  scroller: RefObject<HTMLDivElement | null>
  /** What moves: holds the rows. */
  layer: RefObject<HTMLDivElement | null>
  onScroll(): void
  window: Window
  /** As `window`, but at rest while the thumb is dragged: the rows worth asking for. */
  wanted: Window
  /** Rows that may be drawn at once. */
  pool: number
  track: number
  view: number
  width: number
  /** Puts this row at the top, or at a place taken before. */
  jump(row: number): void
  /** Scrolls as little as shows the row. */
  reveal(row: number): void
  place(): number
  restore(top: number): void
}

export function useScroll(rows: number, rowHeight: number, headHeight: number): Scrolling {
  const scroller = useRef<HTMLDivElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const [{ view, width }, setSize] = useState({ view: 0, width: 0 })
  const place = useRef<Place>({ top: 0, bar: 0 })
  const direction = useRef<1 | -1>(1)
  const extent: Extent = useMemo(() => ({ content: rows * rowHeight + headHeight, view }), [rows, rowHeight, headHeight, view])
  const windowAt = useCallback(
    (top: number) => windowOf(top, extent, rowHeight, headHeight, direction.current),
    [extent, rowHeight, headHeight],
  )
  const [window, setWindow] = useState<Window>(() => windowAt(0))
  const [wanted, setWanted] = useState(window)
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined)
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined)
  const shown = useRef(window)

  /** Moves the layer, and draws other rows before those drawn come to an end; at once if they leave a blank. At rest, those around the view. */
  const draw = useCallback(
    (isEvent: boolean, isResting = !isEvent) => {
      const { top } = place.current
      const next = windowAt(top)
      const before = shown.current
      if (layer.current) layer.current.style.transform = `translateY(${next.base * rowHeight - top}px)`
      if (next.first === before.first && next.to === before.to && next.from === before.from) return
      if (!isResting && covers(before, next)) return
      shown.current = next
      const isBlank = next.first < before.from || next.last > before.to || next.base !== before.base
      if (isEvent && isBlank) flushSync(() => setWindow(next))
      else setWindow(next)
      if (resting.current === undefined) setWanted(next)
    },
    [windowAt, rowHeight],
  )

  const moveBar = useCallback(() => {
    const element = scroller.current
    if (!element) return
    element.scrollTop = barOf(place.current.top, extent)
    place.current.bar = element.scrollTop
  }, [extent])

  const onScroll = useCallback(() => {
    const element = scroller.current
    if (!element || element.scrollTop === place.current.bar) return
    const next = moved(place.current, element.scrollTop, extent)
    direction.current = next.top < place.current.top ? -1 : 1
    place.current = next
    draw(true)
    // The first jump asks for its rows at once, those that follow wait until the thumb rests.
    if (next.jumped) {
      clearTimeout(resting.current)
      resting.current = setTimeout(() => {
        resting.current = undefined
        setWanted(shown.current)
      }, REST)
    }
    if (isNearEnd(place.current, extent)) moveBar()
    clearTimeout(settling.current)
    settling.current = setTimeout(() => {
      moveBar()
      draw(true, true)
    }, 200)
  }, [extent, draw, moveBar])

  const moveTo = useCallback(
    (top: number) => {
      const next = clampTop(top, extent)
      direction.current = next < place.current.top ? -1 : 1
      place.current.top = next
      moveBar()
      draw(false)
    },
    [extent, draw, moveBar],
  )

  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const measure = () => setSize({ view: element.clientHeight, width: element.clientWidth })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  // Another height of the window or of the rows: the same row stays at the top.
  const height = useRef(rowHeight)
  useLayoutEffect(() => {
    const { top } = place.current
    moveTo((top / height.current) * rowHeight)
    height.current = rowHeight
  }, [moveTo, rowHeight])
  useEffect(
    () => () => {
      clearTimeout(resting.current)
      clearTimeout(settling.current)
    },
    [],
  )

  return {
    scroller,
    layer,
    onScroll,
    window,
    wanted,
    pool: Math.ceil(view / rowHeight) + 2 * OVERSCAN + 2,
    track: trackOf(extent.content),
    view,
    width,
    jump: (row) => moveTo(row * rowHeight),
    reveal(row) {
      const { top } = place.current
      const above = row * rowHeight
      const below = above + rowHeight + headHeight - view
      if (above < top) moveTo(above)
      else if (below > top) moveTo(below)
    },
    place: () => place.current.top,
    restore: moveTo,
  }
}

/** Whether the rows drawn reach beyond the view, but where the list ends. */
const covers = (drawn: Window, { first, last, from, to, base }: Window) =>
  drawn.base === base && (first - drawn.from >= MARGIN || drawn.from === from) && (drawn.to - last >= MARGIN || drawn.to === to)

function windowOf(top: number, { content, view }: Extent, rowHeight: number, headHeight: number, direction: 1 | -1): Window {
  const rows = Math.round((content - headHeight) / rowHeight)
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight), rows - 1))
  const last = Math.max(0, Math.min(Math.ceil((top + view - headHeight) / rowHeight) - 1, rows - 1))
  return {
    from: Math.max(0, first - OVERSCAN),
    to: Math.min(rows - 1, last + OVERSCAN),
    first,
    last,
    base: Math.floor(first / REBASE) * REBASE,
    direction,
  }
}
