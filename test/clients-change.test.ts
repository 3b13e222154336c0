/** PATCH /iam/clients/{clientId}: what staff change of an account, and moving one to another reseller. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { forbidden, invalid, notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, seller, sellerOf3] = [the('platform'), the('reseller'), the('seller'), the('seller', 3)]
const administrator = the('client')
const account = administrator.clientId
const live = world.clients.filter((c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at && c.id !== account)
const rival = live[0] as (typeof live)[number]
const gone = live.pop() as (typeof live)[number]
await system`UPDATE clients SET deleted_at = now() WHERE id = ${gone.id}`
await system`SELECT refresh_clients(${[gone.id]}::bigint[])`
const foreign = the('client', 3)

const path = (id: number) => `/iam/clients/${id}`
const done = (one: TestCaller, affected: number) => ({
  action: 'updateClient',
  method: 'PATCH',
  status_code: 200,
  user_id: one.userId,
  client_id: one.clientId,
  affected_client_id: affected,
})
const refused = (status_code: number) => ({ action: 'updateClient', status_code })
const patch = (name: string, one: TestCaller, id: number, body: unknown, status: number, says: object): Scenario => ({
  name,
  as: one.authorization,
  method: 'PATCH',
  path: path(id),
  body,
  status,
  says,
  records: [status === 200 ? done(one, id) : refused(status)],
})
const all = { email: 'desk@example.com', companyName: 'Überraschung & Söhne', custom_id: 'A_1%', name: 'Ö', phone: '+1', is_test: true }

const scenarios: Scenario[] = [
  patch('200 for every field, by the reseller', reseller, account, { ...all, seller: seller.userId, reseller: 2 }, 200, {
    ...all,
    seller: seller.userId,
    resellers: 2,
  }),
  patch('200 and the rest as it was for one field, by a seller', seller, account, { is_test: false }, 200, { ...all, is_test: false }),
  patch('200 and nothing changed for an empty body', platform, account, {}, 200, { ...all, is_test: false, seller: seller.userId }),
  patch('200 and unset by null', reseller, account, { custom_id: null, name: null, phone: null, seller: null }, 200, {
    custom_id: null,
    name: null,
    phone: null,
    seller: null,
  }),
  patch('200 for the company it has, in other letters', reseller, account, { companyName: 'überraschung & söhne' }, 200, {
    companyName: 'überraschung & söhne',
    users: [{ company: 'überraschung & söhne' }],
  }),
  patch('200 for the company of a deleted account', reseller, account, { companyName: gone.company_name.toUpperCase() }, 200, {}),
  patch(
    '400 for the company of another account, in other letters',
    reseller,
    account,
    { companyName: rival.company_name.toUpperCase(), phone: 'never' },
    400,
    invalid('companyName', 'The reseller already has an account with this company name.'),
  ),
  patch('400 for an empty company', reseller, account, { companyName: ' ' }, 400, { errors: { companyName: [] } }),
  patch('400 for no company', reseller, account, { companyName: null }, 400, { errors: { companyName: [] } }),
  patch('400 for what is no email', reseller, account, { email: 'nobody' }, 400, { errors: { email: [] } }),
  patch('400 for text that is too long', reseller, account, { custom_id: 'x'.repeat(256), phone: '1'.repeat(31) }, 400, {
    errors: { custom_id: [], phone: [] },
  }),
  ...[sellerOf3.userId, reseller.userId, administrator.userId, 2 ** 40, 0].map((id) =>
    patch(`400 for the seller ${id}, who is none of the reseller’s`, reseller, account, { seller: id }, 400, {
      errors: { seller: ['The reseller has no such seller.'] },
    }),
  ),
  ...[1e30, -1, 1.5, '7'].map((id) =>
    patch(`400 for the seller ${id}`, reseller, account, { seller: id }, 400, { errors: { seller: [] } }),
  ),
  patch('403 for another reseller, by the reseller', reseller, account, { reseller: 3 }, 403, {
    message: 'Only an operator of the platform can move an account to another reseller.',
  }),
  patch('403 for a client user', administrator, account, { name: 'x' }, 403, forbidden),
  patch('403 for a client user and somebody else’s account', administrator, rival.id, { name: 'x' }, 403, forbidden),
  patch('403 for the technical account, by a seller', seller, reseller.clientId, { name: 'x' }, 403, forbidden),
  patch('404 for an account of another reseller', reseller, foreign.clientId, { name: 'x' }, 404, notFound),
  patch('404 for none', seller, 2 ** 40, { name: 'x' }, 404, notFound),
  patch('400 for a deleted account', reseller, gone.id, { name: 'x' }, 400, invalid('errors', 'The account was deleted.')),
  patch('200 for the technical account, by the reseller', reseller, reseller.clientId, { companyName: 'Renamed Ltd' }, 200, {
    companyName: 'Renamed Ltd',
    client_type: 'reseller',
  }),
]

for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('a refused change leaves the row as it was, and the reseller is called like its technical account', async () => {
  const [row] = await system`SELECT phone, company_name FROM clients WHERE id = ${account}`
  assert.deepEqual({ ...row }, { phone: null, company_name: gone.company_name.toUpperCase() })
  const [of] = await system`SELECT name FROM resellers WHERE id = 2`
  assert.equal(of?.name, 'Renamed Ltd')
})

test('of two who want one company at once one gets it', async () => {
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(
      live
        .slice(1, 5)
        .map((c) =>
          t.ask('PATCH', path(c.id), { headers: { authorization: reseller.authorization }, body: { companyName: `Wanted ${round}` } }),
        ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400])
  }
  await activity.since(40)
})

test('a seller deleted at the same moment does not stay the seller of an account', async () => {
  for (let round = 0; round < 10; round++) {
    const [one] =
      await system`INSERT INTO users ${system({ reseller_id: 2, client_id: reseller.clientId, user_type: 'seller', email: `s${round}@example.com` })} RETURNING id`
    const [{ status }] = await Promise.all([
      t.ask('PATCH', path(account), { headers: { authorization: reseller.authorization }, body: { seller: one?.id } }),
      // As a deletion must do it: the user first, then the accounts it sells to are seen.
      system.begin(async (db) => {
        await db`UPDATE users SET deleted_at = now() WHERE id = ${one?.id}`
        const sold = await db`UPDATE clients SET seller_id = NULL WHERE seller_id = ${one?.id} RETURNING id`
        await db`SELECT refresh_clients(${sold.map(({ id }) => id)}::bigint[]), refresh_users(${[one?.id]}::bigint[])`
      }),
    ])
    assert.ok(status === 200 || status === 400, String(status))
    const [left] = await system`SELECT count(*) FROM clients c JOIN users u ON u.id = c.seller_id WHERE u.deleted_at IS NOT NULL`
    assert.equal(left?.count, 0)
  }
  await activity.since(10)
})

/** An account of reseller 2 with people who belong to it alone and services that reseller 3 offers, with something of everything on it. */
async function movable() {
  const found = await system<{ id: number }[]>`
    SELECT c.id FROM clients c WHERE c.reseller_id = 2 AND c.client_type = 'common' AND c.deleted_at IS NULL AND c.id <> ALL (${[account, rival.id]})
      AND NOT EXISTS (SELECT FROM client_users m WHERE m.client_id = c.id
        AND EXISTS (SELECT FROM client_users o WHERE o.user_id = m.user_id AND o.client_id <> c.id))
      AND NOT EXISTS (SELECT FROM clients o WHERE o.reseller_id = 3 AND o.deleted_at IS NULL AND fold(o.company_name) = fold(c.company_name))
      AND NOT EXISTS (SELECT FROM services s JOIN default_availability d USING (product)
        WHERE s.client_id = c.id AND d.reseller_id = 3 AND NOT d.available AND s.status IN ('trial', 'activating', 'active'))
    ORDER BY (SELECT count(*) FROM client_users m WHERE m.client_id = c.id) DESC, c.id LIMIT 10`
  return found.map(({ id }) => id)
}

