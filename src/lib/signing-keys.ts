/** JSON Web Tokens of this installation: RS256 (RFC 7518, 3.3) with keys kept sealed in the database and shown as a JWK Set. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { errors, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { SystemSql } from '../db/scope.ts'
import { type Clock, machineClock } from './clock.ts'
import type { Seal } from './seal.ts'
import { StartRefused } from './start-refused.ts'

export interface SigningKeys {
  /** `claims` must hold exp and iat, in seconds. */
  sign(claims: JWTPayload): Promise<string>
  /** Signature, algorithm and times. @throws where any is wrong */
  verify(token: string): Promise<JWTPayload>
  /** The public keys (RFC 7517), those of retired keys too while tokens signed with them may live. */
  jwks(): { keys: JWK[] }
}

interface Key {
  kid: string
  jwk: JWK
  public: KeyObject
  private: KeyObject
  createdAt: Date
}

const BITS = 2048
/** Other services fetch the key set now and then: a new key is shown this long before it signs, unless it is the only one. */
const SHOWN_BEFORE_USE = 5 * 60_000
const RELOAD = 60_000
const purpose = (kid: string) => `signing key ${kid}`

/** Opens the keys, making the first one in a new installation. Reloads when an unknown key id turns up, at most every 10 s. */
export async function openSigningKeys(sql: SystemSql, seal: Seal, clock: Clock = machineClock): Promise<SigningKeys> {
  let keys: Key[] = []
  let loadedAt = 0
  const load = async () => {
    const rows = await sql`SELECT kid, public_jwk, private_key, created_at FROM signing_keys
      WHERE retired_at IS NULL OR retired_at > reeve_now() - interval '25 hours' ORDER BY retired_at NULLS FIRST, created_at DESC`
    keys = rows.map((row) => unseal(row as unknown as Row, seal))
    loadedAt = Date.now()
  }
  await load()
  if (keys.length === 0) {
    await addSigningKey(sql, seal, { onlyFirst: true })
    await load()
  }
  const find = async (kid: string | undefined) => {
    if (Date.now() - loadedAt > RELOAD) await load()
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
      if (Date.now() - loadedAt > RELOAD) await load()
      const key = keys.find((one) => clock.now().getTime() - one.createdAt.getTime() > SHOWN_BEFORE_USE) ?? keys.at(-1)
      if (!key) throw new Error('There is no signing key.')
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
  }
}

/** Adds a key and retires the others; tokens signed with those are accepted until they expire. With `onlyFirst` it does nothing where one is. */
export async function addSigningKey(sql: SystemSql, seal: Seal, { onlyFirst }: { onlyFirst: boolean }): Promise<void> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: BITS })
  const kid = randomUUID()
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
  const privateKey = seal.seal(pair.privateKey.export({ format: 'der', type: 'pkcs8' }), purpose(kid))
  await sql.begin(async (db) => {
    await db`LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE`
    if (onlyFirst && (await db`SELECT FROM signing_keys WHERE retired_at IS NULL`).length > 0) return
    await db`UPDATE signing_keys SET retired_at = reeve_now() + ${`${SHOWN_BEFORE_USE} milliseconds`}::interval WHERE retired_at IS NULL`
    await db`INSERT INTO signing_keys (kid, public_jwk, private_key) VALUES (${kid}, ${sql.json(jwk)}, ${privateKey})`
  })
}

interface Row {
  kid: string
  public_jwk: JWK
  private_key: Buffer
  created_at: Date
}

function unseal(row: Row, seal: Seal): Key {
  try {
    const key = createPrivateKey({ key: seal.open(row.private_key, purpose(row.kid)), format: 'der', type: 'pkcs8' })
    return { kid: row.kid, jwk: row.public_jwk, private: key, public: createPublicKey(key), createdAt: row.created_at }
  } catch (cause) {
    throw new StartRefused(
      `The signing key ${row.kid} cannot be opened: the secret is not the one it was made with. Restore secret.key or REEVE_SECRET.`,
      { cause },
    )
  }
}
