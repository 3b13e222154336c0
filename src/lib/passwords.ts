/** Passwords as argon2id hashes (RFC 9106), made and checked off the event loop. */
import { hash, verify } from '@node-rs/argon2'

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
