/** Child processes of a benchmark: started with a small environment, their output in files, stopped together whatever happens. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export interface Child {
  pid: number
  /** The first group of what first matches in its output; rejects with its last lines where it ends before. */
  said(pattern: RegExp): Promise<string>
  /** Resolves when it has ended, however. */
  ended: Promise<void>
  /** SIGTERM, and SIGKILL half a minute later; resolves when it has ended. */
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void stopChildren().finally(() => process.exit(130)))

/** `output` is the file that gets what it says: a pipe would cost us the reading of its request log. */
export function startChild(output: string, args: string[], env: Record<string, string> = {}, cwd = process.cwd()): Child {
  const { PATH = '', HOME = '', TMPDIR } = process.env
  const file = openSync(output, 'w')
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...env },
    stdio: ['ignore', file, file],
  })
  closeSync(file)
  running.add(child)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child)
      resolve()
    })
  })
  return {
    pid: child.pid ?? 0,
    ended,
    async said(pattern) {
      for (;;) {
        const over = child.exitCode !== null || child.signalCode !== null
        const text = readFileSync(output, 'utf8')
        const found = pattern.exec(text)
        if (found) return found[1] ?? found[0]
        if (over) throw new Error(`${args.join(' ')} ended:\n${text.slice(-2000)}`)
        await delay(2)
      }
    },
    stop: () => stop(child),
  }
}

export const stopChildren = async () => {
  await Promise.all([...running].map(stop))
}

async function stop(child: ChildProcess) {
  if (!running.has(child)) return
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  await ended
  clearTimeout(killer)
}
