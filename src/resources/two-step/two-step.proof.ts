/** Proof of who one is: codes that work once, at a sign-in and, with the password, before a change of how one signs in. */
import type { FastifyRequest } from 'fastify'
import type { SystemSql } from '../../db/scope.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import { ownerOf } from '../../http/owners.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Clock } from '../../lib/clock.ts'
import { isPassword } from '../../lib/passwords.ts'
import type { Seal } from '../../lib/seal.ts'
import { hashSecret } from '../../lib/secrets.ts'
import { readBackupCode, totpStep } from '../../lib/totp.ts'
import { attempt } from '../account/account.attempts.ts'
import { findSecrets, type Secrets, spendBackupCode, spendStep } from './two-step.queries.ts'

/** What a secret is sealed for. */
export const totpSeal = (userId: number) => `totp of user ${userId}`

/** What somebody says to prove who it is. */
export interface Said {
  password: string
  one_time_password?: string
}

export interface Proof {
  /** Whether the code of an authenticator, or a backup code, works now. It does not afterwards: nor does it for a second one at the same time. */
  spendCode(userId: number, code: string): Promise<boolean>
  /**
   * That whoever asks knows the password and, where it is asked for, a code. Counted like a sign-in.
   * @throws 400 naming what is wrong or missing, 429 after too many
   */
  proveOneself(request: FastifyRequest, said: Said): Promise<void>
  /**
   * The secret that awaits its first code, and the step of this one. Counted likewise.
   * @throws 400 where none awaits, or the code is not its
   */
  provePending(request: FastifyRequest, code: string): Promise<{ pending: Buffer; step: number }>
}

export const noneBegun = () => errors.invalid({ errors: ['Begin first: no secret awaits its confirmation.'] })
const wrongCode = () => errors.invalid({ one_time_password: ['This code is not valid.'] })
/** As text that is empty counts as absent, so do blanks. */
export const missingCode = () => errors.invalid({ one_time_password: ['This field is required.'] })

export function createProof({ system, seal, clock }: { system: SystemSql; seal: Seal; clock: Clock }): Proof {
  const stepOf = (userId: number, sealed: Buffer, code: string) =>
    totpStep(seal.open(sealed, totpSeal(userId)).toString(), code.replace(/\s/g, ''), clock.now())

  async function spend(userId: number, secret: Buffer, code: string): Promise<boolean> {
    const backup = readBackupCode(code)
    if (backup !== undefined) return spendBackupCode(system, userId, hashSecret(backup))
    const step = await stepOf(userId, secret, code)
    return step !== undefined && spendStep(system, userId, secret, step)
  }

  /** The code is looked at, and spent, only where the password is right. */
  async function objection(
    caller: Caller,
    known: Secrets,
    { password, one_time_password: code = '' }: Said,
  ): Promise<FieldErrors | undefined> {
    if (!(await isPassword(known.password_hash, password, ownerOf(caller)))) return { password: ['The password is incorrect.'] }
    const proven = known.totp_secret === null || (await spend(caller.userId, known.totp_secret, code))
    return proven ? undefined : { one_time_password: ['This code is not valid.'] }
  }

  return {
    async spendCode(userId, code) {
      const { totp_secret } = await findSecrets(system, userId)
      return totp_secret !== null && spend(userId, totp_secret, code)
    },

    async proveOneself(request, said) {
      const { userId, email } = request.caller
      const known = await findSecrets(system, userId)
      if (known.totp_secret !== null && !said.one_time_password?.trim()) throw missingCode()
      let wrong: FieldErrors | undefined
      await attempt(system, request, email, async () => {
        wrong = await objection(request.caller, known, said)
        return wrong === undefined || undefined
      })
      if (wrong) throw errors.invalid(wrong)
    },

    async provePending(request, code) {
      const { userId, email } = request.caller
      const { totp_pending: pending } = await findSecrets(system, userId)
      if (pending === null) throw noneBegun()
      const step = await attempt(system, request, email, () => stepOf(userId, pending, code))
      if (step === undefined) throw wrongCode()
      return { pending, step }
    },
  }
}
