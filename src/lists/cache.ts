/** Answers to lists remembered while the tenant's data stays as it is, exactly: they are kept under the version they were read at. */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { VersionOf } from './versions.ts'

/** A page as one snapshot has it, and the version of that snapshot. */
export interface ReadPage {
  version: string
  body: Buffer
}
export interface RememberedPage extends ReadPage {
  etag: string
}

export interface ListCache {
  /**
   * The page as it is now: remembered, if its version still holds, or what `read` makes of it. `read` is told the version where it was looked up.
   * Of equal requests at once one reads.
   */
  page(key: string, resellerId: number, read: (version?: string) => Promise<ReadPage>): Promise<RememberedPage>
  /** What was kept under the name, and the version that it is of. */
  fact<T>(name: string): { version: string; value: T } | undefined
  /** Keeps what was read in a snapshot of this version, a count or what else pages need, and answers it. */
  keep<T>(name: string, version: string, value: T): T
}

/** @param build changes with the code that makes the answers, for clients keep ETags longer than servers live */
export function createListCache(versionOf: VersionOf, build: string, bytes = 64 * 1024 * 1024): ListCache {
  const pages = new LRUCache<string, RememberedPage>({ maxSize: bytes, sizeCalculation: ({ body }, key) => body.length + key.length + 200 })
  const facts = new LRUCache<string, { version: string; value: unknown }>({ max: 20_000 })
  const reading = new Map<string, Promise<RememberedPage>>()

  async function make(key: string, read: (version?: string) => Promise<ReadPage>, version?: string): Promise<RememberedPage> {
    const made = await read(version)
    const etag = `"${createHash('sha256').update(`${build} ${key} ${made.version}`).digest('base64url').slice(0, 22)}"`
    const page = { ...made, etag }
    pages.set(key, page)
    return page
  }

  return {
    async page(key, resellerId, read) {
      if (!pages.has(key)) return make(key, read) // reading it tells the version as well
      const version = await versionOf(resellerId)
      const known = pages.get(key)
      if (known?.version === version) return known
      const at = `${version} ${key}`
      let read_ = reading.get(at)
      if (!read_) {
        read_ = make(key, read, version).finally(() => reading.delete(at))
        reading.set(at, read_)
      }
      return read_
    },
    fact: <T>(name: string) => facts.get(name) as { version: string; value: T } | undefined,
    keep(name, version, value) {
      facts.set(name, { version, value })
      return value
    },
  }
}
