/** JSON Web Tokens of this installation: RS256 (RFC 7518, 3.3) with keys stored encrypted in the database and published as a JWK Set. */
import { errors, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { SystemSql } from '../db/scope.ts'
import { addSigningKey, allKeys, inUse, type OpenKey, openKey, signerOf } from '../db/signing-keys.ts'
import { type Clock, machineClock } from '../lib/clock.ts'
import type { Cipher } from '../lib/encryption.ts'
import { errors as apiErrors } from './errors.ts'

export interface SigningKeys {
  /** `claims` must contain exp and iat, in seconds. @throws 503 if no key can sign */
  sign(claims: JWTPayload): Promise<string>
  /** Checks signature, algorithm and times. @throws if any is invalid */
  verify(token: string): Promise<JWTPayload>
  /** The public keys (RFC 7517), including retired keys while tokens signed with them may be valid. */
  jwks(): { keys: JWK[] }
  /** How many keys in use this process can decrypt, and the ids of those it cannot, as of the last load. */
  state(): Promise<{ usable: number; unusable: string[] }>
}

const RELOAD = 60_000

/**
 * Opens the keys, and adds one if none can be decrypted. Reloads every minute, and at most every 10 s on an unknown key id. Skips keys that
 * cannot be decrypted: the newest of the others keeps signing.
 * @param warn receives a warning, once per key, about keys that cannot be decrypted
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
