/** Sellers: created by mail, listed, changed, blocked and deleted, and what becomes of their clients, tokens and sessions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { linkContext } from '../src/mail/outbox.ts'
import { insertToken, shownBy, signIn, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, type Scenario, told, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, seller, administrator] = [the('platform'), the('reseller'), the('seller'), the('client')]
const [elsewhere] = world.users.filter((u) => u.user_type === 'seller' && u.reseller_id === 3)
const gone = world.users.find((u) => u.user_type === 'seller' && u.reseller_id === 2 && u.deleted_at)
assert.ok(elsewhere && gone)

const list = '/iam/admin/sellers'
const done = (action: string, method: string, one: TestCaller, status_code = 200) => ({
  action,
  method,
  status_code,
  user_id: one.userId,
  affected_client_id: reseller.clientId,
})
const get = (path: string, one = reseller) => t.ask('GET', path, { headers: { authorization: one.authorization } })
const post = (name: string, one: TestCaller, body: unknown, status: number, says: object, more: Partial<Scenario> = {}): Scenario => ({
  name: `POST: ${name}`,
  as: one.authorization,
  method: 'POST',
  path: list,
  body,
  status,
  says,
  records: [status === 200 ? done('createSeller', 'POST', one) : { action: 'createSeller', status_code: status, affected_client_id: null }],
  ...more,
})
const patch = (name: string, id: number, body: unknown, status: number, says: object, more: Partial<Scenario> = {}): Scenario => ({
  name: `PATCH: ${name}`,
  as: reseller.authorization,
  method: 'PATCH',
  path: `${list}/${id}`,
  body,
  status,
  says,
  records: [{ action: 'updateSeller', status_code: status, affected_client_id: status === 200 ? reseller.clientId : null }],
  ...more,
})
const invited = (recipient: string) => ({ template: 'activation', recipient, lang: 'en', reseller_id: 2, client_id: reseller.clientId })
const taken = { errors: { email: ['A user with this email already exists.'] } }
/** The address in other letters: those of the domain are small in any case. */
const shouted = seller.email.toUpperCase().replace(/@.*/, (domain) => domain.toLowerCase())
const newcomer = { email: 'New.Seller@example.com', full_name: 'Nadja Neu', phone: '+49 (30) 12-34, ext. *5' }

const scenarios: Scenario[] = [
  post(
    '200 and a mail with a link',
    reseller,
    { ...newcomer, phone: '+49 30 1' },
    200,
    {
      email: newcomer.email,
      full_name: 'Nadja Neu',
      phone: '+49 30 1',
      activated: false,
      deleted: false,
      company: world.clients.find(({ id }) => id === reseller.clientId)?.company_name,
      reseller_name: world.resellers[1]?.name,
    },
    { mails: [invited(newcomer.email)] },
  ),
  post(
    '200 without a telephone, and what nobody sets ignored',
    reseller,
    { email: 'b@example.com', full_name: 'B', id: 7, activated: true, deleted: true },
    200,
    {
      phone: '',
      activated: false,
      deleted: false,
    },
    { mails: [invited('b@example.com')] },
  ),
  post('400 for the same email in other letters', reseller, { ...newcomer, phone: '', email: 'new.seller@EXAMPLE.com' }, 400, taken),
  post('400 for the email of somebody of another reseller', reseller, { full_name: 'X', email: elsewhere.email }, 400, taken),
  post('400 for nothing', reseller, {}, 400, { errors: { email: ['This field is required.'], full_name: ['This field is required.'] } }),
  post('400 for what is no email, no name and no telephone', reseller, { email: 'x', full_name: ' ', phone: 'Ü' }, 400, {
    errors: { email: [], full_name: [], phone: [] },
  }),
  post(
    '400 for what is too long',
    reseller,
    { email: `${'x'.repeat(150)}@e.com`, full_name: 'x'.repeat(256), phone: '1'.repeat(31) },
    400,
    {
      errors: { email: [], full_name: [], phone: [] },
    },
  ),
  post('400 for what is no JSON', reseller, '{', 400, {}, { records: [{ action: 'createSeller', status_code: 400 }] }),
  post('403 for a seller', seller, newcomer, 403, {}),
  post('403 for a client user', administrator, newcomer, 403, {}),
  post('401 for nobody', reseller, newcomer, 401, {}, { as: 'APIKey 1_x', records: [] }),
  patch('400 for a deleted seller', gone.id, { full_name: 'x' }, 400, { errors: { errors: ['The seller was deleted.'] } }),
  patch('404 for a user who is no seller', administrator.userId, { full_name: 'x' }, 404, {}),
  patch('404 for a seller of another reseller', elsewhere.id, { full_name: 'x' }, 404, {}),
  patch('400 for an email that somebody has', seller.userId, { full_name: 'never', email: administrator.email.toUpperCase() }, 400, taken),
  patch('200 for one field', seller.userId, { full_name: 'Renamed' }, 200, { full_name: 'Renamed', email: seller.email, activated: true }),
  patch('200 for nothing', seller.userId, {}, 200, { full_name: 'Renamed' }),
  patch(
    '200 for the present email in other letters',
    seller.userId,
    { email: seller.email.toUpperCase() },
    200,
    { email: shouted },
    { mails: [told(seller, 'email')] },
  ),
  patch(
    '200 and as it was',
    seller.userId,
    { email: seller.email },
    200,
    { email: seller.email },
    { mails: [told({ ...seller, email: shouted }, 'email')] },
  ),
]
for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

