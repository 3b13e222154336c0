/** Callers are cached for half a second: a change to them takes effect at once in this process, and soon in others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAuthenticate } from '../src/http/authenticate.ts'
import { ApiError } from '../src/http/errors.ts'
import { machineClock } from '../src/lib/clock.ts'
import { openWorld } from './harness.ts'
import { until } from './until.ts'

const { database, keys, shown } = await openWorld()
const { system } = database
const used: number[] = []
const [own] = shown.clients
assert.ok(own)
const [id = ''] = own.token.split('_')
const header = `APIKey ${own.token}`

const here = createAuthenticate(system, keys, machineClock, (token) => used.push(token), 60_000)
const elsewhere = createAuthenticate(system, keys, machineClock, () => {})
const revoke = (deleted: boolean) => system`UPDATE api_tokens SET deleted_at = ${deleted ? new Date() : null} WHERE id = ${id}`
const refused = (error: unknown) => error instanceof ApiError && error.status === 401

test('a caller is cached, and every use of the token is noted', async () => {
  const first = await here(header)
  assert.equal(await here(header), first, 'the second request must not ask the database')
  assert.deepEqual(used, [Number(id), Number(id)])
})

test('a wrong secret is not mistaken for the cached one', async () => {
  await assert.rejects(here(`${header}0`), refused)
  await assert.rejects(here(`APIKey ${id}_${'0'.repeat(64)}`), refused)
})

test('a change made here holds for the next request', async () => {
  await here(header)
  await revoke(true)
  here.forget()
  await assert.rejects(here(header), refused)
  await revoke(false)
})

test('a look-up that was under way during a change is not cached', async () => {
  const asked = here(header)
  here.forget()
  const caller = await asked
  assert.notEqual(await here(header), caller, 'it may have read what was before the change')
})

test('a change made elsewhere holds soon', async () => {
  await elsewhere(header)
  await revoke(true)
  await until('the cached caller is looked up again', async () => refused(await elsewhere(header).catch((error) => error)))
  await revoke(false)
})

test('a token that expires is not cached beyond its end', async () => {
  here.forget()
  await system`UPDATE api_tokens SET exp_date = now() + interval '2 s' WHERE id = ${id}`
  await here(header)
  await delay(2100)
  await assert.rejects(here(header), refused, 'cache a caller no longer than its credential lives')
})
