/** Verification by codes that work once: at a sign-in and, with the password, before the user's credentials change. */

import type { FastifyRequest } from 'fastify'
import type { SystemSql } from '../../db/scope.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import type { Said, Verifier } from '../../http/verifier.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { ownerOf } from '../../lib/owner.ts'
import { isPassword } from '../../lib/passwords.ts'
import { hashSecret } from '../../lib/secrets.ts'
import { readBackupCode, totpStep } from '../../lib/totp.ts'
import { attempt, attemptCode, createVerifyPassword } from '../attempts/attempts.rules.ts'
import { notifyFailedCodes } from './two-step.notices.ts'
import { consumeBackupCode, consumeStep, findSecrets, type Secrets } from './two-step.queries.ts'

/** Wrong codes in a row after which the user is notified. Typing errors happen once or twice. */
const NOTIFY_AFTER_FAILURES = 3

/** The encryption context of a user's secret. */
export const totpContext = (userId: number) => `totp of user ${userId}`

/** Whether a secret has been encrypted anew meanwhile, by reeve rotate-secret, and is the same. */
export const isSameAnew = (cipher: Cipher, userId: number, before: Buffer, now: Buffer) =>
  !before.equals(now) && cipher.decrypt(before, totpContext(userId)).equals(cipher.decrypt(now, totpContext(userId)))

export const noneBegun = () => errors.invalid({ errors: ['Two-step verification setup has not been started.'] }, 'two_step_not_started')
const wrongPassword = { password: ['The password is incorrect.'] }
const wrongCode = () => errors.invalid({ one_time_password: ['This code is not valid.'] }, 'code_invalid')
const missingPassword = () => errors.invalid({ password: ['This field is required.'] })
/** Blanks count as absent, as empty text does. */
export const missingCode = () => errors.invalid({ one_time_password: ['This field is required.'] }, 'code_required')

export function createVerifier({ system, cipher, clock }: { system: SystemSql; cipher: Cipher; clock: Clock }): Verifier {
  const verifyPassword = createVerifyPassword(system)
  const stepOf = (userId: number, encrypted: Buffer, code: string) =>
    totpStep(cipher.decrypt(encrypted, totpContext(userId)).toString(), code.replace(/\s/g, ''), clock.now())

  /** Uses up a code. Returns true if it was valid. */
  async function use(userId: number, secret: Buffer, code: string): Promise<true | undefined> {
    const backup = readBackupCode(code)
    if (backup !== undefined) return (await consumeBackupCode(system, userId, hashSecret(backup))) || undefined
    const step = await stepOf(userId, secret, code)
    if (step === undefined) return undefined
    if (await consumeStep(system, userId, secret, step)) return true
    const { totp_secret: now } = await findSecrets(system, userId)
    return (now !== null && isSameAnew(cipher, userId, secret, now) && (await consumeStep(system, userId, now, step))) || undefined
  }

  /** Counts the two kinds of codes apart: a user who has to wait for one can still use the other. */
  async function spend(request: FastifyRequest, userId: number, secret: Buffer, code: string): Promise<boolean> {
    const kind = readBackupCode(code) === undefined ? 'code' : 'backup_code'
    const wrong = async (inARow: number) => {
      if (inARow === NOTIFY_AFTER_FAILURES) await notifyFailedCodes(system, request, userId, inARow)
    }
    return (await attemptCode(system, kind, userId, () => use(userId, secret, code), wrong)) ?? false
  }

  /** Checks and uses up the code only if the password is right. */
  async function objection(
    request: FastifyRequest,
    known: Secrets,
    { password, one_time_password: code = '' }: Said,
  ): Promise<FieldErrors | undefined> {
    if (!(await isPassword(known.password_hash, password, ownerOf(request.caller)))) return wrongPassword
    const proven = known.totp_secret === null || (await spend(request, request.caller.userId, known.totp_secret, code))
    return proven ? undefined : { one_time_password: ['This code is not valid.'] }
  }

  return {
    async consumeCode(request, userId, code) {
      const { totp_secret } = await findSecrets(system, userId)
      return totp_secret !== null && spend(request, userId, totp_secret, code)
    },

    async verifyPasswordAndCode(request, said) {
      const { userId, email } = request.caller
      const known = await findSecrets(system, userId)
      if (known.totp_secret !== null && !said.one_time_password?.trim()) throw missingCode()
      let wrong: FieldErrors | undefined
      await attempt(system, request, email, async () => {
        wrong = await objection(request, known, said)
        return wrong === undefined || undefined
      })
      if (wrong) throw errors.invalid(wrong, 'password' in wrong ? 'password_incorrect' : 'code_invalid')
    },

    async verifyPasswordOrCode(request, { password = '', one_time_password: code = '' }) {
      const { userId, email } = request.caller
      const { totp_secret: secret, password_hash } = await findSecrets(system, userId)
      if (secret !== null) {
        if (!code.trim()) throw missingCode()
        const check = () => attemptCode(system, 'session_code', userId, () => use(userId, secret, code))
        if (!(await attempt(system, request, email, check))) throw wrongCode()
      } else if (password_hash !== null) {
        if (password === '') throw missingPassword()
        if (!(await verifyPassword(request, email, password_hash, password))) throw errors.invalid(wrongPassword, 'password_incorrect')
      }
      return secret !== null || password_hash !== null
    },

    async verifyPendingCode(request, code) {
      const { userId, email } = request.caller
      const { totp_pending: pending } = await findSecrets(system, userId)
      if (pending === null) throw noneBegun()
      const check = () => stepOf(userId, pending, code)
      const step = await attempt(system, request, email, () => attemptCode(system, 'pending_code', userId, check))
      if (step === undefined) throw wrongCode()
      return { pending, step }
    },
  }
}
