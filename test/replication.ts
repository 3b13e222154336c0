/** PostgreSQL servers of a test's own, which replicate one another. */

import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountFor } from '../src/db/embedded/account.ts'
import { clusterProcesses } from '../src/db/embedded/processes.ts'
import { findPrograms, runAs, runProgram, spawnProgram } from '../src/db/embedded/programs.ts'
import { openPool } from '../src/db/pool.ts'
import { freePort } from './demo-server.ts'
import { until } from './until.ts'

export const skipped = process.env.DATABASE_URL
  ? 'DATABASE_URL is set, and that database is not ours to kill'
  : process.platform !== 'linux' && 'needs /proc of Linux'

export interface Cluster {
  port: number
  folder: string
  start(): Promise<void>
  /** Stops it as an administrator does. */
  stop(): Promise<void>
  /** Sends a signal to the server and all of its processes. */
  signal(signal: NodeJS.Signals): void
  /** Makes it a standby of that server, from its next start on. */
  follow(primary: Cluster): void
  /** Runs a statement as its superuser. */
  ask(statement: string, database?: string): Promise<Record<string, unknown>[]>
}

/**
 * A primary that runs, with an empty database `reeve` of the login `reeve`, and a standby that does not run yet.
 * @param atEnd is given what kills both and removes their folder
 */
export async function openPair(
  name: string,
  atEnd: (close: () => void) => void,
): Promise<{ base: string; first: Cluster; second: Cluster }> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), `reeve-${name}-`)))
  chmodSync(base, 0o755)
  const programs = await runAs(findPrograms(), accountFor(undefined))
  const own = (path: string) => programs.account && chownSync(path, programs.account.uid, programs.account.gid)

  function cluster(name: string, port: number): Cluster {
    const folder = join(base, name)
    const url = `postgres://postgres@127.0.0.1:${port}/reeve`
    return {
      folder,
      port,
      async start() {
        const child = spawnProgram(programs, 'postgres', folder, (folder) => ['-D', folder], { detached: true })
        let said = ''
        child.stderr?.on('data', (chunk) => {
          said = (said + chunk).slice(-5000)
        })
        await until('PostgreSQL answers', () => {
          assert.equal(child.exitCode, null, said)
          return this.ask('SELECT 1', 'postgres').then(Boolean, () => false)
        })
      },
      stop: () => runProgram(programs, 'pg_ctl', folder, (folder) => ['stop', '-D', folder, '-m', 'fast']).then(() => {}),
      signal(signal) {
        for (const pid of clusterProcesses(folder)) {
          try {
            process.kill(pid, signal)
          } catch {
            // It ended with its postmaster.
          }
        }
      },
      follow(primary) {
        writeFileSync(join(folder, 'standby.signal'), '')
        own(join(folder, 'standby.signal'))
        const upstream = `host=127.0.0.1 port=${primary.port} user=postgres application_name=${name}`
        appendFileSync(
          join(folder, 'postgresql.conf'),
          `primary_conninfo = '${upstream}'\nhot_standby_feedback = on\nwal_retrieve_retry_interval = 200ms\n`,
        )
      },
      ask: (statement, database = 'reeve') => ask(url.replace(/reeve$/, database), statement),
    }
  }

  const first = cluster('first', await freePort())
  const second = cluster('second', await freePort())
  atEnd(() => {
    for (const one of [first, second]) one.signal('SIGKILL')
    rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  })
  mkdirSync(first.folder, { mode: 0o700 })
  own(first.folder)
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--lc-ctype=C.UTF-8']
  await runProgram(programs, 'initdb', first.folder, (folder) => ['-D', folder, '-U', 'postgres', '--auth=trust', '--no-sync', ...locale])
  const settings = `listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\n`
  appendFileSync(join(first.folder, 'postgresql.conf'), `${settings}port = ${first.port}\n`)
  await first.start()
  await first.ask('CREATE ROLE reeve LOGIN', 'postgres')
  await first.ask('CREATE DATABASE reeve OWNER reeve', 'postgres')

  // The standby is a copy of the primary at rest.
  await first.stop()
  cpSync(first.folder, second.folder, { recursive: true, preserveTimestamps: true })
  chmodSync(second.folder, 0o700)
  own(second.folder)
  for (const path of readdirSync(second.folder, { recursive: true }) as string[]) own(join(second.folder, path))
  appendFileSync(join(second.folder, 'postgresql.conf'), `port = ${second.port}\n`)
  second.follow(first)
  await first.start()
  return { base, first, second }
}

/** One URL for both, in this order. */
export const urlOf = (...clusters: Cluster[]) => `postgres://reeve@${clusters.map(({ port }) => `127.0.0.1:${port}`).join(',')}/reeve`

async function ask(url: string, statement: string) {
  const sql = openPool(url, { max: 1, settings: { 'reeve.scope': 'system' } })
  try {
    return await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}
