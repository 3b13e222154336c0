/** Secrets that are shown once and stored as a hash: 256 random bits need neither a slow hash nor a salt. */
import { createHash, randomBytes } from 'node:crypto'

/** @param encoding hexadecimal for secrets that shell scripts handle */
export const newSecret = (encoding: 'hex' | 'base64url' = 'base64url') => randomBytes(32).toString(encoding)

/** SHA-256. */
export const hashSecret = (secret: string) => createHash('sha256').update(secret).digest()
