/** Password expiry (REEVE_PASSWORD_DAYS): a sign-in with an expired password mails a link to set a new one and begins no session. */
import type { FastifyRequest } from 'fastify'
import type { SystemSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { countLink } from '../attempts/attempts.rules.ts'
import { mailForgotten } from './passwords.links.ts'

export interface Expiry {
  isOver(user: { password_changed_at: Date | null }): boolean
  /** Mails the link. @throws 400 saying so, which only callers who know the password see; 429 after too many links */
  refuse(request: FastifyRequest, email: string): Promise<never>
}

/** @param days undefined if passwords do not expire; a password of unknown age never does */
export function createExpiry(system: SystemSql, cipher: Cipher, clock: Clock, days: number | undefined): Expiry {
  return {
    isOver: ({ password_changed_at: changed }) =>
      days !== undefined && changed !== null && changed.getTime() + days * 86_400_000 <= clock.now().getTime(),
    async refuse(request, email) {
      await countLink(system, request, email)
      await mailForgotten(system, cipher, email)
      throw errors.invalid({ errors: ["Your password has expired. We've emailed you a link to set a new one."] }, 'password_expired')
    },
  }
}
