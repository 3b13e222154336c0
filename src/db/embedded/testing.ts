/** Shared by the tests of the embedded PostgreSQL: folders, servers, other Reeve processes, and their cleanup. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { StartupError } from '../../lib/startup-error.ts'
import { openPool } from '../pool.ts'
import { clusterProcesses } from './processes.ts'
import { type EmbeddedServer, type Login, startEmbedded } from './server.ts'

export const isRoot = process.geteuid?.() === 0
export const rootOnly = { skip: isRoot ? false : 'needs root' }
export const linuxOnly = { skip: process.platform === 'linux' ? false : 'needs /proc of Linux' }

export const base = mkdtempSync(join(tmpdir(), 'reeve-embedded-'))
chmodSync(base, 0o755) // An ordinary user's folder lies below it.
const running = new Set<EmbeddedServer>()
/** Processes to kill at the end. */
export const children = new Set<ChildProcess>()
let count = 0
export const newFolder = () => join(base, `data-${++count}`)

after(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all([...running].map((server) => server.stop()))
  // Kills what a failed test left running.
  for (const name of readdirSync(base)) {
    const cluster = join(base, name, 'postgres')
    for (const pid of existsSync(cluster) ? clusterProcesses(cluster) : []) process.kill(pid, 'SIGKILL')
  }
  rmSync(base, { recursive: true, force: true, maxRetries: 5 })
})

export async function start(folder: string, options: Parameters<typeof startEmbedded>[1] = {}): Promise<EmbeddedServer> {
  const server = await startEmbedded(folder, options)
  running.add(server)
  return server
}

export async function ask(login: Login, statement: string): Promise<Record<string, unknown>[]> {
  const sql = openPool(login, { max: 1 })
  try {
    return await sql.unsafe(statement)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Starts another Reeve: a Node process that starts the server on `folder` and prints when it is ready. Closing its input stops it. */
export function otherReeve(folder: string, options: { uid?: number; gid?: number } = {}) {
  const script = `const { startEmbedded } = await import(${JSON.stringify(new URL('server.ts', import.meta.url).href)})
    try {
      const server = await startEmbedded(${JSON.stringify(folder)})
      console.log('ready ' + server.pid)
      process.stdin.on('end', () => server.stop().then(() => process.exit(0))).resume()
    } catch (error) {
      console.log(error.name + ': ' + error.message)
      process.exit(1)
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', ...options })
  children.add(child)
  const firstLine = once(child.stdout, 'data').then(([chunk]) => String(chunk).trim())
  return { child, firstLine }
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 10) {
    assert.ok(waited < 20_000, `waited in vain until ${what}`)
    await delay(10)
  }
}

export const refuses = (folder: string, words: RegExp) =>
  assert.rejects(start(folder), (error) => {
    assert.ok(error instanceof StartupError, `a person must get a sentence, not ${error}: add the case to refusal.ts`)
    assert.match(error.message, words, 'the sentence must name the cause and the way out')
    return true
  })
