/** Every operation × every kind of caller × own, colleague's, neighbour's, foreign and unknown object, against test/operations.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changing } from '../src/http/access.ts'
import { insertToken, sessionOf, shownBy, shownCallers, signIn, type TestCaller } from './callers.ts'
import { type Answer, openWorld } from './harness.ts'
import { objectsOf } from './objects.ts'
import { type Kind, kinds, type Operation } from './operations/table.ts'
import { due, operations } from './operations.ts'
import { noteStatements } from './statements.ts'
import { until } from './until.ts'
import { watchWrites } from './writes.ts'

const statements = noteStatements()
const t = await openWorld(({ scope }) => ({ scope: statements.watched(scope) }))
const { world } = t
const { system } = t.database
// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
const documented: [string, any][] = Object.entries((t.app.swagger() as any).paths).flatMap(([path, item]) =>
  Object.entries(item as object).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as [string, unknown]),
)

const shown = shownCallers(t)
const the = shownBy(t)
const [platform, resellerA, sellerA] = [the('platform'), the('reseller'), the('seller')]
const [administrator, engineer] = [the('client'), the('client', 2, 5)]

// One account more for two people: a session sees it without working in it. A role differs from that in the first account.
const other = world.clients.find(
  (c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at && c.id !== administrator.clientId,
)
assert.ok(other)
for (const [one, role_id] of [
  [administrator, 2],
  [engineer, 1],
] as const) {
  const row = { client_id: other.id, user_id: one.userId, reseller_id: 2, role_id, created_at: '2025-01-01T00:00:00.000000Z' }
  await system`INSERT INTO client_users ${system(row)}`
  world.client_users.push(row)
}
const sessions = [
  await sessionOf(t, platform.email),
  await sessionOf(t, resellerA.email),
  await sessionOf(t, sellerA.email),
  await sessionOf(t, administrator.email, administrator.clientId),
  await sessionOf(t, engineer.email, engineer.clientId),
  await sessionOf(t, engineer.email, other.id),
]
// However long this takes, they prove themselves recently enough for what asks for that.
await system`UPDATE sessions SET proven_at = reeve_now() + interval '1 day' WHERE proven_at IS NOT NULL`

// Another operator: there are no lesser ones. And staff with lesser tokens, who are users of the technical account.
const [second] = await system`
  INSERT INTO users (reseller_id, client_id, user_type, email, password_hash, password_changed_at, activated_at)
  SELECT reseller_id, client_id, user_type, 'second@platform.example', password_hash, now(), now() FROM users WHERE id = ${platform.userId}
  RETURNING id, email`
const membership = { client_id: platform.clientId, user_id: second?.id, reseller_id: 1, role_id: 1 }
await system`INSERT INTO client_users ${system(membership)}`
await system`SELECT refresh_user(${second?.id})`
world.client_users.push({ ...membership, created_at: '2025-01-01T00:00:00.000000Z' })
const tokenOf = async (one: TestCaller, role_id: number) =>
  `APIKey ${(await insertToken(t, { client_id: one.clientId, user_id: one.userId, reseller_id: one.resellerId, role_id })).token}`
const secondOperator: TestCaller = { ...platform, name: 'second operator', userId: second?.id, email: second?.email }
secondOperator.authorization = await tokenOf(secondOperator, 1)
const lesser: TestCaller[] = []
for (const one of [platform, resellerA, sellerA])
  for (const roleId of [5, 3009, 3022, 2]) {
    const name = `${one.name} by a token with the role ${roleId}`
    lesser.push({ ...one, name, kind: 'client', roleId, accountIds: [one.clientId], authorization: await tokenOf(one, roleId) })
  }

const callers = [...shown, ...sessions, secondOperator, ...lesser]
const [{ id: lastToken } = { id: 0 }] = await system<{ id: number }[]>`SELECT max(id) AS id FROM api_tokens`
const objects = objectsOf(t)
const written = await watchWrites(t)

test('every documented operation is in test/operations/, and each of those is documented', () => {
  const names = documented.map(([name]) => name)
  for (const name of names)
    assert.ok(operations[name], `${name} has no line in test/operations/: add who may do it to which object, as docs/domain.md says`)
  for (const name of Object.keys(operations))
    assert.ok(names.includes(name), `${name} is no longer documented: take it out of test/operations/`)
})

test('the document asks for a credential exactly where the table does', () => {
  for (const [name, operation] of documented) {
    const schemes = operation.security.flatMap((one: object) => Object.keys(one))
    assert.deepEqual(
      schemes,
      operations[name]?.public ? [] : operations[name]?.scim ? ['Directory'] : ['APIKey', 'Bearer'],
      `${name}: its config.access is not what docs/domain.md says`,
    )
  }
})

/** The ids of an object of this kind for this caller; undefined where it has none. */
async function find(operation: Operation, one: TestCaller, kind: Kind) {
  const finder = objects[operation.object]
  assert.ok(finder, `test/objects.ts has no finder for ${operation.object}`)
  return finder(one, kind)
}