/** A seller who can sign in, made through the server but for the password. */
async function newSeller(email: string) {
  const { body } = await t.ask('POST', list, { headers: { authorization: reseller.authorization }, body: { email, full_name: email } })
  const [known] = await system`SELECT password_hash FROM users WHERE id = ${reseller.userId}`
  await system`UPDATE users SET activated_at = now(), password_hash = ${known?.password_hash} WHERE id = ${body.id}`
  await system`SELECT refresh_user(${body.id})`
  const { token, id } = await insertToken(t, { client_id: reseller.clientId, user_id: body.id, reseller_id: 2, role_id: 1 })
  await activity.since(0)
  await activity.mails()
  return { id: body.id as number, email, token, tokenId: id }
}
const works = async ({ token }: { token: string }) => (await t.ask('GET', '/iam/users/me', { token })).status === 200
const accounts = world.clients.filter((c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at).map(({ id }) => id)
const give = (clientId: number, sellerId: number | null) =>
  t.ask('PATCH', `/iam/clients/${clientId}`, { headers: { authorization: reseller.authorization }, body: { seller: sellerId } })

test('the mailed link is encrypted, kept as a hash, and the newer of two works', async () => {
  const { body } = await get(`${list}?email=new.seller`)
  const id = body[0].id
  const links = () => system`SELECT hash, used_at FROM one_time_links WHERE user_id = ${id}`
  const [first] = await links()
  await run(
    t,
    activity,
    patch('a new link for another email', id, { email: 'newer@example.com' }, 200, {}, { mails: [invited('newer@example.com')] }),
  )
  const [mail] = await system`SELECT encrypted_link, details FROM outbox WHERE user_id = ${id} ORDER BY id DESC LIMIT 1`
  const token = t.cipher.decrypt(mail?.encrypted_link, linkContext('newer@example.com')).toString()
  const { hashSecret } = await import('../src/lib/secrets.ts')
  const open = (await links()).filter((link) => link.used_at === null)
  assert.deepEqual(
    open.map(({ hash }) => hash.toString('hex')),
    [hashSecret(token).toString('hex')],
  )
  assert.notDeepEqual(open[0]?.hash, first?.hash)
  assert.ok(!JSON.stringify(mail?.details).includes(token))
})

test('filters and orders of the list', async () => {
  const all = (await get(list)).body as { id: number; email: string; full_name: string; deleted: boolean; activated: boolean }[]
  const ids = (rows: { id: number }[]) => rows.map(({ id }) => id)
  assert.ok(all.length >= 5)
  assert.deepEqual(
    ids(all),
    ids(all).toSorted((a, b) => a - b),
  )
  const like = async (query: string, due: (one: (typeof all)[number]) => boolean) =>
    assert.deepEqual(ids((await get(`${list}?${query}`)).body), ids(all.filter(due)), query)
  const [one, two] = all as [(typeof all)[number], (typeof all)[number]]
  await like(`id=${one.id}`, ({ id }) => id === one.id)
  await like(`id__in=${one.id},${two.id},77`, ({ id }) => id === one.id || id === two.id)
  await like(`id__contains=${String(one.id).slice(-2)}`, ({ id }) => String(id).includes(String(one.id).slice(-2)))
  await like('email=SELLER1@', ({ email }) => email.startsWith('seller1@'))
  await like('full_name=NADJA', ({ full_name }) => full_name === 'Nadja Neu')
  await like('full_name=%25', () => false)
  await like('activated=false', ({ activated }) => !activated)
  await like('deleted=true', ({ deleted }) => deleted)
  await like('deleted=False', ({ deleted }) => !deleted)
  await like('deleted=whatever', () => true)
  await like('deleted=&email=', () => true)
  await like('reseller_name=HOSTING', () => true)
  await like('reseller_name=nobody', () => false)
  await like(`deleted=false&activated=true&id=${one.id}`, ({ id }) => id === one.id)
  const ordered = (await get(`${list}?ordering=-activated,full_name`)).body as typeof all
  const key = (row: (typeof all)[number]) => `${row.activated ? 0 : 1} ${row.full_name.toLowerCase()}`
  assert.deepEqual(ordered.map(key), ordered.map(key).toSorted())
  for (const field of ['id', 'email', 'full_name', 'date_joined', 'activated', 'deleted'])
    assert.equal((await get(`${list}?ordering=-${field}`)).body.length, all.length)
  for (const wrong of ['ordering=company', 'id=x', 'id__in=1,x', 'activated=perhaps', 'limit=-1', 'offset=x'])
    assert.equal((await get(`${list}?${wrong}`)).status, 400, wrong)

  const page = (await get(`${list}?limit=2&offset=1&deleted=no`)).body
  assert.deepEqual(ids(page.results), ids(all.slice(1, 3)))
  assert.deepEqual(
    { ...page, results: [] },
    {
      count: all.length,
      next: `${list}?limit=2&offset=3&deleted=no`,
      previous: `${list}?limit=2&offset=0&deleted=no`,
      results: [],
    },
  )
  assert.deepEqual((await get(`${list}?limit=0`)).body.results, [])
  assert.deepEqual((await get(`${list}?limit=5&offset=1000`)).body.results, [])
  const clients = (await get('/iam/clients?limit=0')).body.count
  assert.notEqual(clients, (await get(`${list}?limit=0`)).body.count, 'counts of two lists are cached apart')
})

test('the list with their state says who is blocked and when each was invited', async () => {
  const invitedNow = await post(
    'one more',
    reseller,
    { email: 'state@example.com', full_name: 'State' },
    200,
    {},
    { mails: [invited('state@example.com')] },
  )
  await run(t, activity, invitedNow)
  const [one] = (await get('/reeve/sellers?email=state@example.com')).body.results
  const [link] = await system`SELECT json_time(created_at) AS at FROM one_time_links WHERE user_id = ${one.id}`
  assert.deepEqual([one.is_active, one.activated, one.invited_at], [true, false, link?.at])
  await t.ask('PATCH', `/reeve/sellers/${one.id}`, { headers: { authorization: reseller.authorization }, body: { is_active: false } })
  await activity.since(1)
  const { count, results } = (await get('/reeve/sellers?ordering=-id&limit=2')).body
  assert.equal(count, (await get(`${list}?limit=0`)).body.count)
  assert.deepEqual([results.length, results[0].id, results[0].is_active], [2, one.id, false])
  const { is_active: _, invited_at: __, two_fa, ...rest } = results[0]
  assert.equal(two_fa, false)
  assert.deepEqual(rest, (await get(`${list}/${one.id}`)).body)
  assert.equal((await get('/reeve/sellers', administrator)).status, 403)
  const refused = await get('/reeve/sellers?limit=many')
  assert.equal(refused.status, 400)
  assert.ok(JSON.stringify(refused.body).includes('limit'), 'the message names the parameter')
})

test('the platform sees the sellers of all resellers, a reseller and its sellers their own', async () => {
  const due = world.users.filter((u) => u.user_type === 'seller')
  assert.ok((await get(list, platform)).body.length >= due.length)
  assert.deepEqual(
    (await get(list, the('reseller', 3))).body.map(({ id }: { id: number }) => id),
    due.filter((u) => u.reseller_id === 3).map(({ id }) => id),
  )
  assert.deepEqual((await get(list, seller)).body, (await get(list)).body)
})

test('a blocked seller is out at once, its sessions for good, and keeps its accounts and tokens', async () => {
  const one = await newSeller('blocked@example.com')
  const [account = 0] = accounts
  assert.equal((await give(account, one.id)).status, 200)
  await activity.since(1)
  const session = await signIn(t, one.email)
  const bearer = { headers: { authorization: `Bearer ${session.access}` } }
  const block = (is_active: unknown, status: number, says: object): Scenario => ({
    name: `block ${is_active}`,
    as: reseller.authorization,
    method: 'PATCH',
    path: `/reeve/sellers/${one.id}`,
    body: { is_active },
    status,
    says,
    records: [{ action: 'blockSeller', status_code: status, affected_client_id: status === 200 ? reseller.clientId : null }],
  })
  assert.ok(await works(one))
  await run(t, activity, block(false, 200, { id: one.id, is_active: false, deleted: false }))
  assert.equal(await works(one), false)
  assert.equal((await t.ask('GET', '/iam/users/me', bearer)).status, 401)
  const login = { body: { username: one.email, password: 'reeve-demo-password' } }
  assert.equal((await t.ask('POST', '/iam/auth/jwt/login', login)).status, 400)
  assert.equal((await get(`/iam/users/${one.id}`)).body.is_active, false)
  assert.equal((await get(`/iam/clients/${account}`)).body.seller, one.id)
  await run(t, activity, block('no', 400, { errors: { is_active: ['Must be of type boolean.'] } }))
  await run(t, activity, block(true, 200, { is_active: true }))
  assert.ok(await works(one))
  assert.equal((await t.ask('GET', '/iam/users/me', bearer)).status, 401, 'a session that ended does not come back')
  assert.equal((await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: session.refresh } })).status, 401)
})

