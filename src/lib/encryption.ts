/** Encrypts secrets that the database must return in plain text: AES-256-GCM under one key of this installation. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export interface Cipher {
  /** `context` is authenticated with the text: what was encrypted for one context cannot be decrypted for another. */
  encrypt(plain: Uint8Array, context: string): Buffer
  /** @throws if the key, the context or the bytes differ from those of `encrypt` */
  decrypt(encrypted: Uint8Array, context: string): Buffer
}

/** @param secret the secret of this installation (db/secret.ts) */
export function createCipher(secret: string): Cipher {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'reeve seal', 32))
  return {
    encrypt(plain, context) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
      return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    decrypt(encrypted, context) {
      const decipher = createDecipheriv('aes-256-gcm', key, encrypted.subarray(0, 12))
        .setAAD(Buffer.from(context))
        .setAuthTag(encrypted.subarray(-16))
      return Buffer.concat([decipher.update(encrypted.subarray(12, -16)), decipher.final()])
    },
  }
}

/** While the secret of an installation is replaced there are two: decrypts with either, and encrypts with one. */
export interface Keyring extends Cipher {
  /** @param one of the ciphers that the keyring was made of */
  encryptWith(one: Cipher): void
}

/** The first cipher encrypts until another is chosen. */
export function createKeyring(ciphers: readonly [Cipher, ...Cipher[]]): Keyring {
  let [chosen] = ciphers
  return {
    encrypt: (plain, context) => chosen.encrypt(plain, context),
    decrypt(encrypted, context) {
      try {
        return chosen.decrypt(encrypted, context)
      } catch (error) {
        const other = ciphers.find((one) => one !== chosen)
        if (!other) throw error
        return other.decrypt(encrypted, context)
      }
    },
    encryptWith(one) {
      chosen = one
    },
  }
}

/** A short name for a secret, by which processes tell each other which ones they have. */
export const nameOfSecret = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', 'reeve secret name', 4)).toString('hex')
