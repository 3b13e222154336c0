/** Following a link. It takes effect once, even under concurrent requests, and completely or not at all. */

import type { FastifyRequest } from 'fastify'
import { findAccount } from '../accounts/clients/clients.queries.ts'
import { applyStep } from '../accounts/clients/lifecycle/lifecycle.rules.ts'
import { followServices } from '../accounts/clients/status/status.rules.ts'
import { replacePassword } from '../auth/passwords/passwords.queries.ts'
import { endAccess } from '../auth/sessions/sessions.queries.ts'
import { switchOff } from '../auth/two-step/two-step.queries.ts'
import { lockMember, lockUser, refreshUser } from '../db/read-model.ts'
import { asSystem, type ScopedSql, type SystemSql } from '../db/scope.ts'
import { recordAs } from '../http/activity.ts'
import { ownerOfRequest } from '../http/owners.ts'
import type { Cipher } from '../lib/encryption.ts'
import { hashPassword, isOneOf, LAST_PASSWORDS, type PasswordError, passwordError } from '../lib/passwords.ts'
import { ADMINISTRATORS } from '../lib/roles.ts'
import type { LinkPurpose } from '../mail/outbox.ts'
import { confirmChange, endChange, endLinks } from '../people/email-changes/email-changes.queries.ts'
import { makeChange } from '../people/email-changes/email-changes.rules.ts'
import { findMember } from '../people/members/members.queries.ts'
import { notifyNewPassword, notifySecurityChange } from '../people/users/users.notices.ts'
import { insertMember } from '../people/users/users.queries.ts'
import { activate, consumeLink, detachInvitations, type OpenLink } from './links.queries.ts'

/** Reports whether the form of a link asks for a new password; the others have only a button. */
export const asksForPassword = (purpose: LinkPurpose) => ['invitation', 'activation', 'password_reset'].includes(purpose)

export type Refusal = PasswordError | 'differ' | 'used_before' | 'email_taken'
/** For a change of email: `waits` for the other address; `allowed` by the present one; `done`: made or, by the present one, stopped. */
export type Success = 'done' | 'waits' | 'allowed'
/** `gone`: another request was faster, or the link ended meanwhile. */
export type Outcome = Success | 'gone' | Refusal
export interface Followed {
  outcome: Outcome
  /** Token of the link that ends the API tokens and passkeys that a new password leaves. */
  endAccess?: string | undefined
}
export const isSuccess = (outcome: Outcome): outcome is Success => ['done', 'waits', 'allowed'].includes(outcome)

export interface Given {
  password?: string
  password_again?: string
  /** `allow` consents to a change of email that staff asked for; anything else stops it. */
  decision?: string
}

/** Returns why this cannot be the new password. Compares hashes outside any transaction. */
export async function refusalOf(
  request: FastifyRequest,
  link: OpenLink,
  { password = '', password_again = '' }: Given,
): Promise<Refusal | undefined> {
  if (password !== password_again) return 'differ'
  const objection = passwordError(password, link.email)
  if (objection) return objection
  const last = [...(link.password === null ? [] : [link.password]), ...link.earlier].slice(0, LAST_PASSWORDS)
  return (await isOneOf(last, password, ownerOfRequest(request))) ? 'used_before' : undefined
}

/**
 * Does what the link is for and uses it up. Locks the user with its accounts first. Then the link's row serializes concurrent requests, and
 * `replacePassword` serializes the link with other password changes.
 */
export async function follow(
  { system, cipher }: { system: SystemSql; cipher: Cipher },
  request: FastifyRequest,
  link: OpenLink,
  given: Given,
): Promise<Followed> {
  const chosen = asksForPassword(link.purpose) ? await hashPassword(given.password ?? '', ownerOfRequest(request)) : undefined
  const attempt = asSystem(system, async (db) => {
    await (link.account ? lockMember(db, link.account.id, link.userId, []) : lockUser(db, link.userId))
    if (!(await consumeLink(db, link.hash))) throw new Rollback('gone')
    const followed = await complete(db, cipher, request, link, given, chosen)
    await refreshUser(db, link.userId)
    await recordAs(db, request, personOf(link), 200, link.account?.id ?? link.clientId)
    return followed
  })
  return attempt.catch((error) => {
    if (error instanceof Rollback) return { outcome: error.outcome }
    if (error.constraint_name === 'users_email_is_unique') return { outcome: 'email_taken' as const }
    throw error
  })
}

