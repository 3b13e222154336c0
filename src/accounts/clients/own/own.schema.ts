/** JSON schemas for adding an account of one's own. */
import { Type } from 'typebox'
import { id } from '../../../http/schema.ts'

const company = Type.String({
  pattern: '\\S',
  minLength: 1,
  maxLength: 255,
  description: 'Company name, unique within the reseller.',
})

export const AccountRequest = Type.Object({ company }, { title: 'CreateAccountRequest', examples: [{ company: 'Aurora Labs' }] })
export const CreatedAccount = Type.Object({ id: id('The new account.'), company }, { title: 'CreatedAccount' })
