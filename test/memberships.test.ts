/** Who is invited into another account belongs there once it accepts by its mail, and may leave: what each side sees before, between and after. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { demoPassword } from '../src/demo/world.ts'
import { insertToken, sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { followLink, mailedLink } from './mailed-link.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [reseller, administrator, foreign] = [the('reseller'), the('client'), the('client', 3)]
const { clientId } = administrator

/** People of one other account of the reseller each, who can sign in. */
const people = await system<{ id: number; email: string; name: string; client_id: number }[]>`
  SELECT u.id, u.email, u.name, u.client_id FROM users u JOIN callers c ON c.user_id = u.id
  WHERE u.reseller_id = 2 AND u.user_type = 'common' AND u.client_id <> ${clientId} AND u.email NOT LIKE '%aurora%'
    AND (SELECT count(*) FROM client_users m WHERE m.user_id = u.id) = 1
    AND NOT EXISTS (SELECT FROM api_tokens a WHERE a.user_id = u.id) ORDER BY u.id LIMIT 30`
const somebody = () => people.shift() ?? assert.fail('the world is too small for this test')

const ask = (one: TestCaller, method: string, path: string, body?: object) =>
  t.ask(method, path, { headers: { authorization: one.authorization }, ...(body && { body }) })
const invite = async (email: string, { by = administrator, role = 5 } = {}) => {
  // Limits are for other tests.
  await system`DELETE FROM attempts`
  await system`UPDATE outbox SET created_at = created_at - interval '1 hour'`
  return ask(by, 'POST', '/iam/clients/invite_user', { email, client_id: clientId, user_role: { id: role } })
}
const invited = async (email: string) => {
  const answer = await invite(email)
  assert.equal(answer.status, 200, answer.text)
}
const linkOf = (userId: number, account = clientId) => mailedLink(t, userId, account)
const look = (token: string) => t.ask('GET', `/reeve/links/${token}`)
const follow = (token: string, fields: Record<string, string> = {}) => followLink(t, token, fields)
const place = (userId: number, account = clientId) => `/iam/clients/${account}/client-users/${userId}`
const revoke = (userId: number, one = administrator, account = clientId) => ask(one, 'DELETE', place(userId, account))
const status = async (one: TestCaller, path: string) => (await ask(one, 'GET', path)).status

/** Everything that the account's Administrator, and its lists, say of somebody. */
async function shownOf(id: number) {
  const [users, clients, account] = await Promise.all([
    ask(administrator, 'GET', '/iam/users?limit=1000'),
    ask(reseller, 'GET', `/iam/clients?limit=1000`),
    ask(administrator, 'GET', '/iam/clients/me'),
  ])
  const ids = (list: { id: number }[]) => list.map((one) => one.id)
  const [people] = await system`SELECT users_email FROM client_user_search WHERE id = ${clientId}`
  const [email] = await system`SELECT email_folded FROM users WHERE id = ${id}`
  return {
    user: await status(administrator, `/iam/users/${id}`),
    role: await status(administrator, place(id)),
    listed: ids(users.body.results).includes(id),
    counted: users.body.count,
    inDocument:
      ids(account.body.users).includes(id) || ids(clients.body.results.find((c: { id: number }) => c.id === clientId).users).includes(id),
    found: people?.users_email.includes(email?.email_folded),
  }
}

test('before it accepts nothing of an invited user is shown, and the account is closed to it; afterwards both are open', async () => {
  const person = somebody()
  const session = await sessionOf(t, person.email)
  const nothing = await shownOf(person.id)
  assert.partialDeepStrictEqual(nothing, { user: 404, role: 404, listed: false, inDocument: false, found: false })
  const answer = await invite(person.email)
  assert.deepEqual([answer.status, answer.body], [200, { status: 'sent', user_id: person.id }])
  assert.deepEqual(await shownOf(person.id), nothing, 'an invitation shows nothing')
  for (const path of [`/iam/clients/${clientId}`, `/iam/auth/jwt/clients/${clientId}/login`])
    assert.equal(await status(session, path), 404, `${path} is not the invited user's yet`)
  const before = await ask(session, 'GET', '/iam/users/me')
  assert.equal(before.body.client_and_roles.length, 1)

  const token = await linkOf(person.id)
  const [account] = await system`SELECT company_name FROM clients WHERE id = ${clientId}`
  const page = await look(token)
  assert.equal(page.status, 200)
  assert.ok(page.text.includes(account?.company_name) && !page.text.includes('password'), 'a button and no password')
  assert.deepEqual(await shownOf(person.id), nothing, 'looking accepts nothing')
  assert.equal((await follow(token)).status, 200)
  assert.partialDeepStrictEqual(await shownOf(person.id), {
    ...nothing,
    user: 200,
    role: 200,
    listed: true,
    inDocument: true,
    found: true,
    counted: nothing.counted + 1,
  })
  assert.equal(await status(session, `/iam/clients/${clientId}`), 200)
  assert.deepEqual((await ask(administrator, 'GET', place(person.id))).body.user_role, { id: 5, name: 'Engineers' })
  assert.equal((await follow(token)).status, 404, 'once')
  const [row] = await system`SELECT action, affected_client_id FROM activity WHERE user_id = ${person.id} ORDER BY id DESC LIMIT 1`
  assert.deepEqual({ ...row }, { action: 'followLink', affected_client_id: clientId })
})

