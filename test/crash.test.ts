/**
 * kill -9, at any moment, of the server, of its database, or of both: what was acknowledged stays, nothing is half done, and a server whose
 * database dies recovers by itself. REEVE_CRASHES rounds (3); npm test -- test/crash.test.ts with REEVE_CRASHES=30 is the long run.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openPool, type Sql } from '../src/db/pool.ts'
import type { Showcase } from '../src/demo/showcase.ts'
import { spawnReeve } from './command.ts'
import { demoSettings, freePort } from './demo-server.ts'
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
  const place = await openPlace()
  try {
    await place.start()
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
      const halves = await sql(
        async (db) => db`
        WITH created AS (SELECT data::json ->> 'name' AS name, count(*)::int AS number FROM activity
          WHERE action = 'createToken' AND status_code = 200 GROUP BY 1),
        deleted AS (SELECT substring(path FROM '/tokens/([0-9]+)$')::bigint AS id, count(*)::int AS number FROM activity
          WHERE action = 'deleteToken' AND status_code = 204 GROUP BY 1),
        counted AS (SELECT t.id, t.name, t.deleted_at, coalesce(c.number, 0) AS creations, coalesce(d.number, 0) AS deletions
          FROM api_tokens t LEFT JOIN created c USING (name) LEFT JOIN deleted d ON d.id = t.id WHERE t.name LIKE 'crash-%')
        SELECT * FROM counted WHERE creations <> 1 OR deletions <> (deleted_at IS NOT NULL)::int`,
      )
      assert.deepEqual([...halves], [], 'every token has one row of activity for its creation and one for its deletion')
      const [orphans] = await sql(
        (db) => db`
        SELECT count(*)::int AS number FROM activity a WHERE action = 'createToken' AND status_code = 200
          AND NOT EXISTS (SELECT FROM api_tokens t WHERE t.name = a.data::json ->> 'name')`,
      )
      assert.equal(orphans?.number, 0, 'no creation is recorded that was not done')
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
  } finally {
    await place.close()
  }
})

/** A server on a folder of its own, how to kill it, and the promise that nothing of it is left. */
async function openPlace() {
  const data = realpathSync(mkdtempSync(join(tmpdir(), 'reeve-crash-')))
  const pidFile = join(data, 'postgres/postmaster.pid')
  const port = await freePort()
  const agent = new Agent({ keepAlive: true })
  const guard = watchOver(data)
  let child: ChildProcess | undefined
  let said = ''

  const ready = async () => {
    await until('the server is ready', async () => {
      if (child?.exitCode !== null || child?.signalCode !== null) throw new Error(`The server ended:\n${said}`)
      return (await ask('GET', '/readyz')).status === 200
    })
  }

  /** Status 0 where the connection broke, before or within the answer. Rejects where there is no end of it within a minute. */
  function ask(method: string, path: string, token?: string, body?: object) {
    // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
    return new Promise<{ status: number; body: any }>((resolve, reject) => {
      const headers = { ...(token && { authorization: `APIKey ${token}` }), ...(body && { 'content-type': 'application/json' }) }
      const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent })
      const late = setTimeout(() => {
        reject(new Error(`${method} ${path} was not answered within a minute`))
        outgoing.destroy()
      }, 60_000)
      const end = (status: number, text = '') => {
        clearTimeout(late)
        resolve({ status, body: text && JSON.parse(text) })
      }
      outgoing.once('error', () => end(0))
      outgoing.once('response', (answer) =>
        Array.fromAsync(answer).then(
          (chunks) => end(answer.statusCode ?? 0, Buffer.concat(chunks).toString()),
          () => end(0),
        ),
      )
      outgoing.end(body && JSON.stringify(body))
    })
  }

  async function killServer() {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill('SIGKILL')
    await ended
  }

  return {
    data,
    ask,
    ready,
    killServer,
    server: () => child,
    async start() {
      said = ''
      // It works in the folder: by that watchOver() knows the process.
      child = spawnReeve(['demo'], demoSettings(data, { PORT: String(port), REEVE_LOG: 'fatal' }), data)
      const hear = (chunk: Buffer) => {
        said = (said + chunk).slice(-5000)
      }
      child.stdout?.on('data', hear)
      child.stderr?.on('data', hear)
      await ready()
      while (!said.includes('Reeve answers at')) await delay(5) // demo.json is there
    },
    /** The pid of the database; undefined while there is none. */
    postmaster: () => (existsSync(pidFile) ? Number.parseInt(readFileSync(pidFile, 'utf8'), 10) : undefined),
    /** Runs `query` on the database past every wall. */
    async sql<T>(query: (db: Sql) => Promise<T>): Promise<T> {
      const password = readFileSync(join(data, 'reeve.password'), 'utf8').trim()
      const login = { host: join(data, 'postgres'), port: 5432, user: 'reeve', password, database: 'reeve' }
      const db = openPool(login, { max: 1, settings: { 'reeve.scope': 'system' } })
      try {
        return await query(db)
      } finally {
        await db.end()
      }
    },
    async stop() {
      const ended = once(child as ChildProcess, 'close')
      child?.kill('SIGTERM')
      return (await ended)[0]
    },
    async close() {
      agent.destroy()
      await killServer()
      guard.stdin?.end()
      await once(guard, 'close')
    },
  }
}

/**
 * Ends whatever still runs on the folder and removes it, once this process is gone, in whatever way: a shell that waits for the end of its
 * input. It knows the processes by their folder (PostgreSQL works in it, our server names it), so it never hits another's.
 */
function watchOver(data: string) {
  const script = `trap '' HUP INT TERM; cat >/dev/null
    for n in 1 2 3; do
      for p in /proc/[0-9]*; do
        [ "$p" = "/proc/$$" ] && continue
        case "$(readlink $p/cwd 2>/dev/null)" in "$0"|"$0"/*) kill -9 "\${p#/proc/}" 2>/dev/null;; esac
      done
    done
    rm -rf "$0"`
  return spawn('/bin/sh', ['-c', script, data], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' })
}
