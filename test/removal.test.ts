/** How people go: deletion, revoked access, roles taken, blocking; what keeps each from happening, and what it ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { demoPassword } from '../src/demo/world.ts'
import { insertToken, sessionOf, shownBy } from './callers.ts'
import { openWorld } from './harness.ts'
import { followLink, mailedLink } from './mailed-link.ts'
import { watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, seller] = [the('platform'), the('reseller'), the('seller')]
const password = 'correct horse battery'

let made = 0
/** An account with an Administrator, and as many people more of these roles as told; all can sign in. */
async function account(...roles: number[]) {
  const company = `Account ${++made}`
  const email = `first${made}@removal.example`
  const first = await asking(reseller, 'POST', '/iam/users', { email, password, company })
  assert.equal(first.status, 201, first.text)
  const clientId: number = first.body.client
  const people = [await signedIn(email, clientId)]
  for (const [n, role] of roles.entries()) people.push(await member(clientId, role, `member${n}of${made}@removal.example`))
  return { clientId, people: people as [Person, Person, Person, Person] }
}
interface Person {
  userId: number
  email: string
  authorization: string
  by: 'session'
}

async function member(clientId: number, role: number, username: string) {
  const body = { username, password, user_role: { id: role } }
  const answer = await asking(reseller, 'POST', `/iam/clients/${clientId}/client-users/create`, body)
  assert.equal(answer.status, 200, answer.text)
  return signedIn(username, clientId)
}

async function signedIn(email: string, clientId: number): Promise<Person> {
  const pair = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: email, password } })
  let { access } = pair.body
  const chosen = await t.ask('GET', `/iam/auth/jwt/clients/${clientId}/login`, { headers: { authorization: `Bearer ${access}` } })
  assert.equal(chosen.status, 200, chosen.text)
  access = chosen.body.access
  const authorization = `Bearer ${access}`
  const me = await t.ask('GET', '/iam/users/me', { headers: { authorization } })
  return { userId: me.body.id, email, authorization, by: 'session' }
}

const asking = ({ authorization }: { authorization: string }, method: string, path: string, body?: unknown) =>
  t.ask(method, path, { headers: { authorization }, ...(body !== undefined && { body }) })
const remove = (one: { authorization: string }, userId: number) => asking(one, 'DELETE', `/iam/users/${userId}`)
const place = (clientId: number, userId: number) => `/iam/clients/${clientId}/client-users/${userId}`
const revoke = (one: { authorization: string }, clientId: number, userId: number) => asking(one, 'DELETE', place(clientId, userId))
const give = (one: { authorization: string }, clientId: number, userId: number, user_role: unknown) =>
  asking(one, 'PUT', place(clientId, userId), { user_role })
const block = (one: { authorization: string }, userId: number, is_active = false) =>
  asking(one, 'PATCH', `/reeve/users/${userId}`, { is_active })
const token = async (one: Person, clientId: number, role = 2) => {
  const answer = await asking(one, 'POST', `/iam/v2/clients/${clientId}/tokens`, {
    name: 'T',
    exp_date: null,
    client_user: { role: { id: role } },
  })
  assert.equal(answer.status, 200, answer.text)
  return { authorization: `APIKey ${answer.body.token}`, id: answer.body.id as number }
}
const invite = (one: { authorization: string }, client_id: number, email: string, role: number) =>
  asking(one, 'POST', '/iam/clients/invite_user', { email, client_id, user_role: { id: role } })

/** Somebody who is a user already is invited, and accepts. */
async function join(one: { authorization: string }, client_id: number, email: string, role: number) {
  const invited = await invite(one, client_id, email, role)
  assert.equal(invited.status, 200, invited.text)
  return followLink(t, await mailedLink(t, invited.body.user_id, client_id))
}

