/** Operators of the platform: made by operators alone, acted on by operators alone, and never fewer than one who can sign in. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { demoPassword } from '../src/demo/world.ts'
import { StartupError } from '../src/lib/startup-error.ts'
import { addOperator, recoverOperator } from '../src/tenants/operators/operators.rules.ts'
import { asCaller, claimsOf, insertToken, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const { system, scope } = t.database
const the = shownBy(t)
const [platform, reseller] = [the('platform'), the('reseller')]
const account = platform.clientId
const asking = (authorization: string, method: string, path: string, body?: unknown) =>
  t.ask(method, path, { headers: { authorization }, ...(body !== undefined && { body }) })

const password = 'quite-Secret-2025-zz'
async function signsIn(email: string, by = password) {
  const answer = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: email, password: by } })
  return {
    status: answer.status,
    authorization: `Bearer ${answer.body?.access}`,
    claims: answer.body?.access && claimsOf(answer.body.access),
  }
}
let made = 0
async function newOperator(by = platform.authorization) {
  const email = `operator${made++}@platform.example`
  const body = { username: email, password, user_role: { user_role: { id: 1 } } }
  const answer = await asking(by, 'POST', `/iam/clients/${account}/client-users/create`, body)
  assert.equal(answer.status, 200, answer.text)
  const { authorization, claims } = await signsIn(email)
  return { id: claims.user_id as number, email, authorization, claims }
}

/** A seller lives in the platform's own account too, and sees the operators there. */
const [sellerRow] = await system`
  INSERT INTO users (reseller_id, client_id, user_type, email, password_hash, password_changed_at, activated_at)
  SELECT reseller_id, client_id, 'seller', 'seller@platform.example', password_hash, now(), now() FROM users WHERE id = ${platform.userId} RETURNING id`
await system`INSERT INTO client_users ${system({ client_id: account, user_id: sellerRow?.id, reseller_id: 1, role_id: 1 })}`
await system`SELECT refresh_user(${sellerRow?.id})`
const seller: TestCaller = {
  ...platform,
  kind: 'seller',
  userId: sellerRow?.id,
  email: 'seller@platform.example',
  authorization: (await signsIn('seller@platform.example', demoPassword)).authorization,
  by: 'session',
}

test('whoever is made in the platform’s own account is an operator, whole: by creation, by invitation, by command', async () => {
  const { claims, authorization } = await newOperator()
  assert.partialDeepStrictEqual(claims, { is_admin: true, user_type: 'reseller' })
  assert.equal((await asking(authorization, 'GET', '/reeve/resellers')).status, 200)
  const invited = await asking(platform.authorization, 'POST', '/iam/clients/invite_user', {
    client_id: account,
    email: 'invited@platform.example',
    user_role: { id: 1 },
  })
  const [row] = await system`SELECT is_admin FROM users WHERE id = ${invited.body.user_id}`
  assert.equal(row?.is_admin, true)
  const added = await addOperator(system, 'Added@Platform.example')
  assert.equal((await signsIn(added.email, added.password)).claims.is_admin, true)
  await assert.rejects(addOperator(system, 'added@platform.example'), StartupError)
  await assert.rejects(addOperator(system, 'nobody'), StartupError)
  const elsewhere = await asking(reseller.authorization, 'POST', `/iam/clients/${reseller.clientId}/client-users/create`, {
    username: 'second@north.example',
    password,
    user_role: { user_role: { id: 1 } },
  })
  assert.equal(elsewhere.status, 200)
  assert.equal((await signsIn('second@north.example')).claims.is_admin, false)
  for (const by of [seller, reseller]) {
    const body = { username: 'never@platform.example', password, user_role: { user_role: { id: 1 } } }
    const answer = await asking(by.authorization, 'POST', `/iam/clients/${account}/client-users/create`, body)
    assert.equal(answer.status, by === seller ? 403 : 404)
  }
})

