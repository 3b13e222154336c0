/**
 * Opens encrypted assertions (XML Encryption 1.1): AES under a key that is encrypted for our certificate by RSA-OAEP. The library beneath node-saml
 * does not know the OAEP of XML Encryption 1.1, which is Keycloak's default.
 */
import { constants, createDecipheriv, privateDecrypt } from 'node:crypto'
import { ProviderError } from '../protocol.ts'
import { assertAlgorithm, refused } from './saml.gate.ts'
import { attributeOf, type Element, namespaces, onlyChild, textOf, within } from './saml.xml.ts'

const { encryption, signature: dsig } = namespaces
const ENCRYPTION_11 = 'http://www.w3.org/2009/xmlenc11#'
const OAEP = `${encryption}rsa-oaep-mgf1p`
const OAEP_11 = `${ENCRYPTION_11}rsa-oaep`

type Content = [name: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc', key: number]
const contents: ReadonlyMap<string, Content> = new Map([
  [`${ENCRYPTION_11}aes128-gcm`, ['aes-128-gcm', 16]],
  [`${ENCRYPTION_11}aes192-gcm`, ['aes-192-gcm', 24]],
  [`${ENCRYPTION_11}aes256-gcm`, ['aes-256-gcm', 32]],
  [`${encryption}aes128-cbc`, ['aes-128-cbc', 16]],
  [`${encryption}aes192-cbc`, ['aes-192-cbc', 24]],
  [`${encryption}aes256-cbc`, ['aes-256-cbc', 32]],
])
/** Node takes one hash for OAEP and its mask: both names of each. */
const hashes: ReadonlyMap<string, string> = new Map([
  [`${dsig}sha1 ${ENCRYPTION_11}mgf1sha1`, 'sha1'],
  [`${encryption}sha256 ${ENCRYPTION_11}mgf1sha256`, 'sha256'],
  [`${encryption}sha512 ${ENCRYPTION_11}mgf1sha512`, 'sha512'],
])

/** What is encrypted, as its shape says. */
export interface Encrypted {
  content: Content
  hash: string
  key: Buffer
  data: Buffer
}

/** Reads an EncryptedAssertion: one content and one key for it. @throws ProviderError */
export function readEncrypted(encrypted: Element): Encrypted {
  const named = (name: string) => [...within(encrypted)].filter((element) => element.name === name && element.uri === encryption)
  const [data] = named('EncryptedData')
  const [key] = named('EncryptedKey')
  const counts = ['EncryptedData', 'EncryptedKey', 'CipherData', 'CipherValue', 'EncryptionMethod'].map((name) => named(name).length).join()
  if (!data || !key || counts !== '1,1,2,2,2' || data.parent !== encrypted || key.parent === data)
    throw refused('must hold one EncryptedData with one EncryptedKey')
  const method = onlyChild(data, 'EncryptionMethod', encryption)
  const keyMethod = onlyChild(key, 'EncryptionMethod', encryption)
  if (!method || !keyMethod) throw refused('is encrypted in an unexpected shape')
  assertAlgorithm(method, contents, 'encrypted')
  assertAlgorithm(keyMethod, new Map([OAEP, OAEP_11].map((one) => [one, one])), 'encrypted (its key)')
  return {
    content: contents.get(attributeOf(method, 'Algorithm') ?? '') as Content,
    hash: hashOf(keyMethod),
    key: cipherTextOf(key),
    data: cipherTextOf(data),
  }
}

function hashOf(method: Element): string {
  const digest = attributeOf(onlyChild(method, 'DigestMethod', dsig), 'Algorithm') ?? `${dsig}sha1`
  const isFixed = attributeOf(method, 'Algorithm') === OAEP
  const mask = (isFixed ? undefined : attributeOf(onlyChild(method, 'MGF', ENCRYPTION_11), 'Algorithm')) ?? `${ENCRYPTION_11}mgf1sha1`
  const hash = hashes.get(`${digest} ${mask}`)
  if (hash !== undefined && !method.children.some(({ name }) => name === 'OAEPparams')) return hash
  const accepted = [...hashes.keys()].join(', or ')
  throw new ProviderError(
    'saml_algorithm',
    `The key of the encrypted assertion is encrypted by RSA-OAEP with ${digest} ${mask}. Accepted: ${accepted}.`,
  )
}

function cipherTextOf(element: Element): Buffer {
  const cipher = onlyChild(element, 'CipherData', encryption)
  const text = textOf(cipher && onlyChild(cipher, 'CipherValue', encryption))?.replace(/\s+/g, '') ?? ''
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z\d+/]+={0,2}$/.test(text)) throw refused('is encrypted in an unexpected shape')
  return Buffer.from(text, 'base64')
}

/** @throws any error if it was encrypted for another key, or changed. What is wrong with CBC must not be told (padding oracle). */
export function decryptAssertion({ content: [cipher, length], hash, key, data }: Encrypted, privatePem: string): Buffer {
  const secret = privateDecrypt({ key: privatePem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, key)
  if (secret.length !== length) throw new Error('The key has another length.')
  if (cipher === 'aes-128-gcm' || cipher === 'aes-192-gcm' || cipher === 'aes-256-gcm') {
    if (data.length < 28) throw new Error('The text is too short.')
    const decipher = createDecipheriv(cipher, secret, data.subarray(0, 12)).setAuthTag(data.subarray(-16))
    return Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()])
  }
  const decipher = createDecipheriv(cipher, secret, data.subarray(0, 16)).setAutoPadding(false)
  const padded = Buffer.concat([decipher.update(data.subarray(16)), decipher.final()])
  const padding = padded.at(-1) ?? 0 // the other bytes of it are arbitrary
  if (padding < 1 || padding > 16) throw new Error('The padding is wrong.')
  return padded.subarray(0, -padding)
}