test('deletion: a mark that ends sessions, frees the email and leaves the id', async () => {
  const { clientId, people } = await account(5)
  const [administrator, engineer] = people
  await activity.since(2)
  await activity.mails()
  const answer = await remove(administrator, engineer.userId)
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.text, '')
  assert.partialDeepStrictEqual(await activity.since(1), [{ action: 'deleteUser', status_code: 200, affected_client_id: clientId }])
  assert.equal((await asking(engineer, 'GET', '/iam/users/me')).status, 401, 'the session ended')
  const seen = await asking(reseller, 'GET', `/iam/users/${engineer.userId}`)
  assert.partialDeepStrictEqual(seen.body, { id: engineer.userId, deleted: true })
  const id = engineer.userId
  for (const [method, path, body] of [
    ['GET', `/iam/users/${id}`],
    ['PATCH', `/iam/users/${id}`, { name: 'x' }],
    ['PUT', `/iam/users/${id}/email`, { new_email: 'x@removed.example', password: demoPassword }],
    ['PUT', `/iam/users/${id}/password`, { old: 'x', new: 'a very new password', double: 'a very new password' }],
    ['GET', `/reeve/users/${id}/sessions`],
    ['DELETE', `/reeve/users/${id}/sessions`],
    ['PUT', place(clientId, id), { user_role: { id: 2 } }],
    ['DELETE', place(clientId, id)],
  ] as [string, string, unknown?][])
    assert.equal((await asking(administrator, method, path, body)).status, 404, `${method} ${path}: nobody there, to a client user`)
  for (const list of ['/iam/users', '/iam/users?limit=100', '/reeve/users'])
    assert.doesNotMatch((await asking(administrator, 'GET', list)).text, new RegExp(`"id":${id},`), list)
  const own = await asking(administrator, 'GET', `/iam/clients/${clientId}`)
  assert.deepEqual(
    own.body.users.map(({ id }: { id: number }) => id),
    [administrator.userId],
  )
  assert.equal((await remove(administrator, engineer.userId)).status, 404, 'what was deleted is not deleted again')
  assert.equal((await asking(administrator, 'GET', place(clientId, engineer.userId))).status, 404)
  const again = await member(clientId, 5, engineer.email)
  assert.notEqual(again.userId, engineer.userId)
  assert.deepEqual([await activity.mails(), await activity.statusChanges()], [[], []])
})

test('deletion is refused for oneself, for the last Administrator, with live tokens, and for who has another account', async () => {
  const { clientId, people } = await account(1, 2)
  const [one, other, user] = people
  assert.equal((await remove(one, one.userId)).status, 403)
  assert.equal((await remove(reseller, other.userId)).status, 200, 'one Administrator is left')
  const last = await remove(reseller, one.userId)
  assert.equal(last.status, 403)
  assert.match(last.body.message, /last/)

  const held = await token(user, clientId)
  const refused = await remove(one, user.userId)
  assert.equal(refused.status, 403)
  assert.deepEqual(refused.body, { message: "You can't remove the user as they have active tokens" })
  assert.equal((await revoke(one, clientId, user.userId)).body.message, refused.body.message)
  assert.equal((await asking(held, 'GET', '/iam/users/me')).status, 200, 'a refused deletion ends nothing')
  await system`UPDATE api_tokens SET exp_date = now() - interval '1 second' WHERE id = ${held.id}`

  const elsewhere = await account()
  assert.equal((await join(elsewhere.people[0], elsewhere.clientId, user.email, 2)).status, 200)
  const several = await remove(one, user.userId)
  assert.equal(several.status, 403)
  assert.match(several.body.message, /several accounts/)
  assert.equal((await revoke(elsewhere.people[0], elsewhere.clientId, user.userId)).status, 200)
  assert.equal((await remove(one, user.userId)).status, 200, 'from the last account, an expired token notwithstanding')
})

test('staff: a reseller’s people are not a seller’s to remove, sellers have an operation of their own', async () => {
  assert.equal((await remove(seller, reseller.userId)).status, 403)
  assert.equal((await revoke(seller, seller.clientId, reseller.userId)).status, 403)
  const answer = await remove(reseller, seller.userId)
  assert.equal(answer.status, 403)
  assert.match(answer.body.message, /sellers/)
  assert.equal((await revoke(reseller, reseller.clientId, seller.userId)).status, 403)
  const colleague = await member(reseller.clientId, 1, 'another@removal.example')
  assert.equal((await remove(reseller, colleague.userId)).status, 200)
  await system`UPDATE api_tokens SET exp_date = now() WHERE user_id = ${reseller.userId}`
  const last = await remove(platform, reseller.userId)
  assert.match(last.body.message, /last/, 'sellers are Administrators there, and no successors')
  await system`UPDATE api_tokens SET exp_date = NULL WHERE user_id = ${reseller.userId}`
})

test('revoking: out of one of several accounts with its sessions there, deleted from the last', async () => {
  const here = await account(2)
  const there = await account()
  const [administrator, user] = here.people
  await join(there.people[0], there.clientId, user.email, 5)
  const inThere = await signedIn(user.email, there.clientId)
  const answer = await revoke(administrator, here.clientId, user.userId)
  assert.equal(answer.status, 200, answer.text)
  assert.equal((await asking(user, 'GET', '/iam/users/me')).status, 401, 'the session in that account ended')
  assert.equal((await asking(inThere, 'GET', '/iam/users/me')).status, 401, 'and with it the one in the other that was asked for with it')
  const again = await signedIn(user.email, there.clientId)
  assert.equal((await asking(again, 'GET', '/iam/users/me')).status, 200, 'where the user goes on')
  assert.equal((await asking(administrator, 'GET', `/iam/users/${user.userId}`)).status, 404)
  assert.equal((await revoke(administrator, here.clientId, user.userId)).status, 404)
  const seen = await asking(reseller, 'GET', `/iam/users/${user.userId}`)
  assert.partialDeepStrictEqual(seen.body, { deleted: false, client: there.clientId, groups: [{ id: 5 }] })
  assert.equal(seen.body.client_and_roles.length, 1)
  assert.equal((await revoke(there.people[0], there.clientId, user.userId)).status, 200)
  assert.equal((await asking(reseller, 'GET', `/iam/users/${user.userId}`)).body.deleted, true)
  assert.equal((await revoke(administrator, here.clientId, administrator.userId)).status, 403, 'nor does the last Administrator leave')
  assert.equal((await revoke(reseller, here.clientId, administrator.userId)).status, 403, 'nor is the last Administrator’s revoked')
})

