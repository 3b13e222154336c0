/** Creating a reseller, which only the command line does: its technical account, its first user, its defaults. */
import { randomBytes } from 'node:crypto'
import type { SystemSql } from './db/scope.ts'
import { hashPassword } from './lib/passwords.ts'
import { commonProducts, products } from './lib/products.ts'
import { ADMINISTRATORS } from './lib/roles.ts'
import { StartRefused } from './lib/start-refused.ts'

/**
 * In one transaction. Every product is available by default; the password is random and answered this once.
 * @throws StartRefused where the email is taken, or the platform's reseller is there already
 */
export async function createReseller(sql: SystemSql, { name, email, isPlatform }: { name: string; email: string; isPlatform: boolean }) {
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new StartRefused(`${email} is no email address.`)
  const password = randomBytes(15).toString('base64url')
  const passwordHash = await hashPassword(password)
  const made = await sql
    .begin(async (db) => {
      const [reseller] = await db`INSERT INTO resellers ${db({ name, is_platform: isPlatform })} RETURNING id`
      const resellerId: number = reseller?.id
      const [client] = await db`INSERT INTO clients ${db({
        reseller_id: resellerId,
        client_type: 'reseller',
        status: 'preparation',
        email,
        company_name: name,
        name,
      })} RETURNING id`
      const clientId: number = client?.id
      const [user] = await db`INSERT INTO users ${db({
        reseller_id: resellerId,
        client_id: clientId,
        user_type: 'reseller',
        is_admin: isPlatform,
        email,
        name,
        password_hash: passwordHash,
        password_changed_at: new Date(),
        activated_at: new Date(),
      })} RETURNING id`
      const userId: number = user?.id
      await db`UPDATE clients SET owner_id = ${userId} WHERE id = ${clientId}`
      await db`UPDATE resellers SET technical_client_id = ${clientId} WHERE id = ${resellerId}`
      await db`INSERT INTO client_users ${db({ client_id: clientId, user_id: userId, reseller_id: resellerId, role_id: ADMINISTRATORS })}`
      await db`INSERT INTO default_availability ${db(products.map((product) => ({ reseller_id: resellerId, product, available: true })))}`
      await db`INSERT INTO services ${db(commonProducts.map((product) => ({ client_id: clientId, reseller_id: resellerId, product })))}`
      await db`SELECT refresh_clients(${[clientId]}::bigint[]), refresh_users(${[userId]}::bigint[])`
      return { resellerId, userId }
    })
    .catch((error) => {
      if (error.constraint_name === 'users_email_is_unique') throw new StartRefused(`The email ${email} belongs to a user already.`)
      if (error.constraint_name === 'resellers_one_platform') throw new StartRefused('The platform has its operator already.')
      throw error
    })
  return { ...made, password }
}