test('the platform moves an account to another reseller, with everything that hangs on it', async () => {
  const [id = 0] = await movable()
  const [user] = await system`SELECT user_id FROM client_users WHERE client_id = ${id}`
  const own = { reseller_id: 2, client_id: id, user_id: user?.user_id }
  await system`INSERT INTO api_tokens ${system({ ...own, role_id: 1, name: 'x', secret_hash: Buffer.alloc(32) })}`
  await system`INSERT INTO sessions ${system(own)}`
  await system`INSERT INTO one_time_links ${system({ ...own, hash: Buffer.alloc(32), purpose: 'invitation', expires_at: new Date() })}`
  await system`INSERT INTO logins ${system({ ...own, is_successful: true, auth_type: 'password' })}`
  await system`INSERT INTO account_status_changes ${system({ reseller_id: 2, client_id: id, old_status: 'new', new_status: 'active' })}`
  await system`INSERT INTO outbox ${system({ reseller_id: 2, client_id: id, recipient: 'a@example.com', template: 'x', lang: 'en' })}`
  await activity.mails()
  await activity.statusChanges()
  const before = await t.ask('GET', path(id), { headers: { authorization: platform.authorization } })
  const lists = (one: TestCaller) =>
    Promise.all(
      ['/iam/clients?limit=1', '/iam/users?limit=1'].map((list) => t.ask('GET', list, { headers: { authorization: one.authorization } })),
    )
  const counts = async () => (await Promise.all([reseller, the('reseller', 3)].map(lists))).map((two) => two.map(({ body }) => body.count))
  const [from, to] = await counts()

  await run(t, activity, patch('moved', platform, id, { reseller: 3, phone: '+3', seller: sellerOf3.userId }, 200, { resellers: 3 }))
  const after = await t.ask('GET', path(id), { headers: { authorization: platform.authorization } })
  const { domain } = world.branding.find((row) => row.reseller_id === 3 && !row.deleted_at) ?? { domain: null }
  assert.deepEqual(
    { ...after.body, capabilities: [] },
    {
      ...before.body,
      capabilities: [],
      entryBaseDomain: domain,
      resellers: 3,
      seller: sellerOf3.userId,
      phone: '+3',
      users: before.body.users.map((one: object) => ({ ...one, reseller: 3 })),
    },
  )
  const people = before.body.users.length
  assert.ok(from && to && people > 0)
  assert.deepEqual(await counts(), [
    [from[0] - 1, from[1] - people],
    [to[0] + 1, to[1] + people],
  ])
  assert.equal((await t.ask('GET', path(id), { headers: { authorization: reseller.authorization } })).status, 404)
  const of3 = await t.ask('GET', `/iam/users/${user?.user_id}`, { headers: { authorization: sellerOf3.authorization } })
  assert.equal(of3.body.reseller, 3)

  const columns = await system<{ table: string; by: string }[]>`
    SELECT c.relname AS table, b.attname AS by FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'reseller_id'
      JOIN pg_attribute b ON b.attrelid = c.oid AND b.attname IN ('client_id', 'user_id')
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace`
  assert.ok(columns.length > 15)
  for (const { table, by } of columns) {
    const mine = by === 'client_id' ? id : user?.user_id
    const [left] = await system`SELECT count(*) FROM ${system(table)} WHERE ${system(by)} = ${mine} AND reseller_id <> 3`
    assert.equal(left?.count, 0, `${table}: rows of the moved ${by} stay with the old reseller`)
  }
})

