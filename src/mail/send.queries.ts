/** SQL of sending: which resellers have due mail, claims of one mail at a time, and outcomes. */
import type { ISql, Part } from '../db/sql.ts'
import type { Cipher } from '../lib/encryption.ts'
import { hashSecret } from '../lib/secrets.ts'
import type { MailDetail } from './outbox.ts'
import { type MailServer, type MailServerSettings, mailPasswordContext, ofReseller } from './servers.ts'
import type { Lang } from './texts/languages.ts'

export interface OutboxMail {
  id: number
  reseller_id: number
  recipient: string
  template: string
  lang: Lang
  details: Partial<Record<MailDetail, string | number>>
  encrypted_link: Buffer | null
  created_at: Date
}

export interface ClaimedMail extends OutboxMail {
  /** Attempts so far, including this one. A later claim has another number. */
  attempts: number
  /** Why the last attempt failed. */
  last_error: string | null
  /** It waited too long to be of use. */
  stale: boolean
}

/** Attempts before a mail is dead. The last one is about twelve hours after the first. */
export const MOST_ATTEMPTS = 12
/** How long a claim holds: longer than any attempt may take, so that no other process sends the mail meanwhile. */
const LEASE = '10 minutes'
/** A mail this long overdue is stale, as after days without a server or with Reeve switched off. */
const STALE = '5 days'

/** Whether there is a server to send a reseller's mail through: `shared` tells of one for all, `b` is the reseller's branding. */
export const hasServer = (db: ISql, shared: boolean) => db`(${shared} OR coalesce(b.mail_server ? 'host', false))`

/** Returns resellers with due mail and a server to send it through, longest wait first. */
export async function dueResellers(db: ISql, shared: boolean, except: readonly number[], limit: number): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    SELECT r.id FROM resellers r LEFT JOIN branding b ON b.reseller_id = r.id AND b.deleted_at IS NULL
      CROSS JOIN LATERAL (SELECT next_attempt_at FROM outbox o WHERE o.reseller_id = r.id AND sent_at IS NULL AND failed_at IS NULL
        AND next_attempt_at <= now() ORDER BY next_attempt_at, o.id LIMIT 1) due
    WHERE ${hasServer(db, shared)} AND r.id <> ALL (${[...except]}::bigint[])
    ORDER BY due.next_attempt_at, r.id LIMIT ${limit}`
  return rows.map(({ id }) => id)
}

/** Returns the reseller's own server, or undefined if it has none. */
export async function ownServer(db: ISql, cipher: Cipher, resellerId: number): Promise<MailServer | undefined> {
  const [row] = await db<{ mail_server: MailServerSettings; mail_password: Buffer | null }[]>`
    SELECT mail_server, mail_password FROM branding WHERE reseller_id = ${resellerId} AND deleted_at IS NULL AND mail_server ? 'host'`
  if (!row) return undefined
  return ofReseller(row.mail_server, passwordOf(cipher, resellerId, row.mail_password))
}

function passwordOf(cipher: Cipher, resellerId: number, encrypted: Buffer | null): string | undefined {
  try {
    return encrypted ? cipher.decrypt(encrypted, mailPasswordContext(resellerId)).toString() : undefined
  } catch {
    return undefined // encrypted under another REEVE_SECRET: the login fails for want of a password
  }
}

/**
 * Claims a due mail that no other process has. Mails with the fewest attempts come first, then those that waited longest, so that a mail
 * that makes the server hang holds up no other. The attempt counts from now on: if this process crashes, another retries after the lease.
 */
export async function claim(db: ISql, resellerId: number): Promise<ClaimedMail | undefined> {
  const [mail] = await db<ClaimedMail[]>`
    UPDATE outbox o SET attempts = attempts + 1, next_attempt_at = now() + ${LEASE}::interval, leased_until = now() + ${LEASE}::interval
    FROM (SELECT id, next_attempt_at FROM outbox WHERE reseller_id = ${resellerId} AND sent_at IS NULL AND failed_at IS NULL
      AND next_attempt_at <= now() ORDER BY attempts, next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) due
    WHERE o.id = due.id
    RETURNING o.id, reseller_id, recipient, template, lang, details, encrypted_link, created_at, attempts, last_error,
      due.next_attempt_at < now() - ${STALE}::interval AS stale`
  return mail
}

/** Returns whether a link still works. */
export async function isOpen(db: ISql, token: string): Promise<boolean> {
  const [row] = await db`
    SELECT FROM one_time_links WHERE hash = ${hashSecret(token)} AND used_at IS NULL AND expires_at > reeve_now()`
  return row !== undefined
}

/** Wipes the link, which only the recipient should have. Ignores the claim: whoever has claimed the mail since would send a copy. */
export async function markSent(db: ISql, { id }: ClaimedMail): Promise<void> {
  await db`UPDATE outbox SET sent_at = reeve_now(), failed_at = NULL, last_error = NULL, encrypted_link = NULL WHERE id = ${id}`
}

/** Gives up on a mail, unless somebody retries it. Wipes its link. */
export async function markDead(db: ISql, { id, attempts }: ClaimedMail, text: string): Promise<void> {
  await db`UPDATE outbox SET failed_at = reeve_now(), last_error = ${text}, encrypted_link = NULL, leased_until = NULL
    WHERE id = ${id} AND attempts = ${attempts} AND sent_at IS NULL`
}

/** Backoff: 30 s after the first attempt, doubled each time, up to four hours. */
const pause = (db: ISql, attemptsBefore: Part) => db`least(interval '30 seconds' * power(2, ${attemptsBefore}), interval '4 hours')`

export async function postpone(db: ISql, { id, attempts }: ClaimedMail, text: string): Promise<void> {
  await db`UPDATE outbox SET next_attempt_at = now() + ${pause(db, db`attempts - 1`)}, leased_until = NULL, last_error = ${text}
    WHERE id = ${id} AND attempts = ${attempts} AND sent_at IS NULL`
}

/** Counts an attempt for all mail waiting for the same server, because each would only fail the same way. */
export async function postponeMails(db: ISql, resellerId: number, text: string): Promise<void> {
  await db`
    UPDATE outbox SET attempts = attempts + 1, next_attempt_at = now() + ${pause(db, db`attempts`)}, last_error = ${text}
    WHERE id IN (SELECT id FROM outbox WHERE reseller_id = ${resellerId} AND sent_at IS NULL AND failed_at IS NULL
      AND next_attempt_at <= now() FOR UPDATE SKIP LOCKED)`
}