test('roles: read, changed, refused in the documented shape', async () => {
  const { clientId, people } = await account(2, 1)
  const [administrator, user, other] = people
  const gone = world.clients.find((c) => c.reseller_id === 2 && c.deleted_at && world.client_users.some((m) => m.client_id === c.id))
  const past = world.client_users.find((m) => m.client_id === gone?.id && !world.users.find((u) => u.id === m.user_id)?.deleted_at)
  assert.deepEqual((await asking(user, 'GET', place(clientId, user.userId))).body, { user_role: { id: 2, name: 'Users' } })
  assert.equal((await asking(user, 'GET', place(clientId, administrator.userId))).status, 404, 'a user sees itself alone')
  for (const [wanted, role] of [
    [{ id: 5 }, { id: 5, name: 'Engineers' }],
    [{ name: 'Purge and Prefetch only (API)' }, { id: 3022, name: 'Purge and Prefetch only (API)' }],
    [
      { id: 3009, name: 'Purge and Prefetch only (API+Web)' },
      { id: 3009, name: 'Purge and Prefetch only (API+Web)' },
    ],
  ] as const) {
    const answer = await give(administrator, clientId, user.userId, wanted)
    assert.deepEqual([answer.status, answer.text], [204, ''])
    assert.deepEqual((await asking(reseller, 'GET', place(clientId, user.userId))).body, { user_role: role })
    assert.partialDeepStrictEqual((await asking(administrator, 'GET', `/iam/users/${user.userId}`)).body.groups, [role])
  }
  for (const [wanted, text] of [
    [{ id: 100, name: 'Fake role' }, 'Invalid role: Fake role'],
    [{ id: 100 }, 'Invalid role: 100'],
    [{ id: 1, name: 'Users' }, 'Invalid role: Users'],
    [{}, 'This field is required.'],
    [undefined, 'This field is required.'],
  ] as const) {
    const answer = await give(administrator, clientId, user.userId, wanted)
    assert.deepEqual([answer.status, answer.body], [400, { errors: { user_role: [text] } }])
  }
  assert.equal(
    (await give(administrator, clientId, administrator.userId, { id: 2 })).status,
    204,
    'one lowers oneself where another is left',
  )
  assert.equal((await give(administrator, clientId, user.userId, { id: 1 })).status, 403, 'and is no Administrator from then on')
  assert.equal((await give(other, clientId, other.userId, { id: 5 })).status, 403, 'the last Administrator stays one')
  assert.equal((await give(reseller, clientId, other.userId, { id: 5 })).status, 403)
  if (gone && past) assert.equal((await give(reseller, gone.id, past.user_id, { id: 1 })).status, 400, 'a deleted account is not changed')
})

test('an Administrator who cannot sign in is nobody’s successor', async () => {
  const { clientId, people } = await account()
  const [administrator] = people
  const invited = await invite(administrator, clientId, `invited${made}@removal.example`, 1)
  assert.equal(invited.status, 200)
  assert.equal((await give(reseller, clientId, administrator.userId, { id: 2 })).status, 403)
  assert.equal((await revoke(administrator, clientId, invited.body.user_id)).status, 200, 'the other way round one is left')
})

test('blocking stops sessions and tokens at once; unblocking brings the tokens back', async () => {
  const { clientId, people } = await account(5)
  const [, engineer] = people
  const held = await token(engineer, clientId)
  const blocked = await block(seller, engineer.userId)
  assert.equal(blocked.status, 200, blocked.text)
  assert.equal(blocked.body.is_active, false)
  for (const one of [engineer, held]) assert.equal((await asking(one, 'GET', '/iam/users/me')).status, 401)
  const login = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: engineer.email, password } })
  assert.equal(login.status, 400)
  assert.equal((await block(seller, engineer.userId)).status, 200, 'blocked already')
  assert.equal((await block(seller, engineer.userId, true)).body.is_active, true)
  assert.equal((await asking(held, 'GET', '/iam/users/me')).status, 200)
  assert.equal((await asking(engineer, 'GET', '/iam/users/me')).status, 401, 'a session that ended stays so')
  assert.equal((await remove(people[0], engineer.userId)).status, 403, 'the token is live')
})

