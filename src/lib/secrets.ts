/** Secrets that are given out once and kept as a hash: 256 random bits need no slow hash and no salt. */
import { createHash, randomBytes } from 'node:crypto'

/** @param encoding as the secret is written; hexadecimal where shell scripts handle it */
export const newSecret = (encoding: 'hex' | 'base64url' = 'base64url') => randomBytes(32).toString(encoding)

/** SHA-256. */
export const hashSecret = (secret: string) => createHash('sha256').update(secret).digest()
