/**
 * Our keys of SAML, which sign metadata and requests and open what is encrypted for us. Made at first use; while they roll over there are two: the
 * older signs, for providers know its certificate, and the newer is for encryption, because we open both.
 */
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import type { SystemSql } from '../../db/scope.ts'
import type { ISql } from '../../db/sql.ts'
import type { Cipher } from '../../lib/encryption.ts'

export interface OpenSamlKey {
  id: number
  privatePem: string
  certificate: string
  /** The last two bytes of the certificate's SHA-256 fingerprint. */
  ending: string
}

export interface SamlKeys {
  /** Those in use, the oldest first; makes one if there is none. */
  live(): Promise<readonly OpenSamlKey[]>
}

const RELOAD = 60_000
const YEARS = 10
const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 3072 }
/** The encryption context of a key, by the SHA-256 fingerprint of its certificate. */
export const samlKeyContext = (fingerprint: string) => `saml key ${fingerprint}`

export function createSamlKeys(sql: SystemSql, cipher: Cipher): SamlKeys {
  let keys: readonly OpenSamlKey[] = []
  let loadedAt = 0
  return {
    async live() {
      if (keys.length > 0 && Date.now() - loadedAt < RELOAD) return keys
      keys = await liveKeys(sql, cipher)
      if (keys.length === 0) keys = await addSamlKey(sql, cipher, { onlyFirst: true })
      loadedAt = Date.now()
      return keys
    },
  }
}

/** Skips what another secret encrypted. */
export async function liveKeys(db: ISql, cipher: Cipher): Promise<OpenSamlKey[]> {
  const rows = await db<{ id: number; private_key: Buffer; certificate: string }[]>`
    SELECT id, private_key, certificate FROM saml_keys WHERE retired_at IS NULL ORDER BY id`
  return rows.flatMap(({ id, private_key, certificate }) => {
    const { fingerprint256 } = new X509Certificate(certificate)
    try {
      const key = createPrivateKey({ key: cipher.decrypt(private_key, samlKeyContext(fingerprint256)), format: 'der', type: 'pkcs8' })
      const privatePem = key.export({ format: 'pem', type: 'pkcs8' }).toString()
      return [{ id, privatePem, certificate, ending: fingerprint256.slice(-5) }]
    } catch {
      return []
    }
  })
}

/** Adds a key, with `onlyFirst` where there is none. Returns those in use. */
export async function addSamlKey(sql: SystemSql, cipher: Cipher, { onlyFirst }: { onlyFirst: boolean }): Promise<OpenSamlKey[]> {
  const made = await make()
  const encrypted = cipher.encrypt(made.privateKey, samlKeyContext(new X509Certificate(made.certificate).fingerprint256))
  return sql.begin(async (db) => {
    // Two processes may find none at the same time.
    await db`LOCK TABLE saml_keys IN SHARE ROW EXCLUSIVE MODE`
    const present = await liveKeys(db, cipher)
    if (onlyFirst && present.length > 0) return present
    await db`INSERT INTO saml_keys (private_key, certificate) VALUES (${encrypted}, ${made.certificate})`
    return liveKeys(db, cipher)
  })
}

/** Retires all but the newest key. Returns how many. */
export async function retireSamlKeys(sql: SystemSql): Promise<number> {
  const gone = await sql`UPDATE saml_keys SET retired_at = reeve_now()
    WHERE retired_at IS NULL AND id < (SELECT max(id) FROM saml_keys WHERE retired_at IS NULL) RETURNING id`
  return gone.length
}

/** The library takes keys of Web Crypto, and time to load: it is needed once in ten years. */
async function make() {
  await import('reflect-metadata')
  const { X509CertificateGenerator } = await import('@peculiar/x509')
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const from = new Date()
  from.setUTCHours(0, 0, 0, 0) // a provider's clock may be behind
  const until = new Date(from)
  until.setUTCFullYear(from.getUTCFullYear() + YEARS)
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Reeve SAML',
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    notBefore: from,
    notAfter: until,
    signingAlgorithm: algorithm,
    keys,
  })
  return { privateKey: Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)), certificate: certificate.toString('pem') }
}
