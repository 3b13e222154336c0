/** Allows one Reeve process per data folder: the lock file `reeve.pid`. */
import { createHash, randomUUID } from 'node:crypto'
import { linkSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere } from '../../lib/read-if-there.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { pidNamespace, processStart } from './processes.ts'

/**
 * Locks the folder for this process and returns the function that unlocks it (idempotent). Throws StartupError while another process, or
 * this one, holds the lock. `serverAnswers` returns whether a PostgreSQL of this folder accepts connections. The file has four lines: pid,
 * start time of that process, its pid namespace, and a unique token.
 *
 * A lock is stale when its process is gone or its pid belongs to a later one. Removing a stale lock is the dangerous step: a slow process
 * might remove the fresh lock of a faster one. So the right to remove *this* stale lock is itself a lock, named after its content. Its
 * holder reads the lock again before removing it; the same content never comes back. A holder killed at this point leaves that second lock
 * stale, and the same rule takes it over.
 *
 * Limits: pids are compared within one pid namespace. A lock from another container counts as stale unless the server answers (each restart
 * of a container makes a new namespace), so two containers that start in the same second may both get it. Two machines on one network
 * folder are not told apart at all.
 */
export async function lockFolder(folder: string, serverAnswers: () => Promise<boolean>): Promise<() => void> {
  const path = join(folder, 'reeve.pid')
  const token = randomUUID()
  const content = `${[process.pid, processStart(process.pid) ?? '', pidNamespace(), token].join('\n')}\n`
  const draft = `${path}.${token}`
  // Written aside and linked into place, so that a lock appears atomically and never replaces another.
  writeFileSync(draft, content, { flag: 'wx', mode: 0o644 })
  try {
    await claim(draft, path, folder, serverAnswers)
  } finally {
    rmSync(draft, { force: true })
  }
  return () => {
    if (readIfThere(path) === content) rmSync(path, { force: true })
  }
}

async function claim(draft: string, path: string, folder: string, serverAnswers: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (linkIfFree(draft, path)) return
    const found = readIfThere(path)
    if (found === undefined) continue // Unlocked since.
    const [pid = '', started, namespace] = found.split('\n')
    const near = namespace === pidNamespace()
    if (near ? processStart(Number(pid)) === started : await serverAnswers()) {
      throw new StartupError(
        `Reeve already runs on ${folder}, as process ${pid}${near ? '' : ' of another container'}: stop that one first, or set ` +
          'REEVE_DATA to another folder.',
      )
    }
    const right = `${join(folder, 'reeve.pid')}.stale-${createHash('sha256').update(found).digest('hex').slice(0, 16)}`
    await claim(draft, right, folder, serverAnswers)
    try {
      if (readIfThere(path) === found) unlinkSync(path)
    } finally {
      unlinkSync(right)
    }
  }
}

function linkIfFree(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
