/**
 * The secret of this installation: REEVE_SECRET, else the file secret.key of the data folder. Every process verifies its secret against the
 * database before it encrypts anything: no process could read what two different secrets encrypt.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Cipher, createCipher } from '../lib/encryption.ts'
import { closeToOthers, createPrivate, makePrivateFolder } from '../lib/private-files.ts'
import { readIfThere } from '../lib/read-if-there.ts'
import { StartupError } from '../lib/startup-error.ts'
import type { SystemSql } from './scope.ts'
import { openKey } from './signing-keys.ts'
import type { ISql } from './sql.ts'

export interface SecretSettings {
  secret: string | undefined
  data: string
}

const PURPOSE = 'secret check'
const SHORTEST = 32
export const keyFile = (data: string) => join(data, 'secret.key')

/**
 * Returns the cipher of the verified secret. If the database holds nothing encrypted yet, registers the secret for later checks, and
 * creates the key file if there is no secret. Processes that start together wait for each other.
 * @param warn receives a warning if others could read the key file
 * @throws StartupError if the secret is missing or wrong
 */
export function openSecret(sql: SystemSql, settings: SecretSettings, warn: (line: string) => void = () => {}): Promise<Cipher> {
  return sql.begin(async (db) => {
    await db`LOCK TABLE secret_check IN SHARE ROW EXCLUSIVE MODE`
    const proof = await findProof(db)
    const cipher = createCipher(
      settings.secret ?? readKeyFile(settings.data, warn) ?? (proof ? refuseMissing(settings) : createKeyFile(settings.data)),
    )
    if (proof && !proof.opensWith(cipher)) refuseWrong(settings)
    if (!proof?.kept) await db`INSERT INTO secret_check (encrypted) VALUES (${cipher.encrypt(Buffer.from(PURPOSE), PURPOSE)})`
    return cipher
  }) as Promise<Cipher>
}

/**
 * Verifies the secret for commands that encrypt nothing. Creates neither key file nor check value: any secret will do for a database
 * without one.
 */
export async function assertSecret(sql: SystemSql, settings: SecretSettings): Promise<void> {
  const proof = await findProof(sql)
  if (!proof) return
  const cipher = findCipher(settings) ?? refuseMissing(settings)
  if (!proof.opensWith(cipher)) refuseWrong(settings)
}

/** Returns the cipher of this process's secret without verifying it; undefined if there is none. */
export function findCipher({ secret, data }: SecretSettings, warn: (line: string) => void = () => {}): Cipher | undefined {
  const found = secret ?? readKeyFile(data, warn)
  return found === undefined ? undefined : createCipher(found)
}

/**
 * Returns what verifies a secret: its check value or, in databases from before there was one, the oldest signing key, which the first start
 * created.
 */
async function findProof(db: ISql): Promise<{ kept: boolean; opensWith(cipher: Cipher): boolean } | undefined> {
  const [check] = await db<{ encrypted: Buffer }[]>`SELECT encrypted FROM secret_check`
  if (check) return { kept: true, opensWith: (cipher) => opens(cipher, check.encrypted) }
  const [key] = await db<{ kid: string; private_key: Buffer }[]>`SELECT kid, private_key FROM signing_keys ORDER BY created_at, kid LIMIT 1`
  return key && { kept: false, opensWith: (cipher) => openKey(cipher, key) !== undefined }
}

function opens(cipher: Cipher, encrypted: Buffer): boolean {
  try {
    return cipher.decrypt(encrypted, PURPOSE).toString() === PURPOSE
  } catch {
    return false
  }
}

function readKeyFile(data: string, warn: (line: string) => void): string | undefined {
  const path = keyFile(data)
  try {
    const text = readIfThere(path)
    if (text === undefined) return undefined
    if (closeToOthers(path)) warn(`Other accounts could read ${path}, and no longer can. If one did, whatever it encrypts is known.`)
    if (text.trim().length < SHORTEST)
      throw new StartupError(`${path} is damaged: restore it, or set REEVE_SECRET. Without it the signing keys cannot be opened.`)
    return text.trim()
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function createKeyFile(data: string): string {
  const path = keyFile(data)
  try {
    makePrivateFolder(data)
    createPrivate(path, randomBytes(32).toString('hex'))
  } catch (error) {
    throw new StartupError(`${path} cannot be written: ${(error as Error).message}`, { cause: error })
  }
  return readIfThere(path)?.trim() ?? ''
}

function refuseMissing({ data }: SecretSettings): never {
  throw new StartupError(
    `REEVE_SECRET is not set and there is no ${keyFile(data)}, and the database holds what only the server's secret opens: set REEVE_SECRET to ` +
      'the one that the server has, or restore the file.',
  )
}

function refuseWrong({ secret, data }: SecretSettings): never {
  const path = keyFile(data)
  throw new StartupError(
    secret === undefined
      ? `${path} is not the key with which this database is encrypted: restore the one from its backup, or set REEVE_SECRET if the server has one.`
      : `REEVE_SECRET is not the secret with which this database is encrypted: set it to the one that the server has${
          existsSync(path) ? `, or unset it where that is ${path}` : ''
        }.`,
  )
}
