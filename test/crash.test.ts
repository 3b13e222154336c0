/**
 * kill -9, at any moment, of the server, of its database, or of both: what was acknowledged stays, nothing is half done, and a server whose
 * database dies recovers by itself. What it archives has no gap. REEVE_CRASHES rounds (3); npm test -- test/crash.test.ts with REEVE_CRASHES=30 is the long run.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { listBases, rangeOf } from '../src/db/backup/folder.ts'
import type { Showcase } from '../src/demo/showcase.ts'
import { reeve } from './command.ts'
import { assertWhole, lastArchived, openPlace, tokensIn, untilSafe } from './killable.ts'
import { until } from './until.ts'

const rounds = Number(process.env.REEVE_CRASHES ?? 3)
const skip = process.env.DATABASE_URL ? 'DATABASE_URL is set, and that database is not ours to kill' : false
const victims = ['database', 'server', 'both'] as const
const MOST_LIVE = 12 // tokens a writer keeps: the account's limit shall not be reached

interface Token {
  id: number
  credential: string
  owner: Writer
}

/** Somebody who creates and deletes API tokens, and what is known of each. */
interface Writer {
  name: string
  token: string
  accountId: number
  live: Token[]
  deleted: Token[]
  /** Names of tokens whose creation, and ids of tokens whose deletion, got no answer: either may have happened. */
  doubtful: Set<string | number>
  /** Ids of tokens that came to light as doubtful after a crash, and were deleted then. */
  settled: Set<number>
}

/** Statuses that a client may meet while the server or its database is away; 0 is a broken connection. */
const away = [0, 503]

