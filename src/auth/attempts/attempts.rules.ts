/** Slows down guessing: recent failures delay the next attempt, longer each time. */
import { setTimeout } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { SystemSql } from '../../db/scope.ts'
import { ApiError, errors } from '../../http/errors.ts'
import { networkOf } from '../../http/origin.ts'
import { ownerOfRequest } from '../../http/owners.ts'
import { isPassword } from '../../lib/passwords.ts'
import { createKeyedSemaphore } from '../../lib/semaphore.ts'
import {
  addKnownNetwork,
  backoffs,
  type Counter,
  forget,
  isKnownNetwork,
  type Limit,
  releaseAttempts,
  reserveAttempts,
} from './attempts.queries.ts'

/**
 * Many people may share an address, so it has many free failures, and nobody behind it waits longer than a minute because of others.
 * Guessing codes takes the user's password, so codes are counted by user, wherever they come from: this locks out only users whose
 * password somebody else knows (see two-step.verifier.ts).
 */
const limits = {
  /** Per email and address: verification by anything that can be guessed. */
  proof: { free: 5, longest: 900, hours: 24 },
  /** The same from a known network, while others' failures keep the address waiting. */
  reserve: { free: 5, longest: 900, hours: 24 },
  address: { free: 100, longest: 60, hours: 1 },
  /** Links for a forgotten password, per email and address, and per address. Wrong passwords do not block them. */
  link: { free: 3, longest: 900, hours: 24 },
  address_of_links: { free: 100, longest: 60, hours: 1 },
  /** Passkeys cannot be guessed: too many failures are refused and not logged, but a valid passkey never waits. */
  passkey: { free: 100, longest: 60, hours: 1 },
  /** Per user, in a row. */
  code: { free: 10, longest: 86_400, hours: 168 },
  backup_code: { free: 10, longest: 86_400, hours: 168 },
  pending_code: { free: 10, longest: 900, hours: 24 },
  /** Given in a session, without the password. Counted apart, so that a stolen session cannot keep the user from signing in. */
  session_code: { free: 10, longest: 86_400, hours: 168 },
} as const satisfies Record<string, Limit>

type Kind = keyof typeof limits
export type CodeKind = 'code' | 'backup_code' | 'pending_code' | 'session_code'

/** Days for which the network of a sign-in stays known. */
const KNOWN_DAYS = 90

/**
 * Delay of refusals while an address waits, in milliseconds. By then the password of an email known there has been checked, so timing does
 * not reveal which emails are known.
 */
const REFUSED_AFTER = 1000

/**
 * Serializes attempts per email and address, so that concurrent ones with the right password do not use up each other's attempts. Then
 * serializes them per address: the hashing queue holds one attempt of each address, and many attempts for one email take one place in the
 * queue of their address. Each process has its own queues; the database limits concurrent guesses like sequential ones (reserve).
 */
const attemptQueue = createKeyedSemaphore({ name: 'attempts_of_address', queue: 50, timeout: 10_000 })

const counted = (kind: Kind, place: string, email = ''): readonly [Counter & { kind: Kind }, Limit] => [
  { kind, place, email: email.toWellFormed().replaceAll('\0', '') },
  limits[kind],
]

/**
 * Runs a verification, unless too many failed recently from the same address, for this email or for any. Undefined is a failure, whatever
 * the reason: blocked, unknown and wrong count alike. Any other result clears the failures for this email from this address.
 *
 * Others' failures do not block an email from a known network: it has a reserve of attempts. Outsiders cannot tell which emails have one,
 * because a wrong password gets the same refusal after the same delay as any other email.
 * @throws 429 if the attempt has to wait
 */
