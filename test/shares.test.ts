/** What one tenant asks for in masses keeps others waiting no longer than their turn. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { until } from './until.ts'

const t = await openWorld()
const the = shownBy(t)

const newClient = (name: string) => ({ email: `${name}@flood.example`, password: 'Kv7-plenty-of-wombats', company: name })
const create = (name: string, { authorization } = the('reseller')) =>
  t.ask('POST', '/iam/users', { headers: { authorization }, body: newClient(name) })

test('a sign-in, and a client of another reseller, pass a flood of new users', async () => {
  const signIn = () => t.ask('POST', '/iam/auth/jwt/login', { body: { username: the('client').email, password: demoPassword } })
  await signIn() // the first one compiles its schemas and prepares its statements, which is no waiting for a turn
  let made = 0
  const flood = Array.from({ length: 60 }, async (_, n) => {
    const { status } = await create(`flood${n}`)
    if (status === 201) made++
    return status
  })
  const signedIn = await signIn()
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
    'writes',
  ])
    for (const metric of ['permits_in_use', 'waiting', 'refused_total'])
      assert.match(text, new RegExp(`^reeve_semaphore_${metric}\\{semaphore="${name}"\\} \\d+$`, 'm'))
  assert.match(text, /^reeve_semaphore_refused_total\{semaphore="password_hashing"\} [1-9]/m)
})

test('a change by another tenant, and reads, pass forty changes that wait for a locked account', async () => {
  const { system } = t.database
  const patch = ({ authorization }: TestCaller, clientId: number, phone: string) =>
    t.ask('PATCH', `/iam/clients/${clientId}`, { headers: { authorization }, body: { phone } })
  const [one, seller, another, account] = [the('reseller'), the('seller'), the('reseller', 3), the('client')]
  const [locked, unlock] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const lock = system.begin(async (db) => {
    await db`SELECT FROM clients WHERE id = ${account.clientId} FOR UPDATE`
    locked.resolve()
    await unlock.promise
  })
  await locked.promise
  // By two callers, so that the tenant takes all that it may have.
  const waiting = Array.from({ length: 40 }, (_, n) => patch(n % 2 ? one : seller, account.clientId, `+49 ${n}`))
  const waits = async () => {
    const [row] =
      await system`SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    return row?.waiting > 0
  }
  await until('changes wait for the lock', waits)
  try {
    const answers = await Promise.race([
      Promise.all([
        patch(another, the('client', 3).clientId, '+49 30 1'),
        t.ask('GET', '/iam/clients/me', { headers: { authorization: the('client', 3).authorization } }),
      ]),
      Promise.all(waiting).then(() => assert.fail('the locked ones were answered first')),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    )
  } finally {
    unlock.resolve()
    await lock
  }
  const statuses = (await Promise.all(waiting)).map(({ status }) => status)
  // A slow machine may take longer than a change waits for its turn.
  assert.deepEqual(
    [...new Set(statuses)].filter((status) => status !== 503),
    [200],
    'and once it is free they are made',
  )
})
