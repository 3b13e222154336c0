/** PUT /iam/clients/{clientId}/services/{serviceId}: statuses, what follows for the account, settings; and no way out of the table in docs/domain.md. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkReadModel } from '../src/db/check.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { runsOr, seed } from './properties.ts'
import { notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'
import { common, leadsTo, statusDue } from './services.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)
const many = runsOr(25)

const the = shownBy(t)
const [platform, reseller, seller, administrator] = [the('platform'), the('reseller'), the('seller'), the('client')]
const clientId = administrator.clientId
const foreign = the('client', 3).clientId

const statuses = Object.keys(leadsTo)
const DAY = 86_400_000

/** All services of the account new, every product available, and the account's status what follows. */
async function begin(of = clientId) {
  await system`DELETE FROM service_options WHERE client_id = ${of}`
  await system`DELETE FROM client_availability WHERE client_id = ${of}`
  await system`DELETE FROM services WHERE client_id = ${of} AND product = ANY (${['INFRASTRUCTURE_PROTECTION', 'CONNECT']})`
  await system`UPDATE services SET status = 'new', previous_status = 'new', start = NULL, deleted_date = NULL, enabled = true WHERE client_id = ${of}`
  await system`UPDATE default_availability SET available = true WHERE reseller_id = (SELECT reseller_id FROM clients WHERE id = ${of})`
  await system`UPDATE clients SET status = 'preparation', deletion_requested_at = NULL WHERE id = ${of}`
  await system`SELECT refresh_clients(${[of]}::bigint[])`
  const rows = await system<{ id: number; product: string }[]>`SELECT id, product FROM services WHERE client_id = ${of}`
  return Object.fromEntries(rows.map(({ id, product }) => [product, id])) as Record<string, number>
}
const ids = await begin()
const path = (product: string, of = clientId) => `/iam/clients/${of}/services/${ids[product]}`
const put = (product: string, body: unknown, one = reseller) =>
  t.ask('PUT', path(product), { headers: { authorization: one.authorization }, body })

const changes = () =>
  system`SELECT old_status, new_status FROM account_status_changes WHERE client_id = ${clientId} AND id > ${lastChange} ORDER BY id`
const [{ last: lastChange } = { last: 0 }] = await system`SELECT coalesce(max(id), 0) AS last FROM account_status_changes`

const done = (one: TestCaller) => ({
  action: 'updateService',
  method: 'PUT',
  status_code: 200,
  user_id: one.userId,
  affected_client_id: clientId,
})
const refused = (status_code: number) => ({ action: 'updateService', status_code })
const scenario = (name: string, one: TestCaller, at: string, body: unknown, status: number, says: object = {}): Scenario => ({
  name,
  as: one.authorization,
  method: 'PUT',
  path: at,
  body,
  status,
  says,
  records: [status === 200 ? done(one) : refused(status)],
})
const mailed = (template: string, product: string, days: number) => ({
  mails: [{ template, client_id: clientId, recipient: owner?.email, details: { product, days } }],
})
const option = (name: string, value: string, value_type = 'str') => ({
  id: null,
  name,
  title: 'T',
  category: 'C',
  description: 'D',
  value,
  value_type,
})
const wrongOption = (list: string, place: number, field: string) => ({ errors: { [list]: { [place]: { [field]: [] } } } })

const owner = world.users.find(({ id }) => id === world.clients.find((c) => c.id === clientId)?.owner_id)
const rare = world.services.find((s) => s.reseller_id === 2 && s.product === 'CONNECT') as { id: number; client_id: number }
const gone = world.clients.find((c) => c.reseller_id === 2 && c.deleted_at) as { id: number }

