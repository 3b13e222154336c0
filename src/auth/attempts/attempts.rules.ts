/** Guessing is slow: who failed of late waits, longer each time, before the next attempt is looked at. */
import { setTimeout } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { SystemSql } from '../../db/scope.ts'
import { ApiError, errors } from '../../http/errors.ts'
import { networkOf } from '../../http/origin.ts'
import { ownerOfRequest } from '../../http/owners.ts'
import { isPassword } from '../../lib/passwords.ts'
import { createKeyedSemaphore } from '../../lib/semaphore.ts'
import { type Counter, forget, giveBack, isKnownPlace, knowPlace, type Limit, reserve, waits } from './attempts.queries.ts'

/**
 * An address may belong to many people: much is free, and nobody behind it waits longer than a minute for another's failures. Who guesses a
 * user's codes knows the password: so codes are counted by user, from wherever they come, and that keeps out nobody who is not known to
 * somebody else as well (see two-step.proof.ts).
 */
const limits = {
  /** An email from an address: whatever proves who one is by something that could be guessed. */
  proof: { free: 5, longest: 900, hours: 24 },
  /** The same, where it signed in before, while others' failures keep the address waiting. */
  reserve: { free: 5, longest: 900, hours: 24 },
  address: { free: 100, longest: 60, hours: 1 },
  /** Links for a forgotten password: an email from an address, and the address. Nobody is kept from them by wrong passwords. */
  link: { free: 3, longest: 900, hours: 24 },
  address_of_links: { free: 100, longest: 60, hours: 1 },
  /** Passkeys cannot be guessed: who fails is kept waiting, and out of the log, but never who holds one. */
  passkey: { free: 100, longest: 60, hours: 1 },
  /** Of a user, in a row. */
  code: { free: 10, longest: 86_400, hours: 168 },
  backup_code: { free: 10, longest: 86_400, hours: 168 },
  pending_code: { free: 10, longest: 900, hours: 24 },
  /** Given in a session, without the password: apart, so that who took a session cannot keep the user from signing in. */
  session_code: { free: 10, longest: 86_400, hours: 168 },
} as const satisfies Record<string, Limit>

type Kind = keyof typeof limits
export type CodeKind = 'code' | 'backup_code' | 'pending_code' | 'session_code'

/** An email is known for so many days where it signed in. */
const KNOWN_DAYS = 90

/**
 * While an address waits its refusals come so late, in milliseconds: by then the password of an email that is known there was looked at, so
 * that nobody can tell by the time which emails those are.
 */
const REFUSED_AFTER = 1000

/**
 * Attempts for one email from one address come one after another, so that some at once with the right password do not take each other's
 * attempts; then those from one address, so that the queue for hashing holds one of each, and whoever asks for one email often has one place
 * before it. Each process has its own turns: that guesses at once get no more than guesses in a row is the database's part (reserve).
 */
const turns = createKeyedSemaphore({ name: 'attempts_of_address', queue: 50, timeout: 10_000 })

const counted = (kind: Kind, place: string, email = ''): readonly [Counter & { kind: Kind }, Limit] => [
  { kind, place, email: email.toWellFormed().replaceAll('\0', '') },
  limits[kind],
]

/**
 * Runs a proof of who somebody is, unless too many failed of late from the same address, for this email or any. Undefined is a failure, for
 * whatever reason; else the failures for this email from this address are forgotten. Blocked, unknown and wrong count alike.
 *
 * Others' failures do not refuse an email that signed in from this address before: it has attempts of its own in reserve. Who has none of them
 * cannot tell: a wrong password then gets the refusal that any other email gets, as late as any other.
 * @throws 429 where it is to wait
 */
