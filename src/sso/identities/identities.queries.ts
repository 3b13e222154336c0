/** SQL of identities. A sign-in has no caller yet: whoever arrives is looked for in all tenants. */
import type { Static } from 'typebox'
import { detachSession } from '../../auth/sessions/sessions.queries.ts'
import type { TransactionSql } from '../../db/pool.ts'
import { elevated, type ScopedSql } from '../../db/scope.ts'
import type { ProviderRow } from '../providers/providers.queries.ts'
import type { Identity } from './identities.schema.ts'

/** A live user, as far as arriving needs to know. */
export interface Known {
  id: number
  reseller_id: number
  client_id: number
  user_type: 'common' | 'reseller' | 'seller'
  email: string
  is_active: boolean
  activated: boolean
  has_password: boolean
  owns_account: boolean
}

const known = (
  db: ScopedSql,
) => db`u.id, u.reseller_id, u.client_id, u.user_type, u.email, u.is_active, u.activated_at IS NOT NULL AS activated,
  u.password_hash IS NOT NULL AS has_password, EXISTS (SELECT FROM clients o WHERE o.owner_id = u.id) AS owns_account`

/** Notes what the provider says of the person now. Of somebody who was deleted it is forgotten. */
export async function useIdentity(db: ScopedSql, providerId: number, subject: string, claims: object): Promise<Known | undefined> {
  await db`DELETE FROM identities i USING users u WHERE i.provider_id = ${providerId} AND i.subject = ${subject} AND u.id = i.user_id AND u.deleted_at IS NOT NULL`
  const [row] = await db<Known[]>`
    WITH used AS (UPDATE identities SET claims = ${db.json(claims as never)}, last_used_at = reeve_now()
      WHERE provider_id = ${providerId} AND subject = ${subject} RETURNING user_id)
    SELECT ${known(db)} FROM used JOIN users u ON u.id = used.user_id WHERE u.deleted_at IS NULL`
  return row
}

export async function findByAddress(db: ScopedSql, email: string): Promise<Known | undefined> {
  const [row] = await db<Known[]>`SELECT ${known(db)} FROM users u WHERE u.email_folded = fold(${email}) AND u.deleted_at IS NULL`
  return row
}

export async function provenDomain(db: ScopedSql, providerId: number, domain: string): Promise<{ client_id: number | null } | undefined> {
  const [row] = await db<{ client_id: number | null }[]>`
    SELECT client_id FROM identity_provider_domains WHERE provider_id = ${providerId} AND domain = ${domain} AND proven_at IS NOT NULL`
  return row
}

/** The live accounts of a user. */
export async function accountsOf(db: ScopedSql, userId: number): Promise<number[]> {
  const rows = await db<{ id: number }[]>`
    SELECT c.id FROM client_users m JOIN clients c ON c.id = m.client_id WHERE m.user_id = ${userId} AND c.deleted_at IS NULL ORDER BY 1`
  return rows.map(({ id }) => id)
}

/** Violates identities_provider_id_subject_key where the provider knows somebody by that name. */
export async function insertIdentity(
  db: TransactionSql,
  { id: provider_id, reseller_id }: Pick<ProviderRow, 'id' | 'reseller_id'>,
  user_id: number,
  { subject, claims }: { subject: string; claims: object },
): Promise<void> {
  await db`INSERT INTO identities (provider_id, reseller_id, user_id, subject, claims, last_used_at)
    VALUES (${provider_id}, ${reseller_id}, ${user_id}, ${subject}, ${db.json(claims as never)}, reeve_now())`
}

export async function confirmUser(db: ScopedSql, id: number): Promise<void> {
  await db`UPDATE users SET activated_at = reeve_now() WHERE id = ${id} AND activated_at IS NULL`
}

export interface Pending {
  provider_id: number
  user_id: number
  email: string
  has_totp: boolean
  password_hash: string | null
  subject: string
  claims: { identity: { session?: string; issuer: string; amr: string[]; groups: string[] }; shown: object }
  provider_name: string
}

/** What waits for the user's password; one for each browser. */
export async function insertPending(
  db: ScopedSql,
  row: { hash: Buffer; provider_id: number; user_id: number; subject: string; claims: object },
) {
  await db`INSERT INTO pending_identities (hash, provider_id, user_id, subject, claims, expires_at)
    VALUES (${row.hash}, ${row.provider_id}, ${row.user_id}, ${row.subject}, ${db.json(row.claims as never)}, reeve_now() + interval '10 minutes')
    ON CONFLICT (hash) DO UPDATE SET provider_id = excluded.provider_id, user_id = excluded.user_id, subject = excluded.subject,
      claims = excluded.claims, expires_at = excluded.expires_at`
}

export async function findPending(db: ScopedSql, hash: Buffer): Promise<Pending | undefined> {
  const [row] = await db<Pending[]>`
    SELECT w.provider_id, w.user_id, u.email, u.totp_secret IS NOT NULL AS has_totp, u.password_hash, w.subject, w.claims, p.name AS provider_name
    FROM pending_identities w JOIN users u ON u.id = w.user_id JOIN identity_providers p ON p.id = w.provider_id
    WHERE w.hash = ${hash} AND w.expires_at > reeve_now() AND u.deleted_at IS NULL AND p.state IN ('on', 'enforced') AND p.deleted_at IS NULL`
  return row
}

export async function takePending(db: ScopedSql, hash: Buffer): Promise<boolean> {
  return (await db`DELETE FROM pending_identities WHERE hash = ${hash} AND expires_at > reeve_now()`).count > 0
}

/** The caller's identities. Elevated: users do not see the providers of their reseller. */
export async function ownIdentities(db: ScopedSql, userId: number): Promise<Static<typeof Identity>[]> {
  const [rows] = await elevated(
    db,
    db<Static<typeof Identity>[]>`
      SELECT i.id, json_build_object('id', p.id, 'kind', p.kind, 'name', p.name, 'client_id', p.client_id) AS provider,
        i.claims ->> 'email' AS email, json_time(i.created_at) AS created_at, json_time(i.last_used_at) AS last_used_at
      FROM identities i JOIN identity_providers p ON p.id = i.provider_id
      WHERE i.user_id = ${userId} AND p.deleted_at IS NULL ORDER BY i.id`,
  )
  return rows
}

/** Deletes an identity, and ends the sessions that its provider began for the user, but `present`. Locks them by age, like revoke_descendants. */
export async function deleteIdentity(
  db: ScopedSql,
  userId: number,
  { id, provider }: Pick<Static<typeof Identity>, 'id' | 'provider'>,
  present: string | null,
): Promise<void> {
  const others = db`provider_id = ${provider.id} AND coalesce(actor_id, user_id) = ${userId} AND origin_token IS NULL AND revoked_at IS NULL
    AND id IS DISTINCT FROM ${present}::uuid`
  await elevated(
    db,
    db`DELETE FROM identities WHERE id = ${id} AND user_id = ${userId}`,
    detachSession(db, present),
    db`SELECT FROM sessions WHERE ${others} ORDER BY created_at, id FOR UPDATE`,
    db`UPDATE sessions SET revoked_at = reeve_now() WHERE ${others}`,
  )
}

export async function hasPassword(db: ScopedSql, userId: number): Promise<boolean> {
  const [row] = await db<{ has: boolean }[]>`SELECT password_hash IS NOT NULL AS has FROM users WHERE id = ${userId}`
  return row?.has ?? false
}