const scenarios: Scenario[] = [
  scenario('200 and nothing changed for the present status', reseller, path('CDN'), { status: 'new' }, 200, {
    id: ids.CDN,
    name: 'CDN',
    client: clientId,
    status: 'new',
    previous_status: 'new',
    start: null,
    deleted_date: null,
    enabled: true,
    options: [],
    status_transition_options: [],
  }),
  {
    ...scenario('200 into trial, by a seller, with its length', seller, path('CDN'), { status: 'trial' }, 200, {
      status: 'trial',
      previous_status: 'new',
      deleted_date: null,
      status_transition_options: [{ name: 'trial_length_days', value: '14', value_type: 'int' }],
    }),
    statusChanges: [{ client_id: clientId, old_status: 'preparation', new_status: 'trial' }],
    ...mailed('trial_began', 'CDN', 14),
  },
  {
    ...scenario('200 into trial of another length', platform, path('DDOS'), { status: 'trial' }, 200, {
      status_transition_options: [{ name: 'trial_length_days', value: '30' }],
    }),
    ...mailed('trial_began', 'DDOS', 30),
  },
  {
    ...scenario(
      '200 into trial for as long as is said',
      reseller,
      path('DNS'),
      { status: 'trial', status_transition_options: [option('trial_length_days', '3', 'int')] },
      200,
      { status_transition_options: [{ name: 'trial_length_days', value: '3', title: 'T' }] },
    ),
    ...mailed('trial_began', 'DNS', 3),
  },
  scenario('400 for a status that the present one does not lead to', reseller, path('CDN'), { status: 'new', enabled: false }, 400, {
    errors: { status: ['A service that is trial can become trialend, active, paused, but not new.'] },
  }),
  scenario('400 for an unknown status', reseller, path('CDN'), { status: 'stopped' }, 400, { errors: { status: [] } }),
  scenario('400 without a status', reseller, path('CDN'), { enabled: false }, 400, { errors: { status: ['This field is required.'] } }),
  scenario('200 for what is enabled alone', reseller, path('CDN'), { status: 'trial', enabled: false }, 200, {
    status: 'trial',
    enabled: false,
  }),
  {
    ...scenario('200 into trialend, deleted in 90 days', reseller, path('CDN'), { status: 'trialend' }, 200, {
      status: 'trialend',
      previous_status: 'trial',
      enabled: false,
    }),
    ...mailed('trial_ended', 'CDN', 90),
  },
  scenario(
    '200 for new settings',
    reseller,
    path('CDN'),
    { status: 'trialend', options: [option('a', '1', 'int'), option('b', 'x')] },
    200,
    {
      options: [
        { name: 'a', value: '1', value_type: 'int', title: 'T', category: 'C', description: 'D' },
        { name: 'b', value: 'x' },
      ],
    },
  ),
  scenario(
    '200 for settings that are there, by name',
    reseller,
    path('CDN'),
    {
      status: 'trialend',
      options: [{ ...option('b', '{"y":1}', 'json'), id: 7, title: 'New' }, option('c', '2026-01-01', 'utctimestamp')],
    },
    200,
    { options: [{ name: 'a', value: '1' }, { name: 'b', value: '{"y":1}', value_type: 'json', title: 'New' }, { name: 'c' }] },
  ),
  ...(
    [
      ['int', 'one'],
      ['bool', 'yes'],
      ['json', '{'],
      ['utctimestamp', 'today'],
    ] as const
  ).map(([type, value]) =>
    scenario(
      `400 for the ${type} “${value}”`,
      reseller,
      path('CDN'),
      { status: 'trialend', options: [option('ok', ''), option('a', value, type)] },
      400,
      {
        ...wrongOption('options', 1, 'value'),
      },
    ),
  ),
  scenario('400 for a name twice', reseller, path('CDN'), { status: 'trialend', options: [option('a', ''), option('a', '')] }, 400, {
    ...wrongOption('options', 1, 'name'),
  }),
  scenario('400 for a setting without value', reseller, path('CDN'), { status: 'trialend', options: [{ name: 'a' }] }, 400, {
    errors: { options: { 0: { value: ['This field is required.'] } } },
  }),
  ...['0', '3651', '-1', '1.5'].map((value) =>
    scenario(
      `400 for a trial of ${value} days`,
      reseller,
      path('CDN'),
      { status: 'trial', status_transition_options: [option('trial_length_days', value, 'int')] },
      400,
      wrongOption('status_transition_options', 0, 'value'),
    ),
  ),
  scenario('403 for an Administrator', administrator, path('CDN'), { status: 'trial' }, 403, {}),
  scenario(
    '403 for a service of the technical account, by a seller',
    seller,
    `/iam/clients/${seller.clientId}/services/1`,
    { status: 'paused' },
    403,
  ),
  scenario('404 for none', reseller, `/iam/clients/${clientId}/services/${2 ** 40}`, { status: 'trial' }, 404, notFound),
  scenario(
    '404 for a service of another account',
    reseller,
    `/iam/clients/${rare.client_id}/services/${ids.CDN}`,
    { status: 'trial' },
    404,
    notFound,
  ),
  scenario(
    '404 for an account of another reseller',
    reseller,
    `/iam/clients/${foreign}/services/${ids.CDN}`,
    { status: 'trial' },
    404,
    notFound,
  ),
  scenario(
    '404 for a product that the contract does not name',
    reseller,
    `/iam/clients/${rare.client_id}/services/${rare.id}`,
    { status: 'paused' },
    404,
    notFound,
  ),
  scenario('400 for a deleted account', reseller, `/iam/clients/${gone.id}/services/${ids.CDN}`, { status: 'trial' }, 400, {
    errors: { errors: ['The account was deleted.'] },
  }),
]
for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('a refused change leaves everything as it was', async () => {
  const [row] =
    await system`SELECT status, enabled, (SELECT count(*) FROM service_options WHERE service_id = s.id AND NOT on_transition) AS options
    FROM services s WHERE id = ${ids.CDN ?? 0}`
  assert.deepEqual({ ...row }, { status: 'trialend', enabled: false, options: 3 })
})

