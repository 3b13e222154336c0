/** Creates a reseller by the command line, with a password that is shown once, because mail may not be set up yet. */
import { randomBytes } from 'node:crypto'
import type { SystemSql } from '../../db/scope.ts'
import { normalEmail } from '../../lib/email.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { ourselves } from '../../lib/semaphore.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { insertReseller } from './resellers.queries.ts'

/** @throws StartupError if the email or the name is taken, or the platform has its reseller already */
export async function createReseller(sql: SystemSql, wanted: { name: string; email: string; isPlatform: boolean }) {
  const email = normalEmail(wanted.email)
  if (email === undefined) throw new StartupError(`${wanted.email} is no email address.`)
  const password = randomBytes(15).toString('base64url')
  const passwordHash = await hashPassword(password, ourselves)
  const made = await sql
    .begin((db) => insertReseller(db, { ...wanted, email, passwordHash }))
    .catch((error) => {
      if (error.constraint_name === 'users_email_is_unique') throw new StartupError(`The email ${email} belongs to a user already.`)
      if (error.constraint_name === 'resellers_name_is_unique')
        throw new StartupError(`A reseller has the name ${wanted.name} already: choose another.`)
      if (error.constraint_name === 'resellers_one_platform')
        throw new StartupError('The platform was given its first operator a moment ago: run the command again.')
      throw error
    })
  return { ...made, password }
}
