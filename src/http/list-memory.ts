/** Answers to lists remembered while the tenant's data stays as it is, exactly: they are kept under the version they were read at. */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { VersionOf } from '../db/versions.ts'

export interface RememberedPage {
  version: string
  etag: string
  body: Buffer
}

export interface ListMemory {
  versionOf: VersionOf
  /** The page as it was read at this version, or what `read` makes of it now; of equal requests at once one reads. */
  page(key: string, version: string, read: () => Promise<{ version: string; body: Buffer }>): Promise<RememberedPage>
  /** Likewise a count. The snapshot that counts is the one that `version` was read in. */
  count(key: string, version: string, read: () => Promise<number>): Promise<number>
}

/** @param build changes with the code that makes the answers, for clients keep ETags longer than servers live */
export function createListMemory(versionOf: VersionOf, build: string, bytes = 64 * 1024 * 1024): ListMemory {
  const pages = new LRUCache<string, RememberedPage>({ maxSize: bytes, sizeCalculation: ({ body }, key) => body.length + key.length + 200 })
  const counts = new LRUCache<string, { version: string; total: number }>({ max: 20_000 })
  const reading = new Map<string, Promise<RememberedPage>>()

  async function read(key: string, make: () => Promise<{ version: string; body: Buffer }>): Promise<RememberedPage> {
    const { version, body } = await make()
    const etag = `"${createHash('sha256').update(`${build} ${key} ${version}`).digest('base64url').slice(0, 22)}"`
    const page = { version, etag, body }
    pages.set(key, page)
    return page
  }

  return {
    versionOf,
    async page(key, version, make) {
      const known = pages.get(key)
      if (known?.version === version) return known
      const at = `${version} ${key}`
      let read_ = reading.get(at)
      if (!read_) {
        read_ = read(key, make).finally(() => reading.delete(at))
        reading.set(at, read_)
      }
      return read_
    },
    async count(key, version, make) {
      const known = counts.get(key)
      if (known?.version === version) return known.total
      const total = await make()
      counts.set(key, { version, total })
      return total
    },
  }
}
