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
