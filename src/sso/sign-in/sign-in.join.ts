/** Joining an identity to the user who has its address: by the password once, with a code where two-step verification is on. */
import type { FastifyRequest } from 'fastify'
import { attempt } from '../../auth/attempts/attempts.rules.ts'
import type { Signable } from '../../auth/sessions/sessions.rules.ts'
import { missingCode } from '../../auth/two-step/two-step.verifier.ts'
import { asSystem, type SystemSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { ownerOfRequest } from '../../http/owners.ts'
import type { Said, Verifier } from '../../http/verifier.ts'
import { isPassword } from '../../lib/passwords.ts'
import { hashSecret } from '../../lib/secrets.ts'
import { findPending, takePending } from '../identities/identities.queries.ts'
import { applyRoles, link } from '../identities/identities.rules.ts'
import { providerById } from '../providers/providers.queries.ts'
import { browserOf } from './sign-in.cookies.ts'
import { beginBy } from './sign-in.rules.ts'

const nothing = () => errors.invalid({ errors: ['Sign in by the identity provider again.'] }, 'nothing_to_join')

/** @throws 400 where nothing waits in this browser */
export async function pendingOf(system: SystemSql, request: FastifyRequest) {
  const browser = browserOf(request)
  const pending = browser === undefined ? undefined : await asSystem(system, (db) => findPending(db, hashSecret(browser)))
  if (!browser || !pending) throw nothing()
  return { ...pending, hash: hashSecret(browser) }
}

/** Returns undefined for a wrong password or code. @throws 400 where nothing waits, or the code is missing; 429 */
export async function join(
  { system, verifier }: { system: SystemSql; verifier: Verifier },
  request: FastifyRequest,
  { password, one_time_password = '' }: Said,
): Promise<Signable | undefined> {
  const pending = await pendingOf(system, request)
  const code = one_time_password.trim()
  const proven = await attempt(system, request, pending.email, async () => {
    if (!(await isPassword(pending.password_hash, password, ownerOfRequest(request)))) return undefined
    if (!pending.has_totp) return true
    if (code === '') throw missingCode()
    return (await verifier.consumeCode(request, pending.user_id, code)) || undefined
  })
  if (!proven) return undefined
  const row = await providerById(system, pending.provider_id)
  if (!row) throw nothing()
  const { identity, shown } = pending.claims
  await asSystem(system, async (db) => {
    if (!(await takePending(db, pending.hash))) throw nothing()
    const [user] = await db<{ id: number; reseller_id: number; client_id: number; email: string }[]>`
      SELECT id, reseller_id, client_id, email FROM users WHERE id = ${pending.user_id} AND deleted_at IS NULL
        AND password_hash = ${pending.password_hash} FOR NO KEY UPDATE`
    if (!user) throw nothing()
    await link(db, request, row, user, { subject: pending.subject, claims: shown })
    await applyRoles(db, request, row, user.id, identity.groups, null)
  })
  return beginBy(system, request, row, pending.user_id, identity)
}
