/** POST /iam/users and client-users/create: what is made, for whom, what is refused, and what the lists, the activity and the mails get. */
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
const [platform, reseller, seller, foreignSeller] = [the('platform'), the('reseller'), the('seller'), the('seller', 3)]
const administrator = the('client')
const password = 'correct horse battery'
const there = world.clients.find((c) => c.id === administrator.clientId) as { company_name: string; email: string }

let made = 0
const wanted = (more: object = {}) => ({ email: `first${++made}@new.example`, password, company: `New ${made} Ltd`, ...more })

const create = (name: string, one: TestCaller, body: unknown, status: number, says: object): Scenario => ({
  name,
  as: one.authorization,
  method: 'POST',
  path: '/iam/users',
  body,
  status,
  says,
  records: [
    status === 201
      ? { action: 'createUser', status_code: 201, user_id: one.userId, client_id: one.clientId, reseller_id: one.resellerId }
      : { action: 'createUser', status_code: status, affected_client_id: null },
  ],
})

const creating: Scenario[] = [
  create('201 for the least', reseller, wanted(), 201, {
    name: null,
    lang: 'en',
    phone: null,
    reseller: 2,
    deleted: false,
    activated: true,
    is_active: true,
    user_type: 'common',
    groups: [{ id: 1, name: 'Administrators' }],
    two_fa: false,
    auth_types: ['password'],
  }),
  create(
    '201 for everything',
    seller,
    wanted({
      user_type: 'common',
      name: 'Ada',
      phone: '+1',
      lang: 'de',
      custom_id: 'c-1',
      country_code: 'DE',
      is_test: true,
      seller: null,
      services: [],
    }),
    201,
    { name: 'Ada', phone: '+1', lang: 'de' },
  ),
  create('201 in the platform’s own reseller', platform, wanted(), 201, { reseller: 1 }),
  create('400 for nothing', reseller, {}, 400, { errors: { email: [], password: [], company: [] } }),
  create('400 for no address', reseller, wanted({ email: 'nobody' }), 400, { errors: { email: ['Enter a valid email address.'] } }),
  create('400 for a blank company', reseller, wanted({ company: ' ' }), 400, { errors: { company: ['This value is not valid.'] } }),
  create(
    '400 for a short password',
    reseller,
    wanted({ password: 'short' }),
    400,
    invalid('password', 'At least 12 characters are required.'),
  ),
  create(
    '400 for the email as password',
    reseller,
    { ...wanted(), email: 'somebody.long@new.example', password: 'Somebody.Long1' },
    400,
    invalid('password', 'The password is too much like the email.'),
  ),
  create('400 for another type of user', reseller, wanted({ user_type: 'reseller' }), 400, {
    errors: { user_type: ['Must be one of: common.'] },
  }),
  create(
    '400 for a company in other letters',
    reseller,
    wanted({ company: there.company_name.toUpperCase() }),
    400,
    invalid('company', 'The reseller already has an account with this company name.'),
  ),
  create('201 for the company of another reseller’s', the('reseller', 3), wanted({ company: there.company_name }), 201, { reseller: 3 }),
  create(
    '400 for an email in other letters',
    reseller,
    wanted({ email: administrator.email.toUpperCase() }),
    400,
    invalid('email', 'A user with this email already exists.'),
  ),
  create(
    '400 for a foreign email',
    the('reseller', 3),
    wanted({ email: administrator.email }),
    400,
    invalid('email', 'A user with this email already exists.'),
  ),
  create(
    '400 for another reseller’s seller',
    reseller,
    wanted({ seller: foreignSeller.userId }),
    400,
    invalid('seller', 'The reseller has no such seller.'),
  ),
  create(
    '400 for a seller who is none',
    reseller,
    wanted({ seller: administrator.userId }),
    400,
    invalid('seller', 'The reseller has no such seller.'),
  ),
  create('400 for an unknown seller', reseller, wanted({ seller: 2 ** 40 }), 400, invalid('seller', 'The reseller has no such seller.')),
  create('400 for a country that is no code', reseller, wanted({ country_code: 'Germany' }), 400, { errors: { country_code: [] } }),
  create('400 for an unknown product', reseller, wanted({ services: [{ product_name: 'CONNECT', available: true }] }), 400, {
    errors: { services: { 0: { product_name: [] } } },
  }),
  create(
    '400 for a product twice',
    reseller,
    wanted({
      services: [
        { product_name: 'CDN', available: true },
        { product_name: 'CDN', available: null },
      ],
    }),
    400,
    { errors: { services: { 1: { product_name: ['The list has this product twice.'] } } } },
  ),
  create('400 for no product', reseller, wanted({ services: [{ available: true }] }), 400, {
    errors: { services: { 0: { product_name: ['This field is required.'] } } },
  }),
  create('403 for an Administrator', administrator, wanted(), 403, forbidden),
]

