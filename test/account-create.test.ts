/** POST /iam/clients/create: who may add an account, what is made with it, and that a company and a limit hold when two ask at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [administrator, engineer, foreign] = [the('client'), the('client', 2, 5), the('client', 3)]
const session = await sessionOf(t, administrator.email)
const taken = world.clients.find((c) => c.reseller_id === 2 && !c.deleted_at && c.id !== administrator.clientId)?.company_name ?? ''
const freed = world.clients.find(
  (c) =>
    c.reseller_id === 2 &&
    c.deleted_at &&
    !world.clients.some((o) => !o.deleted_at && o.company_name.toLowerCase() === c.company_name.toLowerCase()),
)

const create = (name: string, one: TestCaller, body: unknown, status: number, says: object): Scenario => ({
  name: `${status} ${name}`,
  as: one.authorization,
  method: 'POST',
  path: '/iam/clients/create',
  body,
  status,
  says,
  records: [{ action: 'createAccount', status_code: status, user_id: one.userId, ...(status !== 201 && { affected_client_id: null }) }],
})
const wrong = (text: string) => ({ errors: { company: [text] } })
const exists = 'Company with this name already exists'

const scenarios: Scenario[] = [
  create('by session', session, { company: 'Zweite & Töchter' }, 201, { company: 'Zweite & Töchter' }),
  create('by API token', administrator, { company: 'Third', id: 7 }, 201, { company: 'Third' }),
  create('for a company of another reseller', foreign, { company: taken }, 201, { company: taken }),
  ...(freed ? [create('for a company that was deleted', session, { company: freed.company_name }, 201, {})] : []),
  create('for a company that is there', session, { company: taken.toUpperCase() }, 400, wrong(exists)),
  create('for one’s own again', session, { company: 'zweite & tÖchter' }, 400, wrong(exists)),
  create('without a company', session, {}, 400, wrong('This field is required.')),
  create('for a blank one', session, { company: ' ' }, 400, { errors: { company: [] } }),
  create('for null', session, { company: null }, 400, wrong('This field may not be null.')),
  create('for one too long', session, { company: 'x'.repeat(256) }, 400, wrong('At most 255 characters are allowed.')),
  create('for an Engineer', engineer, { company: 'Never' }, 403, {}),
  ...[the('platform'), the('reseller'), the('seller')].map((one) => create(`for a ${one.kind}`, one, { company: 'Never' }, 403, {})),
  { name: '401 for nobody', method: 'POST', path: '/iam/clients/create', body: { company: 'Never' }, status: 401 },
]
for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('the user is its owner and Administrator, with all common services, and works in it from then on', async () => {
  const answer = await run(t, activity, {
    ...create('', session, { company: 'Whole' }, 201, {}),
    records: [{ status_code: 201, client_id: session.clientId }],
  })
  const { id } = answer.body
  assert.deepEqual(Object.keys(answer.body).sort(), ['company', 'id'])
  const [row] = await system`SELECT affected_client_id FROM activity ORDER BY id DESC LIMIT 1`
  assert.equal(row?.affected_client_id, id)

  const { body: client } = await t.ask('GET', `/iam/clients/${id}`, { token: t.shown.resellers[0]?.token })
  assert.partialDeepStrictEqual(client, {
    id,
    companyName: 'Whole',
    email: administrator.email,
    status: 'preparation',
    owner: administrator.userId,
    client_type: 'common',
    has_active_admin: true,
    seller: null,
    deleted: false,
  })
  const fresh = { status: 'new', enabled: true }
  assert.deepEqual(client.serviceStatuses, { CDN: fresh, STORAGE: fresh, STREAMING: fresh, DNS: fresh, DDOS: fresh, CLOUD: fresh })
  assert.deepEqual(
    client.users.map((one: { id: number; groups: object[] }) => [one.id, one.groups]),
    [[administrator.userId, [{ id: 1, name: 'Administrators' }]]],
  )

  const chosen = await t.ask('GET', `/iam/auth/jwt/clients/${id}/login`, { headers: { authorization: session.authorization } })
  const there = await t.ask('GET', '/iam/clients/me', { headers: { authorization: `Bearer ${chosen.body.access}` } })
  assert.equal(there.body.id, id)
  const mine = await t.ask('GET', '/iam/users/me', { headers: { authorization: session.authorization } })
  assert.ok(mine.body.client_and_roles.some((one: { client_id: number }) => one.client_id === id))
  assert.equal(
    (await t.ask('GET', `/iam/clients/${id}`, { token: t.shown.clients[0]?.token })).status,
    404,
    'an API token stays in its account',
  )
})

test('of creations of one company at once one is made, by whoever they are', async () => {
  const other = { ...foreign, name: 'the other' }
  for (let round = 0; round < 5; round++) {
    const company = `At once ${round}`
    const ask = (one: TestCaller) =>
      t.ask('POST', '/iam/clients/create', {
        headers: { authorization: one.authorization },
        body: { company: round % 2 ? company : company.toUpperCase() },
      })
    await system`DELETE FROM client_users WHERE user_id = ${administrator.userId} AND client_id <> ${administrator.clientId}`
    await system`UPDATE clients SET owner_id = NULL WHERE owner_id = ${administrator.userId} AND id <> ${administrator.clientId}`
    const answers = await Promise.all([session, administrator, session, other].map(ask))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 400, 400], 'one in each reseller')
    const rows = await system`SELECT reseller_id FROM clients WHERE fold(company_name) = fold(${company}) ORDER BY 1`
    assert.deepEqual(
      rows.map((row) => row.reseller_id),
      [2, 3],
    )
  }
})

test('400 for more accounts than one user may own, also where they are asked for at once', async () => {
  const owned = () => system`SELECT id FROM clients WHERE owner_id = ${foreign.userId} AND deleted_at IS NULL`
  const before = (await owned()).length
  const answers = await Promise.all(
    Array.from({ length: 22 }, (_, n) =>
      t.ask('POST', '/iam/clients/create', { headers: { authorization: foreign.authorization }, body: { company: `Number ${n}` } }),
    ),
  )
  assert.equal((await owned()).length, 20)
  const [made, refused] = [201, 400].map((status) => answers.filter((one) => one.status === status))
  assert.equal(made?.length, 20 - before)
  assert.equal(refused?.length, 2 + before)
  assert.deepEqual(refused?.[0]?.body, { errors: { errors: ['A user can own at most 20 accounts.'] } })
})

test('after all of it the read model is what it must be', async () => {
  await system`SELECT refresh_user(${administrator.userId})`
  await system`SELECT refresh_clients(ARRAY(SELECT id FROM clients WHERE owner_id IS NULL))`
  assert.deepEqual(await checkReadModel(system), [])
})
