/**
 * The secret of this installation. Every process verifies its secret against the database before it encrypts anything: no process could read
 * what two different secrets encrypt. A second secret decrypts too, and the database says which of the two encrypts (docs/operations.md#keys).
 */
import { existsSync } from 'node:fs'
import { type Cipher, createCipher, createKeyring, type Keyring, nameOfSecret } from '../lib/encryption.ts'
import { StartupError } from '../lib/startup-error.ts'
import type { SystemSql } from './scope.ts'
import { createKeyFile, keyFile, readSecrets, type SecretSettings } from './secret-files.ts'
import { openKey } from './signing-keys.ts'
import type { ISql } from './sql.ts'

const PURPOSE = 'secret check'

/** What the database holds of its secrets. Without `next` the secret that opens `check` encrypts, else the one that opens `next`. */
export interface Proofs {
  check: { kept: Buffer | undefined; opensWith(cipher: Cipher): boolean } | undefined
  next: { kept: Buffer; opensWith(cipher: Cipher): boolean } | undefined
}

/** The cipher of a process, which follows the database in which of its secrets encrypts. */
export interface SecretCipher extends Cipher {
  /** Reads which one encrypts. @returns a token of what it read; undefined if none of the secrets is the one */
  follow(sql: ISql): Promise<string | undefined>
}

/**
 * Returns the cipher of the verified secrets. If the database holds nothing encrypted yet, registers the secret for later checks, and
 * creates the key file if there is no secret. Processes that start together wait for each other.
 * @param warn receives a warning if others could read a key file, or if the secret has been replaced by the second one
 * @throws StartupError if a secret is missing or wrong
 */
export function openSecret(sql: SystemSql, settings: SecretSettings, warn: (line: string) => void = () => {}): Promise<SecretCipher> {
  return sql.begin(async (db) => {
    await lockProofs(db)
    const proofs = await findProofs(db)
    const { first, second } = readSecrets(settings, warn)
    if (!proofs.check && first === undefined) return followed([createCipher(createKeyFile(settings.data))], proofs, db)
    const ciphers = [first, second].filter((one) => one !== undefined).map(createCipher)
    refuseUnknown(proofs, ciphers, settings)
    if (first !== undefined && second !== undefined && proofs.check && !proofs.next && !proofs.check.opensWith(createCipher(first)))
      warn('The database is encrypted with the second secret: make it the first one, and remove the other (docs/operations.md#keys).')
    return followed(ciphers as [Cipher, ...Cipher[]], proofs, db)
  }) as Promise<SecretCipher>
}

async function followed(ciphers: [Cipher, ...Cipher[]], { check }: Proofs, db: ISql): Promise<SecretCipher> {
  const keyring = createKeyring(ciphers)
  const follow = async (sql: ISql) => followProofs(keyring, ciphers, await findProofs(sql))
  const secret = ciphers.find((one) => check?.opensWith(one)) ?? ciphers[0]
  if (!check?.kept) await db`INSERT INTO secret_check (encrypted) VALUES (${seal(secret)})`
  await follow(db)
  return { ...keyring, follow }
}

function followProofs(keyring: Keyring, ciphers: readonly Cipher[], { check, next }: Proofs): string | undefined {
  const proof = next ?? check
  const current = ciphers.find((one) => proof?.opensWith(one))
  if (current) keyring.encryptWith(current)
  return current && proof?.kept && tokenOf(proof.kept)
}

/** It differs for each rotation, because the bytes that it is made of are random. */
export const tokenOf = (kept: Buffer) => kept.subarray(0, 4).toString('hex')

/**
 * Verifies the secret for commands that encrypt nothing. Creates neither key file nor check value: any secret will do for a database
 * without one.
 */
export async function assertSecret(sql: SystemSql, settings: SecretSettings): Promise<void> {
  refuseUnknown(await findProofs(sql), ciphersOf(settings), settings)
}

