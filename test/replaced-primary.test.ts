/** A primary that hangs, or lives on after another has replaced it, is left: without an error of its connections, which stay open. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { reportPrimary } from '../src/db/hosts.ts'
import { openPool } from '../src/db/pool.ts'
import { openPair, skipped, urlOf } from './replication.ts'
import { until } from './until.ts'

test('of two primaries the one that was promoted last is used', { skip: skipped, timeout: 240_000 }, async (t) => {
  const { first, second } = await openPair('replaced', after)
  await second.start()
  await until('the standby follows', async () => (await first.ask('SELECT FROM pg_stat_replication')).length === 1)
  const sql = openPool(urlOf(first, second), { max: 2, deadline: 600_000 })
  t.after(() => sql.end({ timeout: 0 }))
  const port = async () => (await sql<[{ port: number }]>`SELECT inet_server_port() AS port`)[0].port
  assert.equal(await port(), first.port)
  const said: string[] = []
  reportPrimary(urlOf(first, second), (line) => said.push(line))

  first.signal('SIGSTOP')
  t.after(() => first.signal('SIGCONT'))
  const ended = assert.rejects(
    async () => void (await sql`SELECT 1`),
    'a statement on a server that hangs ends when another is the primary',
  )
  await second.ask('SELECT pg_promote()')
  await ended
  assert.equal(await port(), second.port)
  assert.equal(said.at(-1), `The primary is 127.0.0.1:${second.port}.`)

  first.signal('SIGCONT')
  assert.equal((await first.ask('SELECT pg_is_in_recovery() AS standby'))[0]?.standby, false, 'the old one believes that it is the primary')
  const reversed = openPool(urlOf(second, first), { max: 1 })
  t.after(() => reversed.end())
  assert.equal((await reversed<[{ port: number }]>`SELECT inet_server_port() AS port`)[0].port, second.port)
  assert.equal(await port(), second.port)
})