/** Rolls the transaction back and carries the outcome. */
class Rollback extends Error {
  readonly outcome: Outcome
  constructor(outcome: Outcome) {
    super(outcome)
    this.outcome = outcome
  }
}

/** Only a change that staff asked for needs the consent of the present address. */
const allows = ({ change }: OpenLink, { decision }: Given) => decision === 'allow' && change?.byStaff === true

/** Whoever follows a link acts as the user it was mailed to. */
const personOf = ({ userId, email, resellerId, clientId }: OpenLink) => ({
  kind: 'client' as const,
  userId,
  email,
  resellerId,
  clientId,
  actorId: null,
})

async function complete(
  db: ScopedSql,
  cipher: Cipher,
  request: FastifyRequest,
  link: OpenLink,
  given: Given,
  chosen: string | undefined,
): Promise<Followed> {
  const { userId } = link
  switch (link.purpose) {
    case 'invitation':
    case 'activation':
    case 'password_reset':
      if (!(await replacePassword(db, userId, link.password, chosen as string, LAST_PASSWORDS - 1, null))) throw new Rollback('gone')
      if (link.activated) return { outcome: 'done', endAccess: await notifyNewPassword(db, cipher, request, link) }
      await confirm(db, userId)
      await join(db, link)
      return { outcome: 'done' }
    case 'account_invitation':
      await join(db, link)
      return { outcome: 'done' }
    case 'email_change': {
      const change = await confirmChange(db, userId, 'new')
      if (!change.ready) return { outcome: 'waits' }
      await makeChange(db, request, link, change)
      return { outcome: 'done' }
    }
    case 'email_change_notice': {
      if (!allows(link, given)) {
        await endChange(db, userId, 'stopped')
        return { outcome: 'done' }
      }
      const change = await confirmChange(db, userId, 'old')
      if (change.ready) await makeChange(db, request, link, change)
      return { outcome: 'allowed' }
    }
    case 'totp_disable':
      await switchOff(db, userId)
      await notifySecurityChange(db, request, 'two_step_off', link)
      return { outcome: 'done' }
    case 'account_deletion':
      if (!link.account || (await findMember(db, link.account.id, userId))?.role_id !== ADMINISTRATORS) throw new Rollback('gone')
      await applyStep(db, personOf(link), link.account.id, 'request')
      return { outcome: 'done' }
    case 'end_access':
      await endAccess(db, userId, null)
      await notifySecurityChange(db, request, 'access_ended', link)
      return { outcome: 'done' }
  }
}

/** Completes the first link that a user follows, which confirms the email. Invitations into other accounts stay open. */
async function confirm(db: ScopedSql, userId: number): Promise<void> {
  for (const id of await activate(db, userId)) {
    const account = await findAccount(db, id)
    if (account) await followServices(db, [account])
  }
  await endLinks(db, userId, ['activation'])
  await detachInvitations(db, userId)
}

/** Makes the user a member of the inviting account; a user created by the invitation is one already. Call under lockMember of both. */
async function join(db: ScopedSql, { account, userId, resellerId, details }: OpenLink): Promise<void> {
  if (!account || details.role === undefined || (await findMember(db, account.id, userId))) return
  const present = await findAccount(db, account.id)
  if (!present || present.deleted || present.reseller_id !== resellerId) throw new Rollback('gone')
  await insertMember(db, { client_id: account.id, user_id: userId, reseller_id: resellerId, role_id: details.role })
}