/** Everything that somebody can do to somebody, with an operator of `id` as the one it is done to. */
async function against(id: number, email: string, password: string) {
  const { id: token } = await insertToken(t, { client_id: account, user_id: id, reseller_id: 1, role_id: 1 })
  const session = randomUUID()
  await system`INSERT INTO sessions ${system({ id: session, reseller_id: 1, client_id: account, user_id: id, expires_at: new Date(Date.now() + 3600_000) })}`
  return [
    ['PATCH', `/iam/users/${id}`, { name: 'Taken' }],
    ['PUT', `/iam/users/${id}/email`, { new_email: 'taken@evil.example', password }],
    ['PUT', `/iam/users/${id}/password`, { old: password, new: 'another-Secret-2025', double: 'another-Secret-2025' }],
    ['DELETE', `/iam/users/${id}`],
    ['PATCH', `/reeve/users/${id}`, { is_active: false }],
    ['GET', `/reeve/users/${id}/lockdown`],
    ['POST', `/reeve/users/${id}/lockdown`, { reason: 'Taken' }],
    ['DELETE', `/reeve/users/${id}/lockdown`],
    ['GET', `/reeve/users/${id}/sessions`],
    ['DELETE', `/reeve/users/${id}/sessions`],
    ['DELETE', `/reeve/users/${id}/sessions/${session}`],
    ['POST', `/reeve/users/${id}/totp/reset`],
    ['POST', '/iam/auth/reset_password', { email }],
    ['POST', '/iam/auth/renew_invitation', { email }],
    ['GET', `/iam/auth/jwt/users/${id}/token`],
    ['GET', `/iam/auth/jwt/clients/${account}/admin_token`],
    ['PUT', `/iam/clients/${account}/client-users/${id}`, { user_role: { id: 1 } }],
    ['DELETE', `/iam/clients/${account}/client-users/${id}`],
    ['DELETE', `/iam/v2/clients/${account}/tokens/${token}`],
    ['DELETE', `/iam/clients/${account}/tokens/${token}`],
    ['GET', `/iam/v2/clients/${account}/tokens/${token}`],
    ['PATCH', `/iam/clients/${account}`, { email: 'taken@evil.example' }],
    ['PATCH', `/iam/admin/sellers/${id}`, { email: 'taken@evil.example' }],
    ['PATCH', `/reeve/sellers/${id}`, { is_active: false }],
    ['DELETE', `/iam/admin/sellers/${id}`],
  ] as [string, string, unknown?][]
}

/** What of a user others could change: its row, its tokens, sessions, links and changes of email. */
const stateOf = async (id: number) => {
  const [row] = await system`
    SELECT to_jsonb(u) AS of_user, (SELECT jsonb_agg(a ORDER BY id) FROM api_tokens a WHERE user_id = u.id) AS tokens,
      (SELECT jsonb_agg(s ORDER BY id) FROM sessions s WHERE user_id = u.id) AS sessions,
      (SELECT jsonb_agg(l ORDER BY hash) FROM one_time_links l WHERE user_id = u.id) AS links,
      (SELECT jsonb_agg(c ORDER BY id) FROM email_changes c WHERE user_id = u.id) AS changes FROM users u WHERE id = ${id}`
  return row
}

test('403 or 404 for everything that the platform’s seller, or a reseller, does to an operator; nothing of it changes', async () => {
  const settings = { sellers_may_change_email: true, sellers_may_reset_two_step: true }
  assert.equal((await asking(platform.authorization, 'PATCH', '/reeve/resellers/me/security', settings)).status, 200)
  const { id, email } = await newOperator()
  await system`UPDATE users SET totp_secret = 'x' WHERE id = ${id}`
  for (const by of [seller, reseller])
    for (const [method, path, body] of await against(id, email, demoPassword)) {
      const before = await stateOf(id)
      const answer = await asking(by.authorization, method, path, body)
      assert.ok([403, 404].includes(answer.status), `${method} ${path} as ${by.kind}: ${answer.status} ${answer.text.slice(0, 200)}`)
      if (by === reseller && path !== '/iam/auth/renew_invitation') assert.equal(answer.status, 404, `${method} ${path}: out of its sight`)
      assert.deepEqual(await stateOf(id), before, `${method} ${path} as ${by.kind} changed something of the operator`)
    }
})

