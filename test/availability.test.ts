/** /iam/products/availability: defaults, settings of accounts, resets; what is refused while in use; and who wins where two ask at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { quietReseller } from './availability-world.ts'
import type { TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { runsOr } from './properties.ts'
import { notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'
import { common } from './services.ts'

const t = await openWorld()
const { system } = t.database
const world = await quietReseller(t)
const { reseller, seller, administrator, accounts, technical, the } = world
const activity = await watchActivity(t)
const [A, B] = accounts as [number, number]
const foreign = the('client').clientId
const gone = accounts.pop() as number
await system`UPDATE clients SET deleted_at = now() WHERE id = ${gone}`
await system`SELECT refresh_client_and_users(${gone})`
const rounds = runsOr(25)

const actions: Record<string, string> = {
  'PATCH defaults': 'setDefaultAvailability',
  'PATCH clients/': 'setClientAvailability',
  'DELETE clients/': 'resetClientAvailability',
  'DELETE clients': 'resetAllAvailability',
}
/** `affected` is the account in the row of the activity. */
function scenario(name: string, one: TestCaller, method: string, at: string, body: unknown, status: number, says?: object): Scenario {
  const action = actions[`${method} ${at.replace(/\d+$/, '')}`]
  const account = /\d+$/.exec(at)?.[0]
  const affected = status < 400 && { affected_client_id: account ? Number(account) : null } // of a refusal: test/activity.test.ts
  return {
    name: `${status} ${name}`,
    as: one.authorization,
    method,
    path: `/iam/products/availability/${at}`,
    body,
    status,
    ...(says && { says }),
    records: method === 'GET' ? [] : [{ action, status_code: status, user_id: one.userId, ...affected }],
  }
}
const cdn = (available: boolean) => ({ product_name: 'CDN', available })
const before = (steps: () => Promise<unknown>): Scenario[] => [
  {
    name: '(what follows begins elsewhere)',
    method: 'GET',
    path: '/healthz',
    status: 200,
    also: async () => {
      await steps()
      await activity.since(0)
      await activity.mails()
      await activity.statusChanges()
    },
  },
]

const scenarios: Scenario[] = [
  scenario(
    'the defaults, each product',
    seller,
    'GET',
    'defaults',
    undefined,
    200,
    common.map((product_name) => ({ product_name, available: true })),
  ),
  scenario('a default turned off', reseller, 'PATCH', 'defaults', cdn(false), 200, cdn(false)),
  scenario('an account follows it', seller, 'GET', `clients/${A}`, undefined, 200, [cdn(false)]),
  scenario('a setting of its own', seller, 'PATCH', `clients/${A}`, cdn(true), 200, cdn(true)),
  scenario('the account does not follow', reseller, 'GET', `clients/${A}`, undefined, 200, [cdn(true)]),
  scenario('its neighbour does', reseller, 'GET', `clients/${B}`, undefined, 200, [cdn(false)]),
  scenario('reset', seller, 'DELETE', `clients/${A}`, { product_names: ['CDN'] }, 204),
  scenario('the account follows again', reseller, 'GET', `clients/${A}`, undefined, 200, [cdn(false)]),
  scenario('a reset of nothing', reseller, 'DELETE', `clients/${A}`, { product_names: [] }, 204),
  scenario('a reset of everybody, by a seller', seller, 'DELETE', 'clients', { product_names: ['CDN', 'DNS', 'CDN'] }, 204),

  scenario('a product that the contract does not name', reseller, 'PATCH', 'defaults', { product_name: 'CONNECT', available: true }, 400, {
    errors: { product_name: [`Must be one of: ${common.join(', ')}.`] },
  }),
  scenario('whether it is available is missing', reseller, 'PATCH', `clients/${A}`, { product_name: 'CDN' }, 400, {
    errors: { available: ['This field is required.'] },
  }),
  scenario('a reset without products', reseller, 'DELETE', 'clients', {}, 400, { errors: { product_names: ['This field is required.'] } }),
  scenario('a reset of an unknown product', reseller, 'DELETE', `clients/${A}`, { product_names: ['CDN', 'TAPE'] }, 400, {
    errors: { product_names: { 1: [`Must be one of: ${common.join(', ')}.`] } },
  }),
  scenario('a deleted account', reseller, 'PATCH', `clients/${gone}`, cdn(true), 400, {
    errors: { errors: ['The account was deleted.'] },
  }),
  scenario('a reset of a deleted account', reseller, 'DELETE', `clients/${gone}`, { product_names: ['CDN'] }, 400, {
    errors: { errors: ['The account was deleted.'] },
  }),
  scenario('defaults, by a seller', seller, 'PATCH', 'defaults', cdn(true), 403),
  scenario('the technical account, by a seller', seller, 'PATCH', `clients/${technical}`, cdn(true), 403),
  scenario('an Administrator', administrator, 'PATCH', `clients/${administrator.clientId}`, cdn(true), 403),
  scenario('an account of another reseller', reseller, 'PATCH', `clients/${foreign}`, cdn(true), 404, notFound),
  scenario('no account', reseller, 'DELETE', `clients/${2 ** 40}`, { product_names: ['CDN'] }, 404, notFound),
]