const pathOf = (name: string, ids: Record<string, number | string>) =>
  name.split(' ')[1]?.replace(/\{(\w+)\}/g, (_, key) => String(ids[key])) ?? ''

/** Everything by which a caller could tell one object out of sight from another: the answer, and what the server did for it. */
function signsOf(ids: Record<string, number | string>, { status, headers, text }: Answer, work: string[]) {
  const { 'x-request-id': _, date: __, ...rest } = headers
  const named = Object.values(ids).reduce<string>((all, id) => all.replaceAll(new RegExp(`\\b${id}\\b`, 'g'), 'ID'), text)
  const answer = JSON.stringify({ status, rest, named }).replace(/(nonce-|nonce=\\")[\w+/=]+/g, '$1…')
  return { answer, work }
}

/** The path with what the caller cannot know of replaced by what nobody has. */
function twinOf(one: TestCaller, ids: Record<string, number | string>) {
  const known = [one.userId, one.clientId, one.resellerId, ...one.accountIds]
  const nothing = (id: number | string) => (typeof id === 'string' ? id.replace(/\w/g, '0') : known.includes(id) ? id : 2 ** 40)
  return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, nothing(id)]))
}

/** Whether the refusal just answered is recorded, which is over a moment after the answer. */
const isRecorded = (name: string) =>
  !operations[name]?.public && !operations[name]?.scim && (changing.has(name.split(' ')[0] ?? '') || t.recorded.has(name))

/** The statements of the refused request just answered, with the numbers of rows that they met. */
async function workOf(name: string): Promise<string[]> {
  const work: string[] = []
  const over = async () => {
    work.push(...(await Promise.all(statements.taken())))
    return !isRecorded(name) || work.some((one) => one.startsWith('INSERT INTO activity'))
  }
  await until(`the refusal of ${name} is recorded`, over, 2)
  return work
}

async function request(
  name: string,
  operation: Operation,
  one: TestCaller,
  ids: Record<string, number | string>,
  authorization = one.authorization,
) {
  let body = operation.body?.(one, ids)
  // What is not declared means nothing: were it written, no table would have such a column.
  if (body !== undefined && operation.type === undefined) body = { ...(body as object), undeclared: 'of no table' }
  if (name === 'POST /iam/auth/jwt/refresh') body = { refresh: (await signIn(t, one.email)).refresh }
  // It ends the session that it is asked with.
  if (name === 'POST /reeve/sign_out' && one.by === 'session' && authorization === one.authorization)
    authorization = `Bearer ${(await signIn(t, one.email)).access}`
  const headers = {
    ...operation.headers,
    ...(authorization !== '' && { authorization }),
    ...(operation.type !== undefined && { 'content-type': operation.type }),
  }
  return t.ask(name.split(' ')[0] ?? '', pathOf(name, ids), { headers, ...(body !== undefined && { body }) })
}

