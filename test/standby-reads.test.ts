/**
 * Lists are read from a standby, and what they show is never older than what was acknowledged: whether the standby is fresh, behind, hanging,
 * gone, promoted, or the old primary with a history of its own.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type Database } from '../src/db/open.ts'
import type { Caller } from '../src/lib/caller.ts'
import { startDemo } from './demo-server.ts'
import { type Cluster, openPair, skipped, urlOf } from './replication.ts'
import { until } from './until.ts'

/** REEVE_RUNS=10000 measures: so many reads, beside so many changes a second as the machine can make, up to 250. */
const READS = Number(process.env.REEVE_RUNS || 240)
const WRITERS = 8
const CHANGES = 250 // a second
const suite = { skip: skipped, timeout: 100_000 + READS * 60 }

interface Person {
  id: number
  name: string
  deleted: boolean
  user_type: string
}

let first: Cluster
let second: Cluster
let reeve: Awaited<ReturnType<typeof startDemo>>
/** Another server of Reeve, whose scope the tests use themselves. */
let database: Database
let people: Person[]
const tenant = { kind: 'reseller', userId: 0, clientId: 0, accountIds: [] } as unknown as Caller
let caller: Caller

const metrics = async () => (await fetch(`${reeve.shown.baseUrl}/metrics`)).text()
/** Sums the values of a metric whose labels match. */
async function figure(name: string, labels = '') {
  const found = [...(await metrics()).matchAll(new RegExp(`^${name}\\{[^}]*${labels}[^}]*\\} (\\S+)$`, 'gm'))]
  return found.reduce((sum, [, value]) => sum + Number(value), 0)
}
const byStandby = () => figure('reeve_replica_reads_total', 'server="standby"')
const warnings = async (): Promise<string> => (await reeve.ask('GET', '/readyz')).body.warnings.join('\n')
/** What it says of the first or the second host; an empty text if that is used. */
const faultOf = async (one: Cluster) => (await warnings()).match(new RegExp(`Host ${one === first ? 1 : 2} of .*`))?.[0] ?? ''
const used = (one: Cluster) => until('the standby is used', async () => (await faultOf(one)) === '')
const unused = (one: Cluster, why: RegExp) => until(`the standby is not used: ${why}`, async () => why.test(await faultOf(one)))

let renamed = 0
/** Renames a person; a page, a search and a list that is streamed have the name. Returns the milliseconds of the slowest of them. */
async function assertFresh({ id }: Person): Promise<number> {
  const name = `Renamed ${++renamed} of ${id}`
  const { status } = await reeve.ask('PATCH', `/iam/users/${id}`, { name })
  assert.equal(status, 200)
  let slowest = 0
  const read = async (path: string) => {
    const began = performance.now()
    const { status, body } = await reeve.ask('GET', path)
    slowest = Math.max(slowest, performance.now() - began)
    assert.equal(status, 200, `${path} answered ${status}: ${JSON.stringify(body).slice(0, 200)}`)
    const rows: Person[] = Array.isArray(body) ? body : body.results
    assert.equal(rows.find((one) => one.id === id)?.name, name, `${path} is stale`)
  }
  await Promise.all([read('/iam/users?limit=100'), read(`/iam/users?limit=${101 + (renamed % 500)}`), read('/iam/users')])
  return slowest
}

if (!skipped) {
  const pair = await openPair('standbys', after)
  first = pair.first
  second = pair.second
  const both = urlOf(first, second)
  const settings = { DATABASE_URL: both, DATABASE_REPLICA_URL: both, REEVE_LOG: 'fatal', REEVE_RATE_TOKEN: '0', REEVE_RATE_ADDRESS: '0' }
  reeve = await startDemo(join(pair.base, 'reeve'), settings)
  database = await connect(both, 6, 'test', async () => {}, { replicaUrl: both })
  after(() => database.close())
  people = (await reeve.ask('GET', '/iam/users?limit=1000')).body.results
  people = people.filter(({ deleted, user_type }) => !deleted && user_type === 'common')
  assert.ok(people.length > WRITERS)
  const [row] = await first.ask(`SELECT reseller_id FROM users WHERE id = ${people[0]?.id}`)
  caller = { ...tenant, resellerId: row?.reseller_id as number }
}

test('a server starts and answers while its standby does not', suite, async () => {
  await unused(second, /cannot be reached/)
  await unused(first, /is not in recovery/)
  await assertFresh(people[0] as Person)
  assert.equal(await byStandby(), 0)
  assert.equal(await figure('reeve_replica_usable'), 0)
})