const [A1, A2, A3] = accounts.slice(0, 3) as [number, number, number]
const inUse = (lists: object) => ({
  message: 'A product that is in use must stay available.',
  trial: [],
  activating: [],
  active: [],
  ...lists,
})

const whileInUse: Scenario[] = [
  ...before(async () => {
    await world.begin()
    assert.equal((await world.put(A1, 'CDN', 'trial')).status, 200)
    assert.equal((await world.put(A2, 'CDN', 'active')).status, 200)
    assert.equal((await world.put(A3, 'DNS', 'activating')).status, 200)
  }),
  scenario('a default that accounts use', reseller, 'PATCH', 'defaults', cdn(false), 403, inUse({ trial: ['CDN'], active: ['CDN'] })),
  scenario('a setting that the account uses', seller, 'PATCH', `clients/${A1}`, cdn(false), 403, inUse({ trial: ['CDN'] })),
  scenario('what others use', seller, 'PATCH', `clients/${A3}`, cdn(false), 200, cdn(false)),
  scenario('settings of their own for those who use it', reseller, 'PATCH', `clients/${A1}`, cdn(true), 200),
  scenario('one of them has none', reseller, 'PATCH', 'defaults', cdn(false), 403, inUse({ active: ['CDN'] })),
  scenario('the other one too', reseller, 'PATCH', `clients/${A2}`, cdn(true), 200),
  scenario('nobody who follows uses it', reseller, 'PATCH', 'defaults', cdn(false), 200, cdn(false)),
  scenario(
    'a reset of one who uses it',
    reseller,
    'DELETE',
    `clients/${A1}`,
    { product_names: ['CDN', 'DNS'] },
    403,
    inUse({ trial: ['CDN'] }),
  ),
  scenario('a reset of all', reseller, 'DELETE', 'clients', { product_names: ['CDN'] }, 403, inUse({ trial: ['CDN'], active: ['CDN'] })),
  scenario('a reset of all for what nobody has of its own', reseller, 'DELETE', 'clients', { product_names: ['DNS'] }, 204),
  scenario('a default that is being activated', reseller, 'PATCH', 'defaults', { product_name: 'DNS', available: false }, 403, {
    ...inUse({ activating: ['DNS'] }),
  }),
  scenario('a default that is on already', reseller, 'PATCH', 'defaults', { product_name: 'DNS', available: true }, 200),
  ...before(async () => {
    await world.put(A1, 'CDN', 'paused')
    await world.put(A2, 'CDN', 'paused')
  }),
  scenario('a reset of all when nobody uses it any more', seller, 'DELETE', 'clients', { product_names: ['CDN'] }, 204),
]
for (const one of [...scenarios, ...whileInUse])
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('a refused reset takes nothing away, an accepted one everything', async () => {
  const own = () => system`SELECT FROM client_availability WHERE reseller_id = 3`
  assert.equal((await own()).length, 0)
  for (const id of accounts) await world.setPersonal(id, 'CDN', id === A1)
  await world.put(A1, 'CDN', 'trial')
  assert.equal((await world.setDefault('CDN', false)).status, 200)
  assert.equal((await world.resetAll(['CDN'])).status, 403)
  assert.equal((await own()).length, accounts.length)
  assert.equal((await world.setDefault('CDN', true)).status, 200)
  assert.equal((await world.resetAll(['CDN'])).status, 204, 'what is offered by default again is not taken away')
  assert.equal((await own()).length, 0)
})

test('of a deleted account nothing is in anybody’s way', async () => {
  await world.begin()
  await system`UPDATE services SET status = 'active' WHERE client_id = ${gone} AND product = 'CDN'`
  assert.equal((await world.setDefault('CDN', false)).status, 200)
})

test('a seller’s reset for all leaves the technical account as it is', async () => {
  await world.begin()
  await world.setPersonal(technical, 'CDN', true)
  await world.setPersonal(A, 'CDN', true)
  assert.equal((await world.resetAll(['CDN'], seller)).status, 204)
  const own = () => system`SELECT client_id FROM client_availability WHERE reseller_id = 3`
  assert.deepEqual(
    (await own()).map(({ client_id }) => client_id),
    [technical],
  )
  assert.equal((await world.resetAll(['CDN'])).status, 204)
  assert.equal((await own()).length, 0)
})

