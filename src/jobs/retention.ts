/** Removes what is no longer needed: ended sessions, used and expired links, old mails and, if the operator wants it, old log entries. */

import type { SystemSql } from '../db/scope.ts'
import type { Query, Row } from '../db/sql.ts'
import type { Retention } from '../lib/config.ts'
import type { JobDeps } from './job.ts'

const BATCH = 1000

export async function deleteExpired({ system, keep, stopping }: JobDeps, at: Date): Promise<void> {
  for (const [kind, remove] of Object.entries(removals) as [keyof Retention, Removal[]][]) {
    if (keep[kind] === 0) continue
    const before = new Date(at.getTime() - keep[kind] * 86_400_000)
    // Each batch is a transaction, so that nobody waits long for a row and the write-ahead log stays short.
    for (const one of remove) while ((await one(system, before)).count === BATCH && !stopping?.aborted);
  }
}

type Removal = (db: SystemSql, before: Date) => Query<Row[]>

/** Scans by id: entries are written in order of time, so the oldest thousand show whether any is old, without an index on the time. */
const oldest =
  (table: string, time: string): Removal =>
  (db, before) =>
    db`
    DELETE FROM ${db(table)} WHERE id IN (
      SELECT id FROM (SELECT id, ${db(time)} AS at FROM ${db(table)} ORDER BY id LIMIT ${BATCH}) AS first WHERE at < ${before})`

const removals: Record<keyof Retention, Removal[]> = {
  sessions: [
    // A refresh token lives a day, and a session as long as its last token. A session stays while another one that began from it exists:
    // ending it may have to end that one too.
    (db, before) => db`
      DELETE FROM refresh_tokens WHERE jti IN (SELECT jti FROM refresh_tokens WHERE expires_at < ${before} ORDER BY expires_at LIMIT ${BATCH})`,
    (db, before) => db`
      DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions s WHERE created_at < ${before} AND NOT EXISTS (SELECT FROM refresh_tokens WHERE session_id = s.id)
          AND NOT EXISTS (SELECT FROM sessions WHERE origin_session = s.id)
        ORDER BY created_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
  ],
  links: [
    (db, before) => db`
      DELETE FROM one_time_links WHERE hash IN (SELECT hash FROM one_time_links WHERE expires_at < ${before} ORDER BY expires_at LIMIT ${BATCH})`,
    // What was under way to an identity provider and back.
    ...['authentication_requests', 'pending_identities'].map(
      (table): Removal =>
        (db, before) =>
          db`
      DELETE FROM ${db(table)} WHERE hash IN (SELECT hash FROM ${db(table)} WHERE expires_at < ${before} ORDER BY expires_at LIMIT ${BATCH})`,
    ),
    (db, before) => db`
      DELETE FROM spent_assertions WHERE ctid IN (
        SELECT ctid FROM spent_assertions WHERE expires_at < ${before} ORDER BY expires_at LIMIT ${BATCH})`,
  ],
  mails: [oldest('outbox', 'created_at')],
  // The history of accounts stays: it is short.
  logs: [
    oldest('activity', 'requested_at'),
    oldest('logins', 'login_at'),
    // Results first: there may be as many as there are accounts.
    (db, before) => db`
      DELETE FROM change_set_results r USING (
        SELECT o.change_set_id, o.client_id FROM change_sets s JOIN change_set_results o ON o.change_set_id = s.id
        WHERE s.created_at < ${before} AND s.state <> 'applying' ORDER BY 1, 2 LIMIT ${BATCH}) old
      WHERE r.change_set_id = old.change_set_id AND r.client_id = old.client_id`,
    (db, before) => db`
      DELETE FROM change_sets WHERE id IN (
        SELECT id FROM change_sets s WHERE created_at < ${before} AND state <> 'applying'
          AND NOT EXISTS (SELECT FROM change_set_results WHERE change_set_id = s.id)
        ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
  ],
}
