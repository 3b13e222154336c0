/** Codes of two-step verification: time-based ones (TOTP, RFC 6238) and backup codes. */
import { randomBytes } from 'node:crypto'
import { generateSecret, generateURI, verify } from 'otplib'

/** Seconds that a code is shown. The codes before and after are accepted as well, because clocks differ. */
const STEP = 30

/** 160 random bits in Base32 (RFC 4226, 4: R6). */
export const newTotpSecret = () => generateSecret()

/** The URI that an authenticator reads, as a link or a QR code. */
export const totpUri = (issuer: string, label: string, secret: string) => generateURI({ issuer, label, secret })

/**
 * Returns the time step of this code if it is the current one or a neighbour; otherwise undefined. The caller checks whether the code was
 * used.
 */
export async function totpStep(secret: string, code: string, now: Date): Promise<number | undefined> {
  if (!/^\d{6}$/.test(code)) return undefined
  const epoch = Math.floor(now.getTime() / 1000)
  const shown = await verify({ secret, token: code, epoch, epochTolerance: STEP, period: STEP })
  return shown.valid && 'timeStep' in shown ? shown.timeStep : undefined
}

const BACKUP_CODES = 5
/** No ambiguous letters (Crockford's Base32). */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Backup codes `XXXX-XXXX-XXXX-XXXX` of 80 random bits each, which need no slow hash. */
export const newBackupCodes = () => Array.from({ length: BACKUP_CODES }, backupCode)

function backupCode() {
  const random = [...randomBytes(16)].map((byte) => letters[byte % 32]).join('')
  return random.replace(/.{4}(?=.)/g, '$&-')
}

/** Normalizes a backup code as typed; undefined if it cannot be one. */
export function readBackupCode(typed: string): string | undefined {
  const bare = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(bare) ? bare.replace(/.{4}(?=.)/g, '$&-') : undefined
}
