/** A server that a test may kill at any moment, with its database. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { listBases, rangeOf, readArchived } from '../src/db/backup/folder.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { openPool, type Sql } from '../src/db/pool.ts'
import { spawnReeve } from './command.ts'
import { demoSettings, freePort } from './demo-server.ts'
import { until } from './until.ts'

interface PlaceOptions {
  data?: string
  command?: 'demo' | 'serve'
  settings?: Record<string, string>
}

export type Place = Awaited<ReturnType<typeof openPlace>>

const newFolder = () => realpathSync(mkdtempSync(join(tmpdir(), 'reeve-crash-')))

/** A server on a folder of its own, how to kill it, and the promise that nothing of it is left. */
export async function openPlace({ data = newFolder(), command = 'demo', settings = {} }: PlaceOptions = {}) {
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
    /** The end of what the server has said. */
    said: () => said,
    async start() {
      said = ''
      // It works in the folder: by that watchOver() knows the process.
      child = spawnReeve([command], demoSettings(data, { PORT: String(port), REEVE_LOG: 'fatal', ...settings }), data)
      const hear = (chunk: Buffer) => {
        said = (said + chunk).slice(-5000)
      }
      child.stdout?.on('data', hear)
      child.stderr?.on('data', hear)
      await ready()
      while (command === 'demo' && !said.includes('Reeve answers at')) await delay(5) // demo.json is there
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

/** Every token whose name begins with `prefix` has its rows of activity, and no creation is recorded that was not done. */
export async function assertWhole(sql: Place['sql'], prefix: string) {
  const halves = await sql(
    async (db) => db`
    WITH created AS (SELECT data::json ->> 'name' AS name, count(*)::int AS number FROM activity
      WHERE action = 'createToken' AND status_code = 200 GROUP BY 1),
    deleted AS (SELECT substring(path FROM '/tokens/([0-9]+)$')::bigint AS id, count(*)::int AS number FROM activity
      WHERE action = 'deleteToken' AND status_code = 204 GROUP BY 1),
    counted AS (SELECT t.id, t.name, t.deleted_at, coalesce(c.number, 0) AS creations, coalesce(d.number, 0) AS deletions
      FROM api_tokens t LEFT JOIN created c USING (name) LEFT JOIN deleted d ON d.id = t.id WHERE t.name LIKE ${`${prefix}%`})
    SELECT * FROM counted WHERE creations <> 1 OR deletions <> (deleted_at IS NOT NULL)::int`,
  )
  assert.deepEqual([...halves], [], 'every token has one row of activity for its creation and one for its deletion')
  const [orphans] = await sql(
    (db) => db`
    SELECT count(*)::int AS number FROM activity a WHERE action = 'createToken' AND status_code = 200
      AND NOT EXISTS (SELECT FROM api_tokens t WHERE t.name = a.data::json ->> 'name')`,
  )
  assert.equal(orphans?.number, 0, 'no creation is recorded that was not done')
}

/** The API tokens in a folder on which no server runs, by name. */
export async function tokensIn(data: string): Promise<{ name: string; deleted: boolean }[]> {
  const server = await startEmbedded(data)
  const sql = openPool(server.app, { max: 1, settings: { 'reeve.scope': 'system' } })
  try {
    return [
      ...(await sql<
        { name: string; deleted: boolean }[]
      >`SELECT name, deleted_at IS NOT NULL AS deleted FROM api_tokens ORDER BY name, id`),
    ]
  } finally {
    await sql.end()
    await server.stop()
  }
}

/** The timeline that was archived last, and how far. */
export async function lastArchived(backups: string) {
  return (await readArchived(backups)).toSorted((a, b) => a.at.getTime() - b.at.getTime()).at(-1)
}

/** Resolves once all that was acknowledged until now can be restored. */
export async function untilSafe(backups: string): Promise<void> {
  const now = Date.now()
  await until('the present state is archived, behind a base backup', async () => {
    const archived = await lastArchived(backups)
    const base = (await listBases(backups)).findLast(({ timeline }) => timeline === archived?.timeline)
    if (archived === undefined || base === undefined || archived.at.getTime() <= now) return false
    return (await rangeOf(backups, base, await readArchived(backups))).end >= archived.lsn
  })
}