test('reads right after acknowledged changes, under writers: none is stale, and the standby serves most', suite, async (t) => {
  await second.start()
  await used(second)
  const ending = new AbortController()
  const began = performance.now()
  let changes = 0
  const write = async ({ id }: Person) => {
    while (!ending.signal.aborted) {
      const { status } = await reeve.ask('PATCH', `/iam/users/${id}`, { name: `Writer ${++changes}` })
      assert.equal(status, 200)
      await delay(Math.max(0, began + (changes * 1000) / CHANGES - performance.now()))
    }
  }
  const writing = Promise.all(people.slice(0, WRITERS).map(write))
  const others = people.slice(WRITERS)
  try {
    for (let n = 0; n < READS / 3; n++) await assertFresh(others[n % others.length] as Person)
  } finally {
    ending.abort()
  }
  await writing
  const seconds = (performance.now() - began) / 1000
  const [there, all] = [await byStandby(), await figure('reeve_replica_reads_total')]
  t.diagnostic(`${READS} reads right after a change, beside ${Math.round(changes / seconds)} changes a second: none stale`)
  t.diagnostic(`${there} of ${all} reads of the database by the standby (${((100 * there) / all).toFixed(1)} %)`)
  assert.ok(there > READS / 3, `the standby served ${there} of ${all}`)
})

test('a tenant sees on the standby what it sees on the primary, and nothing else', suite, async () => {
  const look = (plans?: 'custom') =>
    database.scope.read(
      caller,
      async (db) => {
        const [where] = await db`SELECT pg_is_in_recovery() AS standby`
        const users = await db`SELECT id, reseller_id FROM users ORDER BY id`
        return { standby: where?.standby, users: [...users] }
      },
      plans,
    )
  const there = await until<{ standby: boolean; users: Record<string, unknown>[] }>('the standby is used', async () => {
    const found = await look('custom')
    return found.standby ? found : (undefined as never)
  })
  const here = await look()
  assert.equal(here.standby, false)
  assert.deepEqual(there.users, here.users)
  const [all] = await second.ask('SELECT count(*)::int AS users FROM users')
  assert.ok(here.users.length > 0 && here.users.length < (all?.users as number))
  assert.ok(there.users.every(({ reseller_id }) => reseller_id === caller.resellerId))
})

test('a stream from the standby goes on in its snapshot', suite, async () => {
  const [person] = people as [Person]
  const names = database.scope.stream(caller, async function* (db) {
    for (;;) {
      const [row] = await db`SELECT name, pg_is_in_recovery() AS standby, pg_last_wal_replay_lsn() >= ${lsn}::pg_lsn AS replayed
        FROM users WHERE id = ${person.id}`
      yield row
    }
  })
  let lsn = '0/0'
  const begun = (await names.next()).value
  assert.equal(begun?.standby, true)
  await assertFresh(person)
  lsn = (await first.ask('SELECT pg_current_wal_flush_lsn()::text AS lsn'))[0]?.lsn as string
  const later = await until('the change is replayed', async () => {
    const row = (await names.next()).value
    return row?.replayed && row
  })
  assert.equal(later.name, begun?.name)
  await names.return()
})

test('what the standby cancels for its recovery, the primary serves', suite, async () => {
  await second.ask('ALTER SYSTEM SET max_standby_streaming_delay = 0')
  await second.ask('ALTER SYSTEM SET hot_standby_feedback = off')
  await second.ask('SELECT pg_reload_conf()')
  const places: boolean[] = []
  const [person] = people as [Person]
  const pieces = database.scope.stream(caller, async function* (db) {
    const [row] = await db`SELECT pg_is_in_recovery() AS standby FROM users WHERE id = ${person.id}`
    places.push(row?.standby)
    // The version that the snapshot of the standby sees is removed.
    if (row?.standby) {
      await first.ask(`UPDATE users SET phone = '1' WHERE id = ${person.id}`)
      await first.ask('VACUUM users')
      await until('recovery cancels the statement', async () => {
        await db`SELECT FROM users`
        return false
      })
    }
    yield row?.standby
  })
  assert.equal((await pieces.next()).value, false)
  assert.deepEqual(places, [true, false])
  await pieces.return()
  await second.ask('ALTER SYSTEM RESET ALL')
  await second.ask('SELECT pg_reload_conf()')
})