test('an operator acts on another: blocked, unblocked, its sessions ended, its token deleted, deleted', async () => {
  const [one, other] = [await newOperator(), await newOperator()]
  const as = (method: string, path: string, body?: unknown) => asking(one.authorization, method, path, body)
  assert.equal((await as('PATCH', `/iam/users/${other.id}`, { name: 'Second' })).status, 200)
  assert.equal((await as('DELETE', `/reeve/users/${other.id}/sessions`)).status, 204)
  const { id: token } = await insertToken(t, { client_id: account, user_id: other.id, reseller_id: 1, role_id: 1 })
  assert.equal((await as('DELETE', `/iam/v2/clients/${account}/tokens/${token}`)).status, 204)
  for (const is_active of [false, true]) assert.equal((await as('PATCH', `/reeve/users/${other.id}`, { is_active })).status, 200)
  assert.equal((await as('GET', `/iam/auth/jwt/users/${other.id}/token`)).status, 403, 'nobody logs in as an operator')
  assert.equal((await as('DELETE', `/iam/users/${other.id}`)).status, 200)
})

test('the database lets only operators, and the user itself, write rows of an operator', async () => {
  const { id } = await newOperator()
  await insertToken(t, { client_id: account, user_id: id, reseller_id: 1, role_id: 1 })
  const hash = Buffer.from(randomUUID())
  const link = { hash, user_id: id, reseller_id: 1, client_id: account, purpose: 'password_reset', expires_at: new Date() }
  await system`INSERT INTO one_time_links ${system(link)}`
  const self = { ...asCaller(platform), kind: 'client' as const, userId: id, accountIds: [account] }
  const touched = (one: ReturnType<typeof asCaller>) =>
    scope.write(one, async (db) => {
      const counts = [
        await db`UPDATE users SET name = 'x' WHERE id = ${id}`,
        await db`UPDATE api_tokens SET name = 'x' WHERE user_id = ${id}`,
        await db`UPDATE sessions SET user_agent = 'x' WHERE user_id = ${id}`,
        await db`UPDATE one_time_links SET used_at = now() WHERE user_id = ${id}`,
        await db`UPDATE client_users SET role_id = 2 WHERE user_id = ${id} AND role_id = 2`,
        await db`DELETE FROM one_time_links WHERE user_id = ${id} AND false`,
      ].map(({ count }) => count)
      return counts.slice(0, 4)
    })
  assert.deepEqual(await touched(asCaller(seller)), [0, 0, 0, 0])
  assert.deepEqual(await touched({ ...self, userId: seller.userId }), [0, 0, 0, 0], 'a client user of the same account')
  assert.deepEqual(await touched(self), [1, 1, 1, 1])
  assert.deepEqual(await touched(asCaller(platform)), [1, 1, 1, 1])
  const insert = (one: ReturnType<typeof asCaller>) =>
    scope.write(one, (db) => db`INSERT INTO one_time_links ${db({ ...link, hash: Buffer.from(randomUUID()), purpose: 'totp_disable' })}`)
  await assert.rejects(insert(asCaller(seller)), /row-level security/)
  await insert(asCaller(platform))
  const operator = { reseller_id: 1, client_id: account, user_type: 'reseller', email: 'smuggled@platform.example' }
  await assert.rejects(
    scope.write(asCaller(seller), (db) => db`INSERT INTO users ${db(operator)}`),
    /row-level security/,
  )
  await system`UPDATE users SET is_admin = true WHERE id = ${reseller.userId}`
  const [row] = await system`SELECT is_admin FROM users WHERE id = ${reseller.userId}`
  assert.equal(row?.is_admin, false, 'nobody elsewhere is one, whoever writes the row')
})

/** Operators who can sign in now. */
const active = async () => (await system`SELECT DISTINCT user_id FROM callers WHERE is_admin`).map(({ user_id }) => user_id as number)
const silence = async (ids: number[]) => {
  await system`UPDATE users SET is_active = id = ANY (${ids}::bigint[]) WHERE is_admin AND deleted_at IS NULL`
  await system`SELECT refresh_users(array_agg(id)) FROM users WHERE is_admin`
}

