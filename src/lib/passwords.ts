/** Passwords: what a new one must be, and argon2id hashes (RFC 9106) of them, made and checked off the event loop. */
import { hash, verify } from '@node-rs/argon2'
import { dictionary } from '@zxcvbn-ts/language-common'

const ARGON2ID = 2
const parameters = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 } // OWASP's first recommendation

export const hashPassword = (password: string) => hash(password, parameters)

let decoy: Promise<string> | undefined

/** Costs the same whether there is a hash or not, so that the time does not tell whether an account exists. */
export async function isPassword(hashed: string | null | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password')
  const matches = await verify(hashed ?? (await decoy), password)
  return matches && hashed != null
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
export async function isOneOf(hashes: readonly string[], password: string): Promise<boolean> {
  const matches = await Promise.all(hashes.map((one) => verify(one, password)))
  return matches.includes(true)
}
