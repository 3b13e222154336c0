/** Maps violated database constraints to errors: constraints decide between concurrent requests. */
import type { CodeOf } from './error-codes.ts'
import { errors, type FieldErrors } from './errors.ts'

/** By constraint: the error code of the 400, and its fields. */
export type Refusals = Record<string, readonly [CodeOf<400>, FieldErrors]>

/** @throws 400 as `refusals` defines for the violated constraint; any other error unchanged */
export async function mapConstraint<T>(writing: Promise<T>, refusals: Refusals): Promise<T> {
  try {
    return await writing
  } catch (error) {
    const refusal = refusals[(error as { constraint_name?: string }).constraint_name ?? '']
    throw refusal ? errors.invalid(refusal[1], refusal[0]) : error
  }
}

const text = {
  email: 'A user with this email already exists.',
  reseller: 'A reseller with this name already exists.',
  company: 'The reseller already has an account with this company name.',
}
export const emailTaken = (field = 'email'): Refusals => ({ users_email_is_unique: ['email_taken', { [field]: [text.email] }] })
export const resellerNameTaken = (field: string): Refusals => ({
  resellers_name_is_unique: ['reseller_name_taken', { [field]: [text.reseller] }],
})
export const companyTaken = (field: string, said = text.company): Refusals => ({
  clients_company_is_unique: ['company_taken', { [field]: [said] }],
})