/** Returns the cipher of this process's secrets without verifying them; undefined if there is none. */
export function findCipher(settings: SecretSettings, warn: (line: string) => void = () => {}): Cipher | undefined {
  const [one, ...others] = ciphersOf(settings, warn)
  return one && createKeyring([one, ...others])
}

const ciphersOf = (settings: SecretSettings, warn?: (line: string) => void) =>
  Object.values(readSecrets(settings, warn))
    .filter((one) => one !== undefined)
    .map(createCipher)

/** Names the secrets that a process has for `pg_stat_activity`, so that reeve rotate-secret sees which servers have which. */
export const nameSecrets = (settings: SecretSettings, warn: (line: string) => void) =>
  Object.values(readSecrets(settings, warn))
    .filter((one) => one !== undefined)
    .map(nameOfSecret)
    .join(' ')

export const lockProofs = (db: ISql) => db`LOCK TABLE secret_check IN SHARE ROW EXCLUSIVE MODE`
export const seal = (cipher: Cipher) => cipher.encrypt(Buffer.from(PURPOSE), PURPOSE)

/**
 * Returns what verifies a secret: its check value or, in databases from before there was one, the oldest signing key, which the first start
 * created.
 */
export async function findProofs(db: ISql): Promise<Proofs> {
  const [row] = await db<{ check: Buffer | null; next: Buffer | null }[]>`
    SELECT (SELECT encrypted FROM secret_check) AS check, (SELECT encrypted FROM next_secret) AS next`
  const ofText = (kept: Buffer) => ({ kept, opensWith: (cipher: Cipher) => opens(cipher, kept) })
  const next = row?.next ? ofText(row.next) : undefined
  if (row?.check) return { check: ofText(row.check), next }
  const [key] = await db<{ kid: string; private_key: Buffer }[]>`SELECT kid, private_key FROM signing_keys ORDER BY created_at, kid LIMIT 1`
  return { check: key && { kept: undefined, opensWith: (cipher) => openKey(cipher, key) !== undefined }, next }
}

function opens(cipher: Cipher, encrypted: Buffer): boolean {
  try {
    return cipher.decrypt(encrypted, PURPOSE).toString() === PURPOSE
  } catch {
    return false
  }
}

/** Refuses unless there is the secret of the database and, during a rotation, also the next one. */
function refuseUnknown({ check, next }: Proofs, ciphers: readonly Cipher[], settings: SecretSettings): void {
  if (!check) return
  if (ciphers.length === 0) refuseMissing(settings)
  const hasNext = ciphers.some((one) => next?.opensWith(one))
  if (!ciphers.some((one) => check.opensWith(one))) {
    if (!hasNext) refuseWrong(settings)
    throw new StartupError(
      'The database is not yet encrypted with this secret alone: give the former one as well, as REEVE_SECRET_SECOND or secret-second.key, until ' +
        'reeve rotate-secret has run to its end.',
    )
  }
  if (next && !hasNext)
    throw new StartupError(
      'The secret of this database is being replaced: give the new one as well, as REEVE_SECRET_SECOND or secret-second.key, as the other servers have it.',
    )
}

function refuseMissing({ data }: SecretSettings): never {
  throw new StartupError(
    `REEVE_SECRET is not set and there is no ${keyFile(data)}, and the database holds what only the server's secret opens: set REEVE_SECRET to ` +
      'the one that the server has, or restore the file.',
  )
}

export function refuseWrong({ secret, data }: SecretSettings): never {
  const path = keyFile(data)
  throw new StartupError(
    secret === undefined
      ? `${path} is not the key with which this database is encrypted: restore the one from its backup, or set REEVE_SECRET if the server has one.`
      : `REEVE_SECRET is not the secret with which this database is encrypted: set it to the one that the server has${
          existsSync(path) ? `, or unset it where that is ${path}` : ''
        }.`,
  )
}
