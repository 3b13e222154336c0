/** What the tests of SCIM work with: a directory with its token, and a domain that is proven for it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { hashSecret } from '../src/lib/secrets.ts'
import type { TestCaller } from './callers.ts'
import type { Answer, TestWorld } from './harness.ts'

export interface TestDirectory {
  id: number
  ask(method: string, path: string, body?: unknown, by?: TestWorld['ask']): Promise<Answer>
  authorization: string
}

/** The directory of an account or, without one, of the reseller. Its domain is proven for a provider of its owner. */
export async function directoryOf(
  t: TestWorld,
  { resellerId, userId }: Pick<TestCaller, 'resellerId' | 'userId'>,
  clientId: number | null,
  { domain, ...settings }: { domain?: string; default_role?: number; roles?: object; home_client_id?: number } = {},
): Promise<TestDirectory> {
  const { system } = t.database
  const owner = { reseller_id: resellerId, client_id: clientId }
  const { roles = [], ...plain } = settings
  const [directory] = await system`
    INSERT INTO scim_directories ${system({ ...owner, ...plain, roles: system.json(roles) })} RETURNING id`
  const id = directory?.id as number
  const secret = randomBytes(32).toString('base64url')
  const row = { ...owner, directory_id: id, name: 'Test', secret_hash: hashSecret(secret), created_by: userId }
  const [token] = await system`INSERT INTO scim_tokens ${system(row)} RETURNING id`
  if (domain !== undefined) await prove(t, owner, domain)
  const authorization = `Bearer scim_${token?.id}_${secret}`
  return {
    id,
    authorization,
    ask: (method, path, body, by = t.ask) =>
      by(method, `/scim/v2${path}`, {
        headers: { authorization, ...(body !== undefined && { 'content-type': 'application/scim+json' }) },
        ...(body !== undefined && { body }),
      }),
  }
}

export async function prove(t: TestWorld, owner: { reseller_id: number; client_id: number | null }, domain: string): Promise<void> {
  const { system } = t.database
  const [provider] = await system`INSERT INTO identity_providers ${system({ ...owner, kind: 'oidc', name: domain })} RETURNING id`
  const row = { provider_id: provider?.id, reseller_id: owner.reseller_id, domain, challenge: 'x', proven_at: new Date(), proven_by: 'dns' }
  await system`INSERT INTO identity_provider_domains ${system(row)}`
}

/** An account with an Administrator who is nobody of the demo, for tests that change who is in it. */
export async function newAccount(t: TestWorld, resellerId = 2): Promise<{ clientId: number; userId: number; resellerId: number }> {
  const { system } = t.database
  const name = `scim-${randomBytes(6).toString('hex')}`
  const row = { reseller_id: resellerId, email: `${name}@accounts.example`, company_name: name, status: 'preparation' }
  const [client] = await system`INSERT INTO clients ${system(row)} RETURNING id`
  const clientId = client?.id as number
  const person = { reseller_id: resellerId, client_id: clientId, email: `admin@${name}.example`, activated_at: new Date() }
  const [user] = await system`INSERT INTO users ${system(person)} RETURNING id`
  const userId = user?.id as number
  await system`INSERT INTO client_users ${system({ client_id: clientId, user_id: userId, reseller_id: resellerId, role_id: 1 })}`
  await system`SELECT refresh_clients(ARRAY[${clientId}::bigint]), refresh_users(ARRAY[${userId}::bigint])`
  return { clientId, userId, resellerId }
}

export function assertScimError(answer: Answer, status: number, scimType?: string): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(String(answer.headers['content-type']), /^application\/scim\+json/)
  assert.deepEqual(answer.body.schemas, ['urn:ietf:params:scim:api:messages:2.0:Error'])
  assert.equal(answer.body.status, String(status))
  assert.equal(answer.body.scimType, scimType, answer.text)
  assert.ok(answer.body.detail.length > 5, answer.text)
}
