/** The operator commands: anyone with a shell on the machine can add an operator, or let one back in who lost the password. */
import { randomBytes } from 'node:crypto'
import { lockClient, lockUser, refreshMember } from '../../db/read-model.ts'
import { asSystem, type ScopedSql, type SystemSql } from '../../db/scope.ts'
import { normalEmail } from '../../lib/email.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import { ourselves } from '../../lib/semaphore.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { type LinkPurpose, openLink } from '../../mail/outbox.ts'
import { insertUser } from '../../people/users/users.queries.ts'
import { createReseller } from '../resellers/resellers.command.ts'

/** Adds an operator, the first with the platform's reseller. @throws StartupError if the address is no email, or belongs to a user */
export async function addOperator(sql: SystemSql, address: string): Promise<{ userId: number; email: string; password: string }> {
  const email = normalEmail(address)
  if (email === undefined) throw new StartupError(`${address} is no email address.`)
  const [platform] = await sql<{ id: number; account: number }[]>`
    SELECT id, technical_client_id AS account FROM resellers WHERE is_platform`
  if (!platform) return { email, ...(await createReseller(sql, { name: 'Platform', email, isPlatform: true })) }
  const password = randomBytes(15).toString('base64url')
  const password_hash = await hashPassword(password, ourselves)
  const { id: reseller_id, account: client_id } = platform
  const person = { reseller_id, client_id, user_type: 'reseller' as const, email, name: null, phone: null, lang: 'en', password_hash }
  const added = asSystem(sql, async (db) => {
    await lockClient(db, client_id)
    const userId = await insertUser(db, person, ADMINISTRATORS)
    await refreshMember(db, client_id, userId)
    return { userId, email, password }
  })
  return added.catch((error) => {
    throw error.constraint_name === 'users_email_is_unique' ? new StartupError(`The email ${email} belongs to a user already.`) : error
  })
}

/**
 * Returns the token of a link to set a new password, without mailing it. An operator who never set a password gets an activation link.
 * @throws StartupError if no operator has this email, or the operator is blocked
 */
export async function recoverOperator(sql: SystemSql, address: string): Promise<{ token: string; resellerId: number }> {
  return asSystem(sql, async (db) => {
    const seen = await findOperator(db, address)
    if (!seen) throw new StartupError(`No operator has the email ${address}.`)
    await lockUser(db, seen.id)
    const operator = await findOperator(db, address)
    if (!operator?.is_active) throw new StartupError(`The operator ${address} is blocked: another operator can unblock it.`)
    const { id: user_id, reseller_id, client_id, activated } = operator
    const purpose: LinkPurpose = activated ? 'password_reset' : 'activation'
    return {
      token: await openLink(db, { user_id, reseller_id, client_id: activated ? null : client_id }, purpose),
      resellerId: reseller_id,
    }
  })
}

async function findOperator(db: ScopedSql, address: string) {
  const [row] = await db<{ id: number; reseller_id: number; client_id: number; is_active: boolean; activated: boolean }[]>`
    SELECT id, reseller_id, client_id, is_active, activated_at IS NOT NULL AS activated
    FROM users WHERE email_folded = fold(${normalEmail(address) ?? address}) AND is_admin AND deleted_at IS NULL`
  return row
}
