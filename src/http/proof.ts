/** What a route may ask for beyond a credential: a session of one's own, and a proof of who one is, which auth/two-step makes. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { errors } from './errors.ts'

/**
 * How one signs in is changed in a session of one's own: an API token is a part of its user's rights and must not become all of them, and
 * whoever acts as somebody else leaves nothing behind to come in by.
 * @throws 403
 */
export function assertOwnSession({ caller }: FastifyRequest, refusal = 'Change how you sign in from a session of your own.') {
  if (caller.credential.type !== 'session' || caller.actorId !== null) throw errors.forbidden(refusal, 'session_required')
}

/** What somebody says to prove who it is. */
export interface Said {
  password: string
  one_time_password?: string
}

export interface Proof {
  /**
   * Whether the code of an authenticator, or a backup code, works now. It does not afterwards: nor does it for a second one at the same time.
   * Ask once the password is proven: wrong codes are counted by user, and after some of them it is told that somebody has the password.
   * @throws 429 after too many wrong ones in a row, whoever tried them
   */
  spendCode(request: FastifyRequest, userId: number, code: string): Promise<boolean>
  /**
   * That whoever asks knows the password and, where it is asked for, a code. Counted like a sign-in.
   * @throws 400 naming what is wrong or missing, 429 after too many
   */
  proveOneself(request: FastifyRequest, said: Said): Promise<void>
  /**
   * That whoever asks is the user of the session: by a code where two-step verification is on, else by the password. Counted likewise; codes
   * are counted apart from those of a sign-in, for no password was asked for before. False for a user who has neither.
   * @throws as proveOneself
   */
  proveByCodeOrPassword(request: FastifyRequest, said: Partial<Said>): Promise<boolean>
  /**
   * The secret that awaits its first code, and the step of this one. Counted likewise.
   * @throws 400 where none awaits, or the code is not its
   */
  provePending(request: FastifyRequest, code: string): Promise<{ pending: Buffer; step: number }>
}

export const OwnProof = Type.Object(
  {
    password: Type.String({ description: 'The present password.' }),
    one_time_password: Type.Optional(Type.String({ description: 'The same, where two-step verification is on. Empty counts as absent.' })),
  },
  { title: 'Proof', examples: [{ password: 'reeve-demo-password' }] },
)
export const CodeOrPassword = Type.Partial(OwnProof, {
  title: 'CodeOrPassword',
  description: 'A code where two-step verification is on, else the password.',
  examples: [{ password: 'reeve-demo-password' }],
})
