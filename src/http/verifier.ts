/**
 * What a route may require beyond a credential: an own session, and the verification of the user's identity, which auth/two-step
 * implements.
 */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { errors } from './errors.ts'

/**
 * Allows changes of sign-in methods only in the user's own session. An API token has a part of its user's rights and must not gain all of
 * them, and a user acting as somebody else must not leave a way in.
 * @throws 403
 */
export function assertOwnSession({ caller }: FastifyRequest, refusal = 'Change how you sign in from a session of your own.') {
  if (caller.credential.type !== 'session' || caller.actorId !== null) throw errors.forbidden(refusal, 'session_required')
}

/** What a user sends to verify its identity. */
export interface Said {
  password: string
  one_time_password?: string
}

export interface Verifier {
  /**
   * Returns whether the code of an authenticator, or a backup code, is valid now, and spends it: of two concurrent requests with one code,
   * one succeeds. Call it after verifying the password: wrong codes are counted per user, and too many of them notify the user that
   * somebody has the password.
   * @throws 429 after too many wrong codes in a row, from any address
   */
  consumeCode(request: FastifyRequest, userId: number, code: string): Promise<boolean>
  /**
   * Verifies that the caller knows the password and, where required, a code. Counted like a sign-in.
   * @throws 400 naming what is wrong or missing; 429 after too many attempts
   */
  verifyPasswordAndCode(request: FastifyRequest, said: Said): Promise<void>
  /**
   * Verifies that the caller is the user of the session: by a code if two-step verification is on, else by the password. Counted likewise;
   * codes are counted separately from those of a sign-in, because no password came before them. Returns false for a user who has neither.
   * @throws as verifyPasswordAndCode
   */
  verifyPasswordOrCode(request: FastifyRequest, said: Partial<Said>): Promise<boolean>
  /**
   * Verifies the first code of a pending secret. Returns the secret and the code's time step. Counted likewise.
   * @throws 400 if no secret is pending, or the code is wrong
   */
  verifyPendingCode(request: FastifyRequest, code: string): Promise<{ pending: Buffer; step: number }>
}

/** The password and, if two-step verification is on, a code: what verifyPasswordAndCode takes. */
export const Confirmation = Type.Object(
  {
    password: Type.String({ description: 'The present password.' }),
    one_time_password: Type.Optional(Type.String({ description: 'The same, where two-step verification is on. Empty counts as absent.' })),
  },
  { title: 'Proof', examples: [{ password: 'reeve-demo-password' }] },
)
/** What verifyPasswordOrCode takes. */
export const CodeOrPassword = Type.Partial(Confirmation, {
  title: 'CodeOrPassword',
  description: 'A code if two-step verification is on, else the password.',
  examples: [{ password: 'reeve-demo-password' }],
})
