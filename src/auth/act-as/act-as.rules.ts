/** Log in as: which users staff may act as, and within which limits. The tokens (RFC 8693, `act`) and the activity log name the actor. */
import type { FastifyRequest } from 'fastify'
import { findClient } from '../../accounts/clients/clients.queries.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { type Caller, manages } from '../../lib/caller.ts'
import { seesUser } from '../../people/users/users.queries.ts'
import { assertMayWork } from '../sessions/sessions.enforcement.ts'
import { administratorsOf, mayActIn, type Subject, subjectsOf } from '../sessions/sessions.queries.ts'
import { openSession, type Signable } from '../sessions/sessions.rules.ts'

/** Longest duration of an acting session, in minutes. */
export const LONGEST = 60

/** How long an acting session lasts, refreshed or not, and whether it may change anything. */
export interface Limits {
  minutes: number
  readOnly: boolean
}

/** Nobody gains rights: a seller cannot act as a reseller or another seller, and nobody can act as the platform. */
const mayActAs = (caller: Caller, subject: Subject) => !subject.is_admin && manages(caller, subject)

/** @throws 404 if the user is not visible; 403 if the caller already acts as somebody (no chaining), may not act as this user, or the account is closed to staff */
export async function actAsUser(db: ScopedSql, request: FastifyRequest, userId: number, limits: Limits): Promise<Signable> {
  const { caller } = request
  refuseChain(caller)
  if (!(await seesUser(db, caller, userId))) throw errors.notFound()
  const [subject] = await subjectsOf(db, userId)
  if (!subject) throw errors.forbidden('This user cannot sign in.', 'cannot_sign_in')
  if (!mayActAs(caller, subject)) throw errors.forbidden()
  return begin(db, request, subject, limits)
}

/** Prefers the owner if it is an active Administrator, else the earliest one. @throws 404 if the account has none; else as actAsUser */
export async function actAsAdministrator(db: ScopedSql, request: FastifyRequest, clientId: number, limits: Limits): Promise<Signable> {
  const { caller } = request
  refuseChain(caller)
  if (!(await findClient(db, caller, clientId))) throw errors.notFound()
  const administrators = await administratorsOf(db, clientId)
  if (administrators.length === 0) throw errors.notFound()
  const subject = administrators.find((one) => mayActAs(caller, one))
  if (!subject) throw errors.forbidden()
  return begin(db, request, subject, limits)
}

function refuseChain({ actorId }: Caller) {
  if (actorId !== null) throw errors.forbidden('You are already acting as somebody else.', 'acting_session')
}

/** @throws 403 if the account is closed to staff, or requires an identity provider and lets nobody act who came otherwise */
async function begin(db: ScopedSql, request: FastifyRequest, subject: Subject, limits: Limits): Promise<Signable> {
  const { caller } = request
  if (!(await mayActIn(db, caller.userId, subject))) throw errors.accountClosed()
  await assertMayWork(db, subject, caller.credential, caller.userId)
  const session = await openSession(db, { subject, actorId: caller.userId, request, ...limits, origin: caller.credential })
  if (!session) throw errors.badSession()
  return session
}
