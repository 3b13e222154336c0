/**
 * A primary dies with a synchronous standby beside it: Reeve, which is given both, goes on with the one that is promoted. What was
 * acknowledged is there, once; what was not says 503; no request hangs.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { reeve as runReeve } from './command.ts'
import { startDemo } from './demo-server.ts'
import { openPair, skipped, urlOf } from './replication.ts'
import { until } from './until.ts'

const WRITERS = 6
/** Milliseconds within which every request has its answer: twenty-five to find a primary, fifteen for a commit, and some to spare. */
const DEADLINE = 45_000

test('a standby takes over: what was acknowledged is there once, and no request hangs', { skip: skipped, timeout: 240_000 }, async (t) => {
  const { base, first, second } = await openPair('failover', after)
  const databaseUrl = urlOf(first, second)
  await second.start()
  await first.ask(`ALTER SYSTEM SET synchronous_standby_names = 'second'`)
  await first.ask('SELECT pg_reload_conf()')
  await until('the standby is synchronous', async () => {
    const [row] = await first.ask(`SELECT count(*)::int AS n FROM pg_stat_replication WHERE sync_state = 'sync'`)
    return row?.n === 1
  })

  const data = join(base, 'reeve')
  const reeve = await startDemo(data, { DATABASE_URL: databaseUrl, REEVE_LOG: 'fatal' })
  const all: { id: number; deleted: boolean; user_type: string }[] = (await reeve.ask('GET', '/iam/users?limit=60')).body.results
  const users = all.filter(({ deleted, user_type }) => !deleted && user_type === 'common').slice(0, WRITERS)
  assert.equal(users.length, WRITERS)

  const acknowledged: { id: number; name: string }[] = []
  const statuses = new Map<number, number>()
  let slowest = 0
  const ending = new AbortController()
  async function write({ id }: { id: number }) {
    for (let n = 0; !ending.signal.aborted; n++) {
      const name = `Writer of ${id}, ${n}`
      const began = performance.now()
      const { status } = await reeve.ask('PATCH', `/iam/users/${id}`, { name })
      slowest = Math.max(slowest, performance.now() - began)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      assert.ok([200, 503].includes(status), `a change was answered with ${status}`)
      if (status === 200) acknowledged.push({ id, name })
      else await delay(20)
    }
  }
  const writing = Promise.all(users.map(write))
  const unlessFailed = <T>(waited: Promise<T>) => Promise.race([writing.then(() => waited), waited])
  try {
    await unlessFailed(until('changes are acknowledged', () => acknowledged.length > 40))
    first.signal('SIGKILL')
    const before = acknowledged.length
    await unlessFailed(delay(500))
    await second.ask('SELECT pg_promote()')
    const promoted = performance.now()
    await unlessFailed(until('changes go on with the standby', () => acknowledged.length > before + 40))
    t.diagnostic(`${before} changes before, the next ones within ${Math.round(performance.now() - promoted)} ms of the promotion`)
  } finally {
    ending.abort()
  }
  await writing
  t.diagnostic(`answers by status: ${JSON.stringify(Object.fromEntries(statuses))}, the slowest after ${Math.round(slowest)} ms`)
  assert.ok(slowest < DEADLINE, `a request took ${slowest} ms`)

  const rows = (await second.ask(
    `SELECT path, data::json ->> 'name' AS name, count(*)::int AS times FROM activity
     WHERE action = 'updateUser' AND status_code = 200 AND data::json ->> 'name' LIKE 'Writer of %' GROUP BY 1, 2`,
  )) as { path: string; name: string; times: number }[]
  const recorded = new Map(rows.map(({ name, path, times }) => [name, { path, times }]))
  for (const { id, name } of acknowledged)
    assert.deepEqual(recorded.get(name), { path: `/iam/users/${id}`, times: 1 }, `${name} was acknowledged: it is recorded once, as itself`)
  for (const { id } of users) {
    const names = rows.filter(({ path }) => path === `/iam/users/${id}`).map(({ name }) => Number(name.split(', ')[1]))
    const { body } = await reeve.ask('GET', `/iam/users/${id}`)
    assert.equal(body.name, `Writer of ${id}, ${Math.max(...names)}`, 'the user has the last name that is recorded')
  }
  assert.equal((await reeve.ask('GET', '/readyz')).status, 200)
  const check = await runReeve(['check'], { REEVE_DATA: data, DATABASE_URL: databaseUrl })
  assert.equal(check.code, 0, `the read model is that of the records: ${check.stdout}${check.stderr}`)
  await reeve.stop()
})
