/** The secret, the keys that it decrypts, and the certificates that end. */
import { X509Certificate } from 'node:crypto'
import { findProofs } from '../../db/secret.ts'
import { keyFile } from '../../db/secret-files.ts'
import { allKeys, openKey } from '../../db/signing-keys.ts'
import { type Cipher, createCipher, createKeyring } from '../../lib/encryption.ts'
import { samlKeyContext } from '../../sso/saml/saml.keys.ts'
import { count, DAY, date, error, type Finding, ok, type Patient, warning } from './finding.ts'

/** Days before the end of a certificate. */
const SOON = 30

export async function secretFindings({ database: { system }, config, secrets }: Patient): Promise<Finding[]> {
  const { check, next } = await findProofs(system)
  const [first, second] = [secrets.first, secrets.second].map((one) => (one === undefined ? undefined : createCipher(one)))
  if (!check) return [ok('The database holds nothing encrypted yet.')]
  const both = [first, second].filter((one) => one !== undefined)
  if (both.length === 0)
    return [
      error(
        `There is no secret: REEVE_SECRET is not set, and there is no ${keyFile(config.data)}.`,
        'Set it as for the server, or restore the file from where you keep it. Nothing else decrypts the signing keys.',
      ),
    ]
  if (!both.some((one) => check.opensWith(one)) && !both.some((one) => next?.opensWith(one)))
    return [
      error(
        `${config.secret === undefined ? keyFile(config.data) : 'REEVE_SECRET'} is not the secret of this database.`,
        'Set the one that the server has, or restore the file from where you keep it.',
      ),
    ]
  return [...rotationFindings(check, next, first, second), ...(await keyFindings(system, createKeyring(both as [Cipher, ...Cipher[]])))]
}

type Opens = { opensWith(cipher: Cipher): boolean } | undefined

function rotationFindings(check: Opens, next: Opens, first: Cipher | undefined, second: Cipher | undefined): Finding[] {
  if (next)
    return [
      warning(
        'The secret is being replaced, and a part of the database is still encrypted with the former one.',
        'Run reeve rotate-secret to its end.',
      ),
    ]
  if (!second) return [ok('The secret decrypts the database.')]
  if (check?.opensWith(second))
    return [
      warning(
        'The second secret is the one of this database, and the first is no longer used.',
        'Make the second one the first, and remove it (docs/operations.md#keys).',
      ),
    ]
  return [
    first && check?.opensWith(first)
      ? warning('There is a second secret, with which nothing is encrypted.', 'Run reeve rotate-secret, or remove it.')
      : ok('The secret decrypts the database.'),
  ]
}

async function keyFindings(db: Patient['database']['system'], cipher: Cipher): Promise<Finding[]> {
  const found: Finding[] = []
  const keys = (await allKeys(db)).filter(({ expired }) => !expired)
  const lost = keys.filter((row) => !openKey(cipher, row))
  for (const { kid } of lost)
    found.push(error(`The signing key ${kid} cannot be decrypted.`, `reeve keys --remove ${kid}, if no other secret decrypts it`))
  if (keys.length === lost.length) found.push(error('No key signs tokens.', 'Start the server, or run reeve rotate-keys.'))
  else found.push(ok(`Tokens can be signed (${count(keys.length - lost.length, 'key')}).`))
  const ours = await db<{ private_key: Buffer; certificate: string }[]>`
    SELECT private_key, certificate FROM saml_keys WHERE retired_at IS NULL ORDER BY id`
  for (const { private_key, certificate } of ours) {
    const { fingerprint256, validTo } = new X509Certificate(certificate)
    const name = `our SAML certificate …${fingerprint256.slice(-5)}`
    try {
      cipher.decrypt(private_key, samlKeyContext(fingerprint256))
    } catch {
      found.push(error(`The key of ${name} cannot be decrypted.`, 'reeve saml-keys --add, then give the providers our metadata anew'))
    }
    const finding = endOf(name, new Date(validTo), 'reeve saml-keys --add, and --retire when the providers have read our metadata')
    if (finding) found.push(finding)
  }
  return found
}

/** Nothing for a certificate that lasts. */
export function endOf(name: string, end: Date, todo: string): Finding | undefined {
  const days = (end.getTime() - Date.now()) / DAY
  if (days < 0) return error(`The end of ${name} was ${date(end)}.`, todo)
  return days < SOON ? warning(`The end of ${name} is ${date(end)}.`, todo) : undefined
}
