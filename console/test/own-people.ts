/** Accounts and people that a test makes for itself, so that it may change what it likes. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { ask } from './browser.ts'

export const password = 'a sentence of twelve and more'

export interface Made {
  id: number
  email: string
  password: string
  clientId: number
  company: string
  /** Nobody: API tokens are made by the tests that want one. */
  token: string
}

/** An account of the first reseller with its Administrator. */
export async function newAdministrator(): Promise<Made> {
  const company = `Test ${randomUUID().slice(0, 8)}`
  const email = `${randomUUID().slice(0, 8)}@own.example`
  const { status, body } = await ask('reseller', 'POST', '/iam/users', { email, password, company, name: 'Ada Own' })
  assert.equal(status, 201, JSON.stringify(body))
  return { id: body.id, email, password, clientId: body.client, company, token: '' }
}

/** Another user of such an account. */
export async function newMember({ clientId, company }: Made, role: string): Promise<Made> {
  const email = `${randomUUID().slice(0, 8)}@own.example`
  const path = `/iam/clients/${clientId}/client-users/create`
  const { status, body } = await ask('reseller', 'POST', path, {
    username: email,
    password,
    name: `${role} Own`,
    user_role: { name: role },
  })
  assert.equal(status, 200, JSON.stringify(body))
  const { body: client } = await ask('reseller', 'GET', `/iam/clients/${clientId}`)
  const id = client.users.find((user: { email: string }) => user.email === email)?.id
  return { id, email, password, clientId, company, token: '' }
}
