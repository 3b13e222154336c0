/** The processes of the test: in a folder of their own, logging to a file each, and gone at the end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { clusterProcesses } from '../../src/db/embedded/processes.ts'

export const root = resolve(import.meta.dirname, '../..')

export interface Stage {
  base: string
  /** The folder of PostgreSQL's programs. */
  postgres: string
  spawn(name: string, program: string, args: string[], env?: Record<string, string>): ChildProcess
  /** Kills whatever is left, and deletes the folder unless it is `kept`. */
  clear(kept: boolean): void
}

/** @param base an empty folder of ours */
export function createStage(base: string, postgres: string): Stage {
  const children = new Set<ChildProcess>()
  return {
    base,
    postgres,
    spawn(name, program, args, env = {}) {
      const log = openSync(join(base, `${name}.log`), 'a')
      const { PATH = '' } = process.env
      const child = spawn(program, args, { env: { PATH, HOME: base, LANG: 'C.UTF-8', ...env }, cwd: base, stdio: ['ignore', log, log] })
      closeSync(log)
      children.add(child.on('exit', () => children.delete(child)))
      return child
    },
    clear(kept) {
      for (const child of children) child.kill('SIGKILL')
      // PostgreSQL is no child of ours, but of Patroni, and lives on without it.
      for (const name of readdirSync(base)) signalAll(clusterProcesses(join(base, name)), 'SIGKILL')
      if (!kept) rmSync(base, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

export function signalAll(pids: number[], signal: NodeJS.Signals) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended with its parent.
    }
  }
}
