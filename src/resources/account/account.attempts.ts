/** Guessing is slow: who failed of late waits, longer each time, before the next attempt is looked at. */
import type { FastifyRequest } from 'fastify'
import type { SystemSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { networkOf } from '../../http/origin.ts'
import { ownerOfRequest } from '../../http/owners.ts'
import { isPassword } from '../../lib/passwords.ts'
import { createKeyedSemaphore } from '../../lib/semaphore.ts'

/** What is counted. Whatever proves who one is by something that could be guessed is `proof`; each link asked for by nobody known is a `link`. */
type Kind = 'proof' | 'link'

interface Limit {
  /** So many failures cost nothing; each one more a second, doubled each time. */
  free: number
  /** At longest, in seconds. */
  longest: number
  /** Failures are forgotten when there was none for so many hours. */
  hours: number
}

/** An address may belong to many people: much is free, and nobody behind it waits longer than a minute for another's failures. */
const limits: Record<Kind | 'address', Limit> = {
  proof: { free: 5, longest: 900, hours: 24 },
  link: { free: 3, longest: 900, hours: 24 },
  address: { free: 100, longest: 60, hours: 1 },
}

/**
 * Attempts from one address come one after another, so that each knows how those before it ended: many at once get no more than many in a
 * row, and the queue for hashing holds one of each address. Each process has its own turns.
 */
const turns = createKeyedSemaphore({ name: 'attempts_of_address', queue: 50, timeout: 10_000 })

/**
 * Runs a proof of who somebody is, unless too many failed of late from the same address, for this email or any. Undefined is a failure, for
 * whatever reason; else the failures for this email from this address are forgotten. Blocked, unknown and wrong count alike.
 * @throws 429 where it is to wait
 */
export async function attempt<T>(
  system: SystemSql,
  request: FastifyRequest,
  email: string,
  proof: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const keys = keysOf(networkOf(request), 'proof', email)
  const leave = await turns.acquire(keys.place)
  try {
    await admit(system, keys)
    const proven = await proof()
    if (proven === undefined) await fail(system, keys)
    else if (keys.failed) await forget(system, keys)
    return proven
  } finally {
    leave()
  }
}

/** Whether this is the password of that hash, counted by the email of whoever says it. @throws 429 */
export type ProvePassword = (request: FastifyRequest, email: string, hash: string | null, password: string) => Promise<boolean>

export const createProvePassword =
  (system: SystemSql): ProvePassword =>
  async (request, email, hash, password) =>
    (await attempt(system, request, email, async () => (await isPassword(hash, password, ownerOfRequest(request))) || undefined)) ?? false

/** Counts a request that costs somebody else something, as a mail does. @throws 429 */
export async function countLink(system: SystemSql, request: FastifyRequest, email: string): Promise<void> {
  const keys = keysOf(networkOf(request), 'link', email)
  await admit(system, keys)
  await fail(system, keys)
}

interface Keys {
  kind: Kind
  place: string
  email: string
  /** Whether this pair failed before. */
  failed: boolean
}

const keysOf = (place: string, kind: Kind, email: string): Keys => ({
  kind,
  place,
  email: email.toWellFormed().replaceAll('\0', ''),
  failed: false,
})

const pairKey = (sql: SystemSql, { kind, place, email }: Keys) => sql`failure_key(${kind}, ${place}, ${email})`
const addressKey = (sql: SystemSql, { place }: Keys) => sql`failure_key('address', ${place}, '')`

/** One look-up by two keys, whatever the size of the table. */
async function admit(sql: SystemSql, keys: Keys) {
  const rows = await sql<{ pair: boolean; count: number; since: number }[]>`
    SELECT key = ${pairKey(sql, keys)} AS pair, count, extract(epoch FROM reeve_now() - last_at)::float8 AS since
    FROM failures WHERE key IN (${pairKey(sql, keys)}, ${addressKey(sql, keys)}) AND ends_at > reeve_now()`
  keys.failed = rows.some(({ pair }) => pair)
  for (const { pair, count, since } of rows) {
    const limit = limits[pair ? keys.kind : 'address']
    const delay = delayAfter(count, limit)
    const wait = delay - since
    const bounds = { name: pair ? 'attempts' : 'attempts-of-address', most: limit.free, span: limit.hours * 3600, wait }
    if (delay > 0 && wait > 0) throw errors.tooMany(`Too many attempts failed. Try again in ${duration(wait)}.`, bounds)
  }
}

const delayAfter = (count: number, { free, longest }: Limit) => (count < free ? 0 : Math.min(longest, 2 ** (count - free)))

const duration = (seconds: number) => (seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds)} seconds`)

/** The address first: two at once lock in the same order. */
const fail = (sql: SystemSql, keys: Keys) => sql`
  SELECT add_failure(${addressKey(sql, keys)}, ${limits.address.hours} * interval '1 hour'),
    add_failure(${pairKey(sql, keys)}, ${limits[keys.kind].hours} * interval '1 hour')`

const forget = (sql: SystemSql, keys: Keys) => sql`DELETE FROM failures WHERE key = ${pairKey(sql, keys)}`