test('an invitation that waits is not made twice, is sent again on request, and is withdrawn by revoking', async () => {
  const person = somebody()
  await invited(person.email)
  const already = await invite(person.email)
  assert.deepEqual([already.status, already.body], [400, [`User ${person.id} has already been invited to client ${clientId}`]])
  const first = await linkOf(person.id)
  assert.equal((await ask(foreign, 'POST', '/iam/auth/renew_invitation', { email: person.email })).status, 404)
  for (const one of [administrator, reseller]) {
    assert.equal((await ask(one, 'POST', '/iam/auth/renew_invitation', { email: person.email })).status, 200)
    assert.equal((await look(first)).status, 404, 'the newer link replaced it')
  }
  const link = await linkOf(person.id)
  assert.equal((await look(link)).status, 200)
  assert.equal((await revoke(person.id, the('client', 2, 5))).status, 403)
  assert.equal((await revoke(person.id, foreign)).status, 404)
  assert.equal((await look(link)).status, 200)
  assert.equal((await revoke(person.id)).status, 200)
  assert.equal((await follow(link)).status, 404)
  assert.equal((await revoke(person.id)).status, 404, 'there is nothing more to withdraw')
  assert.equal((await ask(administrator, 'POST', '/iam/auth/renew_invitation', { email: person.email })).status, 404)
  await invited(person.email)
  await system`UPDATE one_time_links SET expires_at = reeve_now() WHERE user_id = ${person.id} AND used_at IS NULL`
  await invited(person.email)
  assert.equal((await follow(await linkOf(person.id))).status, 200, 'one that ran out is made anew')
})

test('who has no password yet makes it by either invitation, and belongs to the other account only by that one', async () => {
  const email = 'fresh@memberships.example'
  const elsewhere = somebody().client_id
  const made = await ask(reseller, 'POST', '/iam/clients/invite_user', {
    email,
    name: 'As they call it',
    client_id: elsewhere,
    user_role: { id: 2 },
  })
  assert.equal(made.status, 200, made.text)
  const id: number = made.body.user_id
  await invited(email)
  assert.equal((await shownOf(id)).user, 404)
  const home = await linkOf(id, elsewhere)
  const second = await linkOf(id)
  assert.match((await look(second)).text, /type="password"/)
  const chosen = 'a password nobody had'
  assert.equal((await follow(second, { password: chosen, password_again: chosen })).status, 200)
  assert.equal((await shownOf(id)).user, 200)
  assert.doesNotMatch((await look(home)).text, /type="password"/, 'the other link sets no password any more')
  assert.equal((await t.ask('POST', '/iam/auth/jwt/login', { body: { username: email, password: chosen } })).status, 200)
})

test('an Administrator’s invitations are counted, whoever has the address', async () => {
  await system`DELETE FROM attempts`
  const bodies = [somebody().email, foreign.email, the('seller').email, 'new@memberships.example', somebody().email, somebody().email]
  const answers = []
  for (const email of bodies)
    answers.push(
      (await ask(administrator, 'POST', '/iam/clients/invite_user', { email, client_id: clientId, user_role: { id: 2 } })).status,
    )
  assert.deepEqual(answers, [200, 400, 400, 200, 200, 429])
  const member = await ask(administrator, 'POST', '/iam/clients/invite_user', {
    email: administrator.email,
    client_id: clientId,
    user_role: { id: 2 },
  })
  assert.equal(member.status, 400, 'who is there is not counted')
})