test('what was acknowledged survives kill -9 of server and database', { skip, timeout: 60_000 + rounds * 30_000 }, async (t) => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'reeve-crash-backup-')))
  const backups = join(root, 'backups')
  const place = await openPlace({ settings: { REEVE_BACKUP: backups } })
  try {
    await place.start()
    await untilSafe(backups)
    const { ask, sql } = place
    const shown: Showcase = JSON.parse(readFileSync(join(place.data, 'demo.json'), 'utf8'))
    const reader = shown.resellers[0]
    assert.ok(reader)
    const writers = await Promise.all(
      [shown.clients[0], shown.clients[1], shown.clients[5], shown.resellers[0], shown.resellers[1], shown.sellers[0]].map(
        async (who, n): Promise<Writer> => {
          const me = await ask('GET', '/iam/clients/me', who?.token)
          return {
            name: `crash-${n}`,
            token: who?.token ?? '',
            accountId: me.body.id,
            live: [],
            deleted: [],
            doubtful: new Set(),
            settled: new Set(),
          }
        },
      ),
    )
    let serial = 0
    let acknowledged = 0

    /** Creates or deletes until `signal` says so; where the answer stays away, notes that it is not known what happened. */
    async function write(writer: Writer, signal: AbortSignal) {
      while (!signal.aborted) {
        const tokens = `/iam/v2/clients/${writer.accountId}/tokens`
        if (writer.live.length < MOST_LIVE && (writer.live.length < 3 || Math.random() < 0.5)) {
          const name = `${writer.name}-${serial++}`
          writer.doubtful.add(name)
          const { status, body } = await ask('POST', tokens, writer.token, {
            name,
            exp_date: null,
            client_user: { role: { name: 'Users' } },
          })
          if (status === 200) writer.live.push({ id: body.id, credential: body.token, owner: writer })
          else assert.ok(away.includes(status), `creating a token answered ${status}: ${JSON.stringify(body)}`)
          if (status === 200) writer.doubtful.delete(name)
          acknowledged += Number(status === 200)
          if (status !== 200) await delay(20)
        } else {
          const [token] = writer.live.splice(Math.floor(Math.random() * writer.live.length), 1) as [Token]
          writer.doubtful.add(token.id)
          const { status, body } = await ask('DELETE', `${tokens}/${token.id}`, writer.token)
          if (status === 204) writer.deleted.push(token)
          else assert.ok(away.includes(status), `deleting a token answered ${status}: ${JSON.stringify(body)}`)
          if (status === 204) writer.doubtful.delete(token.id)
          acknowledged += Number(status === 204)
          if (status !== 204) await delay(20)
        }
      }
    }

    /** Reads all the while: an answer is right or says that the database is away. */
    async function read(signal: AbortSignal) {
      while (!signal.aborted) {
        const list = await ask('GET', '/iam/clients?limit=3', reader?.token)
        if (list.status === 200) assert.equal(list.body.count, reader?.clients)
        else {
          assert.ok(away.includes(list.status), `the list answered ${list.status}`)
          await delay(20)
        }
      }
    }

    /** After a crash: every acknowledged change is there, and whatever is there is whole. */
    async function verify() {
      for (const writer of writers) {
        const listed = await ask('GET', `/iam/v2/clients/${writer.accountId}/tokens`, writer.token)
        assert.equal(listed.status, 200)
        const own = (listed.body as { id: number; name: string; deleted: boolean }[]).filter(({ name }) =>
          name.startsWith(`${writer.name}-`),
        )
        const known = new Set([...writer.live, ...writer.deleted].map(({ id }) => id))
        for (const { id, name, deleted } of own.filter((one) => !known.has(one.id) && !writer.settled.has(one.id))) {
          assert.ok(writer.doubtful.has(name) || writer.doubtful.has(id), `nobody asked for token ${id}, ${name}`)
          writer.settled.add(id)
          if (!deleted) assert.equal((await ask('DELETE', `/iam/v2/clients/${writer.accountId}/tokens/${id}`, writer.token)).status, 204)
        }
        writer.doubtful.clear()
        const state = new Map(own.map(({ id, deleted }) => [id, deleted]))
        for (const { id } of writer.live) assert.equal(state.get(id), false, `token ${id} was acknowledged and is not there`)
        for (const { id } of writer.deleted) assert.equal(state.get(id), true, `token ${id} was deleted and is there`)
        await Promise.all(
          writer.live.map(async ({ id, credential }) =>
            assert.equal((await ask('GET', '/iam/users/me', credential)).status, 200, `token ${id} was acknowledged and does not work`),
          ),
        )
        await Promise.all(
          writer.deleted
            .slice(-300)
            .map(async ({ id, credential }) =>
              assert.equal((await ask('GET', '/iam/users/me', credential)).status, 401, `token ${id} was deleted and works`),
            ),
        )
      }
      await assertWhole(sql, 'crash-')
      const whole = await ask('GET', '/iam/clients', reader?.token)
      assert.equal(whole.body.length, reader?.clients, 'the read model lists every client')
    }

    for (let round = 0; round < rounds; round++) {
      const victim = victims[round % victims.length] ?? 'both'
      const ending = new AbortController()
      const before = acknowledged
      const failed = Promise.all([...writers.map((writer) => write(writer, ending.signal)), read(ending.signal), read(ending.signal)])
      const unlessFailed = <T>(waited: Promise<T>) => Promise.race([failed, waited]) // rejects at once where an answer is wrong
      const server = place.server()
      let began = 0
      let written = 0
      try {
        await unlessFailed(until('a change is acknowledged', () => acknowledged > before))
        await unlessFailed(delay(150 + Math.random() * 850))
        began = performance.now()
        written = acknowledged - before
        const postmaster = place.postmaster()
        assert.ok(postmaster)
        if (victim !== 'server') process.kill(postmaster, 'SIGKILL')
        if (victim !== 'database') await place.killServer()
        else {
          // Its backends outlive it for a moment, and answer.
          while (place.postmaster() === undefined || place.postmaster() === postmaster) await unlessFailed(delay(5))
          await unlessFailed(place.ready())
          await unlessFailed(delay(100)) // and those who kept trying get their answers
          assert.equal(server?.exitCode, null, 'the server outlives its database')
        }
      } finally {
        ending.abort()
      }
      await failed
      if (victim !== 'database') await place.start()
      const gone = Math.round(performance.now() - began)
      await verify()
      t.diagnostic(`round ${round + 1}: ${victim} killed after ${written} acknowledged changes; answers again after ${gone} ms`)
      assert.ok(written > 0, 'the writers wrote')
    }
    assert.equal(await place.stop(), 0, 'it still ends in order')
    const [archived, base] = [await lastArchived(backups), (await listBases(backups))[0]]
    assert.ok(archived && base)
    assert.equal((await rangeOf(backups, base, [archived])).end, archived.lsn, 'the crashes left no gap in the archived WAL')
    const data = join(root, 'restored')
    const { code, stdout, stderr } = await reeve(['restore', backups], { REEVE_DATA: data })
    assert.equal(code, 0, stdout + stderr)
    assert.deepEqual(await tokensIn(data), await tokensIn(place.data), 'and all of it can be restored')
  } finally {
    await place.close()
    rmSync(root, { recursive: true, force: true })
  }
})
