import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Busy, createKeyedSemaphore, createSemaphore, type Owner, type SemaphoreOptions, sharesOf } from './semaphore.ts'

const owner = (tenant: number, caller = 0): Owner => ({ tenant, caller })
let made = 0
const semaphore = (options: Partial<SemaphoreOptions>) =>
  createSemaphore({ name: `test ${made++}`, permits: 1, queue: 100, timeout: 5000, ...options })

/** Asks for all of them while the only permit is held, and answers in which order they had it. */
async function order(wanted: [Owner, 'first'?][], options: Partial<SemaphoreOptions> = {}) {
  const tasks = semaphore(options)
  const hold = await tasks.acquire(owner(-1))
  const had: string[] = []
  const all = wanted.map(([one, first]) =>
    tasks.run(one, async () => had.push(`${one.tenant}${one.caller || ''}${first ? '!' : ''}`), { first: first === 'first' }),
  )
  hold()
  await Promise.all(all)
  return had.join(' ')
}

test('tenants take turns however many of one wait, and so do the callers of each', async () => {
  assert.equal(await order([[owner(1)], [owner(1)], [owner(1)], [owner(2)], [owner(2)], [owner(3)]]), '1 2 3 1 2 1')
  assert.equal(await order([[owner(1, 1)], [owner(1, 1)], [owner(1, 2)], [owner(2, 3)]]), '11 23 12 11')
})

test('one that comes later waits one turn of each other tenant', async () => {
  const tasks = semaphore({})
  const had: number[] = []
  const ask = (tenant: number) => tasks.run(owner(tenant), async () => void had.push(tenant))
  const hold = await tasks.acquire(owner(1))
  const flood = Array.from({ length: 5 }, () => ask(1))
  const late = tasks.run(owner(2), async () => void had.push(2)).then(() => ask(2))
  hold()
  await Promise.all([...flood, late])
  assert.deepEqual(had, [2, 1, 2, 1, 1, 1, 1])
})

test('what comes first comes first, but leaves every eighth permit', async () => {
  const first = Array.from({ length: 20 }, (_, n): [Owner, 'first'] => [owner(n), 'first'])
  const had = (await order([[owner(30)], [owner(31)], ...first])).split(' ')
  const rest = had.flatMap((one, at) => (one.endsWith('!') ? [] : [at]))
  assert.deepEqual(rest, [6, 14])
})

test('no tenant holds more permits than it may, and no caller', async () => {
  const tasks = semaphore(sharesOf({ permits: 8, queue: 100 }))
  const held: string[] = []
  const ask = (one: Owner) => {
    tasks.acquire(one).then(
      () => held.push(`${one.tenant}${one.caller}`),
      () => {}, // after the test
    )
  }
  for (let n = 0; n < 8; n++) for (const caller of [1, 2, 3]) ask(owner(1, caller))
  await new Promise(setImmediate)
  assert.deepEqual(held.toSorted(), ['11', '11', '12', '13'])
  for (let n = 0; n < 8; n++) ask(owner(2, 4))
  await new Promise(setImmediate)
  assert.deepEqual(held.slice(4), ['24', '24'], 'others are not stopped by those who wait')
})

test('Busy for more than may wait, of one caller, one tenant and all; what comes first has a queue of its own', async () => {
  const tasks = semaphore({ queue: 4, tenant: { queue: 3 }, caller: { queue: 2 } })
  const hold = await tasks.acquire(owner(9))
  const waiting = [owner(1, 1), owner(1, 1)].map((one) => tasks.acquire(one))
  await assert.rejects(tasks.acquire(owner(1, 1)), Busy)
  waiting.push(tasks.acquire(owner(1, 2)))
  await assert.rejects(tasks.acquire(owner(1, 3)), Busy)
  waiting.push(tasks.acquire(owner(2)))
  await assert.rejects(tasks.acquire(owner(3)), Busy)
  waiting.push(tasks.acquire(owner(3), { first: true }))
  hold()
  hold() // a second time gives no second permit
  let had = 0
  await Promise.all(
    waiting.map((one) =>
      one.then((release) => {
        had++
        setImmediate(release)
      }),
    ),
  )
  assert.equal(had, 5)
  assert.ok(await tasks.acquire(owner(4)), 'all permits came back')
})

test('Busy after waiting too long, and whoever waits behind is not stopped', async () => {
  const tasks = semaphore({ timeout: 20 })
  const hold = await tasks.acquire(owner(1))
  await assert.rejects(tasks.acquire(owner(2)), Busy)
  const next = tasks.run(owner(3), async () => 'done')
  hold()
  assert.equal(await next, 'done')
  await assert.rejects(
    tasks.run(owner(1), () => Promise.reject(new Error('its own'))),
    /its own/,
  )
  assert.equal(await tasks.run(owner(1), async () => 'again'), 'again')
})

test('whoever leaves waits no more, and makes room', async () => {
  const tasks = semaphore({ queue: 1 })
  const hold = await tasks.acquire(owner(1))
  const leaving = new AbortController()
  const left = assert.rejects(tasks.acquire(owner(2), { signal: leaving.signal }), Busy)
  leaving.abort()
  await left
  const next = tasks.run(owner(3), async () => 'done')
  hold()
  assert.equal(await next, 'done')
})

test('one at a time for each key', async () => {
  const keyed = createKeyedSemaphore({ name: `test ${made++}`, queue: 1, timeout: 1000 })
  const [a, b] = await Promise.all([keyed.acquire('a'), keyed.acquire('b')])
  const second = keyed.acquire('a')
  await assert.rejects(keyed.acquire('a'), Busy)
  a()
  ;(await second)()
  b()
})
