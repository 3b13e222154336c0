/** The outbox. Mail is written to it in the transaction that causes it, and sent afterwards: a rollback discards the mail too. */
import { locks } from '../db/locks.ts'
import type { TransactionSql } from '../db/pool.ts'
import { elevated } from '../db/scope.ts'
import type { Cipher } from '../lib/encryption.ts'
import { hashSecret, newSecret } from '../lib/secrets.ts'
import { tracer } from '../lib/tracing.ts'
import { type LinkPurpose, type LinkTemplate, linkHours, type MailDetail, type MailTemplate } from './templates.ts'

export * from './templates.ts'

export interface Mail {
  reseller_id: number
  /** The account that the mail is about, or null. */
  client_id: number | null
  user_id: number | null
  recipient: string
  lang: string
  template: MailTemplate
  /** Must not contain secrets. */
  details: Partial<Record<MailDetail, string | number>>
}

/**
 * Whether a mailbox gets at most three of them an hour. Limited are mails that users have sent to others or themselves and can request
 * again. Mails that a user must receive are not: an attacker could use up the limit before making a change. Templates count separately.
 */
const limited: Readonly<Record<MailTemplate, boolean>> = {
  invitation: true,
  account_invitation: true,
  activation: true,
  password_reset: true,
  email_change: true,
  email_change_notice: false,
  totp_disable: true,
  account_deletion: true,
  security_changed: false,
  wrong_codes: false,
  sso_exception: false,
  sso_in_place_of_password: true,
  failed_logins: false,
  deletion_request: false,
  password_expires_soon: false,
  token_expires_soon: false,
  certificate_ends_soon: false,
  trial_began: false,
  trial_ends_soon: false,
  trial_ended: false,
  test: false,
}
export const mailboxLimit = { most: 3, span: 3600 } as const

/** The mailbox has reached its limit for this kind of mail; the next one is allowed in `wait` seconds. */
export class MailboxFull extends Error {
  readonly wait: number
  constructor(wait: number) {
    super(`The mailbox gets no more mails of this kind for ${wait} s.`)
    this.wait = wait
  }
}

/** Context that the token of a link is encrypted for. */
export const linkContext = (recipient: string) => `link to ${recipient}`

/** @throws MailboxFull for a limited template */
export const queueMail = (db: TransactionSql, mail: Mail): Promise<void> => queueMails(db, [mail])

/** @throws MailboxFull for a limited template */
export async function queueMails(db: TransactionSql, mails: readonly Mail[]): Promise<void> {
  for (const mail of mails) await assertRoom(db, mail)
  if (mails.length > 0) await db`INSERT INTO outbox ${db(mails.map((mail) => ({ ...mail, details: db.json(traced(mail)) })))}`
}

/** The details of a mail, and the trace of the request that causes it, if it is recorded. No template uses that. */
function traced({ details }: Mail) {
  const traceparent = tracer()?.traceparent()
  return traceparent === undefined ? details : { ...details, traceparent }
}

/**
 * Counts the mails queued for the mailbox by anybody, in any account. The lock lasts until the transaction ends and serializes concurrent requests.
 */
async function assertRoom(db: TransactionSql, { recipient, template }: Mail): Promise<void> {
  if (!limited[template]) return
  const { most, span } = mailboxLimit
  const within = db`make_interval(secs => ${span})`
  const [, [full]] = await elevated(
    db,
    db`SELECT pg_advisory_xact_lock(hashtextextended(${template} || ' ' || fold(${recipient}), ${locks.mailbox}))`,
    db<{ wait: number }[]>`
      SELECT greatest(1, ceil(extract(epoch FROM created_at + ${within} - reeve_now()))::int) AS wait FROM outbox
      WHERE recipient_folded = fold(${recipient}) AND template = ${template} AND created_at > reeve_now() - ${within}
      ORDER BY created_at DESC OFFSET ${most - 1} LIMIT 1`,
  )
  if (full) throw new MailboxFull(full.wait)
}

/**
 * Creates a link that works once, until it expires, and returns its token. It replaces an open link of the same purpose, user and account
 * in one_time_links_one_is_open, so of two made at once the later one works. Password reset links do not replace each other, because anyone
 * can request one. Nor do those that end access: changing the password again must not invalidate the link mailed to the owner before.
 * @param details what completing the link needs, kept on the server
 */
export async function openLink(
  db: TransactionSql,
  { user_id, reseller_id, client_id }: Pick<Mail, 'reseller_id' | 'client_id'> & { user_id: number },
  purpose: LinkPurpose,
  details: Record<string, string | number> = {},
): Promise<string> {
  const token = newSecret()
  await db`
    INSERT INTO one_time_links (hash, user_id, reseller_id, client_id, purpose, details, expires_at)
    VALUES (${hashSecret(token)}, ${user_id}, ${reseller_id}, ${client_id}, ${purpose}, ${db.json(details)},
      reeve_now() + ${linkHours[purpose]} * interval '1 hour')
    ON CONFLICT (user_id, purpose, coalesce(client_id, 0)) WHERE used_at IS NULL AND purpose NOT IN ('password_reset', 'end_access')
    DO UPDATE SET hash = excluded.hash, details = excluded.details, expires_at = excluded.expires_at, created_at = reeve_now()`
  return token
}

/** Mails such a link. @returns the id of the mail @throws MailboxFull */
export async function mailLink(
  db: TransactionSql,
  cipher: Cipher,
  mail: Mail & { template: LinkTemplate; user_id: number },
  details: Record<string, string | number> = {},
): Promise<number> {
  await assertRoom(db, mail)
  return mailWithLink(db, cipher, mail, await openLink(db, mail, mail.template, details))
}

/** @returns the id of the mail */
export async function mailWithLink(db: TransactionSql, cipher: Cipher, mail: Mail, token: string): Promise<number> {
  const encrypted_link = cipher.encrypt(Buffer.from(token), linkContext(mail.recipient))
  const [queued] = await db<{ id: number }[]>`
    INSERT INTO outbox ${db({ ...mail, details: db.json(traced(mail)), encrypted_link })} RETURNING id`
  return (queued as { id: number }).id
}
