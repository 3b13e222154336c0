/** GET and PATCH /reeve/clients/{clientId}: what staff keep of an account beyond the contract, and that filters and documents follow it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, seller, administrator, foreign] = [
  the('platform'),
  the('reseller'),
  the('seller'),
  the('client'),
  the('client', 3),
]
const account = administrator.clientId
const codes = world.promo_codes.filter(({ reseller_id }) => reseller_id === 2).map(({ code }) => code)
const gone = world.clients.find((c) => c.reseller_id === 2 && c.deleted_at)
assert.ok(gone && codes.includes('WELCOME10'))
// A code of another reseller alone.
await system`INSERT INTO promo_codes ${system({ reseller_id: 3, code: 'ONLY-THREE' })}`

const path = (id: number) => `/reeve/clients/${id}`
const patch = (name: string, one: TestCaller, id: number, body: unknown, status: number, says: object): Scenario => ({
  name,
  as: one.authorization,
  method: 'PATCH',
  path: path(id),
  body,
  status,
  says,
  records: [{ action: 'updateClientDetails', method: 'PATCH', status_code: status, ...(status === 200 && { affected_client_id: id }) }],
})
const all = {
  bill_type: 'by_max_traffic',
  promocode: codes[0] ?? null,
  secondary_hostnames: ['a.example.com', 'xn--bcher-kva.example'],
  allowed_traffic: 12.5,
  country_code: 'NO',
  website: 'https://example.com/ü?x=1',
}
const wrong = (field: string, ...values: unknown[]): Scenario[] =>
  values.map((value) => ({
    ...patch(`400 for ${field} ${String(JSON.stringify(value)).slice(0, 60)}`, reseller, account, { website: '', [field]: value }, 400, {}),
    also: ({ body }) => assert.deepEqual(Object.keys(body.errors), [field]),
  }))

const scenarios: Scenario[] = [
  patch(
    '200 for everything, hosts in one spelling',
    reseller,
    account,
    { ...all, secondary_hostnames: ['BÜCHER.example', 'A.example.com'] },
    200,
    all,
  ),
  patch('200 and the rest as it was for one field, by a seller', seller, account, { allowed_traffic: 0 }, 200, {
    ...all,
    allowed_traffic: 0,
  }),
  patch('200 and nothing changed for an empty body', platform, account, {}, 200, { ...all, allowed_traffic: 0 }),
  patch('200 and unset', reseller, account, { promocode: null, secondary_hostnames: [], country_code: null, website: '' }, 200, {
    promocode: null,
    secondary_hostnames: [],
    country_code: null,
    website: '',
  }),
  patch(
    '400 naming all that is wrong',
    reseller,
    account,
    { website: 'x', country_code: 'XX', secondary_hostnames: ['x', 'b.example', 'B.example'] },
    400,
    {
      errors: {
        website: ['A URL with http or https is required.'],
        country_code: ['A country of ISO 3166-1 alpha-2 is required, such as DE.'],
        secondary_hostnames: {
          0: ['A hostname is required, such as static.example.com.'],
          2: ['The list has this hostname twice.'],
        },
      },
    },
  ),
  ...wrong('bill_type', '', ' ', null, 1, 'x'.repeat(65), 'a\u001fb', 'a\0'),
  ...wrong(
    'promocode',
    'ONLY-THREE',
    'nothing',
    'welcome10', // there is WELCOME10
    7,
  ),
  ...wrong(
    'secondary_hostnames',
    'a.example',
    [1],
    ['-a.example'],
    ['a..example'],
    [`${'a'.repeat(64)}.example`],
    ['https://a.example'],
    ['a.example\u001f'],
    Array(101).fill('a.example'),
  ),
  ...wrong('allowed_traffic', -1, '1', null),
  ...wrong('country_code', 'no', 'EU', 'XK', 'NOR', ''),
  ...wrong(
    'website',
    'example.com',
    'ftp://example.com',
    'javascript:alert(1)',
    'https://',
    'https://a b.example',
    'https://me:secret@example.com',
    null,
    `https://e.com/${'x'.repeat(2048)}`,
  ),
  { ...patch('400 for a number without end', reseller, account, '{"allowed_traffic": 1e999}', 400, { errors: { allowed_traffic: [] } }) },
  patch('400 for a deleted account', reseller, gone.id, { website: '' }, 400, { errors: { errors: ['The account was deleted.'] } }),
  patch('403 for the technical account, by a seller', seller, reseller.clientId, { website: '' }, 403, {}),
  patch('403 for a client user', administrator, account, { website: '' }, 403, {}),
  patch('404 for an account of another reseller', reseller, foreign.clientId, { website: '' }, 404, {}),
  patch('404 for none', seller, 2 ** 40, { website: '' }, 404, {}),
  patch('200 for the technical account, by the reseller', reseller, reseller.clientId, { country_code: 'SE' }, 200, { country_code: 'SE' }),
]
for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('a refused change leaves everything as it was', async () => {
  const { body } = await t.ask('GET', path(account), { headers: { authorization: seller.authorization } })
  const [stored] = await t.database.system`SELECT json_time(created_at) AS created_at FROM clients WHERE id = ${account}`
  assert.deepEqual(body, {
    ...stored,
    ...{
      id: account,
      bill_type: 'by_max_traffic',
      promocode: null,
      secondary_hostnames: [],
      allowed_traffic: 0,
      country_code: null,
      website: '',
      personal_availability: [],
    },
    deletion_requested_at: null,
    deleted: false,
  })
})

test('it shows the products that the account has a setting of its own for', async () => {
  const setting = `/iam/products/availability/clients/${account}`
  const as = { headers: { authorization: seller.authorization } }
  const own = async () => (await t.ask('GET', path(account), as)).body.personal_availability
  for (const body of [
    { product_name: 'DNS', available: true },
    { product_name: 'CDN', available: true },
  ])
    assert.equal((await t.ask('PATCH', setting, { ...as, body })).status, 200)
  assert.deepEqual(await own(), [
    { product_name: 'CDN', available: true },
    { product_name: 'DNS', available: true },
  ])
  assert.equal((await t.ask('DELETE', setting, { ...as, body: { product_names: ['CDN', 'DNS'] } })).status, 204)
  assert.deepEqual(await own(), [])
  await activity.since(3)
})

test('the document shows it, and the filters find it, at once', async () => {
  const only = async (query: string) =>
    assert.deepEqual(
      (await t.ask('GET', `/iam/clients?${query}`, { headers: { authorization: reseller.authorization } })).body.map(
        ({ id }: { id: number }) => id,
      ),
      [account],
      query,
    )
  const set = {
    ...all,
    bill_type: 'Sonder',
    secondary_hostnames: ['zz.unheard-of.example'],
    country_code: 'AQ',
    allowed_traffic: 987_654_321,
    website: 'http://x.example',
  }
  await run(t, activity, patch('set', reseller, account, set, 200, set))
  await only('bill_type=Sonder')
  await only('country_code=AQ')
  await only('secondaryhostnames=UNHEARD')
  await only('min_traffic=987654321')
  await only(`id__in__exclude=1&promocode=${encodeURIComponent(all.promocode?.slice(0, 3) ?? '')}&bill_type=Sonder`)
  const { body } = await t.ask('GET', `/iam/clients/${account}`, { headers: { authorization: administrator.authorization } })
  assert.deepEqual([body.bill_type, body.country_code, body.website], ['Sonder', 'AQ', 'http://x.example'])
})

test('of changes of hostnames at once one stands whole', async () => {
  const sets = [0, 1, 2, 3].map((n) => [`a${n}.example`, 'shared.example', `z${n}.example`])
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      sets.map((secondary_hostnames) =>
        t.ask('PATCH', path(account), { headers: { authorization: reseller.authorization }, body: { secondary_hostnames } }),
      ),
    )
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    )
    const { body } = await t.ask('GET', path(account), { headers: { authorization: reseller.authorization } })
    assert.ok(
      sets.some((one) => one.join() === body.secondary_hostnames.join()),
      body.secondary_hostnames,
    )
  }
  await activity.since(20)
})

test('after all of it the read model is what it must be', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
