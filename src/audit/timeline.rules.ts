/** The timeline of an account: its three logs merged, newest first, with a position in each. */
import type { ScopedSql } from '../db/scope.ts'
import { type Audience, countedLogins, entriesAfter, type Log, requests, statusChanges } from './activity.queries.ts'

/** Each log with the name of its entries. At the same instant, entries come in this order. */
const logs: readonly (readonly [kind: string, log: Log])[] = [
  ['status_change', statusChanges],
  ['request', requests],
  ['sign_in', countedLogins],
]

/** By log, the id of the last entry returned; null before the first. */
export type TimelinePosition = readonly (number | null)[]

export const timelineStart: TimelinePosition = logs.map(() => null)

/**
 * Returns up to `limit` entries after a position, as JSON, and the position of the last one. Each log is walked in order of its ids, so an
 * entry appears exactly once even where times and ids are not in the same order. Every page costs the same: `limit` entries of each log.
 */
export async function timelineAfter(db: ScopedSql, audience: Audience, position: TimelinePosition, limit: number) {
  const heads = await Promise.all(logs.map(([, log], n) => entriesAfter(db, log, audience, position[n] ?? undefined, limit)))
  const taken = logs.map(() => 0)
  const documents: Buffer[] = []
  while (documents.length < limit) {
    const next = heads.map((rows, n) => rows[taken[n] as number])
    const newest = next.reduce((best, row, n) => (row && row.at > (next[best]?.at ?? '') ? n : best), 0)
    const row = next[newest]
    if (!row) break
    documents.push(Buffer.from(`{"kind":"${logs[newest]?.[0]}","at":"${row.at}","entry":${row.document}}`))
    taken[newest] = (taken[newest] as number) + 1
  }
  const last = taken.map((count, n) => heads[n]?.[count - 1]?.id ?? position[n] ?? null)
  return { documents, position: last }
}
