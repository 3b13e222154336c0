/** SCIM as Microsoft Entra sends it: the requests of its documentation, with values of our own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from './harness.ts'
import { directoryOf, newAccount } from './scim-world.ts'

const t = await openWorld()
const { system } = t.database
const account = await newAccount(t)
const directory = await directoryOf(t, account, account.clientId, {
  domain: 'contoso.example',
  roles: [{ group: 'Reeve Engineers', role: 5 }],
})
const { ask } = directory
const user = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const patch = (...Operations: object[]) => ({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations })
const row = async (id: string) =>
  (
    await system`
  SELECT u.*, m.role_id, m.deactivated_at, m.rests_since FROM users u JOIN client_users m ON m.user_id = u.id AND m.client_id = ${account.clientId}
  WHERE u.id = ${Number(id)}`
  )[0]
let id = ''
let group = ''

test('the test of the connection: a user that does not exist', async () => {
  const answer = await ask('GET', '/Users?filter=userName+eq+%22non-existent%40contoso.example%22')
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.body, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 0,
    startIndex: 1,
    itemsPerPage: 0,
    Resources: [],
  })
})

test('create user', async () => {
  const body = {
    schemas: [user, enterprise],
    externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
    userName: 'Test_User_ab6490ee@contoso.example',
    active: true,
    displayName: 'Ab Tester',
    emails: [{ primary: true, type: 'work', value: 'Test_User_11bb11bb@contoso.example' }],
    meta: { resourceType: 'User' },
    name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
    roles: [],
    [enterprise]: { department: 'Sales', employeeNumber: '701984' },
  }
  const made = await ask('POST', '/Users', body)
  assert.equal(made.status, 201, made.text)
  const { schemas, meta, id: given, groups, ...rest } = made.body
  id = given
  assert.deepEqual(schemas, [user, enterprise])
  assert.deepEqual(groups, [])
  assert.equal(made.headers.location, meta.location)
  assert.match(meta.location, new RegExp(`^http://test/scim/v2/Users/${id}$`))
  const { schemas: _, meta: __, ...sent } = body
  assert.deepEqual(rest, sent, 'everything is answered as it was sent')
  assert.partialDeepStrictEqual(await row(id), {
    email: 'Test_User_ab6490ee@contoso.example',
    name: 'Ab Tester',
    password_hash: null,
    auth_types: ['sso'],
    sso_auth: true,
    role_id: 2,
    is_active: true,
  })
  assert.ok((await row(id))?.activated_at)
  assert.equal((await system`SELECT FROM outbox WHERE user_id = ${Number(id)}`).length, 0, 'nobody is mailed')
})

test('get user by id, by name in other letters, and by external id', async () => {
  assert.equal((await ask('GET', `/Users/${id}`)).body.id, id)
  for (const filter of ['userName eq "test_user_AB6490EE@contoso.example"', 'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"']) {
    const { body } = await ask('GET', `/Users?filter=${encodeURIComponent(filter)}`)
    assert.deepEqual([body.totalResults, body.Resources[0]?.id], [1, id], filter)
  }
  const other = await ask('GET', `/Users?filter=${encodeURIComponent('externalId eq "0A21F0F2-8D2A-4F8E-BF98-7363C4AED4EF"')}`)
  assert.equal(other.body.totalResults, 0, 'external ids are exact')
})

test('update user, multi-valued properties', async () => {
  const answer = await ask(
    'PATCH',
    `/Users/${id}`,
    patch(
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'updatedEmail@contoso.example' },
      { op: 'Replace', path: 'name.familyName', value: 'updatedFamilyName' },
    ),
  )
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(answer.body.emails, [{ primary: true, type: 'work', value: 'updatedEmail@contoso.example' }])
  assert.equal(answer.body.name.familyName, 'updatedFamilyName')
  assert.equal(answer.body.userName, 'Test_User_ab6490ee@contoso.example')
})

test('update user, single-valued property: its address', async () => {
  const answer = await ask('PATCH', `/Users/${id}`, patch({ op: 'Replace', path: 'userName', value: '5b50642d@contoso.example' }))
  assert.equal(answer.status, 200, answer.text)
  assert.equal((await row(id))?.email, '5b50642d@contoso.example')
  const elsewhere = await ask('PATCH', `/Users/${id}`, patch({ op: 'Replace', path: 'userName', value: 'x@elsewhere.example' }))
  assert.deepEqual([elsewhere.status, elsewhere.body.scimType], [400, 'invalidValue'])
})

test('values in the extension, by path and without one, and texts in lists', async () => {
  const answer = await ask(
    'PATCH',
    `/Users/${id}`,
    patch(
      { op: 'Add', path: `${enterprise}:manager`, value: '4711' },
      { op: 'Add', path: `${enterprise}:department`, value: 'Research' },
      { op: 'Add', path: 'displayName', value: [{ $ref: null, value: 'Bjfe' }] },
      { op: 'Replace', value: { [`${enterprise}:costCenter`]: '12', 'name.givenName': 'Ada', title: 'Engineer' } },
      { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+1 555 0100' },
    ),
  )
  assert.equal(answer.status, 200, answer.text)
  assert.partialDeepStrictEqual(answer.body, {
    displayName: 'Bjfe',
    title: 'Engineer',
    name: { givenName: 'Ada', familyName: 'updatedFamilyName' },
    phoneNumbers: [{ type: 'mobile', value: '+1 555 0100' }],
    [enterprise]: { department: 'Research', costCenter: '12', manager: '4711', employeeNumber: '701984' },
  })
  const removed = await ask(
    'PATCH',
    `/Users/${id}`,
    patch({ op: 'Remove', path: `${enterprise}:department` }, { op: 'Remove', path: 'title' }),
  )
  assert.deepEqual([removed.body.title, removed.body[enterprise].department], [undefined, undefined])
})

for (const value of ['False', false, 'false', [{ value: 'False' }]])
  test(`disable user by ${JSON.stringify(value)}, and enable it`, async () => {
    const off = await ask('PATCH', `/Users/${id}`, patch({ op: 'Replace', path: 'active', value }))
    assert.deepEqual([off.status, off.body.active], [200, false], off.text)
    assert.ok((await row(id))?.deactivated_at)
    const on = await ask('PATCH', `/Users/${id}`, patch({ op: 'Replace', value: { active: 'True' } }))
    assert.deepEqual([on.status, on.body.active], [200, true], on.text)
    const after = await row(id)
    assert.deepEqual([after?.deactivated_at, after?.rests_since !== null], [null, true])
  })

test('create group, find it without members, and add, remove and replace members', async () => {
  const made = await ask('POST', '/Groups', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group', 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
    externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
    displayName: 'Reeve Engineers',
    meta: { resourceType: 'Group' },
  })
  assert.equal(made.status, 201, made.text)
  group = made.body.id
  const found = await ask('GET', `/Groups?excludedAttributes=members&filter=${encodeURIComponent('displayName eq "reeve engineers"')}`)
  assert.deepEqual([found.body.totalResults, found.body.Resources[0].id, found.body.Resources[0].members], [1, group, undefined])

  const added = await ask('PATCH', `/Groups/${group}`, patch({ op: 'Add', path: 'members', value: [{ $ref: null, value: id }] }))
  assert.deepEqual([added.status, added.text], [204, ''])
  assert.equal((await row(id))?.role_id, 5, 'the group decides the role')
  const asked = `id eq "${group}" and members eq "${id}"`
  assert.equal((await ask('GET', `/Groups?attributes=id&filter=${encodeURIComponent(asked)}`)).body.totalResults, 1)
  assert.deepEqual(
    (await ask('GET', `/Users/${id}`)).body.groups.map((one: { display: string }) => one.display),
    ['Reeve Engineers'],
  )
  assert.equal((await ask('GET', `/Groups/${group}`)).body.members[0].value, id)

  const removed = await ask('PATCH', `/Groups/${group}`, patch({ op: 'Remove', path: 'members', value: [{ $ref: null, value: id }] }))
  assert.equal(removed.status, 204, removed.text)
  assert.equal((await row(id))?.role_id, 2, 'and without it the default one')
  await ask('PATCH', `/Groups/${group}`, patch({ op: 'Add', value: { members: [{ value: id }] } }))
  assert.equal((await row(id))?.role_id, 5)
  await ask('PATCH', `/Groups/${group}`, patch({ op: 'Remove', path: `members[value eq "${id}"]` }))
  assert.equal((await row(id))?.role_id, 2)
  await ask('PATCH', `/Groups/${group}`, patch({ op: 'Replace', path: 'members', value: [{ value: id }] }))
  assert.equal((await row(id))?.role_id, 5)
})

test('update group: another name, which fits no rule', async () => {
  const answer = await ask('PATCH', `/Groups/${group}`, patch({ op: 'Replace', path: 'displayName', value: '1879db59' }))
  assert.equal(answer.status, 204, answer.text)
  assert.equal((await row(id))?.role_id, 2)
  assert.equal((await ask('GET', `/Groups/${group}?excludedAttributes=members`)).body.displayName, '1879db59')
})

test('delete group and user', async () => {
  assert.equal((await ask('DELETE', `/Groups/${group}`)).status, 204)
  assert.equal((await ask('GET', `/Groups/${group}`)).status, 404)
  assert.equal((await ask('DELETE', `/Users/${id}`)).status, 204)
  assert.equal((await ask('GET', `/Users/${id}`)).status, 404)
  assert.equal((await ask('DELETE', `/Users/${id}`)).status, 404)
  const [deleted] = await system`SELECT deleted_at FROM users WHERE id = ${Number(id)}`
  assert.ok(deleted?.deleted_at)
})
