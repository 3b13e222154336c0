/** The clock of REEVE_CLOCK, here and in the database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openWorld } from '../../test/harness.ts'
import { openPool } from '../db/pool.ts'
import { createClock, machineClock, readMovedClock } from './clock.ts'

test('REEVE_CLOCK takes an instant, a speed or both, and nothing else', () => {
  const since = Date.parse('2026-05-01T00:00:00Z')
  const read = (text: string) => readMovedClock(text, since)
  assert.deepEqual(read('x60'), { origin: since, since, rate: 60 })
  assert.deepEqual(read('2026-03-01T12:00:00Z'), { origin: Date.parse('2026-03-01T12:00:00Z'), since, rate: 1 })
  assert.deepEqual(read('2026-03-01 x0.5'), { origin: Date.parse('2026-03-01T00:00:00Z'), since, rate: 0.5 })
  for (const text of ['', 'x', 'x0', 'x-1', '60', '2026-13-01', 'tomorrow', '2026-03-01T12:00:00', 'x1'])
    assert.equal(read(text), undefined, text)
})

test('the database reckons the time as the clock does', async () => {
  const { login } = await openWorld()
  const moved = createClock({ origin: Date.parse('2031-02-03T04:05:06Z'), since: Date.now(), rate: 86_400 })
  for (const clock of [moved, machineClock]) {
    const sql = openPool(login, { max: 1, settings: { 'reeve.clock': clock.setting } })
    const before = clock.now()
    const [row] = await sql`SELECT reeve_now() AS at`
    await delay(2) // the clock here counts whole milliseconds, the database's parts of them
    const after = clock.now()
    await sql.end()
    assert.ok(before <= row?.at && row?.at <= after, `${before.toISOString()} ≤ ${row?.at.toISOString()} ≤ ${after.toISOString()}`)
  }
})