for (const [name, operation] of Object.entries(operations)) {
  test(`${name} answers everybody what docs/domain.md says`, async () => {
    for (const one of callers) {
      // What one user may ask or fail at only so often, and tokens of earlier requests: an account has only so many.
      await system`DELETE FROM attempts`
      await system`DELETE FROM failures`
      await system`DELETE FROM api_tokens WHERE id > ${lastToken}`
      for (const kind of kinds) {
        const status = due(operation, one, kind)
        if (status === undefined) continue
        const ids = await find(operation, one, kind)
        if (!ids) continue
        const ask = async (of: Record<string, number | string>) => {
          await written()
          const answer = await request(name, operation, one, of)
          const asked = `${pathOf(name, of)} (${kind}) as ${one.name}`
          assert.equal(answer.status, status, `${asked}: ${answer.text.slice(0, 300)}`)
          if (status < 400) return statements.taken()
          const work = await workOf(name)
          assert.deepEqual(await written(), [], `${asked} was refused and wrote to these tables nevertheless`)
          return signsOf(of, answer, work)
        }
        const signs = await ask(ids)
        // By a body, too: what it names out of sight is a 400 like what does not exist.
        if (status === 404 || (status === 400 && kind === 'foreign' && one.kind !== 'platform'))
          assert.deepEqual(await ask(twinOf(one, ids)), signs, `${name} (${kind}) as ${one.name}: none looks otherwise`)
      }
    }
  })
}

test('what a change does is noticed: rows that stay written, and statements', async () => {
  const path = `/iam/clients/${administrator.clientId}`
  const patch = (body: object) => t.ask('PATCH', path, { headers: { authorization: resellerA.authorization }, body })
  await written()
  statements.taken()
  assert.equal((await patch({ name: 'Another' })).status, 200)
  assert.ok((await written()).includes('clients'))
  assert.ok((await Promise.all(statements.taken())).some((one) => /^UPDATE clients .* → 1$/.test(one)))
  assert.equal((await patch({ name: 'A third', seller: 2 ** 40 })).status, 400)
  assert.deepEqual(await written(), [], 'what is undone was not written')
})

test('each kind of object was met by some caller, so that no line of the table is idle', async () => {
  for (const [name, operation] of Object.entries(operations)) {
    for (const kind of kinds) {
      const speaks = callers.filter((one) => due(operation, one, kind) !== undefined)
      const met = await Promise.all(speaks.map((one) => find(operation, one, kind)))
      if (speaks.length > 0)
        assert.ok(
          met.some((ids) => ids),
          `${name}: no caller of this test has an object of the kind ${kind}`,
        )
    }
  }
})

