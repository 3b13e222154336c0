/** SCIM: whose token reaches what, which users a directory decides about, filters, Bulk, and what deactivation ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { demoPassword } from '../src/demo/world.ts'
import { keepUp } from '../src/jobs/upkeep.ts'
import { insertToken, sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { assertScimError, directoryOf, newAccount, prove } from './scim-world.ts'
import { until } from './until.ts'

const t = await openWorld()
const { system } = t.database
const servers = [await t.another(), await t.another()] as const
const the = shownBy(t)
const [reseller, administrator, engineer, strangers] = [the('reseller'), the('client'), the('client', 2, 5), the('reseller', 3)]
const one = await newAccount(t)
const two = await newAccount(t, 3)
const home = await newAccount(t)
const directory = await directoryOf(t, one, one.clientId, { domain: 'one.example' })
const other = await directoryOf(t, two, two.clientId, { domain: 'two.example' })
const resellers = await directoryOf(t, reseller, null, { domain: 'reseller.example', home_client_id: home.clientId })
const { ask } = directory
const by = ({ authorization }: Pick<TestCaller, 'authorization'>) => ({ headers: { authorization } })
const patch = (...Operations: object[]) => ({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations })
const find = async (of: typeof directory, filter: string) => (await of.ask('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body
const ids = (body: { Resources: { id: string }[] }) => body.Resources.map(({ id }) => Number(id))
let made = 0
async function create(of = directory, more: object = {}, domain = 'one.example'): Promise<string> {
  const answer = await of.ask('POST', '/Users', { userName: `person${made++}@${domain}`, ...more })
  assert.equal(answer.status, 201, answer.text)
  return answer.body.id
}

test('the discovery documents say what there is', async () => {
  const config = (await ask('GET', '/ServiceProviderConfig')).body
  assert.deepEqual(config.bulk, { supported: true, maxOperations: 1000, maxPayloadSize: 1048576 })
  const types = (await ask('GET', '/ResourceTypes')).body
  assert.deepEqual(
    types.Resources.map(({ id }: { id: string }) => id),
    ['User', 'Group'],
  )
  assert.equal((await ask('GET', '/ResourceTypes/User')).body.endpoint, '/Users')
  const { body } = await ask('GET', '/Schemas')
  for (const { id } of body.Resources) assert.equal((await ask('GET', `/Schemas/${id}`)).body.id, id)
  assertScimError(await ask('GET', '/Schemas/urn:none'), 404)
  assertScimError(await ask('GET', '/ResourceTypes/Car'), 404)
})

test('SCIM takes its own tokens and nothing else; nothing else takes them', async () => {
  for (const path of ['/Users', '/Groups', '/ServiceProviderConfig']) {
    for (const headers of [
      {},
      by(administrator).headers,
      by(await sessionOf(t, administrator.email)).headers,
      { authorization: 'Bearer scim_1_x' },
    ]) {
      const answer = await t.ask('GET', `/scim/v2${path}`, { headers })
      assertScimError(answer, 401)
      assert.match(String(answer.headers['www-authenticate']), /^Bearer/)
    }
  }
  // Also where SCIM has just cached it.
  assert.equal((await directory.ask('GET', '/Users', undefined, servers[0])).status, 200)
  for (const path of ['/iam/users/me', '/reeve/scim_tokens', '/iam/clients'])
    assert.equal((await servers[0]('GET', path, by(directory))).status, 401, path)
  const wrong = directory.authorization.slice(0, -1) + (directory.authorization.endsWith('A') ? 'B' : 'A')
  assert.equal((await t.ask('GET', '/scim/v2/Users', { headers: { authorization: wrong } })).status, 401)
})

test('a directory sees its own users alone, and the ids of others are those of nobody', async () => {
  const mine = await create()
  const theirs = await create(other, {}, 'two.example')
  assert.deepEqual(ids((await ask('GET', '/Users')).body), [one.userId, Number(mine)])
  const nobody = String(2 ** 40)
  const group = (await other.ask('POST', '/Groups', { displayName: 'Theirs' })).body.id
  for (const [method, path, body] of [
    ['GET', '/Users/', undefined],
    ['PUT', '/Users/', { userName: 'x@one.example' }],
    ['PATCH', '/Users/', patch({ op: 'replace', path: 'active', value: false })],
    ['DELETE', '/Users/', undefined],
    ['GET', '/Groups/', undefined],
    ['PUT', '/Groups/', { displayName: 'Mine' }],
    ['PATCH', '/Groups/', patch({ op: 'replace', path: 'displayName', value: 'Mine' })],
    ['DELETE', '/Groups/', undefined],
  ] as const) {
    const id = path === '/Users/' ? theirs : group
    const answers = [await ask(method, path + id, body), await ask(method, path + nobody, body), await ask(method, `${path}x`, body)]
    for (const answer of answers) assertScimError(answer, 404)
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1, `${method} ${path}`)
  }
  assert.equal((await find(directory, 'userName ew "two.example"')).totalResults, 0)
  assert.equal((await resellers.ask('GET', `/Users/${theirs}`)).status, 404, 'nor does a directory of another reseller')
  assert.equal((await resellers.ask('GET', `/Users/${mine}`)).status, 200, 'the reseller’s own has all its client users')
  assert.equal((await resellers.ask('GET', `/Users/${reseller.userId}`)).status, 404, 'and none of its staff')
  const members = await ask('POST', '/Groups', { displayName: 'Foreign', members: [{ value: theirs }] })
  assertScimError(members, 400, 'invalidValue')
  assertScimError(await ask('PATCH', `/Users/${mine}`, patch({ op: 'add', path: 'groups', value: [] })), 400, 'mutability')
})

test('an account’s directory decides about proven domains alone, whoever has the address', async () => {
  const said = new Set<string>()
  for (const userName of ['new@elsewhere.example', engineer.email, strangers.email, 'new@sub.one.example', 'new@reseller.example']) {
    const answer = await ask('POST', '/Users', { userName })
    assertScimError(answer, 400, 'invalidValue')
    said.add(answer.body.detail.replace(/domain \S+/, 'domain'))
  }
  assert.equal(said.size, 1, 'nothing tells whether somebody has it')
})

test('an existing user with a proven address is taken in; somebody else’s, and staff, are a 409 all the same', async () => {
  const domain = engineer.email.split('@')[1] as string
  const account = await newAccount(t)
  const { ask } = await directoryOf(t, account, account.clientId, { domain: 'joins.example', default_role: 5 })
  const owner = { reseller_id: 2, client_id: account.clientId }
  await system`UPDATE users SET email = 'mine@joins.example' WHERE id = ${engineer.userId}`
  const taken = await ask('POST', '/Users', { userName: 'Mine@joins.example', displayName: 'Another name', externalId: 'x' })
  assert.equal(taken.status, 201, taken.text)
  assert.equal(taken.body.id, String(engineer.userId))
  assert.notEqual(taken.body.displayName, 'Another name', 'the name of who is in other accounts is not for one of them to change')
  const [joined] = await system`SELECT role_id FROM client_users WHERE client_id = ${account.clientId} AND user_id = ${engineer.userId}`
  assert.equal(joined?.role_id, 5)
  assert.ok((await system`SELECT password_hash FROM users WHERE id = ${engineer.userId}`)[0]?.password_hash, 'it signs in as before')
  assertScimError(await ask('POST', '/Users', { userName: 'mine@joins.example' }), 409, 'uniqueness')
  const moved = await ask('PATCH', `/Users/${engineer.userId}`, patch({ op: 'replace', path: 'userName', value: 'other@joins.example' }))
  assertScimError(moved, 400, 'mutability')

  await system`UPDATE users SET email = 'staff@joins.example' WHERE id = ${reseller.userId}`
  const foreign = await newAccount(t, 3)
  await system`UPDATE users SET email = 'foreign@joins.example' WHERE id = ${foreign.userId}`
  const answers = await Promise.all(['staff', 'foreign'].map((name) => ask('POST', '/Users', { userName: `${name}@joins.example` })))
  for (const answer of answers) assertScimError(answer, 409, 'uniqueness')
  assert.equal(new Set(answers.map(({ body }) => body.detail)).size, 1)

  // It leaves the account, with its tokens there, and stays in the other.
  const { token } = await insertToken(t, { user_id: engineer.userId, client_id: account.clientId, reseller_id: 2, role_id: 2 })
  assert.equal((await ask('DELETE', `/Users/${engineer.userId}`)).status, 204)
  assert.equal((await t.ask('GET', '/iam/users/me', { token })).status, 401)
  assert.equal((await t.ask('GET', '/iam/users/me', by(engineer))).status, 200)
  await prove(t, owner, domain).catch(() => {})
  await system`UPDATE users SET email = ${engineer.email} WHERE id = ${engineer.userId}`
  await system`UPDATE users SET email = ${reseller.email} WHERE id = ${reseller.userId}`
  for (const { userId } of [engineer, reseller, foreign]) await system`SELECT refresh_user(${userId})`
})

test('the last Administrator stays: not deactivated, not deleted, not given another role', async () => {
  const account = await newAccount(t)
  const { ask } = await directoryOf(t, account, account.clientId, { domain: 'last.example', roles: [{ group: 'Lesser', role: 2 }] })
  const admin = String(account.userId)
  assertScimError(await ask('PATCH', `/Users/${admin}`, patch({ op: 'replace', path: 'active', value: false })), 400, 'invalidValue')
  assertScimError(await ask('DELETE', `/Users/${admin}`), 400, 'invalidValue')
  await system`INSERT INTO scim_users (directory_id, user_id, reseller_id, client_id)
    SELECT id, ${account.userId}, reseller_id, client_id FROM scim_directories WHERE client_id = ${account.clientId}`
  const group = await ask('POST', '/Groups', { displayName: 'Lesser', members: [{ value: admin }] })
  assertScimError(group, 400, 'invalidValue')
  assert.match(group.body.detail, /last Administrator/)
  assert.equal((await ask('GET', '/Groups')).body.totalResults, 0, 'and nothing of it is left')
  // A group that makes the Administrator cannot go either.
  await system`UPDATE scim_directories SET roles = ${system.json([{ group: 'Heads', role: 1 }])}, default_role = 2 WHERE client_id = ${account.clientId}`
  const heads = await ask('POST', '/Groups', { displayName: 'Heads', members: [{ value: admin }] })
  assert.equal(heads.status, 201, heads.text)
  assertScimError(await ask('DELETE', `/Groups/${heads.body.id}`), 400, 'invalidValue')
  const [row] = await system`SELECT role_id, deactivated_at FROM client_users WHERE user_id = ${account.userId}`
  assert.deepEqual(row && { ...row }, { role_id: 1, deactivated_at: null })
})

test('deactivated by the directory, a session and an API token are refused by both servers within a second', async () => {
  const id = Number(await create())
  await system`UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = ${engineer.userId}) WHERE id = ${id}`
  const [user] = await system<{ email: string }[]>`SELECT email FROM users WHERE id = ${id}`
  const { token } = await insertToken(t, { user_id: id, client_id: one.clientId, reseller_id: 2, role_id: 2 })
  const login = () => t.ask('POST', '/iam/auth/jwt/login', { body: { username: user?.email, password: demoPassword } })
  const { body: pair } = await login()
  const alive = async () =>
    (
      await Promise.all(
        servers.flatMap((server) => [
          server('GET', '/iam/users/me', { token }),
          server('GET', '/iam/users/me', { headers: { authorization: `Bearer ${pair.access}` } }),
        ]),
      )
    ).map(({ status }) => status)
  assert.deepEqual(await alive(), [200, 200, 200, 200])
  const off = patch({ op: 'replace', path: 'active', value: false })
  assert.equal((await directory.ask('PATCH', `/Users/${id}`, off, servers[0])).status, 200)
  const since = performance.now()
  await until('everything is refused', async () => (await alive()).every((status) => status === 401), 10)
  assert.ok(performance.now() - since < 1000, 'within a second')
  assert.equal((await login()).status, 400)
  assert.equal((await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: pair.refresh } })).status, 401)

  await ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: true }))
  assert.deepEqual(await alive(), [401, 401, 401, 401], 'it rests')
  assert.equal((await login()).status, 200)
  assert.equal((await t.ask('GET', '/iam/users/me', { token })).status, 200)
})

test('a reseller’s directory makes users in its account, and deactivates them everywhere', async () => {
  const id = Number(await create(resellers, { displayName: 'Of the reseller' }, 'anywhere.example'))
  const [user] = await system`SELECT client_id FROM users WHERE id = ${id}`
  assert.equal(user?.client_id, home.clientId)
  const extension = 'urn:reeve:params:scim:schemas:extension:2.0:User'
  const named = Number(await create(resellers, { [extension]: { account: String(one.clientId) } }, 'anywhere.example'))
  assert.equal((await system`SELECT client_id FROM users WHERE id = ${named}`)[0]?.client_id, one.clientId)
  for (const account of [two.clientId, 2 ** 40, the('reseller').clientId])
    assertScimError(
      await resellers.ask('POST', '/Users', { userName: 'no@anywhere.example', [extension]: { account } }),
      400,
      'invalidValue',
    )
  const off = await resellers.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false }))
  assert.equal(off.body.active, false)
  assert.equal((await t.ask('GET', `/iam/users/${id}`, by(reseller))).body.is_active, false)
  const on = await resellers.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: true }))
  assert.equal(on.body.active, true)

  // What staff did is for staff to undo.
  assert.equal((await t.ask('PATCH', `/reeve/users/${id}`, { ...by(reseller), body: { is_active: false } })).status, 200)
  const still = await resellers.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: true }))
  assert.equal(still.body.active, false, 'blocked by staff')
  await t.ask('PATCH', `/reeve/users/${id}`, { ...by(reseller), body: { is_active: true } })
  await resellers.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false }))
  await t.ask('POST', `/reeve/users/${id}/lockdown`, { ...by(reseller), body: { reason: 'Theft' } })
  const locked = await resellers.ask('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: true }))
  assert.equal(locked.body.active, false, 'locked down by staff')

  const address = (value: string) => patch({ op: 'replace', path: 'userName', value })
  assertScimError(await resellers.ask('PATCH', `/Users/${id}`, address('new@reseller.example')), 400, 'invalidValue')
  const own = await create(resellers, {}, 'reseller.example')
  assert.equal(
    (await resellers.ask('PATCH', `/Users/${own}`, address('changed@reseller.example'))).body.userName,
    'changed@reseller.example',
  )
  assert.equal((await resellers.ask('DELETE', `/Users/${own}`)).status, 204)
  assert.ok((await system`SELECT deleted_at FROM users WHERE id = ${Number(own)}`)[0]?.deleted_at)
})

test('filters', async () => {
  const account = await newAccount(t)
  const of = await directoryOf(t, account, account.clientId, { domain: 'filters.example' })
  const [a, b, c] = [
    await create(of, { userName: 'a@filters.example', displayName: 'Ada Lovelace', externalId: 'A1', name: { givenName: 'Ada' } }),
    await create(of, { userName: 'b@filters.example', displayName: 'Bob_50%', externalId: 'B1', title: 'Engineer' }),
    await create(of, { userName: 'c@filters.example', active: false }),
  ].map(Number) as [number, number, number]
  const group = (await of.ask('POST', '/Groups', { displayName: 'G', externalId: 'g', members: [{ value: String(a) }] })).body.id
  const cases: [string, number[]][] = [
    ['userName eq "A@FILTERS.example"', [a]],
    ['USERNAME Eq "a@filters.example"', [a]],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a@filters.example"', [a]],
    ['userName ne "a@filters.example" and userName ew "filters.example"', [b, c]],
    ['displayName co "love"', [a]],
    ['displayName sw "ada"', [a]],
    ['displayName co "_50%"', [b]],
    ['displayName co "%"', [b]],
    ['externalId eq "a1"', []],
    ['externalId pr', [a, b]],
    ['not (externalId pr) and userName sw "c"', [c]],
    ['active eq false', [c]],
    ['active eq "False"', [c]],
    ['active eq true and (externalId eq "A1" or externalId eq "B1")', [a, b]],
    ['emails[type eq "work" and value eq "b@filters.example"]', [b]],
    ['emails.value eq "b@filters.example"', [b]],
    ['emails[type eq "home"]', []],
    ['name.givenName eq "ada"', [a]],
    ['title eq "engineer"', [b]],
    [`id eq "${b}"`, [b]],
    ['id eq "nobody"', []],
    [`groups.value eq "${group}"`, [a]],
    [`id gt "${a}"`, [b, c]],
    ['externalId ge "B" and externalId le "B9"', [b]],
    ['externalId lt "B"', [a]],
    ['title eq null and externalId pr', [a]],
    ['externalId ne null', [a, b]],
    ['meta.lastModified gt "2020-01-01T00:00:00Z" and externalId pr', [a, b]],
    ['meta.created gt "2120-01-01T00:00:00Z"', []],
    [`userName eq "x' OR '1'='1"`, []],
  ]
  for (const [filter, due] of cases) assert.deepEqual(ids(await find(of, filter)), due, filter)
  for (const filter of [
    ...[
      'userName',
      'userName eq',
      'userName eq "',
      'foo eq "x"',
      'userName xx "a"',
      'active gt true',
      'active eq "perhaps"',
      'active co "t"',
    ],
    ...[
      'meta.created eq "yesterday"',
      'userName eq 5',
      'password eq "x"',
      'userName gt null',
      `(${'id pr or '.repeat(150)}id pr)`,
      '['.repeat(50),
    ],
    `userName eq "${'x'.repeat(5000)}"`,
  ]) {
    const answer = await of.ask('GET', `/Users?filter=${encodeURIComponent(filter)}`)
    assert.equal(answer.status, 400, filter.slice(0, 100))
    assertScimError(answer, 400, 'invalidFilter')
  }
  const search = await of.ask('POST', '/Users/.search', { filter: 'externalId pr', count: 1, startIndex: 2, attributes: ['userName'] })
  assert.deepEqual(
    [search.body.totalResults, search.body.startIndex, search.body.Resources],
    [2, 2, [{ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id: String(b), userName: 'b@filters.example' }]],
  )
  assertScimError(await of.ask('POST', '/Users/.search', { filter: 'x' }), 400, 'invalidFilter')
  assert.equal((await of.ask('GET', '/Users?count=0')).body.totalResults, 4)
  assert.deepEqual((await of.ask('GET', '/Users?count=0')).body.Resources, [])
  assert.equal((await of.ask('GET', '/Users?startIndex=-3&count=x')).body.itemsPerPage, 4)

  const [byGroup] = [await of.ask('POST', '/Groups/.search', { filter: `members[value eq "${a}"] and externalId eq "g"` })]
  assert.equal(byGroup.body.totalResults, 1, byGroup.text)
  assertScimError(await of.ask('GET', '/Groups?filter=owner+pr'), 400, 'invalidFilter')
  assertScimError(await of.ask('POST', '/Groups/.search', { filter: 'owner pr' }), 400, 'invalidFilter')
})

test('attributes and excludedAttributes', async () => {
  const id = await create(directory, { name: { givenName: 'Ada', familyName: 'Lovelace' }, title: 'Engineer' })
  const get = async (query: string) => (await ask('GET', `/Users/${id}?${query}`)).body
  const core = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id }
  assert.deepEqual(await get('attributes=title,NAME.givenName'), { ...core, title: 'Engineer', name: { givenName: 'Ada' } })
  const rest = await get('excludedAttributes=title,name.givenName,id,emails')
  assert.deepEqual([rest.id, rest.title, rest.name, rest.emails], [id, undefined, { familyName: 'Lovelace' }, undefined])
})

test('what is wrong is said in words, and changes nothing', async () => {
  const id = await create()
  const before = (await ask('GET', `/Users/${id}`)).text
  const put = (body: unknown) => ask('PUT', `/Users/${id}`, body)
  const change = (...operations: object[]) => ask('PATCH', `/Users/${id}`, patch(...operations))
  for (const body of [{}, { userName: '' }, { userName: 'ada' }, { userName: 7 }, { userName: 'x@one.example', active: 'perhaps' }])
    assertScimError(await put(body), 400, 'invalidValue')
  for (const body of [{ externalId: 7 }, { externalId: 'x'.repeat(300) }, { displayName: 'x'.repeat(300) }, { title: 'x'.repeat(9000) }])
    assertScimError(await put({ userName: 'x@one.example', ...body }), 400, 'invalidValue')
  assertScimError(await ask('PATCH', `/Users/${id}`, {}), 400, 'invalidSyntax')
  assertScimError(await ask('PATCH', `/Users/${id}`, { Operations: [{ op: 'move', path: 'title' }] }), 400, 'invalidSyntax')
  assertScimError(await change({ op: 'remove' }), 400, 'noTarget')
  assertScimError(await change({ op: 'replace', path: 'title' }), 400, 'invalidValue')
  assertScimError(await change({ op: 'replace', path: 7, value: 1 }), 400, 'invalidPath')
  assertScimError(await change({ op: 'replace', path: 'emails[type eq', value: 'x' }), 400, 'invalidPath')
  assertScimError(await change({ op: 'replace', path: 'phoneNumbers[type ne "work"].value', value: 'x' }), 400, 'noTarget')
  for (const path of ['__proto__.polluted', 'constructor.prototype.polluted', 'name.__proto__.polluted'])
    assertScimError(await change({ op: 'add', path, value: 'x' }), 400, 'invalidPath')
  assert.equal(({} as { polluted?: string }).polluted, undefined)
  assertScimError(await ask('POST', '/Users', '{'), 400)
  assertScimError(await ask('POST', '/Users', '[]'), 400)
  assertScimError(await ask('POST', '/Users', '{"userName": "x@one.example", "__proto__": {"a": 1}}'), 400)
  assertScimError(await ask('POST', '/Groups', {}), 400, 'invalidValue')
  assertScimError(await ask('POST', '/Groups', { displayName: 'x', members: ['bulkId:nobody'] }), 400, 'invalidValue')
  const group = (await ask('POST', '/Groups', { displayName: 'Wrong' })).body.id
  const other = (await ask('POST', '/Groups', { displayName: 'Right', externalId: 'right' })).body.id
  assertScimError(await ask('PUT', `/Groups/${group}`, { displayName: 'RIGHT' }), 409, 'uniqueness')
  assertScimError(await ask('PATCH', `/Groups/${group}`, patch({ op: 'add', path: 'externalId', value: 'right' })), 409, 'uniqueness')
  assertScimError(await ask('PUT', `/Groups/${other}`, {}), 400, 'invalidValue')
  assertScimError(await ask('PATCH', `/Groups/${group}`, patch({ op: 'add', path: 'owner', value: 'x' })), 400, 'invalidPath')
  assertScimError(await ask('PATCH', `/Groups/${group}`, patch({ op: 'remove', path: 'members[display eq "x"]' })), 400, 'invalidPath')
  assert.equal((await ask('GET', `/Users/${id}`)).text, before)
  const second = await create(directory, { externalId: 'second' })
  assertScimError(await change({ op: 'add', path: 'externalId', value: 'second' }), 409, 'uniqueness')
  const { userName } = (await ask('GET', `/Users/${second}`)).body
  assertScimError(await put({ userName }), 409, 'uniqueness')
  const json = await t.ask('GET', '/scim/v2/Users', { headers: { authorization: directory.authorization, accept: 'application/json' } })
  assert.equal(json.status, 200)
  const plain = await t.ask('POST', '/scim/v2/Groups', {
    headers: { authorization: directory.authorization },
    body: { displayName: 'By JSON' },
  })
  assert.equal(plain.status, 201, 'application/json is taken, too')
})

test('Bulk: each by itself, references to what was created before, and the end after so many failures', async () => {
  const account = await newAccount(t)
  const of = await directoryOf(t, account, account.clientId, { domain: 'bulk.example', roles: [{ group: 'Bulk', role: 5 }] })
  const operations = [
    { method: 'POST', path: '/Users', bulkId: 'a', data: { userName: 'a@bulk.example' } },
    { method: 'post', path: '/Users', bulkId: 'b', data: { userName: 'b@elsewhere.example' } },
    { method: 'POST', path: '/Groups', bulkId: 'g', data: { displayName: 'Bulk', members: [{ value: 'bulkId:a' }] } },
    { method: 'PATCH', path: '/Users/bulkId:a', data: patch({ op: 'replace', path: 'title', value: 'Engineer' }) },
    { method: 'POST', path: '/Groups', bulkId: 'h', data: { displayName: 'None', members: [{ value: 'bulkId:b' }] } },
    { method: 'PUT', path: '/Groups/bulkId:g', data: { displayName: 'Bulk', externalId: 'g' } },
    { method: 'GET', path: '/Users/bulkId:a' },
    { method: 'POST', path: '/Cars', data: {} },
    { method: 'DELETE', path: '/Users' },
  ]
  const { status, body } = await of.ask('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: operations,
  })
  assert.equal(status, 200)
  assert.deepEqual(
    body.Operations.map((one: { status: string }) => one.status),
    ['201', '400', '201', '200', '400', '200', '405', '400', '400'],
  )
  const id = body.Operations[0].location.split('/').at(-1)
  assert.equal(body.Operations[0].bulkId, 'a')
  assert.match(body.Operations[4].response.detail, /"b"/)
  const user = (await of.ask('GET', `/Users/${id}`)).body
  assert.deepEqual([user.title, user.groups[0].display], ['Engineer', 'Bulk'])
  const [member] = await system`SELECT role_id FROM client_users WHERE user_id = ${Number(id)}`
  assert.equal(member?.role_id, 5)
  const rows = await system`SELECT data FROM activity WHERE action = 'scimBulk' AND client_id = ${account.clientId} ORDER BY id`
  assert.equal(rows.length, 4, 'an entry for each change')
  assert.match(rows[0]?.data, /a@bulk\.example/)

  const stopped = await of.ask('POST', '/Bulk', { failOnErrors: 1, Operations: [{ method: 'DELETE', path: '/Users/7' }, ...operations] })
  assert.equal(stopped.body.Operations.length, 1)
  const gone = [
    { method: 'DELETE', path: `/Users/${id}` },
    { method: 'DELETE', path: '/Groups/bulkId:x' },
  ]
  assert.deepEqual(
    (await of.ask('POST', '/Bulk', { Operations: gone })).body.Operations.map((one: { status: string }) => one.status),
    ['204', '400'],
  )
  for (const body of [
    {},
    { Operations: 7 },
    { Operations: [{}] },
    { Operations: Array(1001).fill({ method: 'DELETE', path: '/Users/1' }) },
  ])
    assertScimError(await of.ask('POST', '/Bulk', body), 400, 'invalidSyntax')
  assert.equal((await of.ask('POST', '/Bulk', { Operations: [{ path: '/Users', data: 'x'.repeat(1 << 20) }] })).status, 413)
})

test('who manages a directory: tokens shown once, two at most, deleted at once; what came last and what failed', async () => {
  const session = await sessionOf(t, administrator.email, administrator.clientId)
  const asked = (method: string, path: string, body?: unknown) =>
    t.ask(method, `/reeve/${path}`, { ...by(session), ...(body !== undefined && { body }) })
  assert.partialDeepStrictEqual((await asked('GET', 'scim_directory')).body, {
    url: 'http://test/scim/v2',
    default_role: 2,
    roles: [],
    home_client_id: null,
    users: 0,
    groups: 0,
  })
  const made = await asked('POST', 'scim_tokens', { name: 'Entra' })
  assert.equal(made.status, 201, made.text)
  assert.partialDeepStrictEqual(made.body, {
    name: 'Entra',
    created_by: administrator.userId,
    created_by_email: administrator.email,
    last_used_at: null,
  })
  assert.equal((await asked('POST', 'scim_tokens', { name: 'The next' })).status, 201)
  const third = await asked('POST', 'scim_tokens', { name: 'A third' })
  assert.deepEqual([third.status, third.headers['x-error-code']], [409, 'scim_token_limit'])
  assert.equal((await asked('POST', 'scim_tokens', { name: ' ' })).status, 400)
  const listed = await asked('GET', 'scim_tokens')
  assert.deepEqual(
    listed.body.map((one: { name: string }) => one.name),
    ['Entra', 'The next'],
  )
  assert.doesNotMatch(listed.text, new RegExp(made.body.token))
  const kept = await system`SELECT to_jsonb(t)::text || (SELECT string_agg(data, '') FROM activity) AS text FROM scim_tokens t`
  for (const { text } of kept) assert.ok(!text.includes(made.body.token.split('_')[2]), 'only a hash is kept')

  await prove(t, { reseller_id: 2, client_id: administrator.clientId }, 'managed.example')
  const scim = (method: string, path: string, body?: unknown) =>
    t.ask(method, `/scim/v2${path}`, { headers: { authorization: `Bearer ${made.body.token}` }, ...(body !== undefined && { body }) })
  assert.equal((await scim('GET', '/Users')).status, 200)
  const user = await scim('POST', '/Users', { userName: 'new@managed.example' })
  assert.equal(user.status, 201, user.text)
  assert.equal((await scim('POST', '/Users', { userName: 'new@nowhere.example' })).status, 400)
  const [entry] = await system`SELECT * FROM activity WHERE action = 'scimCreateUser' AND status_code = 201 ORDER BY id DESC LIMIT 1`
  assert.partialDeepStrictEqual(entry, { user_id: administrator.userId, affected_client_id: administrator.clientId })
  const requests = await until('the requests are recorded', async () => {
    const { body } = await asked('GET', 'scim_requests')
    return body.length >= 2 && body
  })
  assert.deepEqual(
    requests.map(({ method, path, status, token }: Record<string, unknown>) => [method, path, status, token]),
    [
      ['POST', '/scim/v2/Users', 400, 'Entra'],
      ['POST', '/scim/v2/Users', 201, 'Entra'],
    ],
  )
  assert.match(requests[0].detail, /nowhere\.example is not proven/)
  assert.equal((await asked('GET', 'scim_requests?failed=true')).body.length, 1)
  assert.equal((await asked('GET', 'scim_requests?failed=x')).status, 400)
  assert.ok((await asked('GET', 'scim_tokens')).body[0].last_used_at)

  const group = (await scim('POST', '/Groups', { displayName: 'Engineers', members: [{ value: user.body.id }] })).body.id
  assert.ok(group)
  const rules = await asked('PATCH', 'scim_directory', { roles: [{ group: 'engineers', role: 5 }] })
  assert.deepEqual([rules.status, rules.body.users, rules.body.groups], [200, 1, 1])
  const [member] = await system`SELECT role_id FROM client_users WHERE user_id = ${Number(user.body.id)}`
  assert.equal(member?.role_id, 5, 'new rules hold for who is there')
  for (const body of [
    { default_role: 7 },
    { roles: [{ group: '', role: 1 }] },
    { roles: [{ group: 'x' }] },
    { home_client_id: one.clientId },
  ])
    assert.equal((await asked('PATCH', 'scim_directory', body)).status, 400, JSON.stringify(body))
  const ofReseller = (body: object) => t.ask('PATCH', '/reeve/scim_directory', { ...by(reseller), body })
  assert.equal((await ofReseller({ home_client_id: home.clientId })).body.home_client_id, home.clientId)
  assert.equal((await ofReseller({ home_client_id: two.clientId })).status, 400, 'an account of another reseller')

  const id = made.body.id
  assert.equal((await t.ask('DELETE', `/reeve/scim_tokens/${id}`, by(reseller))).status, 404, 'the reseller’s own is another')
  assert.equal((await asked('DELETE', `scim_tokens/${id}`)).status, 204)
  assert.equal((await asked('DELETE', `scim_tokens/${id}`)).status, 404)
  assert.equal((await scim('GET', '/Users')).status, 401)

  const acting = await t.ask('GET', `/iam/auth/jwt/clients/${administrator.clientId}/admin_token`, by(reseller))
  const refused = await t.ask('POST', '/reeve/scim_tokens', {
    ...by({ authorization: `Bearer ${acting.body.access}` }),
    body: { name: 'x' },
  })
  assert.deepEqual([refused.status, refused.headers['x-error-code']], [403, 'acting_session'])
  await system`UPDATE sessions SET proven_at = now() - interval '1 hour' WHERE user_id = ${administrator.userId}`
  const stale = await asked('POST', 'scim_tokens', { name: 'Late' })
  assert.deepEqual([stale.status, stale.headers['x-error-code']], [403, 'recent_proof_required'])
})

test('in an account of thousands, staff find a new user once upkeep was there', async () => {
  const account = await newAccount(t)
  const of = await directoryOf(t, account, account.clientId, { domain: 'many.example' })
  const c = account.clientId
  await system`INSERT INTO users (reseller_id, client_id, email, activated_at)
    SELECT 2, ${c}, repeat('x', 40) || n || '@many.example', now() FROM generate_series(1, 1500) n`
  await system`INSERT INTO client_users (client_id, user_id, reseller_id, role_id)
    SELECT ${c}, id, 2, 2 FROM users WHERE client_id = ${c} AND id <> ${account.userId}`
  await system`SELECT refresh_client_and_users(${c})`
  await create(of, { userName: 'sought-after@many.example' })
  const found = async () =>
    (await t.ask('GET', '/iam/clients?users_email=sought-after@many', by(reseller))).body.map(({ id }: { id: number }) => id)
  assert.deepEqual(await found(), [])
  await keepUp({ system, stopping: new AbortController().signal })
  assert.deepEqual(await found(), [c])
})

test('an account that moves to another reseller takes its directory along', async () => {
  const account = await newAccount(t)
  const of = await directoryOf(t, account, account.clientId, { domain: 'moves.example' })
  const id = await create(of, {}, 'moves.example')
  await resellers.ask('PATCH', `/Users/${id}`, patch({ op: 'add', path: 'title', value: 'Known to both' }))
  const moved = await t.ask('PATCH', `/iam/clients/${account.clientId}`, { ...by(the('platform')), body: { reseller: 3 } })
  assert.equal(moved.status, 200, moved.text)
  assert.equal((await of.ask('GET', `/Users/${id}`)).status, 200)
  assert.equal((await resellers.ask('GET', `/Users/${id}`)).status, 404)
})

test('the lists are what the tables say', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
