/** Encrypts what must be kept secret in the database and read again: AES-256-GCM under one key of this installation. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartRefused } from './start-refused.ts'

export interface Seal {
  /** `purpose` is bound to the text: what was sealed for one cannot be opened as another. */
  seal(plain: Uint8Array, purpose: string): Buffer
  /** @throws where the key, the purpose or the bytes are not those of `seal` */
  open(sealed: Uint8Array, purpose: string): Buffer
}

/** The key comes from REEVE_SECRET, else from the file secret.key of the data folder, made at the first start. */
export async function openSeal(secret: string | undefined, data: string): Promise<Seal> {
  const material = secret ?? (await keyFile(join(data, 'secret.key')))
  const key = Buffer.from(hkdfSync('sha256', material, '', 'reeve seal', 32))
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

async function keyFile(path: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true })
  try {
    await writeFile(path, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new StartRefused(`${path} cannot be written: ${(error as Error).message}`)
  }
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new StartRefused(`${path} cannot be read: ${error.message}`)
  })
  if (text.trim().length < 32)
    throw new StartRefused(`${path} is damaged: restore it, or set REEVE_SECRET. Without it the signing keys cannot be opened.`)
  return text.trim()
}
