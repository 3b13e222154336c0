/** Files that only the account of this server may read: the data folder and what lies in it. Modes hold from the first moment, whatever the umask. */
import { randomUUID } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes the folder, or closes one that is there to other accounts. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  closeToOthers(path)
}

/**
 * Takes away what group and others may do, and answers whether they could do anything. What belongs to another account stays as it is: it was
 * made and given to us by somebody who had reasons.
 */
export function closeToOthers(path: string): boolean {
  if (process.platform === 'win32') return false
  const { mode } = statSync(path)
  if ((mode & 0o077) === 0) return false
  try {
    chmodSync(path, mode & 0o700)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
  return true
}

/** Writes or replaces a file: at any moment it is the old one or the new one, whole. */
export function writePrivate(path: string, text: string): void {
  const draft = writeDraft(path, text)
  renameSync(draft, path)
  syncFolder(dirname(path))
}

/** Creates a file, whole from its first moment. Of several that do so at once one succeeds; where it is there already it stays. */
export function createPrivate(path: string, text: string): void {
  const draft = writeDraft(path, text)
  try {
    linkSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function writeDraft(path: string, text: string): string {
  const draft = `${path}.${randomUUID().slice(0, 8)}`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true })
  return draft
}

/** A rename outlives a power cut only once its folder is on disk. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return // Folders cannot be opened there; NTFS keeps renames in its journal.
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
