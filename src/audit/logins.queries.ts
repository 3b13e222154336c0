/** The sign-in log. Anyone can write to it, so attempts that could flood it are counted in shared rows. */
import type { FastifyRequest } from 'fastify'
import { Counter } from 'prom-client'
import type { SystemSql } from '../db/scope.ts'
import { addressOf, agentOf, networkOf } from '../http/origin.ts'
import { processMetrics } from '../lib/metrics.ts'

/** How a user signed in by an identity provider: SAML or OpenID Connect, Google, GitHub. */
export const providerAuthTypes = ['sso', 'google-oauth2', 'github'] as const
/** How a user signed in or tried to. `password_without_code`: the password was right, and the second-factor code is still to come. */
export const authTypes = ['password', 'password_without_code', 'password_and_code', 'passkey', ...providerAuthTypes] as const
export type AuthType = (typeof authTypes)[number]

const signIns = new Counter({
  name: 'reeve_sign_ins_total',
  help: 'Sign-ins that were checked, by method and outcome. With method password_without_code the password was right and the code is still to come.',
  labelNames: ['method', 'outcome'],
  registers: [processMetrics],
})
for (const method of authTypes) for (const outcome of ['success', 'failure']) signIns.inc({ method, outcome }, 0) // exported from the start

/** Failures of one user from one network within a minute that get a row each. */
const OWN_ROWS = 10

/**
 * Logs a sign-in attempt, also one for an unknown user. Failures for unknown users share one row per network and hour. So do a user's
 * failures beyond OWN_ROWS, per network and minute.
 */
export async function recordLogin(
  sql: SystemSql,
  request: FastifyRequest,
  tried: { reseller_id: number; client_id: number | null; user_id: number } | undefined,
  outcome: { is_successful: boolean; auth_type: AuthType },
): Promise<void> {
  signIns.inc({ method: outcome.auth_type, outcome: outcome.is_successful ? 'success' : 'failure' })
  const { reseller_id = null, client_id = null, user_id = null } = tried ?? {}
  const place = networkOf(request)
  const together = (span: 'hour' | 'minute') =>
    sql`concat_ws(' ', ${String(user_id)}::text, ${outcome.auth_type}::text, ${place}::text, date_trunc(${span}, reeve_now()))`
  const countedAs = () =>
    user_id === null
      ? together('hour')
      : sql`CASE WHEN ${OWN_ROWS} <= (
          SELECT count(*) FROM logins WHERE user_id = ${user_id} AND NOT is_successful AND login_at >= date_trunc('minute', reeve_now())
            AND coalesce(ip_address <<= nullif(${place}, '')::inet, ${place} = '')) THEN ${together('minute')} END`
  await sql`
    INSERT INTO logins AS l (reseller_id, client_id, user_id, is_successful, auth_type, ip_address, user_agent, counted_as)
    VALUES (${reseller_id}, ${client_id}, ${user_id}, ${outcome.is_successful}, ${outcome.auth_type}, ${addressOf(request)}, ${agentOf(request)},
      ${outcome.is_successful ? null : countedAs()})
    ON CONFLICT (counted_as) WHERE counted_as IS NOT NULL DO UPDATE SET attempts = l.attempts + 1`
}
