/**
 * The scrollbar of a list of any length. Browsers cap the height of an element (Firefox at 17.9 million px), which is some 500,000 rows, so
 * the track of a longer list is shorter than its rows. A wheel, a finger or a key moves the rows as far as it moves the bar; the thumb,
 * which jumps, moves them by ratio.
 */

/** Height that every browser gives an element. */
const LONGEST = 8_000_000
/** From either end up to here, bar and rows move alike, so that both arrive together. */
const EXACT = 20_000

/** Heights in px: of all rows, and of what is seen of them. */
export interface Extent {
  content: number
  view: number
}

/** Where the rows are, and where the bar is: scrollTop. */
export interface Place {
  top: number
  bar: number
}

export const trackOf = (content: number) => Math.min(content, LONGEST)
export const lastTop = ({ content, view }: Extent) => Math.max(0, content - view)
export const clampTop = (top: number, extent: Extent) => Math.min(Math.max(0, top), lastTop(extent))

const isScaled = ({ content }: Extent) => content > LONGEST
/** px of rows for a px of the bar, between the exact ends. */
const ratioOf = (extent: Extent) => (lastTop(extent) - 2 * EXACT) / (trackOf(extent.content) - extent.view - 2 * EXACT)

export function barOf(top: number, extent: Extent): number {
  if (!isScaled(extent) || top <= EXACT) return top
  const left = lastTop(extent) - top
  if (left <= EXACT) return trackOf(extent.content) - extent.view - left
  return EXACT + (top - EXACT) / ratioOf(extent)
}

export function topOf(bar: number, extent: Extent): number {
  if (!isScaled(extent) || bar <= EXACT) return bar
  const left = trackOf(extent.content) - extent.view - bar
  if (left <= EXACT) return lastTop(extent) - left
  return EXACT + (bar - EXACT) * ratioOf(extent)
}

/** Returns where the rows are once the bar is at `bar`, and whether the thumb jumped there. */
export function moved(place: Place, bar: number, extent: Extent): Place & { jumped: boolean } {
  const by = bar - place.bar
  const jumped = Math.abs(by) > extent.view
  const top = isScaled(extent) && !jumped ? clampTop(place.top + by, extent) : topOf(bar, extent)
  return { top, bar, jumped }
}

/** Whether the bar should be put where it belongs even while it moves: it is about to hit an end that the rows have not reached. */
export function isNearEnd({ top, bar }: Place, extent: Extent): boolean {
  const margin = 2 * extent.view
  const end = trackOf(extent.content) - extent.view
  return (bar < margin || bar > end - margin) && Math.abs(bar - barOf(top, extent)) > 1
}
