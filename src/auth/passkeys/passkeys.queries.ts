/** SQL of passkeys and the challenges they sign. */
import type { Static } from 'typebox'
import type { ScopedSql, SystemSql } from '../../db/scope.ts'
import type { SignIn } from '../sign-in/sign-in.queries.ts'
import type { Passkey } from './passkeys.schema.ts'

type Shown = Static<typeof Passkey>

/** Stores a challenge for adding a passkey or, if `userId` is null, for a sign-in. Deletes some expired ones to keep the table small. */
export async function insertChallenge(sql: SystemSql, hash: Buffer, userId: number | null, origin: string, minutes: number): Promise<void> {
  await sql`
    WITH over AS (DELETE FROM passkey_challenges WHERE hash IN (
      SELECT hash FROM passkey_challenges WHERE expires_at <= reeve_now() ORDER BY expires_at LIMIT 10 FOR UPDATE SKIP LOCKED))
    INSERT INTO passkey_challenges (hash, user_id, origin, expires_at)
    VALUES (${hash}, ${userId}, ${origin}, reeve_now() + ${minutes} * interval '1 minute')`
}

/** Deletes a challenge and returns its origin. Of two concurrent calls the second finds it gone. */
export async function consumeChallenge(sql: SystemSql, hash: Buffer, userId: number | null): Promise<string | undefined> {
  const [row] = await sql<{ origin: string; over: boolean }[]>`
    DELETE FROM passkey_challenges WHERE hash = ${hash} AND user_id IS NOT DISTINCT FROM ${userId}
    RETURNING origin, expires_at <= reeve_now() AS over`
  return row?.over === false ? row.origin : undefined
}

/** A passkey and the user it signs in; `client_id` is null if the user may not act in any account, or its credentials rest in all. */
export interface Key extends Pick<SignIn, 'user_id' | 'reseller_id' | 'client_id'> {
  /** The account that a session begins in; null where all require an identity provider. */
  account: number | null
  id: number
  public_key: Buffer
  counter: number
}

export async function findKey(sql: SystemSql, credentialId: Buffer, rpId: string): Promise<Key | undefined> {
  const [row] = await sql<Key[]>`
    SELECT p.id, p.public_key, p.counter, p.user_id, p.reseller_id,
      (SELECT c.client_id FROM callers c WHERE c.user_id = u.id AND c.rests_since IS NULL ORDER BY c.client_id <> u.client_id, c.client_id LIMIT 1) AS client_id,
      (SELECT c.client_id FROM callers c WHERE c.user_id = u.id AND c.rests_since IS NULL AND may_work(u.id, c.client_id, null, 'passkey', null)
        ORDER BY c.client_id <> u.client_id, c.client_id LIMIT 1) AS account
    FROM passkeys p JOIN users u ON u.id = p.user_id WHERE p.credential_id = ${credentialId} AND p.rp_id = ${rpId}`
  return row
}

/** Returns false if the passkey is gone, or its counter has already come as far: then it was cloned. Some never count and stay at 0. */
export async function keyUsed(sql: SystemSql, id: number, counter: number, backedUp: boolean): Promise<boolean> {
  const used = await sql`
    UPDATE passkeys SET counter = ${counter}, backed_up = ${backedUp}, last_used_at = reeve_now()
    WHERE id = ${id} AND (counter < ${counter} OR (counter = 0 AND ${counter} = 0))`
  return used.count > 0
}

const shown = (db: ScopedSql) =>
  db`id, name, rp_id, backed_up, json_time(created_at) AS created_at, json_time(last_used_at) AS last_used_at`

export const listPasskeys = (db: ScopedSql, userId: number) =>
  db<Shown[]>`SELECT ${shown(db)} FROM passkeys WHERE user_id = ${userId} ORDER BY id`

/** The credentials that a browser must not duplicate. */
export const credentialsOf = (db: ScopedSql, userId: number, rpId: string) =>
  db<{ id: Buffer; transports: string[] }[]>`
    SELECT credential_id AS id, transports FROM passkeys WHERE user_id = ${userId} AND rp_id = ${rpId}`

export interface NewPasskeyRow {
  credential_id: Buffer
  public_key: Buffer
  counter: number
  rp_id: string
  transports: string[]
  backed_up: boolean
  name: string
}

/** Locks the user, so that concurrent calls count one after the other. `full`: there are `most` already; `known`: somebody has it. */
export async function insertPasskey(
  db: ScopedSql,
  userId: number,
  passkey: NewPasskeyRow,
  most: number,
): Promise<Shown | 'full' | 'known'> {
  const [user] = await db<{ reseller_id: number }[]>`SELECT reseller_id FROM users WHERE id = ${userId} FOR NO KEY UPDATE`
  const [has] = await db<{ count: number }[]>`SELECT count(*) FROM passkeys WHERE user_id = ${userId}`
  if (!user || !has || has.count >= most) return 'full'
  const row = { user_id: userId, reseller_id: user.reseller_id, ...passkey }
  const [made] = await db<Shown[]>`INSERT INTO passkeys ${db(row)} ON CONFLICT DO NOTHING RETURNING ${shown(db)}`
  return made ?? 'known'
}

export async function renamePasskey(db: ScopedSql, userId: number, id: number, name: string): Promise<Shown | undefined> {
  const [row] = await db<Shown[]>`UPDATE passkeys SET name = ${name} WHERE user_id = ${userId} AND id = ${id} RETURNING ${shown(db)}`
  return row
}

export async function deletePasskey(db: ScopedSql, userId: number, id: number): Promise<boolean> {
  const deleted = await db`DELETE FROM passkeys WHERE user_id = ${userId} AND id = ${id}`
  return deleted.count > 0
}

/** Returns the names of user and reseller that a browser shows beside a passkey. */
export async function shownBeside(db: ScopedSql, userId: number): Promise<{ name: string; issuer: string } | undefined> {
  const [row] = await db<{ name: string; issuer: string }[]>`
    SELECT coalesce(u.name, '') AS name, r.name AS issuer FROM users u JOIN resellers r ON r.id = u.reseller_id WHERE u.id = ${userId}`
  return row
}
