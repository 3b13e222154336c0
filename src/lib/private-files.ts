/** Files that only the server's account may read: the data folder and its contents. Modes apply from creation, whatever the umask. */
import { randomUUID } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Creates the folder, or removes other accounts' access to an existing one. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  closeToOthers(path)
}

/**
 * Removes the permissions of group and others, and returns whether they had any. Leaves what belongs to another account: somebody chose to
 * give us access to it.
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

/** Writes or replaces a file atomically. */
export function writePrivate(path: string, text: string): void {
  const draft = writeDraft(path, text)
  renameSync(draft, path)
  syncFolder(dirname(path))
}

/** Creates a file atomically. Of several concurrent calls one succeeds; an existing file stays. */
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

/** Syncs a folder: a rename survives a power failure only once its folder is on disk. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return // Folders cannot be opened there; NTFS journals renames.
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
