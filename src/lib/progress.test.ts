/** Progress is rewritten in place on a terminal, seldom a line elsewhere, with what is left by what the step took so far. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressLine } from './progress.ts'

function shown(isTTY: boolean) {
  let time = 0
  const written: string[] = []
  const line = progressLine({ isTTY, write: (text) => written.push(text) }, () => time)
  const at = (seconds: number, step: string, done: number, total: number) => {
    time = seconds * 1000
    line.show(step, done, total)
  }
  return { at, written, line }
}

test('on a terminal one line says step, percent and what is left', () => {
  const { at, written, line } = shown(true)
  at(0, 'clients', 0, 1000)
  at(0.1, 'clients', 10, 1000)
  at(4, 'clients', 400, 1000)
  at(100, 'clients', 500, 1_000_000)
  at(101, 'bits', 0, 1)
  at(102, 'bits', 1, 1)
  line.end()
  assert.deepEqual(
    written.map((text) => text.replace('\r\x1b[K', '')),
    ['clients: 40 %, about 6 s left', 'clients: 0 %, about 3332 min left', 'bits: 0 %', 'bits: 100 %', ''],
  )
  assert.ok(written.every((text) => text.startsWith('\r\x1b[K')))
})

test('elsewhere there is a line every ten seconds', () => {
  const { at, written, line } = shown(false)
  for (let second = 0; second <= 30; second++) at(second, 'users', second, 40)
  line.end()
  assert.deepEqual(written, ['users: 25 %, about 30 s left\n', 'users: 50 %, about 20 s left\n', 'users: 75 %, about 10 s left\n'])
})
