/** The callers that tests ask as: one of every kind in two resellers, each with what the rows of the world say of it. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { demoPassword } from '../src/demo/world.ts'
import type { Caller } from '../src/lib/caller.ts'
import type { TestWorld } from './harness.ts'
import { roleNames, type Who } from './oracle.ts'

export interface TestCaller extends Who {
  name: string
  email: string
  /** The header of this name. */
  authorization: string
  by: 'token' | 'session'
}

type Row = { client_id: number; user_id: number; role_id: number }

/** Who has this row of the world's api_tokens or, for a session, client_users. */
function who({ world }: TestWorld, { client_id, user_id, role_id }: Row, by: 'token' | 'session'): Who & { email: string } {
  const user = world.users.find(({ id }) => id === user_id)
  assert.ok(user, `the world has no user ${user_id}`)
  const kind = user.is_admin ? 'platform' : user.user_type === 'common' ? 'client' : user.user_type
  const own = by === 'token' ? [client_id] : world.client_users.filter((m) => m.user_id === user_id).map((m) => m.client_id)
  return {
    kind,
    userId: user.id,
    resellerId: user.reseller_id,
    clientId: client_id,
    roleId: role_id,
    email: user.email,
    accountIds: kind === 'client' ? own : [],
  }
}

/** Everybody whom demo.json shows, by API token: the operator, two resellers, a seller of each, five roles in an account of each. */
export function shownCallers(t: TestWorld): TestCaller[] {
  const { platform, resellers, sellers, clients } = t.shown
  return [platform, ...resellers, ...sellers, ...clients].map((signIn) => {
    const row = t.world.api_tokens.find(({ id }) => id === Number.parseInt(signIn.token, 10))
    assert.ok(row, `the world has no token of ${signIn.email}`)
    const one = who(t, row, 'token')
    const role = one.kind === 'client' ? `${roleNames[one.roleId]} ` : ''
    return { ...one, name: `${one.kind} ${role}of reseller ${one.resellerId}`, authorization: `APIKey ${signIn.token}`, by: 'token' }
  })
}

/** One of them, by kind, reseller and role: `the('client', 2, 5)`. The first reseller is 2, and the first of every kind has role 1. */
export function shownBy(t: TestWorld) {
  const shown = shownCallers(t)
  return (kind: TestCaller['kind'], resellerId = kind === 'platform' ? 1 : 2, roleId = 1): TestCaller => {
    const one = shown.find((c) => c.kind === kind && c.resellerId === resellerId && c.roleId === roleId)
    return one ?? assert.fail(`demo.json shows no ${kind} of reseller ${resellerId} with the role ${roleId}`)
  }
}

/** Signs in as somebody of the world with the demo's password. */
export async function sessionOf(t: TestWorld, email: string, clientId?: number): Promise<TestCaller> {
  const pair = await signIn(t, email)
  const { user_id, client_id } = claimsOf(pair.access)
  let access = pair.access
  if (clientId !== undefined && clientId !== client_id) {
    const chosen = await t.ask('GET', `/iam/auth/jwt/clients/${clientId}/login`, { headers: { authorization: `Bearer ${access}` } })
    assert.equal(chosen.status, 200, `${email} cannot work in ${clientId}: ${chosen.text}`)
    access = chosen.body.access
  }
  const row = t.world.client_users.find((m) => m.user_id === user_id && m.client_id === (clientId ?? client_id))
  assert.ok(row, `${email} signed in to account ${client_id}, of which the world does not have it a member`)
  const one = who(t, row, 'session')
  return { ...one, name: `session of ${email} in ${row.client_id}`, authorization: `Bearer ${access}`, by: 'session' }
}

export async function signIn(t: TestWorld, email: string): Promise<{ access: string; refresh: string }> {
  const answer = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: email, password: demoPassword } })
  assert.equal(answer.status, 200, `${email} cannot sign in: ${answer.text}`)
  return answer.body
}

// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of claims
export const claimsOf = (jwt: string): any => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())

/** Users of the world who may act in two accounts and more. */
export function usersOfSeveralAccounts({ world }: TestWorld) {
  const live = new Set(world.clients.filter((c) => c.deleted_at === null).map((c) => c.id))
  const memberships = Map.groupBy(
    world.client_users.filter((m) => live.has(m.client_id)),
    (m) => m.user_id,
  )
  return world.users.filter(
    (u) => u.user_type === 'common' && u.is_active && u.activated_at && !u.deleted_at && (memberships.get(u.id)?.length ?? 0) > 1,
  )
}

/** Writes an API token past the server and answers what stands after `APIKey`. */
export async function insertToken(t: TestWorld, of: Row & { reseller_id: number }, given: { exp_date?: Date; deleted_at?: Date } = {}) {
  const secret = randomBytes(32).toString('hex')
  const row = { ...of, name: 'Test', secret_hash: createHash('sha256').update(secret).digest(), ...given }
  const [made] = await t.database.system`INSERT INTO api_tokens ${t.database.system(row)} RETURNING id`
  return { id: made?.id as number, token: `${made?.id}_${secret}` }
}

/** As src/db/scope.ts takes it. */
export const asCaller = (one: TestCaller): Caller => ({
  kind: one.kind,
  userId: one.userId,
  email: one.email,
  resellerId: one.resellerId,
  clientId: one.clientId,
  accountIds: one.accountIds,
  role: { id: one.roleId, name: roleNames[one.roleId] ?? '' },
  credential: { type: 'token', id: 0 },
  actorId: null,
  readOnly: false,
  mustEnrol: false,
})
