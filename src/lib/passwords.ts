/** Passwords: what a new one must be, and argon2id hashes (RFC 9106) of them, made and checked off the event loop, few at once. */
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { dictionary } from '@zxcvbn-ts/language-common'
import { createSemaphore, type Owner, sharesOf } from './semaphore.ts'

const ARGON2ID = 2
/** 64 MiB, two passes: about 50 ms of a core where this was written, and more than OWASP asks for. */
const parameters = { algorithm: ARGON2ID, memoryCost: 65_536, timeCost: 2, parallelism: 1 }
const present = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`

/**
 * Hashing runs on the threads of libuv, which sign tokens and read files too, and takes a core for its while: two threads and a core are left
 * to all else. Where many want it they wait, tenants and callers in turn, and some are told to try again. A hash takes so short a time that no
 * tenant need leave permits unused.
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

/** @throws Busy where too many wait, as all that hashes */
export const hashPassword = (password: string, owner: Owner) => semaphore.run(owner, () => hash(password, parameters))

/** Whether a hash is made as hashes are made at present. */
export const isPresent = (hashed: string) => hashed.startsWith(present)

let decoy: Promise<string> | undefined

/**
 * Costs the same whether there is a hash or not, so that the time does not tell whether an account exists: without one the decoy is checked,
 * and beside one that was made with other parameters as well. Whoever signs in comes before those who make and compare passwords.
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
/** So long a part of an address says whose it is. */
const TELLING = 6
/** A user's last passwords, the present one among them, cannot be taken again. */
export const LAST_PASSWORDS = 3

const common = new Set(dictionary['passwords-common'])

export type PasswordObjection = 'too_short' | 'too_long' | 'too_common' | 'too_like_email'

const said: Record<PasswordObjection, string> = {
  too_short: `At least ${SHORTEST} characters are required.`,
  too_long: `At most ${LONGEST} characters are allowed.`,
  too_common: 'This password is too common.',
  too_like_email: 'The password is too much like the email.',
}

/** Why this cannot become the password of a user with that email, as the API says it: none where it can. */
export function passwordObjections(password: string, email: string): string[] {
  const objection = passwordObjection(password, email)
  return objection ? [said[objection]] : []
}

export function passwordObjection(password: string, email: string): PasswordObjection | undefined {
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

/** Whether it is one of these hashes. All of them are tried, so that the time does not tell which. */
export async function isOneOf(hashes: readonly string[], password: string, owner: Owner): Promise<boolean> {
  const matches = await Promise.all(hashes.map((one) => semaphore.run(owner, () => verify(one, password))))
  return matches.includes(true)
}