for (const one of creating)
  test(`create a client: ${one.name}`, async () => {
    await run(t, activity, one)
  })

test('a failed creation leaves no account', async () => {
  const [row] =
    await system`SELECT count(*) FROM clients c WHERE owner_id IS NULL AND id > ${Math.max(...world.clients.map(({ id }) => id))}`
  assert.equal(row?.count, 0)
})

test('the account is as documented: preparation, new services, an owner who can sign in, its personal availability', async () => {
  const body = wanted({
    name: 'Grace',
    phone: '+49',
    seller: seller.userId,
    country_code: 'AZ',
    custom_id: 'id 7',
    is_test: true,
    services: [
      { product_name: 'CDN', available: false },
      { product_name: 'DNS', available: true },
      { product_name: 'CLOUD', available: null },
    ],
  })
  const answer = await t.ask('POST', '/iam/users', { headers: { authorization: reseller.authorization }, body })
  assert.equal(answer.status, 201, answer.text)
  const { id, client } = answer.body
  const account = (await t.ask('GET', `/iam/clients/${client}`, { headers: { authorization: reseller.authorization } })).body
  assert.partialDeepStrictEqual(account, {
    email: body.email,
    companyName: body.company,
    name: 'Grace',
    phone: '+49',
    status: 'preparation',
    owner: id,
    seller: seller.userId,
    country_code: 'AZ',
    custom_id: 'id 7',
    is_test: true,
    client_type: 'common',
    has_active_admin: true,
    deleted: false,
    users: [{ id, email: body.email }],
  })
  assert.deepEqual(Object.keys(account.serviceStatuses).sort(), ['CDN', 'CLOUD', 'DDOS', 'DNS', 'STORAGE', 'STREAMING'])
  for (const service of Object.values<{ status: string }>(account.serviceStatuses)) assert.equal(service.status, 'new')
  assert.ok(!account.capabilities.includes('CDN') && account.capabilities.includes('DNS'))
  const personal = await system`SELECT product, available FROM client_availability WHERE client_id = ${client} ORDER BY product`
  assert.deepEqual(
    [...personal],
    [
      { product: 'CDN', available: false },
      { product: 'DNS', available: true },
    ],
  )
  const signedIn = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: body.email, password } })
  assert.equal(signedIn.status, 200, signedIn.text)
  const row = (await activity.since(1)).at(-1)
  assert.partialDeepStrictEqual(row, { affected_client_id: client, action: 'createUser' })
  assert.ok(!JSON.stringify(row).includes(password), 'the activity holds no password')
  assert.deepEqual([await activity.mails(), await activity.statusChanges()], [[], []])
})

test('a seller’s clients are its own unless it says otherwise', async () => {
  for (const [more, due] of [
    [{}, seller.userId],
    [{ seller: null }, null],
  ] as const) {
    const answer = await t.ask('POST', '/iam/users', { headers: { authorization: seller.authorization }, body: wanted(more) })
    const account = await t.ask('GET', `/iam/clients/${answer.body.client}`, { headers: { authorization: seller.authorization } })
    assert.equal(account.body.seller, due)
  }
  await activity.since(2)
})

test('of two clients of one email, or one company, created at once, one is made', async () => {
  for (const [field, bodies] of [
    ['email', [wanted({ email: 'same@new.example' }), wanted({ email: 'Same@new.example' })]],
    ['company', [wanted({ company: 'Same' }), wanted({ company: 'sAmE' })]],
  ] as const) {
    const answers = await Promise.all(
      [reseller, seller].map(({ authorization }, n) => t.ask('POST', '/iam/users', { headers: { authorization }, body: bodies[n] })),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 400], field)
    assert.deepEqual(Object.keys(answers.find(({ status }) => status === 400)?.body.errors), [field])
  }
  const [a, b] = [wanted(), wanted()]
  const others = await Promise.all(
    [{ ...a }, { ...b, email: a.email }, { ...a, email: b.email }, { ...b }].map((body) =>
      t.ask('POST', '/iam/users', { headers: { authorization: reseller.authorization }, body }),
    ),
  )
  for (const { status, text } of others) assert.ok(status === 201 || status === 400, `neither a deadlock nor a failure: ${text}`)
  await activity.since(8)
})