export async function attempt<T>(
  system: SystemSql,
  request: FastifyRequest,
  email: string,
  proof: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const place = networkOf(request)
  const [address, pair, spare] = [counted('address', place), counted('proof', place, email), counted('reserve', place, email)] as const
  const [addressWaits = 0, pairWaits = 0, spareWaits = 0] = await backoffs(system, [address, pair, spare])
  if (addressWaits <= 0) {
    if (pairWaits > 0) throw tooMany('proof', pairWaits)
    const outcome = await inTurn([`${place} ${email}`, place], () => count(system, [address, pair], proof))
    if (!('refused' in outcome)) return outcome.proven
    if (outcome.refused.index === 1) throw tooMany('proof', outcome.refused.wait)
    throw tooMany('address', outcome.refused.wait)
  }
  const late = setTimeout(REFUSED_AFTER)
  if (spareWaits <= 0 && (await isKnownNetwork(system, pair[0]))) {
    const outcome = await inTurn([`${place} ${email}`], () => count(system, [spare], proof)).catch((error) => {
      if (error instanceof ApiError && error.status === 503) return { proven: undefined } // too busy to check: the same refusal
      throw error
    })
    if ('proven' in outcome && outcome.proven !== undefined) return outcome.proven
  }
  await late
  throw tooMany('address', addressWaits)
}

type Outcome<T> = { proven: T | undefined } | { refused: { index: number; wait: number } }

/** The last counter is the email's own. Success clears it and takes back the attempt on the others. */
async function count<T>(
  system: SystemSql,
  counters: readonly (readonly [Counter, Limit])[],
  proof: () => Promise<T | undefined>,
): Promise<Outcome<T>> {
  const all = counters.map(([counter]) => counter)
  const own = all.at(-1) as Counter
  const { refused } = await reserveAttempts(system, counters)
  if (refused) return { refused }
  // An error is neither a success nor a failure: the server is busy, or a code is missing.
  const proven = await proof().catch(async (error) => {
    await releaseAttempts(system, all)
    throw error
  })
  if (proven !== undefined) {
    const [pair, spare] = [
      { ...own, kind: 'proof' },
      { ...own, kind: 'reserve' },
    ]
    await releaseAttempts(system, all.slice(0, -1))
    await forget(system, [pair, spare])
    await addKnownNetwork(system, pair, KNOWN_DAYS)
  }
  return { proven }
}

async function inTurn<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
  const [key, ...rest] = keys
  if (key === undefined) return run()
  const leave = await attemptQueue.acquire(key)
  try {
    return await inTurn(rest, run)
  } finally {
    leave()
  }
}

/** Verifies a password against a hash. Failures count for the email and the address. @throws 429 after too many */
export type VerifyPassword = (request: FastifyRequest, email: string, hash: string | null, password: string) => Promise<boolean>

export const createVerifyPassword =
  (system: SystemSql): VerifyPassword =>
  async (request, email, hash, password) =>
    (await attempt(system, request, email, async () => (await isPassword(hash, password, ownerOfRequest(request))) || undefined)) ?? false

/** Counts a request that costs somebody else something, such as a mail. @throws 429 after too many */
export async function countLink(system: SystemSql, request: FastifyRequest, email: string): Promise<void> {
  const place = networkOf(request)
  const { refused } = await reserveAttempts(system, [counted('address_of_links', place), counted('link', place, email)])
  if (refused) throw tooMany(refused.index === 0 ? 'address_of_links' : 'link', refused.wait)
}

/** Counts a failed passkey sign-in. @throws 429 after too many from one address */
export async function countPasskeyFailure(system: SystemSql, request: FastifyRequest): Promise<void> {
  const { refused } = await reserveAttempts(system, [counted('passkey', networkOf(request))])
  if (refused) throw tooMany('passkey', refused.wait)
}

/**
 * Checks a user's code, unless too many in a row were wrong, wherever they came from. A right code resets the count.
 * @param wrong receives how many in a row were wrong, including this one
 * @throws 429 if the attempt has to wait
 */
export async function attemptCode<T>(
  system: SystemSql,
  kind: CodeKind,
  userId: number,
  check: () => Promise<T | undefined>,
  wrong: (inARow: number) => Promise<void> = async () => {},
): Promise<T | undefined> {
  const counter = counted(kind, String(userId))
  const { refused, counts } = await reserveAttempts(system, [counter])
  if (refused) throw tooMany(kind, refused.wait)
  const right = await check().catch(async (error) => {
    await releaseAttempts(system, [counter[0]])
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