test('another email ends the sessions of a seller, who is told of it at the old one', async () => {
  const one = await newSeller('moving@example.com')
  const { access } = await signIn(t, one.email)
  const mails = [told({ email: one.email, userId: one.id }, 'email')]
  await run(t, activity, patch('another email', one.id, { email: 'moved@example.com' }, 200, { activated: true }, { mails }))
  const reset = { headers: { authorization: reseller.authorization }, body: { email: 'moved@example.com' } }
  const refused = await t.ask('POST', '/iam/auth/reset_password', reset)
  assert.equal(refused.status, 403, 'the reseller gave it this mailbox a moment ago')
  assert.match(refused.body.message, /less than 72 hours ago/)
  await activity.since(1)
  assert.equal((await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${access}` } })).status, 401)
  assert.ok(await works(one), 'its API tokens stay')
  await signIn(t, 'moved@example.com')
})

test('a deleted seller is out at once, its clients are without one, and its email is free', async () => {
  const one = await newSeller('leaving@example.com')
  const sold = accounts.slice(0, 20)
  for (const id of sold) assert.equal((await give(id, one.id)).status, 200)
  await activity.since(20)
  const version = (await get(`/iam/clients?seller_id=${one.id}&limit=100`)).body
  assert.equal(version.count, 20)
  const { access } = await signIn(t, one.email)
  const remove = (status: number, as = reseller): Scenario => ({
    name: `DELETE as ${as.kind}: ${status}`,
    as: as.authorization,
    method: 'DELETE',
    path: `${list}/${one.id}`,
    status,
    records: [status === 204 ? done('deleteSeller', 'DELETE', as, 204) : { action: 'deleteSeller', status_code: status }],
  })
  await run(t, activity, remove(403, seller))
  await run(t, activity, remove(404, the('reseller', 3)))
  assert.ok(await works(one))
  await run(t, activity, remove(204))
  assert.equal(await works(one), false)
  assert.equal((await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${access}` } })).status, 401)
  assert.equal((await get(`/iam/clients?seller_id=${one.id}&limit=100`)).body.count, 0)
  for (const id of sold) assert.equal((await get(`/iam/clients/${id}`)).body.seller, null)
  assert.equal((await get(`${list}/${one.id}`)).body.deleted, true)
  assert.equal(
    (await get(`/iam/clients/${reseller.clientId}`)).body.users.some(({ id }: { id: number }) => id === one.id),
    false,
  )
  await run(t, activity, remove(404))
  const token = await get(`/iam/clients/${reseller.clientId}/tokens/${one.tokenId}`)
  assert.equal(token.body.deleted, true, 'its tokens do not count among the live ones')
  await run(
    t,
    activity,
    post('200 for its email', reseller, { email: one.email, full_name: 'Again' }, 200, {}, { mails: [invited(one.email)] }),
  )
})

