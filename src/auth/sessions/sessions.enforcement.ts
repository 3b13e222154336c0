/**
 * Enforced identity providers: who must come by which one. begin_session and every check of a session or token are the wall; here is the refusal
 * that says what to do, for callers who proved who they are.
 */
import type { TransactionSql } from '../../db/pool.ts'
import type { ScopedSql, SystemSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { queueMails } from '../../mail/outbox.ts'
import type { Subject } from './sessions.queries.ts'

interface Required {
  id: number
  key: string
  name: string
  /** Where its users are: null for all of the reseller. */
  client_id: number | null
}

const providerOf = async (sql: SystemSql | TransactionSql, userId: number, clientId: number): Promise<Required | undefined> => {
  const [row] = await sql<Required[]>`
    SELECT id, key, name, client_id FROM identity_providers WHERE id = required_provider(${userId}, ${clientId})`
  return row
}

/** @throws 403 naming the provider that the user must come by; nothing where any way will do */
export async function refuseOtherWays(sql: SystemSql | TransactionSql, userId: number, clientId: number): Promise<void> {
  const required = await providerOf(sql, userId, clientId)
  if (required) throw errors.ssoRequired(required)
}

/**
 * For a session that begins from another one, or from a token.
 * @throws 403 unless its provider, or how it began, will do in that account
 */
export async function assertMayWork(
  sql: SystemSql | TransactionSql,
  { user_id, client_id }: Pick<Subject, 'user_id' | 'client_id'>,
  { type, id }: Caller['credential'],
  actorId: number | null,
): Promise<void> {
  const [row] = await sql<{ may: boolean }[]>`
    SELECT may_work(${user_id}, ${client_id}, o.provider_id, o.auth_type, ${actorId}) AS may
    FROM ${type === 'session' ? sql`sessions o` : sql`(SELECT id, provider_id, null AS auth_type FROM api_tokens) o`} WHERE o.id = ${id}`
  if (!row || row.may) return
  await refuseOtherWays(sql, user_id, client_id)
  throw errors.forbidden(
    'You came by the identity provider of another account, which does not count in this one. Sign in anew.',
    'provider_elsewhere',
  )
}

/** Tells all Administrators that an exception came in where a provider is enforced. Call it after a session began without a provider. */
export async function tellOfException(
  sql: SystemSql,
  { user_id, client_id, reseller_id, email }: Subject,
  address: string | null,
): Promise<void> {
  const required = await providerOf(sql, user_id, client_id)
  if (!required) return
  await sql.begin(async (db) => {
    const who =
      required.client_id === null
        ? db`u.reseller_id = ${reseller_id} AND u.user_type = 'reseller'`
        : db`c.client_id = ${required.client_id} AND c.role_id = ${ADMINISTRATORS}`
    const to = await db<{ user_id: number; client_id: number; recipient: string; lang: string; name: string; at: Date }[]>`
      SELECT DISTINCT u.id AS user_id, u.client_id, u.email AS recipient, u.lang, coalesce(u.name, '') AS name, reeve_now() AS at
      FROM callers c JOIN users u ON u.id = c.user_id WHERE ${who} ORDER BY u.id`
    await queueMails(
      db,
      to.map(({ name, at, ...one }) => ({
        ...one,
        reseller_id,
        template: 'sso_exception' as const,
        details: { name, email, at: at.toISOString(), addresses: address ?? '', provider: required.name },
      })),
    )
  })
}

/** Whether a password lets the user work anywhere; the provider that it must come by if not. For mails that offer a password. */
export async function providerInPlaceOfPassword(db: ScopedSql | TransactionSql | SystemSql, userId: number): Promise<string | undefined> {
  const [row] = await db<{ name: string | null; anywhere: boolean }[]>`
    SELECT (SELECT p.name FROM identity_providers p WHERE p.id = required_provider(u.id, u.client_id)) AS name,
      NOT EXISTS (SELECT FROM callers c WHERE c.user_id = u.id) OR EXISTS (
        SELECT FROM callers c WHERE c.user_id = u.id AND may_work(u.id, c.client_id, null, 'password_and_code', null)) AS anywhere
    FROM users u WHERE u.id = ${userId}`
  return row && !row.anywhere ? (row.name ?? '') : undefined
}