test('400 naming reseller for an account that cannot be moved', async () => {
  const member = world.client_users.filter(
    (m) => m.reseller_id === 2 && world.client_users.some((o) => o.user_id === m.user_id && o.client_id !== m.client_id),
  )
  const [shared] = member.filter((m) => world.clients.some((c) => c.id === m.client_id && !c.deleted_at))
  const [one = 0, another = 0] = await movable()
  const used = world.services.find((s) => s.client_id === another)
  await system`UPDATE services SET status = 'active' WHERE id = ${used?.id ?? 0}`
  await system`UPDATE default_availability SET available = false WHERE reseller_id = 3 AND product = ${used?.product ?? ''}`
  await system`DELETE FROM client_availability WHERE client_id = ${another}`
  await system`SELECT refresh_clients(${[another]}::bigint[]), bump_tenant_version(ARRAY[3])`
  const cannot = (id: number, to: number, text: RegExp) =>
    run(t, activity, {
      ...patch('cannot be moved', platform, id, { reseller: to, phone: 'never' }, 400, {}),
      also: ({ body }) => assert.match(body.errors.reseller[0], text),
    })
  await cannot(reseller.clientId, 3, /^A reseller's own account cannot be moved/)
  await cannot(one, 2 ** 40, /^There is no such reseller/)
  await cannot(shared?.client_id ?? 0, 3, new RegExp(`^These users also belong to other accounts: .*${shared?.user_id}`))
  await cannot(another, 3, new RegExp(`^The account uses products that this reseller does not offer: .*${used?.product}`))
  const [there] = world.clients.filter((c) => c.reseller_id === 3 && !c.deleted_at)
  await run(
    t,
    activity,
    patch('a company that is there', platform, one, { reseller: 3, companyName: there?.company_name.toUpperCase() }, 400, {
      errors: { companyName: ['The reseller already has an account with this company name.'] },
    }),
  )
  await run(
    t,
    activity,
    patch('a seller left behind', platform, one, { reseller: 3, seller: seller.userId }, 400, { errors: { seller: [] } }),
  )
  const [left] = await system`SELECT count(*) FROM clients WHERE phone = 'never' OR id = ${one} AND reseller_id <> 2`
  assert.equal(left?.count, 0)
})

test('accounts moved to and fro while their people sign in and their companies are renamed: no 500, and all is right in the end', async () => {
  const ids = (await movable()).slice(0, 3)
  const [{ deadlocks: before } = { deadlocks: 0 }] = await system`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`
  const statuses: number[] = []
  const ask = async (body: object, id: number) =>
    statuses.push((await t.ask('PATCH', path(id), { headers: { authorization: platform.authorization }, body })).status)
  const people = world.client_users.filter((m) => ids.includes(m.client_id))
  for (let round = 0; round < 15; round++)
    await Promise.all([
      ...ids.map((id) => ask({ reseller: 2 + (round % 2) }, id)),
      ...ids.map((id) => ask({ companyName: `Moving ${round} ${id}` }, id)),
      ...people.map(({ user_id, client_id }) =>
        system`
        INSERT INTO sessions (reseller_id, client_id, user_id) SELECT reseller_id, ${client_id}, id FROM users WHERE id = ${user_id}`.catch(
          (error) => assert.equal(error.code, '23503'), // moved between the look and the row
        ),
      ),
      ...people.map(async ({ user_id }) => {
        const { status } = await t.ask('PATCH', `/iam/users/${user_id}`, {
          headers: { authorization: platform.authorization },
          body: { name: `${round}` },
        })
        assert.ok([200, 400].includes(status), String(status))
      }),
    ])
  assert.deepEqual([...new Set(statuses)].sort(), [200])
  const [{ deadlocks } = { deadlocks: 0 }] = await system`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`
  assert.equal(deadlocks, before)
})

test('after all of it the read model is what it must be', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
