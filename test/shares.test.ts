/** What one tenant asks for in masses keeps others waiting no longer than their turn. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { shownBy } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const the = shownBy(t)

const newClient = (name: string) => ({ email: `${name}@flood.example`, password: 'Kv7-plenty-of-wombats', company: name })
const create = (name: string, { authorization } = the('reseller')) =>
  t.ask('POST', '/iam/users', { headers: { authorization }, body: newClient(name) })

test('a sign-in, and a client of another reseller, pass a flood of new users', async () => {
  let made = 0
  const flood = Array.from({ length: 60 }, async (_, n) => {
    const { status } = await create(`flood${n}`)
    if (status === 201) made++
    return status
  })
  const signedIn = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: the('client').email, password: demoPassword } })
  assert.equal(signedIn.status, 200)
  const before = made
  const another = await create('another', the('reseller', 3))
  assert.equal(another.status, 201)
  assert.ok(before <= 8 && made - before <= 8, `${before} were made before the sign-in, ${made - before} before the other one`)
  const statuses = await Promise.all(flood)
  assert.deepEqual([...new Set(statuses)].sort(), [201, 503])
  assert.ok(made >= 5, 'the flood has its share')
})

test('metrics tell of every semaphore how many permits are in use, how many tasks wait, and how many were refused', async () => {
  const { text } = await t.ask('GET', '/metrics')
  for (const name of [
    'password_hashing',
    'costly_lists',
    'streams',
    'stream_batches',
    'uploads',
    'uploads_arriving',
    'test_mails',
    'brand_images',
  ])
    for (const metric of ['permits_in_use', 'waiting', 'refused_total'])
      assert.match(text, new RegExp(`^reeve_semaphore_${metric}\\{semaphore="${name}"\\} \\d+$`, 'm'))
  assert.match(text, /^reeve_semaphore_refused_total\{semaphore="password_hashing"\} [1-9]/m)
})
