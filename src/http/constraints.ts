/** What a request is told where it violates a constraint of the database: constraints decide between requests that come at once. */
import { errors, type FieldErrors } from './errors.ts'

/** @throws 400 with the fields that `refusals` has for the violated constraint; every other error as it is */
export async function orRefuse<T>(writing: Promise<T>, refusals: Record<string, FieldErrors>): Promise<T> {
  try {
    return await writing
  } catch (error) {
    const fields = refusals[(error as { constraint_name?: string }).constraint_name ?? '']
    throw fields ? errors.invalid(fields) : error
  }
}

export const emailTaken = { users_email_is_unique: { email: ['A user has this email.'] } }
export const resellerNameTaken = (field: string) => ({ resellers_name_is_unique: { [field]: ['A reseller has this name.'] } })
export const companyTaken = { clients_company_is_unique: { companyName: ['The reseller has an account of this company.'] } }
