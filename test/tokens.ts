/** What tests of API tokens ask for, and what answers and the activity say of it. */
import type { TestCaller } from './callers.ts'
import { roleNames } from './oracle.ts'

export const wanted = (role: object, more: object = {}) => ({ name: 'A token', exp_date: null, client_user: { role }, ...more })
export const withRole = (id: number) => ({ client_user: { role: { id, name: roleNames[id] } } })
export const invalidRole = (text: string) => ({ errors: { client_user: { role: [text] } } })

export const created = (one: TestCaller, action = 'createToken') => ({
  action,
  method: 'POST',
  status_code: 200,
  client_id: one.clientId,
  affected_client_id: one.clientId,
  reseller_id: one.resellerId,
  user_id: one.userId,
  user_email: one.email,
  actor_id: null,
  token_id: Number.parseInt(one.authorization.slice(7), 10),
})
export const refused = (status_code: number, action = 'createToken') => ({ action, status_code })