test('each change of the account’s status is recorded, and the account shows it', async () => {
  await begin()
  const seen = (await changes()).length
  const steps: [string, string, string][] = [
    ['CDN', 'trial', 'trial'],
    ['DNS', 'activating', 'trial'],
    ['CLOUD', 'active', 'active'],
    ['CDN', 'paused', 'active'],
    ['CLOUD', 'trialend', 'trialend'],
    ['DNS', 'active', 'active'],
  ]
  for (const [product, status, account] of steps) {
    assert.equal((await put(product, { status })).status, 200)
    const { body } = await t.ask('GET', `/iam/clients/${clientId}`, { headers: { authorization: administrator.authorization } })
    assert.equal(body.status, account)
    assert.deepEqual(body.serviceStatuses[product], { status, enabled: true })
  }
  assert.deepEqual(
    (await changes()).slice(seen).map((row) => `${row.old_status} → ${row.new_status}`),
    ['preparation → trial', 'trial → active', 'active → trialend', 'trialend → active'],
  )
})

test('the account’s status heeds services that are not shown, an unconfirmed owner and a requested deletion', async () => {
  const account = async () => (await system`SELECT status FROM clients WHERE id = ${clientId}`)[0]?.status
  const [row] = await system`SELECT owner_id FROM clients WHERE id = ${clientId}`
  await begin()
  await system`INSERT INTO services (client_id, reseller_id, product, status) VALUES (${clientId}, 2, 'CONNECT', 'active')`
  assert.equal((await put('CDN', { status: 'trial' })).status, 200)
  assert.equal(await account(), 'active')
  await begin()
  await system`UPDATE clients SET deletion_requested_at = now() WHERE id = ${clientId}`
  assert.equal((await put('CDN', { status: 'active' })).status, 200)
  assert.equal(await account(), 'paused')
  await begin()
  await system`UPDATE users SET activated_at = NULL WHERE id = ${row?.owner_id}`
  assert.equal((await put('CDN', { status: 'active' })).status, 200)
  assert.equal(await account(), 'new')
  await system`UPDATE users SET activated_at = now() WHERE id = ${row?.owner_id}`
  await system`SELECT refresh_user(${row?.owner_id})`
})

