/** Caches pages of lists while the tenant's data does not change: entries are keyed by the version that they were read at. */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { lookUpCounter } from '../lib/metrics.ts'
import type { VersionOf } from './versions.ts'

/** A page read in one snapshot, and the version of that snapshot. */
export interface ReadPage {
  version: string
  body: Buffer
}
export interface CachedPage extends ReadPage {
  etag: string
}

export interface ListCache {
  /**
   * Returns the current page: from the cache if its version is current, else from `read`. `read` receives the version if it was looked up.
   * Concurrent identical requests share one read.
   */
  page(key: string, resellerId: number, read: (version?: string) => Promise<ReadPage>): Promise<CachedPage>
  /** Returns the cached value of this name, and its version. */
  get<T>(name: string): { version: string; value: T } | undefined
  /** Caches a value that was read in a snapshot of this version, such as a count or context, and returns it. `size` is in bytes. */
  set<T>(name: string, version: string, value: T, size?: number): T
}

/** @param build changes with the code that builds responses, because clients keep ETags longer than servers run */
export function createListCache(versionOf: VersionOf, build: string, bytes = 64 * 1024 * 1024): ListCache {
  const pages = new LRUCache<string, CachedPage>({ maxSize: bytes, sizeCalculation: ({ body }, key) => body.length + key.length + 200 })
  const values = new LRUCache<string, { version: string; value: unknown }>({ max: 20_000, maxSize: bytes / 4 })
  const count = lookUpCounter('pages')
  const reading = new Map<string, Promise<CachedPage>>()

  async function make(key: string, read: (version?: string) => Promise<ReadPage>, version?: string): Promise<CachedPage> {
    const made = await read(version)
    const etag = `"${createHash('sha256').update(`${build} ${key} ${made.version}`).digest('base64url').slice(0, 22)}"`
    const page = { ...made, etag }
    pages.set(key, page)
    return page
  }

  return {
    async page(key, resellerId, read) {
      if (!pages.has(key)) {
        count(false)
        return make(key, read) // reading returns the version as well
      }
      const version = await versionOf(resellerId)
      const known = pages.get(key)
      count(known?.version === version)
      if (known?.version === version) return known
      const at = `${version} ${key}`
      let read_ = reading.get(at)
      if (!read_) {
        read_ = make(key, read, version).finally(() => reading.delete(at))
        reading.set(at, read_)
      }
      return read_
    },
    get: <T>(name: string) => values.get(name) as { version: string; value: T } | undefined,
    set(name, version, value, size = 0) {
      values.set(name, { version, value }, { size: name.length + size + 200 })
      return value
    },
  }
}
