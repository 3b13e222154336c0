/** Files of a backup: written, synced and hashed without blocking the process. */
import { createHash, type Hash, randomUUID } from 'node:crypto'
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const CHUNK = 256 * 1024

export interface Copied {
  bytes: number
  sha256: string
}

/**
 * Copies a file into a new one that only its owner may read. The source may change meanwhile, and what was written is hashed. Returns
 * undefined if there is no source (any more). Does not sync.
 */
export async function copyHashed(source: string, target: string, signal?: AbortSignal): Promise<Copied | undefined> {
  const from = await openIfThere(source)
  if (from === undefined) return undefined
  try {
    const to = await open(target, 'wx', 0o600)
    try {
      const hash = createHash('sha256')
      let bytes = 0
      for await (const chunk of chunksOf(from, 0, Number.POSITIVE_INFINITY)) {
        signal?.throwIfAborted()
        hash.update(chunk)
        await writeAll(to, chunk, bytes)
        bytes += chunk.length
      }
      return { bytes, sha256: hash.digest('hex') }
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}

/** Yields the bytes of a file in [from, to), or to its end. A chunk is valid until the next one is asked for. */
export async function* chunksOf(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK)
  for (let at = from; at < to; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, to - at), at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** Syncs a file that is written. To write many and then sync them takes far less time than to sync each at once. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+') // Windows syncs only what may be written.
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** Hashes the first `length` bytes of a file; undefined if there is no file. */
export async function hashFile(path: string, length: number): Promise<Hash | undefined> {
  const file = await openIfThere(path)
  if (file === undefined) return undefined
  try {
    const hash = createHash('sha256')
    for await (const chunk of chunksOf(file, 0, length)) hash.update(chunk)
    return hash
  } finally {
    await file.close()
  }
}

export async function openIfThere(path: string, flags = 'r'): Promise<FileHandle | undefined> {
  return open(path, flags).catch(unlessMissing)
}

export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(unlessMissing)
}

/** Writes or replaces a file atomically. */
export async function writeSynced(path: string, content: string | Buffer): Promise<void> {
  const draft = `${path}.${randomUUID().slice(0, 8)}`
  try {
    await writeFile(draft, content, { mode: 0o600, flag: 'wx', flush: true })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

/** A new or renamed file survives a power failure only once its folder is on disk. Windows cannot open folders; NTFS journals renames. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