/** What stands in Authorization, of credentials that are none now. */
async function invalid(): Promise<Record<string, { authorization: string; message: RegExp }>> {
  const missing = /^Authentication credentials were not provided\.$/
  const notShown = world.users.filter(
    (u) =>
      u.reseller_id === 2 &&
      u.user_type === 'common' &&
      u.activated_at &&
      !u.deleted_at &&
      u.is_active &&
      !shown.some((one) => one.userId === u.id) &&
      world.client_users.filter((m) => m.user_id === u.id || m.client_id === u.client_id).length === 1 &&
      world.clients.some((c) => c.id === u.client_id && !c.deleted_at),
  )
  let next = 0
  const another = () => {
    const user = notShown[next++]
    assert.ok(user, 'the world is too small for this test')
    return { client_id: user.client_id, user_id: user.id, reseller_id: user.reseller_id, role_id: 1 }
  }
  const made: Record<string, { authorization: string; message: RegExp }> = {}
  const bad = async (
    name: string,
    given: { exp_date?: Date; deleted_at?: Date },
    spoil: (row: ReturnType<typeof another>) => Promise<unknown>,
  ) => {
    const row = another()
    const { id, token } = await insertToken(t, row, given)
    if (Object.keys(given).length === 0) {
      const before = await t.ask('GET', '/iam/users/me', { token })
      assert.equal(before.status, 200, `before the user was spoilt (${name}) the token worked: ${before.text}`)
    }
    await spoil(row)
    made[name] = { authorization: `APIKey ${token}`, message: new RegExp(`^Bad token: ${id}$`) }
  }
  await bad('expired token', { exp_date: new Date(Date.now() - 1000) }, async () => {})
  await bad('deleted token', { deleted_at: new Date() }, async () => {})
  await bad('token of a blocked user', {}, ({ user_id }) => system`UPDATE users SET is_active = false WHERE id = ${user_id}`)
  await bad('token of a deleted user', {}, ({ user_id }) => system`UPDATE users SET deleted_at = now() WHERE id = ${user_id}`)
  await bad(
    'token of a user who has to confirm the email',
    {},
    ({ user_id }) => system`UPDATE users SET activated_at = NULL WHERE id = ${user_id}`,
  )
  await bad('token in a deleted account', {}, ({ client_id }) => system`UPDATE clients SET deleted_at = now() WHERE id = ${client_id}`)
  await bad(
    'token in an account that the user left',
    {},
    (row) => system`DELETE FROM client_users WHERE user_id = ${row.user_id} AND client_id = ${row.client_id}`,
  )
  // Whoever acts as somebody else does so as long as the credential that it began with.
  const { id: origin, token: originToken } = await insertToken(t, {
    client_id: resellerA.clientId,
    user_id: resellerA.userId,
    reseller_id: 2,
    role_id: 1,
  })
  const acting = await t.ask('GET', `/iam/auth/jwt/clients/${administrator.clientId}/admin_token`, { token: originToken })
  assert.equal(acting.status, 200, acting.text)
  const actor = { authorization: `Bearer ${acting.body.access}` }
  assert.equal((await t.ask('GET', '/iam/users/me', { headers: actor })).status, 200, 'before its origin was gone it worked')
  const ended = await t.ask('DELETE', `/iam/v2/clients/${resellerA.clientId}/tokens/${origin}`, {
    headers: { authorization: resellerA.authorization },
  })
  assert.equal(ended.status, 204, ended.text)
  made['acting session whose origin is gone'] = { ...actor, message: /^Given token not valid for any token type$/ }
  const secret = 'f'.repeat(64)
  return {
    ...made,
    nobody: { authorization: '', message: missing },
    'a scheme without a credential': { authorization: 'APIKey', message: missing },
    'another scheme': { authorization: 'Basic cm9vdDpyb290', message: missing },
    malformed: { authorization: 'APIKey nonsense', message: /^Bad token: / },
    'unknown token': { authorization: `APIKey 999999999_${secret}`, message: /^Bad token: 999999999$/ },
    'a known id with another secret': {
      authorization: `APIKey ${platform.authorization.slice(7).split('_')[0]}_${secret}`,
      message: /^Bad token: \d+$/,
    },
    'a bearer that is no JWT': { authorization: 'Bearer nonsense', message: /^Given token not valid for any token type$/ },
  }
}

test('401, with WWW-Authenticate, for whoever has no valid credential, before anything else is looked at', async () => {
  for (const [who, { authorization, message }] of Object.entries(await invalid())) {
    for (const [name, operation] of Object.entries(operations)) {
      for (const kind of operation.public ? (['own'] as const) : (['own', 'unknown'] as const)) {
        const ids = await find(operation, administrator, kind)
        if (!ids) continue
        const answer = await request(name, operation, administrator, ids, authorization)
        const where = `${pathOf(name, ids)} as ${who}: ${answer.text.slice(0, 300)}`
        if (operation.public)
          assert.equal(answer.status, due(operation, administrator, 'own'), `${where}: a public operation does not look at credentials`)
        else {
          assert.equal(answer.status, 401, where)
          if (!operation.scim) assert.match(answer.body.message, message, where)
          assert.ok(answer.headers['www-authenticate'], `${where}: every 401 carries WWW-Authenticate`)
        }
      }
    }
  }
})

test('the aliases without /iam ask for the same credentials', async () => {
  const { authorization } = administrator
  assert.equal((await t.ask('GET', '/id/users/me', { headers: { authorization } })).status, 200)
  assert.equal((await t.ask('GET', '/id/users/me')).status, 401)
  assert.equal((await t.ask('GET', `/auth/jwt/clients/${administrator.clientId}/login`)).status, 401)
  const body = { username: administrator.email, password: 'reeve-demo-password' }
  for (const path of ['/id/auth/jwt/login', '/auth/jwt/login', '/iam/auth/jwt/login/'])
    assert.equal((await t.ask('POST', path, { body })).status, 200, path)
})