test('resets reach the settings of their own reseller and products alone, and lists and counts follow', async () => {
  await world.begin()
  const others = () => system`SELECT client_id, product, available FROM client_availability WHERE reseller_id <> 3 ORDER BY 1, 2`
  const untouched = [...(await others())]
  for (const id of accounts) for (const product of ['CDN', 'DNS']) await world.setPersonal(id, product, true)
  const counted = async (product: string) =>
    (await world.ask(reseller, 'GET', `/iam/clients?limit=1&personal_product_availability=${product}`)).body.count
  assert.deepEqual([await counted('CDN'), await counted('DNS')], [accounts.length, accounts.length])
  await world.resetAll(['CDN', 'CLOUD'])
  assert.deepEqual([await counted('CDN'), await counted('DNS')], [0, accounts.length])
  await world.reset(A, ['DNS'])
  assert.deepEqual([await counted('CDN'), await counted('DNS')], [0, accounts.length - 1])
  assert.deepEqual([...(await others())], untouched)
  assert.deepEqual(await checkReadModel(system), [])
})

test('a default turned off while accounts start the product: none of them is left with what it may not use', async () => {
  const outcomes = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    await world.begin()
    const starters = accounts.slice(0, 1 + (round % 3))
    const starts = () => starters.map((id, n) => world.put(id, 'CDN', ['trial', 'activating', 'active'][(n + round) % 3] as string))
    const off = () => world.setDefault('CDN', false)
    const answers = await Promise.all(round % 2 === 0 ? [off(), ...starts()] : [...starts(), off()])
    const turned = answers[round % 2 === 0 ? 0 : answers.length - 1]?.status
    const started = answers.filter((_, n) => n !== (round % 2 === 0 ? 0 : answers.length - 1)).filter(({ status }) => status === 200).length
    assert.ok(turned === 200 ? started === 0 : turned === 403 && started > 0, `off: ${turned}, started: ${started}`)
    outcomes.add(String(turned))
  }
  assert.ok(outcomes.size > 0)
})

test('an account’s own setting turned off or reset while it starts the product: exactly one of the two', async () => {
  for (let round = 0; round < rounds; round++) {
    await world.begin()
    await world.setPersonal(A, 'CDN', true)
    await world.setDefault('CDN', false)
    const taking = [() => world.setPersonal(A, 'CDN', false), () => world.reset(A, ['CDN']), () => world.resetAll(['CDN'], seller)][
      round % 3
    ] as () => ReturnType<typeof world.reset>
    const [taken, started] = round % 2 === 0 ? await Promise.all([taking(), world.put(A, 'CDN', 'trial')]) : await swapped(taking)
    const ok = (status: number) => status < 300
    assert.ok(ok(taken.status) !== ok(started.status), `taken away: ${taken.status}, started: ${started.status}`)
  }
  async function swapped(taking: () => ReturnType<typeof world.reset>) {
    const [started, taken] = await Promise.all([world.put(A, 'CDN', 'trial'), taking()])
    return [taken, started] as const
  }
})

test('a default turned off while an account that uses the product goes back to it: exactly one of the two', async () => {
  for (let round = 0; round < rounds; round++) {
    await world.begin()
    await world.setPersonal(A, 'CDN', true)
    await world.put(A, 'CDN', 'active')
    const back = round % 2 === 0 ? world.reset(A, ['CDN']) : world.resetAll(['CDN'])
    const [reset, off] = await Promise.all([back, world.setDefault('CDN', false)])
    assert.deepEqual([reset.status, off.status].sort(), reset.status === 204 ? [204, 403] : [200, 403], 'exactly one of them is refused')
  }
})

test('resets, defaults, settings and services changed at once neither wait for each other in a circle nor leave the lists behind', async () => {
  for (let round = 0; round < rounds; round++) {
    await world.begin()
    const asked = accounts
      .slice(0, 6)
      .flatMap((id, n) => [
        world.setPersonal(id, common[n % 6] as string, (n + round) % 2 === 0),
        world.put(id, common[(n + round) % 6] as string, 'trial', n % 2 === 0 ? seller : reseller),
        world.reset(id, common),
      ])
    const answers = await Promise.all([
      ...asked,
      world.resetAll(common),
      world.resetAll(common, seller),
      world.setDefault('CDN', round % 2 === 0),
      world.setDefault('DNS', round % 2 === 1),
    ])
    for (const { status, text } of answers) assert.ok([200, 204, 400, 403].includes(status), text)
  }
  const bad = await system`
    SELECT s.client_id, s.product FROM services s JOIN clients c ON c.id = s.client_id
      LEFT JOIN client_availability p ON p.client_id = s.client_id AND p.product = s.product
      LEFT JOIN default_availability d ON d.reseller_id = s.reseller_id AND d.product = s.product
    WHERE s.reseller_id = 3 AND c.deleted_at IS NULL AND s.status IN ('trial', 'activating', 'active') AND NOT coalesce(p.available, d.available, false)`
  assert.deepEqual([...bad], [], 'these use what they may not')
  assert.deepEqual(await checkReadModel(system), [])
})
