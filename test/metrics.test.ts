/** What /metrics says of the database, mail, sign-ins, caches and errors. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knownMigrations } from '../src/db/migrate.ts'
import { sampled } from '../src/lib/metrics.ts'
import { watchServer } from '../src/server/server-metrics.ts'
import { openWorld } from './harness.ts'
import { until } from './until.ts'

const { app, ask, database, shown } = await openWorld()
const { system } = database
const migrations = await knownMigrations()
watchServer(system, migrations, true)
const token = shown.resellers[0]?.token

const metrics = async () => (await app.inject('/metrics')).body
const pattern = (name: string, labels: Record<string, string>) => {
  const inside = Object.entries(labels).map(([label, value]) => `(?=[^}]*\\b${label}="${value}")`)
  return new RegExp(`^${name}${inside.length > 0 ? `\\{${inside.join('')}[^}]*\\}` : ''} (\\S+)$`, 'm')
}
async function value(name: string, labels: Record<string, string> = {}): Promise<number> {
  const [, found] = pattern(name, labels).exec(await metrics()) ?? []
  return found === undefined ? Number.NaN : Number(found)
}
/** What is read from the database is some seconds old, and absent where the database takes long. */
const becomes = (name: string, labels: Record<string, string>, expected: number) =>
  until(`${name} becomes ${expected}`, async () => (await value(name, labels)) === expected)

test('the version, the migrations and the database', async () => {
  assert.equal(await value('reeve_build_info', { node: process.version }), 1)
  await becomes('reeve_migrations', { state: 'applied' }, migrations.length)
  assert.equal(await value('reeve_migrations', { state: 'missing' }), 0)
  await until('the size is known', async () => (await value('reeve_database_size_bytes')) > 1e6)
  await becomes('reeve_ready', {}, 1)
  assert.ok((await value('reeve_database_connections', { pool: 'system', state: 'idle' })) > 0)
})

test('a connection that is in use, and a statement that waits for a lock', { timeout: 60_000 }, async () => {
  const before = await value('reeve_database_connections', { pool: 'system_writes', state: 'in_use' })
  let waiting: Promise<unknown> | undefined
  await system.begin(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(1)`
    waiting = system.begin((other) => other`SELECT pg_advisory_xact_lock(1)`)
    await becomes('reeve_database_lock_waiting', { lock: 'advisory' }, 1)
    assert.equal(await value('reeve_database_connections', { pool: 'system_writes', state: 'in_use' }), before + 2)
    await until('its age is known', async () => (await value('reeve_database_oldest_transaction_seconds')) > 0)
  })
  await waiting
})

test('mails of the outbox by state, and the age of the oldest that waits', { timeout: 60_000 }, async () => {
  await system`INSERT INTO outbox (reseller_id, recipient, template, lang, created_at, failed_at)
    SELECT id, 'a@b.example', 'test', 'en', reeve_now() - interval '1 hour', failed
    FROM (SELECT id FROM resellers ORDER BY id LIMIT 1) AS r, unnest(ARRAY[NULL, NULL, reeve_now()]) AS failed`
  await becomes('reeve_mails', { state: 'waiting' }, 2)
  await becomes('reeve_mails', { state: 'dead' }, 1)
  await becomes('reeve_mails', { state: 'kept' }, 0)
  await until('its age is known', async () => (await value('reeve_mail_oldest_waiting_seconds')) >= 3600)
  watchServer(system, migrations, false)
  await becomes('reeve_mails', { state: 'kept' }, 2)
  await becomes('reeve_mail_oldest_waiting_seconds', {}, 0)
})

test('sign-ins, errors and caches are counted', async () => {
  const failures = { method: 'password', outcome: 'failure' }
  const [before, missing] = [
    await value('reeve_sign_ins_total', failures),
    await value('reeve_error_responses_total', { code: 'not_found' }),
  ]
  await ask('POST', '/iam/auth/jwt/login', { body: { username: 'nobody@nowhere.example', password: 'wrong' } })
  assert.equal(await value('reeve_sign_ins_total', failures), before + 1)
  await ask('GET', '/iam/clients/999999', { token })
  assert.equal(await value('reeve_error_responses_total', { code: 'not_found', status: '404' }), (missing || 0) + 1)
  assert.equal(await value('reeve_error_responses_total', { code: 'busy', status: '503' }), 0, 'exported before the first')

  await ask('GET', '/iam/clients?limit=7', { token })
  const hits = await value('reeve_cache_lookups_total', { cache: 'pages', result: 'hit' })
  await ask('GET', '/iam/clients?limit=7', { token })
  assert.equal(await value('reeve_cache_lookups_total', { cache: 'pages', result: 'hit' }), hits + 1)
})

test('a reading is shared, and one that hangs holds up no scrape', async () => {
  let read = 0
  const shared = sampled(async () => ++read)
  assert.deepEqual(await Promise.all([shared(), shared()]), [1, 1])
  assert.equal(await shared(), 1)
  const hanging = sampled(() => new Promise<never>(() => {}))
  assert.equal(await hanging(), undefined)
  assert.equal(await sampled(() => Promise.reject(new Error('away')))(), undefined)
})

test('no label names a tenant, a user or an address', async () => {
  const text = await metrics()
  const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label))
  const known = [
    'cache',
    'code',
    'kind',
    'le',
    'limit',
    'lock',
    'method',
    'name',
    'node',
    'outcome',
    'pool',
    'result',
    'route',
    'semaphore',
  ]
  const ours = [...known, 'server', 'reason', 'space', 'standby', 'state', 'status', 'type', 'version', 'major', 'minor', 'patch']
  assert.deepEqual(
    [...labels].filter((label) => !ours.includes(label ?? '')),
    [],
  )
  assert.doesNotMatch(text, /@|\/\d+["/]/)
})