test('into use only where the product is available: the account’s own setting goes before the reseller’s', async () => {
  await begin()
  const own = (available: boolean) =>
    system`INSERT INTO client_availability VALUES (${clientId}, 2, 'CDN', ${available}) ON CONFLICT (client_id, product) DO UPDATE SET available = excluded.available`
  const usual = (available: boolean) =>
    system`UPDATE default_availability SET available = ${available} WHERE reseller_id = 2 AND product = 'CDN'`
  const refusal = { errors: { status: ['CDN is not available to the account.'] } }
  await own(false)
  for (const status of ['trial', 'activating', 'active']) assert.deepEqual((await put('CDN', { status })).body, refusal)
  await usual(false)
  await system`DELETE FROM client_availability WHERE client_id = ${clientId}`
  for (const status of ['trial', 'activating', 'active']) assert.deepEqual((await put('CDN', { status })).body, refusal)
  await own(true)
  assert.equal((await put('CDN', { status: 'active' })).status, 200)
  await own(false) // what is in use is left by any way, and stays as it is
  assert.equal((await put('CDN', { status: 'active', enabled: false })).status, 200)
  assert.equal((await put('CDN', { status: 'paused' })).status, 200)
  assert.deepEqual((await put('CDN', { status: 'active' })).body, refusal)
})

interface Model {
  status: string
  previous: string
  days: number | null
  hasStart: boolean
}

test('no sequence of changes leads where the table in docs/domain.md does not', async () => {
  const step = fc.record({
    product: fc.constantFrom(...common),
    status: fc.constantFrom(...statuses),
    one: fc.constantFrom(platform, reseller, seller),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      await begin()
      const model = new Map<string, Model>(
        common.map((product) => [product, { status: 'new', previous: 'new', days: null, hasStart: false }]),
      )
      for (const { product, status, one } of steps) {
        const before = model.get(product) as Model
        const answer = await put(product, { status }, one)
        const allowed = status === before.status || leadsTo[before.status]?.includes(status)
        assert.equal(answer.status, allowed ? 200 : 400, `${before.status} → ${status}: ${answer.text}`)
        if (!allowed) assert.ok(answer.body.errors.status)
        if (allowed && status !== before.status) {
          const days = ['trialend', 'paused'].includes(status) ? (['CLOUD', 'STORAGE'].includes(product) ? 2 : 90) : null
          model.set(product, { status, previous: before.status, days, hasStart: before.hasStart || status === 'trial' })
        }
        if (!allowed) continue
        const now = model.get(product) as Model
        const { status: is, previous_status, start, deleted_date, status_changed_at, status_transition_options: settings } = answer.body
        assert.deepEqual([is, previous_status, start !== null], [now.status, now.previous, now.hasStart])
        const left = deleted_date && (Date.parse(deleted_date) - Date.parse(status_changed_at)) / DAY
        assert.equal(left, now.days)
        if (is === 'trial') assert.equal(start, status_changed_at)
        const length = settings.find(({ name }: { name: string }) => name === 'trial_length_days')?.value
        if (now.hasStart) assert.equal(length, ['CDN', 'STREAMING', 'DNS'].includes(product) ? '14' : '30')
      }
      const [row] =
        await system`SELECT c.status, ('{' || coalesce(d.doc, client_document(d.id)))::json ->> 'status' AS shown, l.status AS listed
        FROM clients c JOIN client_documents d USING (id) JOIN client_list l USING (id) WHERE c.id = ${clientId}`
      const due = statusDue([...model.values()].map(({ status }) => status))
      assert.deepEqual({ ...row }, { status: due, shown: due, listed: due })
    }),
    { numRuns: many, ...seed },
  )
})

test('services of one account changed at once leave the status that follows from all of them', async () => {
  for (let round = 0; round < 10; round++) {
    await begin()
    const wanted = common.map((product, n) => ({
      product,
      status: (['active', 'trial', 'paused', 'trial', 'paused', 'activating'] as const)[(n + round) % 6],
    }))
    const answers = await Promise.all(wanted.map(({ product, status }) => put(product, { status })))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    const then = await Promise.all(common.map((product) => put(product, { status: 'paused' })))
    assert.deepEqual([...new Set(then.map(({ status }) => status))], [200])
    const [row] = await system`SELECT status FROM clients WHERE id = ${clientId}`
    assert.equal(row?.status, 'trialend')
    const path = (await changes()).map((row) => [row.old_status, row.new_status])
    for (const [n, [from]] of path.entries())
      assert.ok(n === 0 || from === path[n - 1]?.[1] || from === 'preparation', 'the changes follow each other')
  }
})

test('after all of it the read model is what it must be', async () => {
  await system`SELECT refresh_clients(${[clientId]}::bigint[])`
  assert.deepEqual(await checkReadModel(system), [])
})