test('a refusal of ours is thrown once, wherever it was read', suite, async () => {
  let asked = 0
  const refuse = async () => {
    asked++
    throw new RangeError('refused')
  }
  await assert.rejects(database.scope.read(caller, refuse, 'custom'), /refused/)
  assert.equal(asked, 1)
})

test('a standby that replays nothing costs no truth', suite, async () => {
  await second.ask('SELECT pg_wal_replay_pause()')
  for (const person of people.slice(0, 10)) await assertFresh(person)
  await unused(second, /more than a second behind/)
  assert.ok((await figure('reeve_replica_lag_seconds')) > 1)
  assert.ok((await figure('reeve_replica_lag_bytes')) > 0)
  await assertFresh(people[0] as Person)
  await second.ask('SELECT pg_wal_replay_resume()')
  await used(second)
  const served = await byStandby()
  await until('it serves again', async () => (await assertFresh(people[0] as Person)) && (await byStandby()) > served)
})

test('a standby that hangs costs some time and no truth', suite, async () => {
  second.signal('SIGSTOP')
  const slowest = await assertFresh(people[0] as Person)
  assert.ok(slowest < 5000, `a read took ${slowest} ms`)
  await unused(second, /cannot be reached/)
  await assertFresh(people[0] as Person)
  second.signal('SIGCONT')
  await used(second)
})

test('a standby that is killed costs no answer, and is used again when it is back', suite, async () => {
  const names = database.scope.stream(caller, async function* (db) {
    for (;;) yield (await db`SELECT pg_is_in_recovery() AS standby`)[0]?.standby
  })
  await names.next()
  second.signal('SIGKILL')
  for (const person of people.slice(0, 10)) await assertFresh(person)
  await names.return().catch(() => {})
  await unused(second, /cannot be reached/)
  await second.start()
  await used(second)
  const served = await byStandby()
  await until('it serves again', async () => (await assertFresh(people[0] as Person)) && (await byStandby()) > served)
})

test('a primary that starts again has its standby back as soon as that follows', suite, async () => {
  await first.stop()
  await first.start()
  await until('changes go on', async () => (await reeve.ask('PATCH', `/iam/users/${people[0]?.id}`, { name: 'X' })).status === 200)
  await used(second)
  const served = await byStandby()
  await until('it serves again', async () => (await assertFresh(people[0] as Person)) && (await byStandby()) > served)
})

test('another database of the standby is not believed, though it has the mark', suite, async () => {
  const [mark] = await first.ask('SELECT server_started::text, mark::text FROM replication_mark')
  await first.ask('CREATE DATABASE other OWNER reeve')
  await first.ask(
    `CREATE TABLE replication_mark AS SELECT '${mark?.server_started}'::timestamptz AS server_started, '${mark?.mark}'::uuid AS mark`,
    'other',
  )
  await first.ask('GRANT SELECT ON replication_mark TO reeve', 'other')
  const replicaUrl = urlOf(second).replace(/reeve$/, 'other')
  const misled = await connect(urlOf(first, second), 2, 'test', async () => {}, { replicaUrl })
  await until('the standby has answered', () => /follows another/.test(misled.standbys?.warnings().join() ?? ''))
  await misled.close()
})

test('an old primary that says it is a standby, and is ahead in bytes, is not believed', suite, async () => {
  second.signal('SIGKILL')
  for (const person of people.slice(0, 3)) await assertFresh(person) // never replicated
  await first.ask(`SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000)) FROM generate_series(1, 10000)`)
  await first.stop()
  await second.start()
  await second.ask('SELECT pg_promote(false)') // recovery could wait for the snapshot of a statement that waits for recovery
  first.follow(second)
  await first.start()
  const lsn = async (one: Cluster, what: string) => Number((await one.ask(`SELECT ${what} - '0/0' AS lsn`))[0]?.lsn)
  await until(
    'the promoted standby accepts changes',
    async () => (await reeve.ask('PATCH', `/iam/users/${people[0]?.id}`, { name: 'X' })).status === 200,
  )
  await unused(second, /is not in recovery/)
  await unused(first, /follows another/)
  const served = await byStandby()
  for (const person of people.slice(0, 20)) await assertFresh(person)
  assert.ok((await lsn(first, 'pg_last_wal_replay_lsn()')) > (await lsn(second, 'pg_current_wal_lsn()')))
  assert.equal((await first.ask('SELECT pg_is_in_recovery() AS standby'))[0]?.standby, true)
  assert.equal(await byStandby(), served)
})

test('the server stops cleanly with a standby that it cannot use', suite, async () => {
  await reeve.stop()
})
