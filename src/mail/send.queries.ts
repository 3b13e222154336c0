/** SQL of sending: who has due mail, one mail at a time for one sender, and what became of it. */
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
  sealed_link: Buffer | null
  created_at: Date
}

export interface ClaimedMail extends OutboxMail {
  /** How often it was tried, this time too: whoever claims it later has another number. */
  attempts: number
  /** Why it failed the last time. */
  last_error: string | null
  /** It lay about too long for anybody to want it. */
  stale: boolean
}

/** A mail that was tried so often is dead; the last time about twelve hours after the first. */
export const MOST_ATTEMPTS = 12
/** How long a claim holds: longer than any attempt may take, so that nobody else sends the mail meanwhile. */
const LEASE = '10 minutes'
/** Kept as long without a server, or with Reeve switched off, a mail is out of date. */
const STALE = '5 days'

/** Resellers with mail to send and a server to send it through, who waits longest first. */
export async function dueResellers(db: ISql, shared: boolean, except: readonly number[], limit: number): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    SELECT r.id FROM resellers r LEFT JOIN branding b ON b.reseller_id = r.id AND b.deleted_at IS NULL
      CROSS JOIN LATERAL (SELECT next_attempt_at FROM outbox o WHERE o.reseller_id = r.id AND sent_at IS NULL AND failed_at IS NULL
        AND next_attempt_at <= now() ORDER BY next_attempt_at, o.id LIMIT 1) due
    WHERE (${shared} OR b.mail_server ? 'host') AND r.id <> ALL (${[...except]}::bigint[])
    ORDER BY due.next_attempt_at, r.id LIMIT ${limit}`
  return rows.map(({ id }) => id)
}

/** The reseller's own server, or undefined where it has none. */
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
    return undefined // encrypted under another REEVE_SECRET: the server will say that there is none
  }
}

/**
 * Takes a mail that is due, if there is one that nobody else has: those that were tried least come first, then who waits longest, so that one at
 * which its server hangs holds up no other. It counts as tried from now on: should this process die with it,
 * somebody tries again when the lease is over.
 */
export async function claim(db: ISql, resellerId: number): Promise<ClaimedMail | undefined> {
  const [mail] = await db<ClaimedMail[]>`
    UPDATE outbox o SET attempts = attempts + 1, next_attempt_at = now() + ${LEASE}::interval, leased_until = now() + ${LEASE}::interval
    FROM (SELECT id, next_attempt_at FROM outbox WHERE reseller_id = ${resellerId} AND sent_at IS NULL AND failed_at IS NULL
      AND next_attempt_at <= now() ORDER BY attempts, next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) due
    WHERE o.id = due.id
    RETURNING o.id, reseller_id, recipient, template, lang, details, sealed_link, created_at, attempts, last_error,
      due.next_attempt_at < now() - ${STALE}::interval AS stale`
  return mail
}

/** Whether a link still leads anywhere. */
export async function isOpen(db: ISql, token: string): Promise<boolean> {
  const [row] = await db`
    SELECT FROM one_time_links WHERE hash = ${hashSecret(token)} AND used_at IS NULL AND expires_at > reeve_now()`
  return row !== undefined
}

/** Its link is wiped: who has the mail has it, and nobody else should. Whoever claimed it since would send a copy, so no claim is asked for. */
export async function markSent(db: ISql, { id }: ClaimedMail): Promise<void> {
  await db`UPDATE outbox SET sent_at = reeve_now(), failed_at = NULL, last_error = NULL, sealed_link = NULL WHERE id = ${id}`
}

/** It is tried no more, unless somebody asks for it. Its link is wiped. */
export async function markDead(db: ISql, { id, attempts }: ClaimedMail, text: string): Promise<void> {
  await db`UPDATE outbox SET failed_at = reeve_now(), last_error = ${text}, sealed_link = NULL, leased_until = NULL
    WHERE id = ${id} AND attempts = ${attempts} AND sent_at IS NULL`
}

/** 30 s after the first attempt, then twice as long each time, up to four hours. */
const pause = (db: ISql, attemptsBefore: Part) => db`least(interval '30 seconds' * power(2, ${attemptsBefore}), interval '4 hours')`

export async function postpone(db: ISql, { id, attempts }: ClaimedMail, text: string): Promise<void> {
  await db`UPDATE outbox SET next_attempt_at = now() + ${pause(db, db`attempts - 1`)}, leased_until = NULL, last_error = ${text}
    WHERE id = ${id} AND attempts = ${attempts} AND sent_at IS NULL`
}

/** What waits for the same server counts as tried too: it would only find out the same, one by one. */
export async function postponeOthers(db: ISql, resellerId: number, text: string): Promise<void> {
  await db`
    UPDATE outbox SET attempts = attempts + 1, next_attempt_at = now() + ${pause(db, db`attempts`)}, last_error = ${text}
    WHERE id IN (SELECT id FROM outbox WHERE reseller_id = ${resellerId} AND sent_at IS NULL AND failed_at IS NULL
      AND next_attempt_at <= now() FOR UPDATE SKIP LOCKED)`
}
