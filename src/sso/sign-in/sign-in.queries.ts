/** SQL of signing in by a provider: the requests under way, and which provider is whose. Nobody is known yet. */

import type { AuthType } from '../../audit/logins.queries.ts'
import type { SystemSql } from '../../db/scope.ts'
import type { ProviderKind } from '../protocol.ts'
import { MINUTES } from './sign-in.cookies.ts'

export interface Request {
  hash: Buffer
  provider_id: number
  purpose: 'sign_in' | 'test' | 'link'
  browser: Buffer
  user_id: number | null
  origin: string
  secrets: Buffer | null
}

/** Violates authentication_requests_pkey where the ticket was used before. */
export async function insertRequest(sql: SystemSql, row: Request): Promise<void> {
  await sql`INSERT INTO authentication_requests (hash, provider_id, purpose, browser, user_id, origin, secrets, expires_at)
    VALUES (${row.hash}, ${row.provider_id}, ${row.purpose}, ${row.browser}, ${row.user_id}, ${row.origin}, ${row.secrets},
      reeve_now() + ${MINUTES} * interval '1 minute')`
}

/** Keeps what was posted for the browser to come for. @returns where that is; undefined for what nobody asked for, or was answered */
export async function keepAnswer(sql: SystemSql, hash: Buffer, received: Buffer): Promise<string | undefined> {
  const [row] = await sql<{ origin: string }[]>`
    UPDATE authentication_requests r SET received = ${received} FROM identity_providers p
    WHERE r.hash = ${hash} AND r.received IS NULL AND r.answered_at IS NULL AND r.expires_at > reeve_now()
      AND p.id = r.provider_id AND p.kind = 'saml' RETURNING r.origin`
  return row?.origin
}

/** Uses the request up: of two answers, in whichever processes, the second finds none. */
export async function takeRequest(sql: SystemSql, hash: Buffer, browser: Buffer) {
  const [row] = await sql<(Request & { received: Buffer | null })[]>`
    UPDATE authentication_requests SET answered_at = reeve_now()
    WHERE hash = ${hash} AND browser = ${browser} AND answered_at IS NULL AND expires_at > reeve_now()
    RETURNING hash, provider_id, purpose, browser, user_id, origin, secrets, received`
  return row
}

/** Keeps how a test went, without what it was made of. */
export async function keepOutcome(sql: SystemSql, hash: Buffer, outcome: object): Promise<void> {
  await sql`UPDATE authentication_requests SET outcome = ${sql.json(outcome as never)}, received = NULL, secrets = NULL,
    answered_at = coalesce(answered_at, reeve_now()) WHERE hash = ${hash}`
}

export async function findOutcome(
  sql: SystemSql,
  hash: Buffer,
  providerId: number,
  userId: number,
): Promise<{ outcome: object | null } | undefined> {
  const [row] = await sql<{ outcome: object | null }[]>`
    SELECT outcome FROM authentication_requests
    WHERE hash = ${hash} AND provider_id = ${providerId} AND user_id = ${userId} AND purpose = 'test' AND expires_at > reeve_now() - interval '1 hour'`
  return row
}

export interface Button {
  id: number
  key: string
  kind: ProviderKind
  name: string
  force_redirect: boolean
}

/** The buttons of a host: of its reseller; on a host of nobody, of the only reseller that has any. */
export const buttonsOf = (sql: SystemSql, resellerId: number | null) => sql<Button[]>`
  SELECT id, key, kind, name, force_redirect FROM identity_providers p
  WHERE client_id IS NULL AND state IN ('on', 'enforced') AND deleted_at IS NULL AND reseller_id = coalesce(${resellerId}::bigint, (
    SELECT CASE WHEN count(DISTINCT o.reseller_id) = 1 THEN min(o.reseller_id) END FROM identity_providers o
    WHERE o.client_id IS NULL AND o.state IN ('on', 'enforced') AND o.deleted_at IS NULL))
  ORDER BY id`

/** The provider of a domain: of the host's reseller, else of all. DNS goes before the word of a reseller, and what was proven first. */
export async function providerOfDomain(sql: SystemSql, domain: string, resellerId: number | null): Promise<number | undefined> {
  const [row] = await sql<{ id: number }[]>`
    SELECT p.id FROM identity_provider_domains d JOIN identity_providers p ON p.id = d.provider_id
    WHERE d.domain = ${domain} AND d.proven_at IS NOT NULL AND p.state IN ('on', 'enforced') AND p.deleted_at IS NULL
      AND coalesce(p.reseller_id = ${resellerId}::bigint, true)
    ORDER BY d.proven_by <> 'dns', d.proven_at LIMIT 1`
  return row?.id
}

export async function resellerOfDomain(sql: SystemSql, domain: string): Promise<number | undefined> {
  const [row] = await sql<{ id: number }[]>`
    SELECT r.id FROM branding b JOIN resellers r ON r.id = b.reseller_id
    WHERE fold(b.domain) = fold(${domain}) AND b.deleted_at IS NULL AND r.deleted_at IS NULL`
  return row?.id
}

/** The account that a session by this provider begins in. */
export async function accountBy(sql: SystemSql, userId: number, providerId: number, how: AuthType): Promise<number | undefined> {
  const [row] = await sql<{ client_id: number }[]>`
    SELECT c.client_id FROM callers c JOIN users u ON u.id = c.user_id
    WHERE c.user_id = ${userId} AND may_work(c.user_id, c.client_id, ${providerId}, ${how}, null)
    ORDER BY c.client_id <> u.client_id, c.client_id LIMIT 1`
  return row?.client_id
}

/** Whether a user may link an identity there: a provider of its reseller for people of its kind, or of one of its accounts. */
export async function mayLink(sql: SystemSql, userId: number, providerId: number): Promise<boolean> {
  const rows = await sql`
    SELECT FROM identity_providers p JOIN users u ON u.reseller_id = p.reseller_id
    WHERE p.id = ${providerId} AND u.id = ${userId} AND p.state IN ('on', 'enforced') AND p.deleted_at IS NULL
      AND CASE WHEN p.client_id IS NULL THEN CASE WHEN u.user_type = 'common' THEN p.for_clients ELSE p.for_staff END
        ELSE EXISTS (SELECT FROM client_users m WHERE m.client_id = p.client_id AND m.user_id = u.id) END`
  return rows.length > 0
}
