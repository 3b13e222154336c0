/** /reeve/resellers: the platform creates, renames, deletes and restores a reseller, whose people are out and in with it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { insertToken, shownBy, shownCallers, signIn } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const shown = shownCallers(t)
const the = shownBy(t)
const [platform, reseller] = [the('platform'), the('reseller')]
const technical = (id: number) => world.resellers.find((row) => row.id === id)?.technical_client_id ?? 0
const list = '/reeve/resellers'
const get = (path: string, one = platform) => t.ask('GET', path, { headers: { authorization: one.authorization } })

const post = (name: string, body: unknown, status: number, says: object, more: Partial<Scenario> = {}): Scenario => ({
  name: `POST: ${name}`,
  as: platform.authorization,
  method: 'POST',
  path: list,
  body,
  status,
  says,
  records: [{ action: 'createReseller', method: 'POST', status_code: status, user_id: platform.userId }],
  ...more,
})
const patch = (name: string, id: number, body: unknown, status: number, says: object, more: Partial<Scenario> = {}): Scenario => ({
  name: `PATCH: ${name}`,
  as: platform.authorization,
  method: 'PATCH',
  path: `${list}/${id}`,
  body,
  status,
  says,
  records: [{ action: 'updateReseller', status_code: status, affected_client_id: status === 200 ? technical(id) : null }],
  ...more,
})
const rival = world.clients.find((c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at)

const scenarios: Scenario[] = [
  post(
    '201 and a mail with a link',
    { name: 'Ümlaut & Co', email: 'boss@umlaut.example' },
    201,
    {
      name: 'Ümlaut & Co',
      email: 'boss@umlaut.example',
      is_platform: false,
      deleted: false,
    },
    { mails: [{ template: 'activation', recipient: 'boss@umlaut.example' }] },
  ),
  post('400 for an email that somebody has', { name: 'X', email: reseller.email.toUpperCase() }, 400, {
    errors: { email: ['A user with this email already exists.'] },
  }),
  post('400 for the name of a reseller, whatever its case', { name: 'ÜMLAUT & CO', email: 'other@umlaut.example' }, 400, {
    errors: { name: ['A reseller with this name already exists.'] },
  }),
  post('400 for nothing', {}, 400, { errors: { name: ['This field is required.'], email: ['This field is required.'] } }),
  post('400 for no name and no email', { name: ' ', email: 'x' }, 400, { errors: { name: [], email: [] } }),
  post(
    '403 for a reseller',
    { name: 'X', email: 'x@example.com' },
    403,
    {},
    {
      as: reseller.authorization,
      records: [{ action: 'createReseller', status_code: 403, user_id: reseller.userId }],
    },
  ),
  patch('200 for another name', 2, { name: 'Süd' }, 200, { id: 2, name: 'Süd' }),
  patch('400 for the company of an account', 2, { name: rival?.company_name.toUpperCase() }, 400, {
    errors: { name: ['The reseller already has an account with this company name.'] },
  }),
  patch('400 for the name of another reseller', 2, { name: world.resellers.find(({ id }) => id === 3)?.name.toUpperCase() }, 400, {
    errors: { name: ['A reseller with this name already exists.'] },
  }),
  patch('200 for nothing', 2, {}, 200, { name: 'Süd', deleted: false }),
  patch('400 for an empty name', 2, { name: '', deleted: 'x' }, 400, { errors: { name: [], deleted: [] } }),
  patch('403 for the deletion of the platform', 1, { deleted: true }, 403, { message: 'The platform itself cannot be deleted.' }),
  patch('400 for a name with the deletion', 3, { name: 'x', deleted: true }, 400, { errors: { errors: ['The reseller was deleted.'] } }),
  patch('404 for none', 2 ** 40, { name: 'x' }, 404, {}),
]
for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('the name is that of its own account, and its sellers show it', async () => {
  const account = (await get(`/iam/clients/${technical(2)}`)).body
  assert.equal(account.companyName, 'Süd')
  assert.ok(account.users.every(({ company }: { company: string }) => company === 'Süd'))
  const [seller] = (await get('/iam/admin/sellers', reseller)).body
  assert.deepEqual([seller.company, seller.reseller_name], ['Süd', 'Süd'])
})

test('a new reseller has an account, every product and one user, who can act once the password is set', async () => {
  const made = (await get(`${list}?name=ümlaut`)).body.results[0]
  const [user] = await system`SELECT id, activated_at, is_admin FROM users WHERE reseller_id = ${made.id}`
  assert.deepEqual([user?.activated_at, user?.is_admin], [null, false])
  const account = (await get(`/iam/clients/${made.technical_client_id}`)).body
  assert.deepEqual([account.client_type, account.status, account.owner, account.capabilities.length], ['reseller', 'new', user?.id, 6])
  const { token } = await insertToken(t, { client_id: made.technical_client_id, user_id: user?.id, reseller_id: made.id, role_id: 1 })
  assert.equal((await t.ask('GET', '/iam/clients?limit=1', { token })).status, 401)
  await system`UPDATE users SET activated_at = now() WHERE id = ${user?.id}`
  await system`SELECT refresh_user(${user?.id})`
  assert.equal((await t.ask('GET', '/iam/clients?limit=1', { token })).body.count, 1)
})

test('the list in pages, by name and by deletion', async () => {
  const all = (await get(list)).body
  assert.equal(all.count, world.resellers.length + 1)
  assert.deepEqual(all.results.map(({ id }: { id: number }) => id).slice(0, 3), [1, 2, 3])
  const page = (await get(`${list}?limit=1&offset=1`)).body
  assert.deepEqual(
    [page.count, page.results[0].id, page.next, page.previous],
    [all.count, 2, `${list}?limit=1&offset=2`, `${list}?limit=1&offset=0`],
  )
  assert.equal((await get(`${list}?name=SÜD&deleted=false`)).body.count, 1)
  assert.equal((await get(`${list}?deleted=true`)).body.count, 0)
  assert.equal((await get(`${list}?limit=x`)).status, 400)
})

test('nobody of a deleted reseller can act; restored, everybody can, and everything is as it was', async () => {
  const of3 = shown.filter(({ resellerId }) => resellerId === 3)
  const before = (await get('/iam/clients?limit=500', the('reseller', 3))).text
  const session = await signIn(t, the('reseller', 3).email)
  const statuses = async () => new Set(await Promise.all(of3.map(async (one) => (await get('/iam/users/me', one)).status)))
  assert.deepEqual(await statuses(), new Set([200]))
  await run(t, activity, patch('deleted', 3, { deleted: true }, 200, { id: 3, deleted: true }))
  await run(t, activity, patch('deleted again', 3, { deleted: true }, 200, { deleted: true }))
  await run(t, activity, patch('renamed while deleted', 3, { name: 'x' }, 400, { errors: { errors: ['The reseller was deleted.'] } }))
  assert.deepEqual(await statuses(), new Set([401]))
  assert.equal((await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: session.refresh } })).status, 401)
  const login = { body: { username: the('reseller', 3).email, password: 'reeve-demo-password' } }
  assert.equal((await t.ask('POST', '/iam/auth/jwt/login', login)).status, 400)
  assert.equal((await get(`${list}?deleted=true`)).body.count, 1)
  assert.equal((await get(`/iam/clients/${technical(3)}`)).status, 200, 'the platform sees it still')
  assert.deepEqual(
    new Set(await Promise.all(shown.filter((one) => one.resellerId === 2).map(async (one) => (await get('/iam/users/me', one)).status))),
    new Set([200]),
  )
  await run(t, activity, patch('restored', 3, { deleted: false }, 200, { deleted: false }))
  assert.deepEqual(await statuses(), new Set([200]))
  assert.equal((await get('/iam/clients?limit=500', the('reseller', 3))).text, before)
})

test('the name of another reseller is refused for the company of its own account, too', async () => {
  const companyName = world.resellers.find(({ id }) => id === 3)?.name
  const answer = await t.ask('PATCH', `/iam/clients/${technical(2)}`, {
    headers: { authorization: platform.authorization },
    body: { companyName },
  })
  assert.deepEqual([answer.status, answer.body], [400, { errors: { companyName: ['A reseller with this name already exists.'] } }])
})

test('a reseller renamed and deleted while its accounts are renamed: no deadlock, nobody is told 500', async () => {
  const deadlocks = async () => (await system`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)[0]?.deadlocks
  const before = await deadlocks()
  const ask = (path: string, body: object) => t.ask('PATCH', path, { headers: { authorization: platform.authorization }, body })
  for (let round = 0; round < 6; round++) {
    const answers = await Promise.all([
      ask(`${list}/2`, { name: `Süd ${round}` }),
      ask(`${list}/2`, { deleted: round % 2 === 0 }),
      ask(`/iam/clients/${technical(2)}`, { companyName: `Nord ${round}` }),
      ask(`/iam/users/${reseller.userId}`, { name: `${round}` }),
      ask(`/iam/clients/${rival?.id}`, { companyName: `Rival ${round}` }),
    ])
    for (const { status, text } of answers) assert.ok([200, 400].includes(status), text)
    const [row] =
      await system`SELECT r.name = c.company_name AS alike FROM resellers r JOIN clients c ON c.id = r.technical_client_id WHERE r.id = 2`
    assert.ok(row?.alike)
  }
  assert.equal(await deadlocks(), before)
})

test('after all of it the read model is what it must be', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