test('who blocks whom', async () => {
  const { clientId, people } = await account()
  const [administrator] = people
  assert.equal((await block(reseller, reseller.userId)).status, 403, 'nobody itself')
  assert.equal((await block(seller, reseller.userId)).status, 403)
  assert.equal((await block(reseller, administrator.userId)).status, 200, 'the last Administrator too, for a thief must be stopped')
  const seen = await asking(reseller, 'GET', `/iam/clients/${clientId}`)
  assert.equal(seen.body.has_active_admin, false)
  await block(reseller, administrator.userId, true)
  const left = world.users.find((u) => u.reseller_id === 2 && u.deleted_at) as { id: number }
  const answer = await block(reseller, left.id)
  assert.deepEqual([answer.status, answer.body], [400, { errors: { errors: ['The user was deleted.'] } }])
  assert.equal((await asking(reseller, 'PATCH', `/reeve/users/${administrator.userId}`, {})).status, 400)
})

test('a blocked seller’s sessions end, also those in which it acts as somebody else', async () => {
  const session = await sessionOf(t, seller.email)
  const [begun] = await system`INSERT INTO sessions (reseller_id, client_id, user_id, actor_id)
    SELECT reseller_id, client_id, id, ${seller.userId} FROM users WHERE reseller_id = 2 AND user_type = 'common' LIMIT 1 RETURNING id`
  assert.equal((await block(reseller, seller.userId)).status, 200)
  assert.equal((await asking(session, 'GET', '/iam/users/me')).status, 401)
  const [ended] = await system`SELECT revoked_at FROM sessions WHERE id = ${begun?.id}`
  assert.ok(ended?.revoked_at)
  assert.equal((await block(reseller, seller.userId, true)).status, 200)
  assert.equal((await t.ask('POST', '/iam/auth/jwt/login', { body: { username: seller.email, password: demoPassword } })).status, 200)
})

test('two Administrators who remove each other at once leave one', async () => {
  for (const way of [
    (a: Person, clientId: number, b: Person) => revoke(a, clientId, b.userId),
    (a: Person, _: number, b: Person) => remove(a, b.userId),
    (a: Person, clientId: number, b: Person) => give(a, clientId, b.userId, { id: 2 }),
  ]) {
    // A third stays, so that it is not the rule of the last one which saves them.
    const { clientId, people } = await account(1, 1)
    const [a, b] = people
    const answers = await Promise.all([way(a, clientId, b), way(b, clientId, a)])
    const statuses = answers.map(({ status }) => status).sort()
    assert.ok(
      (statuses[0] as number) < 300 && [401, 403].includes(statuses[1] as number),
      `one is told so: ${answers.map(({ text }) => text)}`,
    )
    const [row] = await system`SELECT count(*) FROM client_users m JOIN users u ON u.id = m.user_id
      WHERE m.client_id = ${clientId} AND m.role_id = 1 AND u.deleted_at IS NULL`
    assert.equal(row?.count, 2)
  }
})

test('resellers who block each other at once: one is left to undo it', async () => {
  const colleague = await member(reseller.clientId, 1, 'colleague@removal.example')
  const session = await sessionOf(t, reseller.email)
  const answers = await Promise.all([block(session, colleague.userId), block(colleague, reseller.userId)])
  assert.deepEqual(answers.map(({ status }) => status === 200).sort(), [false, true])
  await system`UPDATE users SET is_active = true WHERE id IN (${reseller.userId}, ${colleague.userId})`
  for (const id of [reseller.userId, colleague.userId]) await system`SELECT refresh_user(${id})`
})

test('a role lowered while the token is used holds from the next request on', async () => {
  const { clientId, people } = await account(1)
  const [administrator, other] = people
  const held = await insertToken(t, { client_id: clientId, user_id: other.userId, reseller_id: 2, role_id: 1 })
  const by = { authorization: `APIKey ${held.token}` }
  const invitations = Array.from({ length: 4 }, (_, n) => () => invite(by, clientId, `during${n}of${made}@removal.example`, 1))
  const [lowered, ...during] = await Promise.all([
    give(administrator, clientId, other.userId, { id: 2 }),
    ...invitations.map((one) => one()),
  ])
  assert.equal(lowered.status, 204)
  for (const { status, text } of during) assert.ok([200, 403].includes(status), text)
  assert.equal((await invite(by, clientId, 'after@removal.example', 2)).status, 403)
  assert.equal((await give(by, clientId, administrator.userId, { id: 2 })).status, 403)
  assert.equal((await asking(by, 'GET', '/iam/users/me')).body.groups[0].id, 2)
})

test('after all of it the read model is what it must be', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
