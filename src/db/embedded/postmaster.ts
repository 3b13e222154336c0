/** One run of the PostgreSQL server: clean up after an earlier run, start, wait until it is ready, stop. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { readIfThere } from '../../lib/read-if-there.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { type Address, answers } from './address.ts'
import { clusterProcesses, processStart, servesCluster } from './processes.ts'
import { type Programs, runProgram, spawnProgram, startError } from './programs.ts'
import { ProgramFailed } from './refusal.ts'

export interface Postmaster {
  readonly pid: number
  /** Resolves once the process has ended, with the reason: `exit code 1`, `SIGKILL`. */
  readonly ended: Promise<string>
  /** Stops the server (fast shutdown, immediate after 10 s) and resolves once the process has ended. */
  stop(): Promise<void>
  /** Asks for a fast shutdown without waiting. */
  interrupt(): void
}

export interface Run {
  programs: Programs
  cluster: string
  address: Address
  settings: Record<string, string>
  log: (line: string) => void
  /** Aborts a start in progress, too. */
  signal: AbortSignal
}

/** Seconds that backends of a dead server may keep its shared memory before the start fails. */
const SHARED_MEMORY_TIMEOUT_SECONDS = 15

/**
 * Starts the server and resolves when it accepts connections; crash recovery may take minutes. Rejects with ProgramFailed, which holds the
 * server's last lines.
 */
export async function startPostmaster(run: Run): Promise<Postmaster> {
  const until = Date.now() + SHARED_MEMORY_TIMEOUT_SECONDS * 1000
  for (;;) {
    await clearLeftover(run)
    run.signal.throwIfAborted()
    try {
      return await launch(run)
    } catch (error) {
      const busy = error instanceof ProgramFailed && error.output.some((line) => line.includes('pre-existing shared memory block'))
      if (!busy || Date.now() > until || run.signal.aborted) throw error
      // Backends notice the death of their server when they next wait. One in a long computation does not, so it is signalled.
      for (const pid of clusterProcesses(run.cluster)) await send(run.programs, pid, 'SIGQUIT')
      await delay(200)
    }
  }
}

async function launch({ programs, cluster, address, settings, log, signal }: Run): Promise<Postmaster> {
  const flags = Object.entries({ ...settings, ...address.settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  // Detached, in its own process group: Ctrl-C in a terminal reaches the whole group, and PostgreSQL must keep running while we drain.
  const child = spawnProgram(programs, 'postgres', cluster, (folder) => ['-D', folder, ...flags], { detached: true })
  const output: string[] = []
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', (error) => reject(startError(programs, error)))
    child.once('exit', (code, killer) => resolve(killer ?? `exit code ${code}`))
  })
  const ready = new Promise<'ready'>((resolve) => {
    createInterface({ input: child.stderr as NonNullable<ChildProcess['stderr']> }).on('line', (line) => {
      output.push(line)
      if (output.length > 30) output.shift()
      log(`postgres: ${line}`)
      if (line.includes('database system is ready to accept connections')) resolve('ready')
    })
  })
  // A dead server's pid may already belong to another process: never signal it.
  const over = () => child.exitCode !== null || child.signalCode !== null
  const stop = async () => (over() ? undefined : stopProcess(programs, child.pid as number, ended))
  const interrupt = () => {
    if (!over()) child.kill('SIGINT')
  }
  signal.addEventListener('abort', stop)
  try {
    const first = await Promise.race([ready, ended])
    if (first === 'ready') return { pid: child.pid as number, ended, stop, interrupt }
    await delay(50) // Its last lines may still be in the pipe.
    throw new ProgramFailed(`PostgreSQL ended while it started (${first}).`, output)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function stopProcess(programs: Programs, pid: number, ended: Promise<unknown>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    await send(programs, pid, signal)
    const gaveUp = new AbortController()
    const over = await Promise.race([ended.then(() => true), delay(10_000, false, { signal: gaveUp.signal }).catch(() => false)])
    gaveUp.abort()
    if (over) return
  }
}

/**
 * Cleans up after a server that did not shut down in order. Stops one that still runs because its Reeve was killed.
 * @throws StartupError if that server does not end, or if one answers that this process cannot see
 */
export async function clearLeftover({ programs, cluster, address, log }: Run): Promise<void> {
  const path = join(cluster, 'postmaster.pid')
  const pid = readPid(path)
  if (pid !== undefined && servesCluster(pid, cluster)) {
    log(`PostgreSQL of an earlier Reeve still runs as process ${pid}: stopping it`)
    await stopProcess(programs, pid, gone(pid))
    if (processStart(pid) !== undefined)
      throw new StartupError(`PostgreSQL of an earlier Reeve, process ${pid}, does not end: end it (kill ${pid}) and start again.`)
  }
  if (await answers(address))
    throw new StartupError(
      `A PostgreSQL that this process cannot see, probably in another container, already runs on ${cluster}: stop it, or set ` +
        'REEVE_DATA to another folder.',
    )
  // After a crash the pid in the file may belong to an unrelated process, or to a zombie that nobody has reaped: PostgreSQL would take it
  // for a running server. Removing the file would also drop the key of the shared memory, by which it detects surviving backends. So only
  // the pid is replaced, with ours: PostgreSQL knows that its parent is no server.
  const left = readPid(path)
  if (left !== undefined) writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+/, String(process.pid)))
  // The socket's own lock file has the same problem, and the file above is protection enough.
  rmSync(join(cluster, '.s.PGSQL.5432.lock'), { force: true })
}

async function gone(pid: number): Promise<void> {
  const until = Date.now() + 40_000 // Longer than stopProcess() tries.
  while (processStart(pid) !== undefined && Date.now() < until) await delay(20)
}

const readPid = (path: string) => Number.parseInt(readIfThere(path) ?? '', 10) || undefined

/** Sends a signal. Windows has none: PostgreSQL's processes listen there for those of pg_ctl. */
async function send(programs: Programs, pid: number, signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
  try {
    if (process.platform === 'win32' && signal !== 'SIGKILL')
      await runProgram(programs, 'pg_ctl', '/', () => ['kill', signal.slice(3), String(pid)])
    else process.kill(pid, signal)
  } catch {
    // It has already ended.
  }
}