test('of two who want one email at once one gets it', async () => {
  for (let round = 0; round < 5; round++) {
    const body = { email: `wanted${round}@example.com`, full_name: 'x' }
    const answers = await Promise.all(
      [reseller, the('reseller', 3), reseller, platform].map((one) =>
        t.ask('POST', list, { headers: { authorization: one.authorization }, body }),
      ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400])
  }
  await activity.since(20)
  await activity.mails()
})

test('an account given to the seller while its deletion waits is let go as well', async () => {
  const one = await newSeller('overtaken@example.com')
  const [account = 0] = accounts
  const deletion = await system.begin(async (db) => {
    await db`SELECT lock_client_and_users(${account}, ${[one.id]}::bigint[], false)`
    const asked = t.ask('DELETE', `${list}/${one.id}`, { headers: { authorization: reseller.authorization } })
    while ((await system`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).length === 0) {}
    await db`UPDATE clients SET seller_id = ${one.id} WHERE id = ${account}`
    await db`SELECT refresh_clients(${[account]}::bigint[])`
    return { asked }
  })
  assert.equal((await deletion.asked).status, 204)
  assert.equal((await get(`/iam/clients/${account}`)).body.seller, null)
  await activity.since(1)
})

test('sellers deleted while accounts are given to them: no account keeps one, nothing deadlocks, nobody is told 500', async () => {
  const deadlocks = async () => (await system`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)[0]?.deadlocks
  const before = await deadlocks()
  for (let round = 0; round < 8; round++) {
    const made = await Promise.all([0, 1].map((n) => newSeller(`race${round}.${n}@example.com`)))
    const [first, second] = made.map(({ id }) => id) as [number, number]
    for (const id of accounts.slice(0, 4)) await give(id, first)
    const answers = await Promise.all([
      ...accounts.slice(0, 8).map((id, n) => give(id, n % 2 ? first : second)),
      ...made.map(({ id }) => t.ask('DELETE', `${list}/${id}`, { headers: { authorization: reseller.authorization } })),
      ...accounts.slice(2, 6).map((id) => give(id, first)),
      t.ask('PATCH', `/iam/clients/${reseller.clientId}`, {
        headers: { authorization: reseller.authorization },
        body: { companyName: `North ${round}` },
      }),
      t.ask('PATCH', `${list}/${first}`, { headers: { authorization: reseller.authorization }, body: { full_name: 'x' } }),
    ])
    for (const { status, text } of answers) assert.ok([200, 204, 400].includes(status), `${status} ${text}`)
    const [left] = await system`SELECT count(*) FROM clients c JOIN users u ON u.id = c.seller_id WHERE u.deleted_at IS NOT NULL`
    assert.equal(left?.count, 0)
  }
  assert.equal(await deadlocks(), before)
})

test('the documentation of a reseller’s operations is YAML of our own document', async () => {
  const answer = await get('/iam/docs/platform/resellers')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], 'application/yaml; charset=utf-8')
  const { parse } = await import('yaml')
  const document = parse(answer.text)
  assert.match(document.openapi, /^3\./)
  assert.ok(document.paths['/iam/admin/sellers'].post)
  assert.ok(document.components.schemas.Seller)
  for (const operations of Object.values(document.paths))
    for (const operation of Object.values(operations as object)) assert.ok(operation['x-access']?.kinds.includes('reseller') ?? true)
  assert.equal((await t.ask('GET', '/iam/docs/platform/resellers')).status, 401)
  assert.equal((await get('/iam/docs/platform/resellers', administrator)).status, 403)
})

test('after all of it the read model is what it must be', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
