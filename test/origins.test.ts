/** What came from a credential ends with it: acting sessions, sessions chosen from sessions, tokens made by tokens. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { deleteExpired } from '../src/jobs/retention.ts'
import { insertToken, shownBy, signIn, type TestCaller, usersOfSeveralAccounts } from './callers.ts'
import { openWorld } from './harness.ts'
import { wanted } from './tokens.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [reseller, seller] = [the('reseller'), the('seller')]
const [administrator, engineer] = [the('client'), the('client', 2, 5)]

type Pair = Awaited<ReturnType<typeof signIn>>
const bearer = ({ access }: Pair) => ({ headers: { authorization: `Bearer ${access}` } })
const key = (token: string) => ({ headers: { authorization: `APIKey ${token}` } })
const status = async (as: { headers: { authorization: string } }) => (await t.ask('GET', '/iam/users/me', as)).status
const refresh = (pair: Pair) => t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: pair.refresh } })
const pairFrom = async (path: string, as: { headers: { authorization: string } }): Promise<Pair> => {
  const answer = await t.ask('GET', path, as)
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}
const over = async (pair: Pair, why: string) => {
  assert.equal(await status(bearer(pair)), 401, why)
  assert.equal((await refresh(pair)).status, 401, why)
}
const alive = async (pair: Pair, why: string) => assert.equal(await status(bearer(pair)), 200, why)
const current = async (pair: Pair): Promise<string> =>
  (await t.ask('GET', '/reeve/sessions', bearer(pair))).body.find((one: { current: boolean }) => one.current).id

const membership = (one: TestCaller) => t.world.client_users.find((m) => m.user_id === one.userId) ?? assert.fail(one.name)
const tokenOf = (one: TestCaller, given: { exp_date?: Date } = {}) => insertToken(t, membership(one), given)
const asAdministrator = `/iam/auth/jwt/clients/${administrator.clientId}/admin_token`
const asEngineer = `/iam/auth/jwt/users/${engineer.userId}/token`
const choose = (clientId: number) => `/iam/auth/jwt/clients/${clientId}/login`
const deleteToken = (one: TestCaller, id: number) =>
  t.ask('DELETE', `/iam/v2/clients/${one.clientId}/tokens/${id}`, { headers: { authorization: one.authorization } })

const [several] = usersOfSeveralAccounts(t).filter((u) => u.reseller_id === 2)
assert.ok(several)
const [first, second] = t.world.client_users.filter((m) => m.user_id === several.id).map((m) => m.client_id) as [number, number]

for (const [name, path] of [
  ['an Administrator', asAdministrator],
  ['a user', asEngineer],
] as const)
  test(`who acts as ${name} by API token does so no longer than the token lives`, async () => {
    const { id, token } = await tokenOf(reseller)
    const acting = await pairFrom(path, key(token))
    const next = (await refresh(acting)).body as Pair
    await alive(next, 'the token lives')
    assert.equal((await deleteToken(reseller, id)).status, 204)
    await over(next, 'the token was deleted')
    const invitation = { client_id: administrator.clientId, email: 'planted@evil.example', user_role: { user_role: { id: 1 } } }
    assert.equal((await t.ask('POST', '/iam/clients/invite_user', { ...bearer(acting), body: invitation })).status, 401)
  })

test('an acting session ends when the token that began it expires', async () => {
  const end = new Date(Date.now() + 20 * 60_000)
  const { token } = await tokenOf(reseller, { exp_date: end })
  const acting = await pairFrom(asEngineer, key(token))
  const [session] = await system`SELECT ends_at FROM sessions WHERE id = ${await current(acting)}`
  assert.equal(session?.ends_at.getTime(), end.getTime())
  const short = await pairFrom(`${asEngineer}?duration=1`, key(token))
  const [sooner] = await system`SELECT ends_at FROM sessions WHERE id = ${await current(short)}`
  assert.ok(sooner?.ends_at.getTime() < end.getTime() - 15 * 60_000, 'never later than was asked for')
})

test('an acting session ends with the session it came from, through accounts that were chosen in between', async () => {
  for (const end of ['sign_out', 'reuse', 'ended by another'] as const) {
    const staff = await signIn(t, seller.email)
    const acting = await pairFrom(`/iam/auth/jwt/users/${several.id}/token`, bearer(staff))
    const chosen = await pairFrom(choose(second), bearer(acting))
    const again = await pairFrom(choose(first), bearer(chosen))
    for (const one of [acting, chosen, again]) await alive(one, end)
    if (end === 'sign_out') assert.equal((await t.ask('POST', '/reeve/sign_out', bearer(staff))).status, 204)
    else if (end === 'reuse') {
      await refresh(staff)
      await system`UPDATE refresh_tokens SET used_at = used_at - interval '1 minute' WHERE used_at IS NOT NULL`
      assert.equal((await refresh(staff)).status, 401)
    } else
      assert.equal(
        (
          await t.ask('DELETE', `/reeve/users/${seller.userId}/sessions/${await current(staff)}`, {
            headers: { authorization: reseller.authorization },
          })
        ).status,
        204,
      )
    for (const one of [acting, chosen, again]) await over(one, end)
  }
})

test('a session chosen from another ends when that is signed out, and not the other way round', async () => {
  const signedIn = await signIn(t, several.email)
  const chosen = await pairFrom(choose(second), bearer(signedIn))
  const again = await pairFrom(choose(first), bearer(chosen))
  assert.equal((await t.ask('POST', '/reeve/sign_out', bearer(again))).status, 204)
  await over(again, 'it was signed out')
  await alive(chosen, 'what came from it alone ends')
  const last = await pairFrom(choose(first), bearer(chosen))
  assert.equal((await t.ask('POST', '/reeve/sign_out', bearer(signedIn))).status, 204)
  await over(chosen, 'it came from one that was signed out')
  await over(last, 'so did this one')
})

test('a session that ended by itself leaves those chosen from it', async () => {
  const signedIn = await signIn(t, several.email)
  const chosen = await pairFrom(choose(second), bearer(signedIn))
  const id = await current(signedIn)
  await system`UPDATE sessions SET expires_at = now() - interval '1 hour', created_at = now() - interval '90 days' WHERE id = ${id}`
  await system`DELETE FROM refresh_tokens WHERE session_id = ${id}`
  await deleteExpired(
    { system, keep: { sessions: 30, links: 0, mails: 0, logs: 0 } } as unknown as Parameters<typeof deleteExpired>[0],
    new Date(),
  )
  await alive(chosen, 'it is refreshed by itself')
  const [kept] = await system`SELECT FROM sessions WHERE id = ${id}`
  assert.ok(kept, 'and its origin is kept while it may have to end with it')
  await system`UPDATE sessions SET revoked_at = now() WHERE id = ${id}`
  await over(chosen, 'its origin was revoked')
})

test('who ends all other sessions, or changes the password, goes on in the one that was chosen from one of them', async () => {
  const signedIn = await signIn(t, several.email)
  const chosen = await pairFrom(choose(second), bearer(signedIn))
  const again = await pairFrom(choose(first), bearer(chosen))
  assert.equal((await t.ask('DELETE', `/reeve/users/${several.id}/sessions`, bearer(again))).status, 204)
  for (const one of [signedIn, chosen]) await over(one, 'it is another one')
  await alive(again, 'it asked')

  const present = await pairFrom(choose(second), bearer(again))
  const change = { old: demoPassword, new: 'quite another word', double: 'quite another word' }
  const changed = await t.ask('PUT', `/iam/users/${several.id}/password`, { ...bearer(present), body: change })
  assert.equal(changed.status, 200, changed.text)
  await over(again, 'the password is another one')
  await alive(changed.body, 'it asked')
  assert.equal((await t.ask('POST', '/reeve/sign_out', bearer(changed.body))).status, 204)
})

test('who acts as somebody and ends its other sessions goes on, bound to the own credential still', async () => {
  const { id, token } = await tokenOf(reseller)
  const acting = await pairFrom(`/iam/auth/jwt/users/${several.id}/token`, key(token))
  const chosen = await pairFrom(choose(second), bearer(acting))
  assert.equal((await t.ask('DELETE', `/reeve/users/${several.id}/sessions`, bearer(chosen))).status, 204)
  await over(acting, 'it is another one')
  await alive(chosen, 'it asked')
  assert.equal((await deleteToken(reseller, id)).status, 204)
  await over(chosen, 'the token was deleted')
})

test('however long the line, one end is the end of all', async () => {
  const signedIn = await signIn(t, engineer.email)
  const [{ id } = { id: '' }] = await system`SELECT id FROM sessions WHERE user_id = ${engineer.userId} ORDER BY created_at DESC LIMIT 1`
  await system`
    WITH line AS (SELECT n, gen_random_uuid() AS id FROM generate_series(1, 3000) AS n)
    INSERT INTO sessions (id, reseller_id, client_id, user_id, origin_session, created_at)
    SELECT l.id, 2, ${engineer.clientId}, ${engineer.userId}, coalesce(b.id, ${id}::uuid), reeve_now() + l.n * interval '1 ms'
    FROM line l LEFT JOIN line b ON b.n = l.n - 1`
  assert.equal((await t.ask('POST', '/reeve/sign_out', bearer(signedIn))).status, 204)
  const [left] = await system`SELECT count(*) FROM sessions WHERE user_id = ${engineer.userId} AND revoked_at IS NULL AND actor_id IS NULL`
  assert.equal(left?.count, 0)
})

test('what is being begun while its origin is revoked does not stay', async () => {
  for (let n = 0; n < 5; n++) {
    const staff = await signIn(t, seller.email)
    const asked = Array.from({ length: 6 }, () => t.ask('GET', asEngineer, bearer(staff)))
    const [signedOut, ...answers] = await Promise.all([t.ask('POST', '/reeve/sign_out', bearer(staff)), ...asked])
    assert.equal(signedOut.status, 204)
    for (const { status, body } of answers) if (status === 200) await over(body, 'the session it came from is over')
  }
})

const tokens = (one: TestCaller) => `/iam/v2/clients/${one.clientId}/tokens`
const create = (token: string, exp_date: string | null) =>
  t.ask('POST', tokens(administrator), { ...key(token), body: wanted({ id: 1 }, { exp_date }) })

test('a token made by a token ends no later: without an end it takes that one’s, a later one is refused', async () => {
  const end = new Date(Date.now() + 3600_000)
  const { token } = await tokenOf(administrator, { exp_date: end })
  const endless = await create(token, null)
  assert.equal(endless.status, 200, endless.text)
  assert.equal(Date.parse(endless.body.exp_date), end.getTime())
  const sooner = new Date(end.getTime() - 60_000).toISOString()
  assert.equal(Date.parse((await create(token, sooner)).body.exp_date), Date.parse(sooner))
  const later = await create(token, new Date(end.getTime() + 1000).toISOString())
  assert.equal(later.status, 400)
  assert.match(later.body.errors.exp_date[0], /cannot outlive it/)
  const grandchild = await create(endless.body.token, null)
  assert.equal(grandchild.body.exp_date, endless.body.exp_date)
  const free = await tokenOf(administrator)
  assert.equal((await create(free.token, null)).body.exp_date, null, 'one without an end makes others without')
})

test('who deletes a token deletes those made by it, and ends what they began', async () => {
  const { id, token } = await tokenOf(reseller)
  const make = async (by: string) => (await t.ask('POST', tokens(reseller), { ...key(by), body: wanted({ id: 1 }) })).body
  const child = await make(token)
  const grandchild = await make(child.token)
  const bystander = await tokenOf(reseller)
  const acting = await pairFrom(asEngineer, key(grandchild.token))
  for (const one of [token, child.token, grandchild.token]) assert.equal(await status(key(one)), 200)
  assert.equal((await deleteToken(reseller, id)).status, 204)
  for (const one of [token, child.token, grandchild.token]) assert.equal(await status(key(one)), 401)
  await over(acting, 'it came from a token that came from the deleted one')
  assert.equal(await status(key(bystander.token)), 200)
  const { body } = await t.ask('GET', `${tokens(reseller)}/${grandchild.id}`, { headers: { authorization: reseller.authorization } })
  assert.equal(body.deleted, true)
})