export async function attempt<T>(
  system: SystemSql,
  request: FastifyRequest,
  email: string,
  proof: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const place = networkOf(request)
  const [address, pair, spare] = [counted('address', place), counted('proof', place, email), counted('reserve', place, email)] as const
  const [addressWaits = 0, pairWaits = 0, spareWaits = 0] = await waits(system, [address, pair, spare])
  if (addressWaits <= 0) {
    if (pairWaits > 0) throw tooMany('proof', pairWaits)
    const outcome = await inTurn([`${place} ${email}`, place], () => count(system, [address, pair], proof))
    if (!('refused' in outcome)) return outcome.proven
    if (outcome.refused.index === 1) throw tooMany('proof', outcome.refused.wait)
    throw tooMany('address', outcome.refused.wait)
  }
  const late = setTimeout(REFUSED_AFTER)
  if (spareWaits <= 0 && (await isKnownPlace(system, pair[0]))) {
    const outcome = await inTurn([`${place} ${email}`], () => count(system, [spare], proof)).catch((error) => {
      if (error instanceof ApiError && error.status === 503) return { proven: undefined } // too busy to look: the refusal is the same
      throw error
    })
    if ('proven' in outcome && outcome.proven !== undefined) return outcome.proven
  }
  await late
  throw tooMany('address', addressWaits)
}

type Outcome<T> = { proven: T | undefined } | { refused: { index: number; wait: number } }

/** The last counter is the email's own: it is forgotten on success, and what was counted beside it given back. */
async function count<T>(
  system: SystemSql,
  counters: readonly (readonly [Counter, Limit])[],
  proof: () => Promise<T | undefined>,
): Promise<Outcome<T>> {
  const all = counters.map(([counter]) => counter)
  const own = all.at(-1) as Counter
  const { refused } = await reserve(system, counters)
  if (refused) return { refused }
  // What is thrown is neither a success nor a failure: a busy server, or a code that is asked for.
  const proven = await proof().catch(async (error) => {
    await giveBack(system, all)
    throw error
  })
  if (proven !== undefined) {
    const [pair, spare] = [
      { ...own, kind: 'proof' },
      { ...own, kind: 'reserve' },
    ]
    await giveBack(system, all.slice(0, -1))
    await forget(system, [pair, spare])
    await knowPlace(system, pair, KNOWN_DAYS)
  }
  return { proven }
}

async function inTurn<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
  const [key, ...rest] = keys
  if (key === undefined) return run()
  const leave = await turns.acquire(key)
  try {
    return await inTurn(rest, run)
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
  const place = networkOf(request)
  const { refused } = await reserve(system, [counted('address_of_links', place), counted('link', place, email)])
  if (refused) throw tooMany(refused.index === 0 ? 'address_of_links' : 'link', refused.wait)
}

/** Counts a passkey that did not sign anybody in. @throws 429 where too many of an address did not */
export async function countPasskeyFailure(system: SystemSql, request: FastifyRequest): Promise<void> {
  const { refused } = await reserve(system, [counted('passkey', networkOf(request))])
  if (refused) throw tooMany('passkey', refused.wait)
}

/**
 * Runs the check of a user's code, unless too many in a row were wrong, from wherever they came. A right one begins the count anew.
 * @param wrong is told how many in a row were wrong, with this one
 * @throws 429 where it is to wait
 */
export async function attemptCode<T>(
  system: SystemSql,
  kind: CodeKind,
  userId: number,
  check: () => Promise<T | undefined>,
  wrong: (inARow: number) => Promise<void> = async () => {},
): Promise<T | undefined> {
  const counter = counted(kind, String(userId))
  const { refused, counts } = await reserve(system, [counter])
  if (refused) throw tooMany(kind, refused.wait)
  const right = await check().catch(async (error) => {
    await giveBack(system, [counter[0]])
    throw error
  })
  if (right === undefined) await wrong(counts[0] ?? 0)
  else await forget(system, [counter[0]])
  return right
}

const policies: Partial<Record<Kind, string>> = {
  address: 'attempts-of-address',
  address_of_links: 'attempts-of-address',
  passkey: 'passkeys',
  code: 'codes',
  backup_code: 'codes',
  pending_code: 'codes',
  session_code: 'codes',
}

function tooMany(kind: Kind, wait: number) {
  const { free: most, hours } = limits[kind]
  const name = policies[kind] ?? 'attempts'
  const what = name === 'codes' ? 'wrong codes' : 'failed attempts'
  return errors.tooMany(`Too many ${what}. Try again in ${duration(wait)}.`, 'too_many_attempts', { name, most, span: hours * 3600, wait })
}

const duration = (seconds: number) => (seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds)} seconds`)
