/** The arithmetic of the scrollbar: every row can be reached, from both ends, and a wheel moves rows by as much as it turns. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { barOf, isNearEnd, lastTop, moved, topOf, trackOf } from '../src/components/grid/scroll.ts'

const million = { content: 1_000_000 * 36 + 34, view: 700 }
const hundred = { content: 100 * 36 + 34, view: 700 }

test('a short list has the scrollbar of the browser', () => {
  assert.equal(trackOf(hundred.content), hundred.content)
  for (const top of [0, 1, 1000, lastTop(hundred)]) assert.equal(barOf(top, hundred), top)
  assert.deepEqual(moved({ top: 0, bar: 0 }, 2500, hundred), { top: 2500, bar: 2500, jumped: true })
})

test('a long one has a shorter track, and bar and rows start and end together', () => {
  assert.ok(trackOf(million.content) < million.content)
  assert.equal(barOf(0, million), 0)
  assert.equal(barOf(lastTop(million), million), trackOf(million.content) - million.view)
  assert.equal(topOf(0, million), 0)
  assert.equal(topOf(trackOf(million.content) - million.view, million), lastTop(million))
})

test('place and bar are inverse, and grow together', () => {
  let before = -1
  for (let step = 0; step <= 5000; step++) {
    const top = (lastTop(million) * step) / 5000
    const bar = barOf(top, million)
    assert.ok(bar > before, `the bar moves on at ${top}`)
    assert.ok(Math.abs(topOf(bar, million) - top) < 0.01, `the place comes back at ${top}`)
    before = bar
  }
})

test('a wheel moves the rows as far as it turns, wherever they are; a jump moves them by ratio', () => {
  const middle = { top: 18_000_000, bar: barOf(18_000_000, million) }
  assert.equal(moved(middle, middle.bar + 120, million).top, 18_000_120)
  assert.equal(moved(middle, middle.bar - 300, million).top, 17_999_700)
  const far = moved(middle, 1_000_000, million)
  assert.equal(far.jumped, true)
  assert.equal(far.top, topOf(1_000_000, million))
})

test('whoever turns the wheel from anywhere to the first row gets there', () => {
  let place = { top: 300_000, bar: barOf(300_000, million) }
  for (let turns = 0; place.top > 0; turns++) {
    assert.ok(turns < 4000, `still at ${place.top}`)
    place = moved(place, Math.max(0, place.bar - 100), million)
    if (isNearEnd(place, million)) place.bar = barOf(place.top, million)
  }
  assert.equal(place.bar, 0)
})
