/** Whether an answer that was given before still holds: the version of a reseller's data, looked up at each request. */
import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { SystemSql } from '../db/scope.ts'

/** The version as it stands after every change that was acknowledged before the call. Text, for it is only compared. */
export type VersionOf = (resellerId: number) => Promise<string>

/**
 * Requests that arrive while a look-up is under way share the next one: it begins after all of them came, so none is told a version
 * older than itself, and however many ask, the database is asked once at a time.
 */
export function createVersions(sql: SystemSql): VersionOf {
  let waiting = new Map<number, PromiseWithResolvers<string>>()
  let looking = false

  async function look() {
    looking = true
    while (waiting.size > 0) {
      await endOfTurn() // whoever else asks in this turn of the event loop shares the look-up
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
