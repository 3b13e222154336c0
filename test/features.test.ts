/** /iam/admin: the catalogue, and enabling and disabling free and paid features. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { invalid } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)
const the = shownBy(t)
const [platform, reseller, seller, administrator] = [the('platform'), the('reseller'), the('seller'), the('client')]
const { clientId } = administrator
const foreign = the('client', 3).clientId
const gone = world.clients.find((c) => c.reseller_id === 2 && c.deleted_at)?.id as number
const [free, paid] = [2, 3] // of CDN: HTTP/3, Image optimisation
await system`INSERT INTO features (id, name, product, is_free) VALUES (900, 'Of a product without a name', 'CONNECT', true)`
await system`DELETE FROM client_features WHERE client_id = ${clientId}`
await system`SELECT refresh_clients(${[clientId]}::bigint[])`

const ask = (one: TestCaller, method: string, path: string, body?: object) =>
  t.ask(method, path, { headers: { authorization: one.authorization }, ...(body && { body }) })
const enable = (kind: string, feature_id: number, one = reseller, client_id = clientId) =>
  ask(one, 'POST', `/iam/admin/${kind}_features`, { client_id, feature_id })
const made: Record<string, number> = {}

function post(name: string, one: TestCaller, kind: 'free' | 'paid', body: object, status: number, says: object = {}): Scenario {
  const action = kind === 'free' ? 'enableFreeFeature' : 'enablePaidFeature'
  return {
    name: `${status} ${name}`,
    as: one.authorization,
    method: 'POST',
    path: `/iam/admin/${kind}_features`,
    body,
    status,
    says,
    records: [{ action, status_code: status, user_id: one.userId, affected_client_id: status === 201 ? clientId : null }],
    also: ({ body }) => {
      if (status === 201) made[kind] = body.id
    },
  }
}
const of = (feature_id: number, client_id = clientId) => ({ client_id, feature_id })

const scenarios: Scenario[] = [
  post('a free feature, by a seller, whatever it says of what is read only', seller, 'free', { ...of(free), id: 'x', feature: null }, 201, {
    ...of(free),
    feature: { id: free, name: 'HTTP/3', service: 'CDN', is_free: true },
  }),
  post('a paid feature', reseller, 'paid', of(paid), 201, {
    ...of(paid),
    feature: { id: paid, name: 'Image optimisation', service: 'CDN', is_free: false },
  }),
  post('a second time', reseller, 'free', of(free), 400, invalid('feature_id', 'The account already has this feature.')),
  post('a paid one as free', reseller, 'free', of(4), 400, invalid('feature_id', 'This feature is paid.')),
  post('a free one as paid', reseller, 'paid', of(1), 400, invalid('feature_id', 'This feature is free.')),
  post('no feature', reseller, 'paid', of(2 ** 40), 400, invalid('feature_id', 'There is no such feature.')),
  post('a feature of a product without a name', platform, 'free', of(900), 400, invalid('feature_id', 'There is no such feature.')),
  post('no account', reseller, 'free', of(1, 2 ** 40), 400, invalid('client_id', 'There is no such account.')),
  post('an account of another reseller', reseller, 'free', of(1, foreign), 400, invalid('client_id', 'There is no such account.')),
  post('a deleted account', reseller, 'free', of(1, gone), 400, invalid('errors', 'The account was deleted.')),
  post('no account named', reseller, 'free', { feature_id: 1 }, 400, invalid('client_id', 'This field is required.')),
  post('a text for a number', reseller, 'free', { ...of(1), feature_id: '1' }, 400, invalid('feature_id', 'Must be of type integer.')),
  post('an Administrator', administrator, 'free', of(1), 403),
  post('the technical account, by a seller', seller, 'free', of(1, seller.clientId), 403),
]
for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('the account’s document and the filter know what it has, and no longer has', async () => {
  const seen = async () => {
    const { body } = await ask(reseller, 'GET', `/iam/clients/${clientId}`)
    const ids = (features: Record<string, { feature_id: number }[]>) =>
      Object.values(features).flatMap((all) => all.map((f) => f.feature_id))
    const found = await ask(reseller, 'GET', `/iam/clients?limit=1000&feature_id_in=${free}`)
    assert.equal(found.body.count, found.body.results.length)
    return [ids(body.freeFeatures), ids(body.paidFeatures), found.body.results.some(({ id }: { id: number }) => id === clientId)]
  }
  assert.deepEqual(await seen(), [[free], [paid], true])
  const path = `/iam/admin/free_features/${made.free}`
  await run(t, activity, {
    name: '204 takes it away',
    as: seller.authorization,
    method: 'DELETE',
    path,
    status: 204,
    records: [{ action: 'disableFreeFeature', status_code: 204, affected_client_id: clientId }],
  })
  assert.deepEqual(await seen(), [[], [paid], false])
  assert.equal((await ask(reseller, 'DELETE', path)).status, 404)
  assert.equal((await enable('free', free)).status, 201, 'and it can be enabled again')
  assert.deepEqual(await checkReadModel(system), [])
})

test('a paid feature is not found among the free ones, nor the reverse', async () => {
  for (const method of ['GET', 'DELETE']) assert.equal((await ask(reseller, method, `/iam/admin/free_features/${made.paid}`)).status, 404)
  const { body, status } = await ask(seller, 'GET', `/iam/admin/paid_features/${made.paid}`)
  assert.deepEqual([status, body.client_id, body.feature_id], [200, clientId, paid])
})

test('the catalogue: every feature of a product with a name, for whoever may read it', async () => {
  const { body } = await ask(seller, 'GET', '/iam/admin/feature')
  assert.deepEqual(
    body,
    world.features.map(({ id, name, product, is_free }) => ({ id, name, service: product, is_free })),
  )
  assert.deepEqual((await ask(platform, 'GET', '/iam/admin/feature/3')).body, body[2])
  for (const id of [900, 2 ** 31, 2 ** 52, 'x']) assert.equal((await ask(reseller, 'GET', `/iam/admin/feature/${id}`)).status, 404)
})

test('lists hold what the accounts in sight have, of their kind, in order of id; limits and other parameters mean nothing', async () => {
  const rows = await system<{ id: number; reseller_id: number; is_free: boolean }[]>`
    SELECT e.id, e.reseller_id, f.is_free FROM client_features e JOIN features f ON f.id = e.feature_id ORDER BY e.id`
  for (const one of [platform, reseller, seller, the('reseller', 3)])
    for (const kind of ['free', 'paid']) {
      const { body } = await ask(one, 'GET', `/iam/admin/${kind}_features?limit=1&offset=x`)
      const due = rows.filter((row) => row.is_free === (kind === 'free') && (one === platform || row.reseller_id === one.resellerId))
      assert.ok(due.length > 1)
      assert.deepEqual(
        body.map(({ id }: { id: number }) => id),
        due.map(({ id }) => id),
        `${kind} features for ${one.name}`,
      )
    }
})

test('enabled and disabled by many at once, it is done once', async () => {
  for (let round = 0; round < 10; round++) {
    const enabled = await Promise.all([...Array(6)].map((_, n) => enable('paid', 4, n % 2 === 0 ? reseller : seller)))
    assert.deepEqual(enabled.map(({ status }) => status).sort(), [201, 400, 400, 400, 400, 400])
    const { id } = enabled.find(({ status }) => status === 201)?.body ?? {}
    const disabled = await Promise.all([...Array(4)].map(() => ask(reseller, 'DELETE', `/iam/admin/paid_features/${id}`)))
    assert.deepEqual(disabled.map(({ status }) => status).sort(), [204, 404, 404, 404])
  }
  assert.deepEqual(await checkReadModel(system), [])
})