test('403 for the last operator who can sign in, whoever asks; others may be as many as they like', async () => {
  const [last, blocked] = [await newOperator(), await newOperator()]
  await silence([last.id])
  assert.deepEqual(await active(), [last.id])
  assert.equal((await asking(last.authorization, 'PATCH', `/reeve/users/${last.id}`, { is_active: false })).status, 403)
  assert.equal((await asking(last.authorization, 'DELETE', `/iam/users/${last.id}`)).status, 403)
  assert.equal((await asking(last.authorization, 'DELETE', `/iam/clients/${account}/client-users/${last.id}`)).status, 403)
  assert.equal(
    (await asking(last.authorization, 'PUT', `/iam/clients/${account}/client-users/${last.id}`, { user_role: { id: 2 } })).status,
    400,
  )
  assert.equal((await asking(last.authorization, 'PATCH', `/iam/clients/${account}`, { reseller: 2 })).status, 400)
  assert.equal((await asking(last.authorization, 'PATCH', '/reeve/resellers/1', { deleted: true })).status, 403)
  assert.equal((await asking(last.authorization, 'DELETE', `/iam/users/${blocked.id}`)).status, 200, 'one who cannot sign in anyway')
  assert.deepEqual(await active(), [last.id])
})

test('operators who remove each other at once: one is left', async () => {
  const ways = [
    (id: number) => ['PATCH', `/reeve/users/${id}`, { is_active: false }],
    (id: number) => ['DELETE', `/iam/users/${id}`],
    (id: number) => ['DELETE', `/iam/clients/${account}/client-users/${id}`],
  ] as ((id: number) => [string, string, unknown?])[]
  for (const [n, way] of [...ways, ...ways].entries()) {
    await silence([platform.userId])
    const [one, other] = [await newOperator(), await newOperator()]
    await silence([one.id, other.id])
    const others = ways[n % 2 ? 0 : 1] as (typeof ways)[number]
    const answers = await Promise.all([asking(one.authorization, ...way(other.id)), asking(other.authorization, ...others(one.id))])
    const left = await active()
    assert.equal(left.length, 1, `${left}: ${answers.map(({ status, text }) => `${status} ${text.slice(0, 80)}`)}`)
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  }
  await silence([platform.userId])
  assert.deepEqual(await checkReadModel(system), [])
})

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const follow = (token: string, chosen: string) =>
  t.ask('POST', `/reeve/links/${token}`, {
    headers: FORM,
    body: new URLSearchParams({ password: chosen, password_again: chosen }).toString(),
  })

test('an operator who lost the password gets a link on the machine, which nobody is mailed and which works once', async () => {
  const { email, id } = await newOperator()
  const [before] = await system`SELECT count(*) FROM outbox`
  const stale = await recoverOperator(system, email)
  const { token } = await recoverOperator(system, email.toUpperCase())
  assert.deepEqual(await system`SELECT count(*) FROM outbox`.then(([row]) => row), before)
  assert.equal((await follow(token, 'a-Later-secret-2025')).status, 200)
  for (const used of [token, stale.token]) assert.equal((await follow(used, 'one-More-secret-2025')).status, 404)
  assert.equal((await signsIn(email, 'a-Later-secret-2025')).status, 200)

  await system`UPDATE users SET activated_at = NULL, password_hash = NULL WHERE id = ${id}`
  assert.equal((await follow((await recoverOperator(system, email)).token, 'the-First-secret-2025')).status, 200)
  assert.equal((await signsIn(email, 'the-First-secret-2025')).claims.is_admin, true, 'who never had a password as well')

  await system`UPDATE users SET is_active = false WHERE id = ${id}`
  await assert.rejects(recoverOperator(system, email), /blocked/)
  for (const none of [reseller.email, seller.email, 'nobody@platform.example'])
    await assert.rejects(recoverOperator(system, none), StartupError)
})
