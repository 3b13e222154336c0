/** Passwords: rules for new ones, and argon2id hashes (RFC 9106), computed off the event loop, a few at once. */
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { dictionary } from '@zxcvbn-ts/language-common'
import { createSemaphore, type Owner, sharesOf } from './semaphore.ts'

const ARGON2ID = 2
/** 64 MiB, two passes: about 50 ms of a core on the development machine, and more than OWASP recommends. */
const parameters = { algorithm: ARGON2ID, memoryCost: 65_536, timeCost: 2, parallelism: 1 }
const present = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`

/**
 * Hashing runs on libuv's threads, which also sign tokens and read files, and keeps a core busy: two threads and a core stay free for
 * everything else. Further hashes wait, in a fair order of tenants and callers, and beyond the queue's limit callers are told to retry. A
 * hash is so short that tenants need no limit on permits.
 */
const threads = Number(process.env.UV_THREADPOOL_SIZE) || 4
const permits = Math.max(1, Math.min(availableParallelism() - 1, threads - 2))
const { tenant, caller } = sharesOf({ permits, queue: 100 })
const semaphore = createSemaphore({
  name: 'password_hashing',
  permits,
  queue: 100,
  timeout: 10_000,
  tenant: { queue: tenant.queue },
  caller: { queue: caller.queue },
})

/** @throws Busy if too many wait, like everything that hashes */
export const hashPassword = (password: string, owner: Owner) => semaphore.run(owner, () => hash(password, parameters))

/** Returns whether a hash has the current parameters. */
export const isPresent = (hashed: string) => hashed.startsWith(present)

let decoy: Promise<string> | undefined

/**
 * Verifies a password in constant time, so that the time does not reveal whether an account exists: without a hash it verifies a decoy, and
 * beside a hash with other parameters it verifies the decoy as well. Sign-ins go ahead of setting and comparing passwords.
 */
export async function isPassword(hashed: string | null | undefined, password: string, owner: Owner): Promise<boolean> {
  decoy ??= hash('nobody has this password', parameters)
  const other = await decoy
  const stored = hashed ?? other
  const verifyAll = () => Promise.all([stored, ...(isPresent(stored) ? [] : [other])].map((one) => verify(one, password)))
  const [matches] = await semaphore.run(owner, verifyAll, { first: true })
  return matches === true && hashed != null
}

const SHORTEST = 12
const LONGEST = 128
/** The length from which a part of an address identifies its owner. */
const TELLING = 6
/** How many of a user's last passwords, including the current one, cannot be reused. */
export const LAST_PASSWORDS = 3

const common = new Set(dictionary['passwords-common'])

export type PasswordError = 'too_short' | 'too_long' | 'too_common' | 'too_like_email'

const said: Record<PasswordError, string> = {
  too_short: `At least ${SHORTEST} characters are required.`,
  too_long: `At most ${LONGEST} characters are allowed.`,
  too_common: 'This password is too common.',
  too_like_email: 'The password is too much like the email.',
}

/** Returns why this cannot be the password of a user with that email, in the API's words; empty if it can. */
export function passwordErrors(password: string, email: string): string[] {
  const objection = passwordError(password, email)
  return objection ? [said[objection]] : []
}

export function passwordError(password: string, email: string): PasswordError | undefined {
  const characters = [...password].length
  if (characters < SHORTEST) return 'too_short'
  if (characters > LONGEST) return 'too_long'
  const folded = password.toLowerCase()
  const repeated = /^(.+?)\1*$/su.exec(folded)?.[1] ?? folded
  if (common.has(folded) || common.has(repeated) || repeated.length < TELLING) return 'too_common'
  const address = email.toLowerCase()
  const [name = ''] = address.split('@')
  if (address.includes(folded) || (name.length >= TELLING && folded.includes(name))) return 'too_like_email'
  return undefined
}

/** Returns whether the password matches one of these hashes. Tries all of them, so that the time does not reveal which. */
export async function isOneOf(hashes: readonly string[], password: string, owner: Owner): Promise<boolean> {
  const matches = await Promise.all(hashes.map((one) => semaphore.run(owner, () => verify(one, password))))
  return matches.includes(true)
}
