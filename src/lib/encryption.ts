/** Encrypts what must be kept secret in the database and read again: AES-256-GCM under one key of this installation. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export interface Seal {
  /** `purpose` is bound to the text: what was sealed for one cannot be opened as another. */
  seal(plain: Uint8Array, purpose: string): Buffer
  /** @throws where the key, the purpose or the bytes are not those of `seal` */
  open(sealed: Uint8Array, purpose: string): Buffer
}

/** @param secret the secret of this installation (db/secret.ts) */
export function createSeal(secret: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'reeve seal', 32))
  return {
    seal(plain, purpose) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(purpose))
      return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, purpose) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(sealed.subarray(-16))
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
    },
  }
}
