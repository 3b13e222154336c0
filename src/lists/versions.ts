/** Tells whether a cached response is still valid: the version of a reseller's data, looked up on every request. */
import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { SystemSql } from '../db/scope.ts'

/** Returns a version that includes every change acknowledged before the call. It is text, because it is only compared. */
export type VersionOf = (resellerId: number) => Promise<string>

/**
 * Looks up versions in batches: requests that arrive during a look-up share the next one. That one begins after they arrived, so none
 * receives a version that is older than its request, and the database serves one look-up at a time.
 */
export function createVersions(sql: SystemSql): VersionOf {
  let waiting = new Map<number, PromiseWithResolvers<string>>()
  let looking = false

  async function look() {
    looking = true
    while (waiting.size > 0) {
      await endOfTurn() // requests of the same turn of the event loop share the look-up
      const asked = waiting
      waiting = new Map()
      try {
        const rows = await sql<{ id: number; version: string }[]>`
          SELECT id, tenant_version(id)::text AS version FROM unnest(${[...asked.keys()]}::bigint[]) AS id`
        for (const { id, version } of rows) asked.get(id)?.resolve(version)
      } catch (error) {
        for (const { reject } of asked.values()) reject(error)
      }
    }
    looking = false
  }

  return (resellerId) => {
    let asked = waiting.get(resellerId)
    if (!asked) {
      asked = Promise.withResolvers()
      waiting.set(resellerId, asked)
    }
    if (!looking) void look()
    return asked.promise
  }
}