const member = (more: object = {}) => ({
  name: 'Mary',
  username: `member${++made}@new.example`,
  password,
  user_role: { user_role: { id: 5 } },
  ...more,
})
const inAccount = (name: string, one: TestCaller, clientId: number, body: unknown, status: number, says: object): Scenario => ({
  name,
  as: one.authorization,
  method: 'POST',
  path: `/iam/clients/${clientId}/client-users/create`,
  body,
  status,
  says,
  records: [{ action: 'createClientUser', status_code: status, affected_client_id: status === 404 ? null : clientId }],
})
const { clientId } = administrator
const gone = world.clients.find((c) => c.reseller_id === 2 && c.deleted_at) as { id: number }

const creatingMembers: Scenario[] = [
  inAccount('200 for a role within', seller, clientId, member(), 200, {
    name: 'Mary',
    user_role: { user_role: { id: 5, name: 'Engineers' } },
  }),
  inAccount('200 for a role as it stands', reseller, clientId, member({ user_role: { name: 'Users' }, name: null }), 200, {
    name: null,
    user_role: { user_role: { id: 2, name: 'Users' } },
  }),
  inAccount('200 for a colleague of one’s own, an Administrator', reseller, reseller.clientId, member({ user_role: { id: 1 } }), 200, {}),
  inAccount('400 for a colleague who shall be less', reseller, reseller.clientId, member(), 400, { errors: { user_role: [] } }),
  inAccount(
    '400 for an unknown role',
    reseller,
    clientId,
    member({ user_role: { id: 100, name: 'Fake role' } }),
    400,
    invalid('user_role', 'Invalid role: Fake role'),
  ),
  inAccount('400 for no role', reseller, clientId, member({ user_role: {} }), 400, invalid('user_role', 'This field is required.')),
  inAccount('400 for nothing', reseller, clientId, {}, 400, { errors: { username: [], password: [], user_role: [] } }),
  inAccount('400 for a common password', reseller, clientId, member({ password: 'passwordpassword' }), 400, {
    errors: { password: ['This password is too common.'] },
  }),
  inAccount(
    '400 for an email that somebody has',
    reseller,
    clientId,
    member({ username: administrator.email }),
    400,
    invalid('username', 'A user with this email already exists.'),
  ),
  inAccount('400 in a deleted account', reseller, gone.id, member(), 400, invalid('errors', 'The account was deleted.')),
  inAccount('403 for an Administrator', administrator, clientId, member(), 403, {}),
  inAccount('403 for a seller in the technical account', seller, seller.clientId, member(), 403, {}),
  inAccount('404 for a foreign account', the('reseller', 3), clientId, member(), 404, notFound),
  inAccount('404 for an unknown account', reseller, 2 ** 40, member(), 404, notFound),
]

for (const one of creatingMembers)
  test(`create a user: ${one.name}`, async () => {
    await run(t, activity, one)
  })

test('a created user signs in at once, in the account, with its role; a colleague of the reseller is one of the reseller', async () => {
  const body = member()
  await t.ask('POST', `/iam/clients/${clientId}/client-users/create`, { headers: { authorization: seller.authorization }, body })
  const colleague = member({ user_role: { id: 1 } })
  await t.ask('POST', `/iam/clients/${reseller.clientId}/client-users/create`, {
    headers: { authorization: reseller.authorization },
    body: colleague,
  })
  for (const [{ username }, says] of [
    [body, { user_type: 'common', client: clientId, groups: [{ id: 5 }], activated: true }],
    [colleague, { user_type: 'reseller', client: reseller.clientId, groups: [{ id: 1 }], activated: true }],
  ] as const) {
    const signedIn = await t.ask('POST', '/iam/auth/jwt/login', { body: { username, password } })
    assert.equal(signedIn.status, 200, signedIn.text)
    const me = await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${signedIn.body.access}` } })
    assert.partialDeepStrictEqual(me.body, says)
  }
  await activity.since(2)
})

test('after all of it the read model is what it must be', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
