/** SCIM as Okta sends it: the requests of its documentation, with values of our own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from './harness.ts'
import { directoryOf, newAccount } from './scim-world.ts'

const t = await openWorld()
const { system } = t.database
const account = await newAccount(t)
const { ask } = await directoryOf(t, account, account.clientId, { domain: 'okta.example', roles: [{ group: 'Admins', role: 1 }] })
const schema = 'urn:ietf:params:scim:schemas:core:2.0:User'
const patch = (...Operations: object[]) => ({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations })
const roleOf = async (id: string) =>
  (await system`SELECT role_id FROM client_users WHERE client_id = ${account.clientId} AND user_id = ${Number(id)}`)[0]?.role_id
const ids: string[] = []
let group = ''

const create = (userName: string, externalId: string) => ({
  schemas: [schema],
  userName,
  name: { givenName: 'Test', familyName: 'User' },
  emails: [{ primary: true, value: userName, type: 'work' }],
  displayName: 'Test User',
  locale: 'en-US',
  externalId,
  groups: [],
  password: '1mz050nq',
  active: true,
})

test('determine if the user already exists', async () => {
  const { body } = await ask('GET', '/Users?filter=userName%20eq%20%22test.user%40okta.example%22&startIndex=1&count=100')
  assert.deepEqual([body.totalResults, body.startIndex, body.itemsPerPage, body.Resources], [0, 1, 0, []])
})

test('create the user; its password is neither kept nor answered', async () => {
  const made = await ask('POST', '/Users', create('test.user@okta.example', '00ujl29u0le5T6Aj10h7'))
  assert.equal(made.status, 201, made.text)
  assert.equal(made.body.password, undefined)
  assert.partialDeepStrictEqual(made.body, {
    userName: 'test.user@okta.example',
    externalId: '00ujl29u0le5T6Aj10h7',
    active: true,
    locale: 'en-US',
  })
  ids.push(made.body.id)
  const kept =
    await system`SELECT to_jsonb(s)::text || to_jsonb(u)::text || (SELECT string_agg(data, '') FROM activity WHERE action = 'scimCreateUser') AS text
    FROM scim_users s JOIN users u ON u.id = s.user_id WHERE s.user_id = ${Number(made.body.id)}`
  assert.doesNotMatch(kept[0]?.text, /1mz050nq/)
})

test('create it again: 409', async () => {
  const again = await ask('POST', '/Users', create('Test.User@okta.example', 'another'))
  assert.deepEqual([again.status, again.body.scimType, again.body.status], [409, 'uniqueness', '409'])
  const sameId = await ask('POST', '/Users', create('second@okta.example', '00ujl29u0le5T6Aj10h7'))
  assert.deepEqual([sameId.status, sameId.body.scimType], [409, 'uniqueness'])
})

test('list the users', async () => {
  const second = await ask('POST', '/Users', create('another.user@okta.example', '00ujl29u0le5T6Aj10h8'))
  ids.push(second.body.id)
  const { body } = await ask('GET', '/Users?startIndex=1&count=2')
  assert.deepEqual([body.totalResults, body.itemsPerPage, body.Resources.length], [3, 2, 2])
  const rest = await ask('GET', '/Users?startIndex=3&count=2')
  assert.deepEqual([rest.body.startIndex, rest.body.Resources.map(({ id }: { id: string }) => id)], [3, [ids[1]]])
})

test('retrieve one user', async () => {
  const { body } = await ask('GET', `/Users/${ids[0]}`)
  assert.partialDeepStrictEqual(body, { id: ids[0], userName: 'test.user@okta.example', name: { givenName: 'Test', familyName: 'User' } })
})

test('update the user by PUT', async () => {
  const { body } = await ask('GET', `/Users/${ids[0]}`)
  const changed = await ask('PUT', `/Users/${ids[0]}`, {
    ...body,
    name: { givenName: 'Another', middleName: '', familyName: 'User' },
    displayName: 'Another User',
  })
  assert.equal(changed.status, 200, changed.text)
  assert.partialDeepStrictEqual(changed.body, { name: { givenName: 'Another', middleName: '' }, displayName: 'Another User', active: true })
  assert.equal((await system`SELECT name FROM users WHERE id = ${Number(ids[0])}`)[0]?.name, 'Another User')
})

test('deactivate and activate by PATCH, and by PUT', async () => {
  const off = await ask('PATCH', `/Users/${ids[0]}`, patch({ op: 'replace', value: { active: false } }))
  assert.deepEqual([off.status, off.body.active], [200, false])
  const on = await ask('PATCH', `/Users/${ids[0]}`, patch({ op: 'replace', value: { active: true } }))
  assert.deepEqual([on.status, on.body.active], [200, true])
  const { body } = await ask('GET', `/Users/${ids[0]}`)
  const put = await ask('PUT', `/Users/${ids[0]}`, { ...body, active: false })
  assert.deepEqual([put.status, put.body.active], [200, false])
  await ask('PUT', `/Users/${ids[0]}`, { ...body, active: true })
})

test('groups: create, rename with the id in the value, members by PATCH and by PUT', async () => {
  const made = await ask('POST', '/Groups', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName: 'Test SCIMv2',
    members: [],
  })
  assert.equal(made.status, 201, made.text)
  group = made.body.id
  assert.deepEqual((await ask('GET', '/Groups?startIndex=1&count=100')).body.totalResults, 1)
  const again = await ask('POST', '/Groups', { displayName: 'test scimv2' })
  assert.deepEqual([again.status, again.body.scimType], [409, 'uniqueness'])

  const renamed = await ask('PATCH', `/Groups/${group}`, patch({ op: 'replace', value: { id: group, displayName: 'Admins' } }))
  assert.equal(renamed.status, 204, renamed.text)
  const added = await ask(
    'PATCH',
    `/Groups/${group}`,
    patch(
      { op: 'remove', path: `members[value eq "${ids[0]}"]` },
      { op: 'add', path: 'members', value: [{ value: ids[1], display: 'another.user@okta.example' }] },
    ),
  )
  assert.equal(added.status, 204, added.text)
  assert.deepEqual([await roleOf(ids[0] as string), await roleOf(ids[1] as string)], [2, 1])
  const put = await ask('PUT', `/Groups/${group}`, {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    id: group,
    displayName: 'Admins',
    members: ids.map((value) => ({ value, display: value })),
  })
  assert.equal(put.status, 200, put.text)
  assert.deepEqual(
    put.body.members.map(({ value }: { value: string }) => value),
    ids,
  )
  assert.deepEqual([await roleOf(ids[0] as string), await roleOf(ids[1] as string)], [1, 1])
  const replaced = await ask('PATCH', `/Groups/${group}`, patch({ op: 'replace', path: 'members', value: [] }))
  assert.equal(replaced.status, 204)
  assert.deepEqual((await ask('GET', `/Groups/${group}`)).body.members, [])
  assert.equal((await ask('DELETE', `/Groups/${group}`)).status, 204)
})
