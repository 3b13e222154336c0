/** Notifies users by mail of changes to how they sign in, in the transaction of the change (OWASP ASVS 5.0, 6.3.7). */

import type { FastifyRequest } from 'fastify'
import type { ScopedSql } from '../../db/scope.ts'
import { addressOf } from '../../http/origin.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { type Mail, mailWithLink, openLink, queueMail, type SecurityChange } from '../../mail/outbox.ts'
import { accessLeft } from './users.queries.ts'

/**
 * Mails the user's present address: call it before an email changes. The mail does not name a new email, because the old mailbox may be
 * somebody else's by then. Users who have not confirmed their address get no mail: there is no access to protect, and the mailbox may be a
 * stranger's.
 * @param request undefined if no request makes the change
 * @param user the user, and the account that the mail belongs to; by default the caller
 * @param more details of the mail beside the change
 */
export async function notifySecurityChange(
  db: ScopedSql,
  request: FastifyRequest | undefined,
  change: SecurityChange,
  { userId, clientId }: { userId: number; clientId: number } = callerOf(request),
  more: Mail['details'] = {},
): Promise<void> {
  const mail = await changeMail(db, request, change, { userId, clientId }, more)
  if (mail) await queueMail(db, mail)
}

/**
 * As notifySecurityChange, for a new password. If API tokens or passkeys still work, the mail says how many, with a link that ends them. Returns
 * the token of that link; undefined if nothing is left, or no mail is sent.
 */
export async function notifyNewPassword(
  db: ScopedSql,
  cipher: Cipher,
  request: FastifyRequest,
  user: { userId: number; clientId: number } = request.caller,
): Promise<string | undefined> {
  const left = await accessLeft(db, user.userId)
  if (left.tokens + left.passkeys === 0) {
    await notifySecurityChange(db, request, 'password', user)
    return undefined
  }
  const mail = await changeMail(
    db,
    request,
    'password',
    user,
    definedFields({ tokens: left.tokens || undefined, passkeys: left.passkeys || undefined }),
  )
  if (!mail) return undefined
  const token = await openLink(db, mail, 'end_access')
  await mailWithLink(db, cipher, mail, token)
  return token
}

async function changeMail(
  db: ScopedSql,
  request: FastifyRequest | undefined,
  change: SecurityChange,
  { userId, clientId }: { userId: number; clientId: number },
  more: Mail['details'],
) {
  const [user] = await db<{ reseller_id: number; recipient: string; lang: string; name: string; at: Date }[]>`
    SELECT reseller_id, email AS recipient, lang, coalesce(name, '') AS name, reeve_now() AS at
    FROM users WHERE id = ${userId} AND activated_at IS NOT NULL`
  if (!user) return undefined
  const { name, at, ...to } = user
  const details = { name, change, at: at.toISOString(), addresses: (request && addressOf(request)) ?? '', ...more }
  return { ...to, client_id: clientId, user_id: userId, template: 'security_changed' as const, details }
}

function callerOf(request: FastifyRequest | undefined) {
  if (!request) throw new Error('A change that happens by itself names its user.')
  return request.caller
}
