/** JSON Web Tokens of this installation: RS256 (RFC 7518, 3.3) with keys kept encrypted in the database and shown as a JWK Set. */
import { errors, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { SystemSql } from '../db/scope.ts'
import { addSigningKey, allKeys, inUse, type OpenKey, openKey, signerOf } from '../db/signing-keys.ts'
import { type Clock, machineClock } from '../lib/clock.ts'
import type { Cipher } from '../lib/encryption.ts'
import { errors as apiErrors } from './errors.ts'

export interface SigningKeys {
  /** `claims` must hold exp and iat, in seconds. @throws 503 where no key can sign */
  sign(claims: JWTPayload): Promise<string>
  /** Signature, algorithm and times. @throws where any is wrong */
  verify(token: string): Promise<JWTPayload>
  /** The public keys (RFC 7517), those of retired keys too while tokens signed with them may live. */
  jwks(): { keys: JWK[] }
  /** How many keys in use this process can decrypt, and the ids of those that it cannot, as far as is known. */
  state(): Promise<{ usable: number; unusable: string[] }>
}

const RELOAD = 60_000

/**
 * Opens the keys, making one where there is none that can be decrypted. Reloads every minute, and when an unknown key id turns up, at most every
 * 10 s. A key that cannot be decrypted is passed over: the newest of the others goes on signing.
 * @param warn is told, once each, of keys that cannot be decrypted
 */
export async function openSigningKeys(
  sql: SystemSql,
  cipher: Cipher,
  clock: Clock = machineClock,
  warn: (line: string) => void = () => {},
): Promise<SigningKeys> {
  let keys: OpenKey[] = []
  let unusable: string[] = []
  let loadedAt = 0
  const warned = new Set<string>()
  const load = async () => {
    const rows = await allKeys(sql)
    const opened = rows.map((row) => openKey(cipher, row)).filter((key) => key !== undefined)
    keys = inUse(opened)
    unusable = rows.filter((row) => !row.expired && !opened.some(({ kid }) => kid === row.kid)).map(({ kid }) => kid)
    loadedAt = Date.now()
    for (const kid of unusable)
      if (!warned.has(kid)) warn(`Signing key ${kid} cannot be decrypted with this server's secret, so it is not used: see reeve keys.`)
    for (const kid of unusable) warned.add(kid)
  }
  const refresh = async () => {
    if (Date.now() - loadedAt > RELOAD) await load()
  }
  await load()
  if (keys.length === 0) {
    await addSigningKey(sql, cipher, { onlyFirst: true })
    await load()
  }
  const find = async (kid: string | undefined) => {
    await refresh()
    let key = keys.find((one) => one.kid === kid)
    if (!key && Date.now() - loadedAt > 10_000) {
      await load()
      key = keys.find((one) => one.kid === kid)
    }
    if (!key) throw new errors.JWKSNoMatchingKey()
    return key.public
  }
  return {
    async sign(claims) {
      await refresh()
      const key = signerOf(keys, clock)
      if (!key) throw apiErrors.noSigningKey()
      return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: key.kid }).sign(key.private)
    },
    async verify(token) {
      const { payload } = await jwtVerify(token, ({ kid }) => find(kid), {
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'iat', 'jti', 'token_type'],
        currentDate: clock.now(),
      })
      return payload
    },
    jwks: () => ({ keys: keys.map((key) => key.jwk) }),
    async state() {
      await refresh().catch(() => {})
      return { usable: keys.length, unusable }
    },
  }
}