test('of accepting, withdrawing and inviting at once one comes first, and the lists say what is', async () => {
  for (let round = 0; round < 4; round++) {
    const person = somebody()
    await invited(person.email)
    const token = await linkOf(person.id)
    await system`DELETE FROM attempts`
    const [accepted, withdrawn, again] = await Promise.all([
      follow(token),
      revoke(person.id),
      ask(administrator, 'POST', '/iam/clients/invite_user', { email: person.email, client_id: clientId, user_role: { id: 2 } }),
    ])
    const [member] = await system`SELECT role_id FROM client_users WHERE user_id = ${person.id} AND client_id = ${clientId}`
    assert.ok([200, 404].includes(accepted.status) && [200, 400].includes(again.status), `${accepted.status} ${again.text}`)
    assert.ok(withdrawn.status === 200 || withdrawn.status === 404, withdrawn.text)
    // Withdrawn after it was accepted: taken out again, which is the only way in which both succeed.
    if (accepted.status === 404) assert.equal(member, undefined)
    if (accepted.status === 200 && withdrawn.status === 404) assert.equal(member?.role_id, 5)
  }
  assert.deepEqual(await checkReadModel(system), [])
})

test('a link into an account that is deleted, or of another reseller by now, works no more', async () => {
  const person = somebody()
  await invited(person.email)
  const token = await linkOf(person.id)
  await system`UPDATE clients SET deleted_at = reeve_now() WHERE id = ${clientId}`
  assert.equal((await look(token)).status, 404)
  assert.equal((await follow(token)).status, 404)
  await system`UPDATE clients SET deleted_at = NULL WHERE id = ${clientId}`
  assert.equal((await follow(token)).status, 200)
})

test('everybody leaves an account in a session of their own, but the only one, and not its last Administrator', async () => {
  const person = somebody()
  await invited(person.email)
  assert.equal((await follow(await linkOf(person.id))).status, 200)
  const here = await ask(await sessionOf(t, person.email), 'GET', `/iam/auth/jwt/clients/${clientId}/login`)
  const session = { ...administrator, authorization: `Bearer ${here.body.access}` }
  const { token: live, id } = await insertToken(t, { client_id: clientId, user_id: person.id, reseller_id: 2, role_id: 5 })
  assert.equal((await revoke(person.id, { ...administrator, authorization: `APIKey ${live}` })).status, 403, 'a token leaves nothing')
  assert.equal((await revoke(person.id, session)).status, 403, 'not while it has live tokens there')
  await system`UPDATE api_tokens SET deleted_at = reeve_now() WHERE id = ${id}`
  const home = await sessionOf(t, person.email)
  const left = await revoke(person.id, session)
  assert.equal(left.status, 200, left.text)
  assert.equal((await shownOf(person.id)).user, 404)
  assert.equal(await status(session, '/iam/users/me'), 401, 'the session there has ended')
  assert.equal((await revoke(person.id, home, clientId)).status, 404, 'nobody leaves twice')
  const only = await revoke(person.id, home, person.client_id)
  assert.equal(only.status, 403)
  assert.equal((await t.ask('POST', '/iam/auth/jwt/login', { body: { username: person.email, password: demoPassword } })).status, 200)

  const last = await sessionOf(t, administrator.email, clientId)
  const others =
    await system`UPDATE client_users SET role_id = 2 WHERE client_id = ${clientId} AND user_id <> ${administrator.userId} AND role_id = 1 RETURNING user_id`
  await system`UPDATE api_tokens SET exp_date = reeve_now() WHERE user_id = ${administrator.userId}`
  const refused = await revoke(administrator.userId, last)
  await system`UPDATE api_tokens SET exp_date = NULL WHERE user_id = ${administrator.userId}`
  assert.deepEqual(
    [refused.status, refused.body],
    [403, { message: 'This is the last Administrator of the account, and an account must keep one.' }],
  )
  for (const { user_id } of others) await system`UPDATE client_users SET role_id = 1 WHERE client_id = ${clientId} AND user_id = ${user_id}`
  const acting = await ask(reseller, 'GET', `/iam/auth/jwt/users/${administrator.userId}/token`)
  assert.equal((await revoke(administrator.userId, { ...administrator, authorization: `Bearer ${acting.body.access}` })).status, 403)
})

test('after all of it the read model is what it must be', async () => {
  await system`SELECT refresh_client_and_users(${clientId})`
  assert.deepEqual(await checkReadModel(system), [])
})
