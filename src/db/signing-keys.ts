/** The signing keys in the database: which are in use, which one signs, adding and removing them. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import type { JWK } from 'jose'
import { type Clock, machineClock } from '../lib/clock.ts'
import type { Cipher } from '../lib/encryption.ts'
import { StartupError } from '../lib/startup-error.ts'
import type { SystemSql } from './scope.ts'
import type { ISql } from './sql.ts'

export interface KeyRow {
  kid: string
  public_jwk: JWK
  private_key: Buffer
  created_at: Date
  retired_at: Date | null
  /** Every token signed with it has expired. */
  expired: boolean
}

export interface OpenKey {
  kid: string
  jwk: JWK
  public: KeyObject
  private: KeyObject
  createdAt: Date
  expired: boolean
}

const BITS = 2048
/** Other services fetch the key set now and then: a new key is published for this long before it signs, unless it is the only one. */
const SHOWN_BEFORE_USE = 5 * 60_000
/** The encryption context of a key. */
export const signingKeyContext = (kid: string) => `signing key ${kid}`

/** Keys in use first, then by age, the newest first. */
export const allKeys = (sql: ISql) =>
  sql<KeyRow[]>`SELECT kid, public_jwk, private_key, created_at, retired_at,
    retired_at IS NOT NULL AND retired_at <= reeve_now() - interval '25 hours' AS expired
    FROM signing_keys ORDER BY retired_at DESC NULLS FIRST, created_at DESC, kid`

/** Decrypts a key. Returns undefined if another secret encrypted it, or if it is damaged. */
export function openKey(cipher: Cipher, row: Pick<KeyRow, 'kid' | 'private_key'> & Partial<KeyRow>): OpenKey | undefined {
  const { kid, public_jwk: jwk = {}, created_at: createdAt = new Date(0), expired = false } = row
  try {
    const key = createPrivateKey({ key: cipher.decrypt(row.private_key, signingKeyContext(kid)), format: 'der', type: 'pkcs8' })
    return { kid, jwk, private: key, public: createPublicKey(key), createdAt, expired }
  } catch {
    return undefined
  }
}

/**
 * Returns the keys whose tokens are accepted, given keys in the order of allKeys. Keeps an expired key only if no other is left to sign.
 */
export function inUse(keys: readonly OpenKey[]): OpenKey[] {
  const alive = keys.filter(({ expired }) => !expired)
  return alive.length > 0 ? alive : keys.slice(0, 1)
}

/** Returns the newest key that other services have had time to fetch, else the oldest. */
export const signerOf = (keys: readonly OpenKey[], clock: Clock): OpenKey | undefined =>
  keys.find(({ createdAt }) => clock.now().getTime() - createdAt.getTime() > SHOWN_BEFORE_USE) ?? keys.at(-1)

const lock = (db: ISql) => db`LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE`
const opened = async (db: ISql, cipher: Cipher) => (await allKeys(db)).map((row) => openKey(cipher, row)).filter((key) => key !== undefined)

/**
 * Adds a key and retires the others; tokens signed with those are accepted until they expire. With `onlyFirst` it does nothing if `cipher`
 * decrypts one already.
 */
export async function addSigningKey(sql: SystemSql, cipher: Cipher, { onlyFirst }: { onlyFirst: boolean }): Promise<void> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: BITS })
  const kid = randomUUID()
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
  const privateKey = cipher.encrypt(pair.privateKey.export({ format: 'der', type: 'pkcs8' }), signingKeyContext(kid))
  await sql.begin(async (db) => {
    await lock(db)
    const usable = await opened(db, cipher)
    if (onlyFirst && usable.length > 0) return
    // Also retires the key that signs although retired before, if the newest could not be decrypted.
    const signer = signerOf(inUse(usable), machineClock)?.kid ?? null
    await db`UPDATE signing_keys SET retired_at = reeve_now() + ${`${SHOWN_BEFORE_USE} milliseconds`}::interval
      WHERE retired_at IS NULL OR kid = ${signer}`
    await db`INSERT INTO signing_keys (kid, public_jwk, private_key) VALUES (${kid}, ${sql.json(jwk)}, ${privateKey})`
  })
}

/**
 * Removes a key. If it was the only one not retired, the newest that `cipher` decrypts signs again.
 * @throws StartupError if there is no such key, or if no other can sign
 */
export async function removeSigningKey(sql: SystemSql, cipher: Cipher, kid: string): Promise<void> {
  await sql.begin(async (db) => {
    await lock(db)
    const [next] = (await opened(db, cipher)).filter((key) => key.kid !== kid)
    if (!next) throw new StartupError(`No other key can sign, so ${kid} stays: make one first with reeve rotate-keys.`)
    const [gone] = await db`DELETE FROM signing_keys WHERE kid = ${kid} RETURNING kid`
    if (!gone) throw new StartupError(`There is no signing key ${kid}: reeve keys lists them.`)
    await db`UPDATE signing_keys SET retired_at = NULL
      WHERE kid = ${next.kid} AND NOT EXISTS (SELECT FROM signing_keys WHERE retired_at IS NULL)`
  })
}
