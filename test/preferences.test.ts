/** Preferences for the console: what is kept, merged, forgotten and refused, and for whom. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [reseller, seller, user] = [the('reseller'), the('seller'), the('client', 2, 2)]
const path = '/reeve/users/me/preferences'
const defaults = { theme: 'system', density: 'standard', lists: {} }

const read = async ({ authorization }: Pick<TestCaller, 'authorization'>) => (await t.ask('GET', path, { headers: { authorization } })).body
const change = ({ authorization }: Pick<TestCaller, 'authorization'>, body: unknown) =>
  t.ask('PATCH', path, { headers: { authorization }, body })

test('whoever chose nothing has the defaults', async () => {
  for (const one of [reseller, seller, user]) assert.deepEqual(await read(one), defaults)
})

test('a change keeps what it does not name, replaces a list as a whole, and null removes it', async () => {
  const columns = [{ name: 'companyName', width: 240 }, { name: 'status' }]
  assert.deepEqual((await change(user, { theme: 'dark' })).body, { ...defaults, theme: 'dark' })
  await change(user, { lists: { tokens: { columns, density: 'compact' }, sessions: { columns } } })
  await change(user, { density: 'comfortable' })
  const lists = { tokens: { columns, density: 'compact' }, sessions: { columns } }
  assert.deepEqual(await read(user), { theme: 'dark', density: 'comfortable', lists })
  const { body } = await change(user, { lists: { tokens: { columns: [{ name: 'id' }] }, sessions: null } })
  assert.deepEqual(body, { theme: 'dark', density: 'comfortable', lists: { tokens: { columns: [{ name: 'id' }] } } })
  assert.deepEqual(await read(user), body)
  assert.deepEqual(await read(seller), defaults, 'nobody else’s have changed')
})

test('the first change may remove a list that was never set', async () => {
  assert.deepEqual((await change(the('client', 2, 5), { lists: { users: null } })).body, defaults)
})

test('changes of different fields at once do not undo each other', async () => {
  await Promise.all([
    change(seller, { theme: 'light' }),
    change(seller, { density: 'compact' }),
    change(seller, { lists: { clients: { density: 'compact' } } }),
    change(seller, { lists: { users: { density: 'standard' } } }),
  ])
  assert.deepEqual(await read(seller), {
    theme: 'light',
    density: 'compact',
    lists: { clients: { density: 'compact' }, users: { density: 'standard' } },
  })
})

test('only what is documented is kept, and values out of range are refused', async () => {
  const answer = await change(reseller, { theme: 'dark', motto: 'x', lists: { clients: { density: 'compact', colour: 'red' }, bills: {} } })
  assert.equal(answer.status, 200)
  const [kept] = await system<{ settings: object }[]>`SELECT settings FROM preferences WHERE user_id = ${reseller.userId}`
  assert.deepEqual(kept?.settings, { theme: 'dark', lists: { clients: { density: 'compact' } } })
  const wrong = [
    { theme: 'blue' },
    { density: null },
    { lists: [] },
    { lists: { clients: { columns: [{ name: 'no blanks' }] } } },
    { lists: { clients: { columns: [{ name: 'id', width: 5 }] } } },
    { lists: { clients: { columns: [{ width: 50 }] } } },
    { lists: { clients: { preset: 1.5 } } },
    { lists: { clients: { preset: 2 ** 40 } } },
  ]
  for (const body of wrong) assert.equal((await change(reseller, body)).status, 400, JSON.stringify(body))
  assert.deepEqual(await read(reseller), { ...defaults, theme: 'dark', lists: { clients: { density: 'compact' } } })
})

test('they take at most 16 KiB, and what was kept before stays', async () => {
  const columns = Array.from({ length: 40 }, (_, n) => ({ name: `column_${n}_`.padEnd(40, 'x'), width: 2000 }))
  const lists = ['clients', 'users', 'sellers', 'activity', 'logins', 'tokens', 'sessions', 'outbox', 'resellers']
  const answers = []
  for (const list of lists) answers.push(await change(the('reseller', 3), { lists: { [list]: { columns } } }))
  const refused = answers.filter(({ status }) => status === 400)
  assert.ok(refused.length > 0 && refused.length < lists.length)
  assert.deepEqual(Object.keys(refused[0]?.body.errors), ['lists'])
  const kept = Object.keys((await read(the('reseller', 3))).lists)
  assert.equal(kept.length, lists.length - refused.length)
})

test('who acts as a user reads the user’s preferences and does not change them', async () => {
  const session = await sessionOf(t, reseller.email)
  const acting = await t.ask('GET', `/iam/auth/jwt/users/${user.userId}/token`, { headers: { authorization: session.authorization } })
  assert.equal(acting.status, 200, acting.text)
  const actor = { authorization: `Bearer ${acting.body.access}` }
  assert.deepEqual(await read(actor), await read(user))
  const answer = await change(actor, { theme: 'light' })
  assert.deepEqual([answer.status, answer.headers['x-error-code']], [403, 'acting_session'])
})

test('a change is not in the activity log', async () => {
  const count = async () => (await system`SELECT count(*) FROM activity WHERE user_id = ${user.userId} AND status_code = 200`)[0]?.count
  const before = await count()
  assert.equal((await change(user, { theme: 'light' })).status, 200)
  assert.equal(await count(), before)
})
