/** The demo world is the same for the same seed, breaks no rule of the domain, and shows one of everything even when it is small. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountStatus } from '../accounts/clients/status/status.rules.ts'
import { daysUntilDeleted } from '../accounts/services/services.rules.ts'
import { commonProducts, inUse, products, serviceStatuses } from '../lib/products.ts'
import { roles } from '../lib/roles.ts'
import { cameFrom } from './services.ts'
import { layout } from './tenants.ts'
import { BASE, collectWorld, type World } from './world.ts'

const passwordHash = 'the hash of the demo password'
const worlds = [20, 300, 1000].map((clients) => ({ clients, world: collectWorld({ seed: 7, clients, passwordHash }) }))
const small = collectWorld({ seed: 7, clients: 20, passwordHash })

/** One test a size. */
const each = (name: string, check: (world: World, clients: number) => void) => {
  for (const { clients, world } of worlds) test(`${name} (${clients} clients)`, () => check(world, clients))
}
const byId = <T extends { id: number }>(rows: readonly T[]) => new Map(rows.map((row) => [row.id, row]))
const fold = (text: string) => text.toLowerCase()
const unique = (lists: Record<string, string[]>) => {
  for (const [what, keys] of Object.entries(lists)) {
    const seen = new Set<string>()
    const twice = keys.find((key) => seen.size === seen.add(key).size)
    assert.equal(twice, undefined, `${what} must be unique, ${twice} is there twice: correct where it is drawn`)
  }
}
const exists = (wanted: Record<string, unknown>) => {
  for (const [what, found] of Object.entries(wanted))
    assert.ok(found, `the world must show ${what}: arrange one among the first twenty accounts`)
}
const share = (part: number, whole: number, least: number, most: number, what: string) =>
  assert.ok(part / whole >= least && part / whole <= most, `${what}: ${part} of ${whole}, expected ${least} to ${most}: correct the share`)

test('the same seed makes the same rows, another seed others', () => {
  const again = collectWorld({ seed: 7, clients: 20, passwordHash })
  assert.deepEqual(again, small, 'something is drawn from elsewhere than createRandom: the clock, Math.random or the order of a Map')
  assert.notDeepEqual(collectWorld({ seed: 8, clients: 20, passwordHash }).users, small.users, 'the seed must reach createRandom')
})

test('the present moves dates and nothing else', () => {
  const later = collectWorld({ seed: 7, clients: 20, passwordHash, now: new Date('2031-05-04T03:02:01Z') })
  const withoutTimes = (world: World) => JSON.stringify(world).replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"a time"')
  assert.equal(withoutTimes(later), withoutTimes(small), 'a draw depends on a date: draw first, compare after')
})

each('logs are in order of time', ({ activity, logins }) => {
  for (const times of [activity.map(({ requested_at }) => requested_at), logins.map(({ login_at }) => login_at)])
    assert.deepEqual(times, times.toSorted())
})

each('sizes are as asked for', ({ clients, resellers, users }, asked) => {
  const plan = layout(asked)
  const technical = clients.filter(({ client_type }) => client_type === 'reseller')
  assert.equal(clients.length - technical.length, asked, 'clients counts common and sales accounts')
  assert.equal(technical.length, resellers.length, 'every reseller has one technical account')
  for (const { id } of resellers)
    assert.equal(clients.filter((c) => c.reseller_id === id).length, plan.accountsOf(id), `accountsOf(${id}) must tell what is generated`)
  share(plan.accountsOf(2) - 1, asked, 0.9, 0.9, 'the big reseller has nine in ten')
  if (asked === 1000) share(users.length, asked, 1.6, 2.2, 'users for a client')
})

test('a million clients are 900,000 and a thousand times 100', () => {
  const { accountsOf, resellers } = layout(1_000_000)
  assert.equal(resellers, 1002)
  assert.equal(accountsOf(2), 900_001)
  for (let id = 3; id <= 1002; id++) assert.equal(accountsOf(id), 101)
})

each('every row refers to rows of its own reseller', (world) => {
  const resellers = byId(world.resellers)
  const clients = byId(world.clients)
  const users = byId(world.users)
  const features = byId(world.features)
  const codes = new Set(world.promo_codes.map(({ reseller_id, code }) => `${reseller_id} ${code}`))
  for (const [table, rows] of Object.entries(world))
    for (const row of rows as unknown as Record<string, number | null>[]) {
      const where = `${table} ${JSON.stringify(row)}`
      const own = (reseller: number | undefined) =>
        assert.equal(reseller, row.reseller_id, `${where} refers to nothing or to another reseller's row`)
      if (row.reseller_id != null) assert.ok(resellers.has(row.reseller_id), `${where} has no reseller`)
      if (row.client_id != null) own(clients.get(row.client_id)?.reseller_id)
      for (const user of [row.user_id, row.owner_id, row.seller_id]) if (user != null) own(users.get(user)?.reseller_id)
      if (row.feature_id != null) assert.ok(features.has(row.feature_id), `${where} has no feature`)
      if (row.promocode != null) assert.ok(codes.has(`${row.reseller_id} ${row.promocode}`), `${where} has no promo code`)
    }
  for (const { technical_client_id, id } of world.resellers) assert.equal(clients.get(technical_client_id)?.reseller_id, id)
})

each('what must be unique is', (world) => {
  for (const [table, rows] of Object.entries(world)) {
    const ids = (rows as object[]).map((row) => ('id' in row ? Number(row.id) : 0)).filter((id) => id > 0)
    assert.ok(
      ids.every((id, n) => n === 0 || id === (ids[n - 1] ?? 0) + 1),
      `ids of ${table} must be sequential: the loader fills lists by range`,
    )
  }
  const live = world.clients.filter(({ deleted_at }) => deleted_at === null)
  unique({
    'company names of live accounts': live.map((c) => `${c.reseller_id} ${fold(c.company_name)}`),
    'emails of live users': world.users.filter((u) => u.deleted_at === null).map(({ email }) => fold(email)),
    members: world.client_users.map((m) => `${m.client_id} ${m.user_id}`),
    services: world.services.map((s) => `${s.client_id} ${s.product}`),
    features: world.client_features.map((f) => `${f.client_id} ${f.feature_id}`),
    hostnames: world.client_hostnames.map((h) => `${h.client_id} ${h.hostname}`),
    'personal availability': world.client_availability.map((a) => `${a.client_id} ${a.product}`),
  })
})

each('technical accounts are as the domain says', ({ resellers, clients, users, client_users }, asked) => {
  const account = byId(clients)
  const user = byId(users)
  for (const { id, name, technical_client_id, is_platform } of resellers) {
    const technical = account.get(technical_client_id)
    const owner = user.get(technical?.owner_id ?? 0)
    assert.ok(technical && owner, `reseller ${id} needs a technical account with an owner`)
    assert.deepEqual([technical.client_type, technical.company_name, technical.email], ['reseller', name, owner.email])
    assert.deepEqual(
      [owner.user_type, owner.is_admin, is_platform],
      ['reseller', id === 1, id === 1],
      'reseller 1 is the platform, its user the operator',
    )
    const staff = users.filter((u) => u.reseller_id === id && u.user_type !== 'common')
    for (const { id: staffId } of staff)
      assert.deepEqual(
        client_users.filter((m) => m.user_id === staffId).map((m) => [m.client_id, m.role_id]),
        [[technical_client_id, 1]],
        'resellers and sellers live in the technical account as administrators, and nowhere else',
      )
    const sellers = staff.filter(({ user_type }) => user_type === 'seller')
    assert.ok(
      is_platform ? sellers.length === 0 : sellers.length >= 1 && sellers.length <= 6,
      `reseller ${id} has ${sellers.length} sellers, expected 1 to 6`,
    )
  }
  for (const { seller_id } of clients)
    if (seller_id !== null) assert.equal(user.get(seller_id)?.user_type, 'seller', 'seller_id names a seller')
  exists({ 'a deleted seller': users.find((u) => u.user_type === 'seller' && u.deleted_at) })
  if (asked === 1000) share(clients.filter((c) => c.seller_id !== null).length, clients.length, 0.3, 0.7, 'accounts with a seller')
})

each('users and accounts are of every kind', ({ clients, users, client_users }, asked) => {
  for (const reseller of [2, 3])
    for (const role of roles)
      exists({ [`${role.name} in reseller ${reseller}`]: client_users.find((m) => m.reseller_id === reseller && m.role_id === role.id) })
  for (const user of users) {
    if (user.activated_at === null) assert.equal(user.password_hash, null, 'who never confirmed the email has no password')
    else assert.equal(user.password_hash, passwordHash)
    assert.match(user.email, /^[^@\s]+@([a-z0-9-]+\.)+example$/i, 'only reserved domains')
  }
  const memberships = Map.groupBy(client_users, (m) => m.user_id)
  const members = Map.groupBy(client_users, (m) => m.client_id)
  const several = [...memberships.values()].filter((list) => list.length > 1)
  for (const { id } of clients) exists({ [`a member of account ${id}`]: members.has(id) })
  exists({
    'a user in several accounts': several[0],
    'an account of ten users and more': [...members.values()].find((list) => list.length >= 10),
    'a user who did not confirm the email': users.find((u) => u.activated_at === null && u.deleted_at === null),
    'a blocked user': users.find((u) => !u.is_active),
  })
  const gone = users.filter((u) => u.deleted_at !== null)
  const goneAccounts = clients.filter((c) => c.deleted_at !== null)
  exists({ 'a deleted user of a live account': gone.find((u) => clients.some((c) => c.id === u.client_id && c.deleted_at === null)) })
  const taken = (texts: string[], by: string[]) => texts.map(fold).some((text) => by.map(fold).includes(text))
  const liveEmails = users.filter((u) => u.deleted_at === null).map((u) => u.email)
  exists({
    "a live user with a deleted one's email": taken(
      gone.map((u) => u.email),
      liveEmails,
    ),
  })
  const names = (list: typeof clients) => list.map((c) => `${c.reseller_id} ${c.company_name}`)
  exists({
    "a live account with a deleted one's company name": taken(names(goneAccounts), names(clients.filter((c) => c.deleted_at === null))),
  })
  for (const type of ['common', 'sales'] as const) exists({ [`an account of type ${type}`]: clients.find((c) => c.client_type === type) })
  for (const status of ['new', 'trial', 'trialend', 'active', 'paused', 'preparation'] as const)
    exists({ [`an account that is ${status}`]: clients.find((c) => c.status === status) })
  if (asked === 20) return
  exists({ 'a user with different roles': several.find((list) => new Set(list.map((m) => m.role_id)).size > 1) })
  if (asked === 300) return
  share(several.length, users.length, 0.02, 0.09, 'users in several accounts')
  share(goneAccounts.length, clients.length, 0.01, 0.06, 'deleted accounts')
})

each('services are as the rules allow', ({ clients, users, services }, asked) => {
  const owners = byId(users)
  const account = byId(clients)
  const own = Map.groupBy(services, (s) => s.client_id)
  for (const client of clients) {
    const list = own.get(client.id) ?? []
    assert.deepEqual(
      list.map((s) => s.product).filter((p) => commonProducts.includes(p as 'CDN')),
      commonProducts,
      'every account has the six products',
    )
    const emailConfirmed = owners.get(client.owner_id)?.activated_at !== null
    const expected = accountStatus({
      emailConfirmed,
      deletionRequested: client.deletion_requested_at !== null,
      services: list.map((s) => s.status),
    })
    assert.equal(client.status, expected, `account ${client.id}: its status must follow from its services`)
  }
  for (const s of services) {
    const where = JSON.stringify(s)
    const ends = s.status === 'trialend' || s.status === 'paused'
    assert.ok(cameFrom[s.status].includes(s.previous_status), `${where}: nothing leads from ${s.previous_status} to ${s.status}`)
    assert.ok(s.status_changed_at >= (account.get(s.client_id)?.created_at ?? '9'), `${where} is older than its account`)
    const due = ends ? Date.parse(s.status_changed_at) + daysUntilDeleted(s.product) * 86_400_000 : null
    assert.equal(s.deleted_date && Date.parse(s.deleted_date), due, `${where}: deleted_date is wrong`)
    if (s.deleted_date) assert.ok(Date.parse(s.deleted_date) >= BASE.getTime(), `${where} should be deleted by now`)
    if (s.status === 'trial') assert.equal(s.start, s.status_changed_at, `${where}: a trial starts when the status changes`)
    assert.equal(s.enabled, s.status !== 'paused' && s.status !== 'deleted', `${where}: enabled does not fit the status`)
  }
  for (const product of asked === 20 ? commonProducts : products)
    for (const status of serviceStatuses)
      exists({ [`${product} that is ${status}`]: services.find((s) => s.product === product && s.status === status) })
})

each('what is in use is available', ({ clients, services, default_availability, client_availability }, asked) => {
  const key = (...parts: (number | string)[]) => parts.join(' ')
  const personal = new Map(client_availability.map((a) => [key(a.client_id, a.product), a.available]))
  const usual = new Map(default_availability.map((a) => [key(a.reseller_id, a.product), a.available]))
  for (const s of services.filter(({ status }) => inUse.includes(status))) {
    const available = personal.get(key(s.client_id, s.product)) ?? usual.get(key(s.reseller_id, s.product))
    assert.equal(available, true, `${s.product} of account ${s.client_id} is ${s.status} and must be available`)
  }
  exists({ 'a product personally available': client_availability.find((a) => a.available) })
  if (asked === 20) return
  exists({ 'a product personally withheld': client_availability.find((a) => !a.available) })
  share(new Set(client_availability.map((a) => a.client_id)).size, clients.length, 0.1, 0.25, 'accounts with personal availability')
})

each('times are written as the contract shows them', (world) => {
  const now = BASE.toISOString()
  for (const [table, rows] of Object.entries(world))
    for (const row of rows)
      for (const [column, value] of Object.entries(row)) {
        if (value === null || !/(_at|_date|_usage|^start)$/.test(column)) continue
        assert.match(String(value), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, `${table}.${column}: use time()`)
        if (!column.endsWith('_date')) assert.ok(String(value) < now, `${table}.${column} ${value} lies in the future`)
      }
})

each('texts hold what filters may trip over', ({ clients, client_hostnames, users, promo_codes }, asked) => {
  if (asked === 20) return
  const companies = clients.map((c) => c.company_name)
  const texts = [...companies, ...users.map((u) => u.name ?? '')].join('\n')
  for (const script of ['Cyrillic', 'Han', 'Arabic', 'Greek', 'Hebrew', 'Hangul'])
    assert.match(texts, new RegExp(`\\p{Script=${script}}`, 'u'), `add ${script} names`)
  for (const part of ['ü', 'Ł', 'İ', '🚀', '%', '_', "'", '"', '\\', 'mIxEd']) assert.ok(texts.includes(part), `add a name with ${part}`)
  for (const part of ['100%_off.', 'a_b.', 'API.'])
    exists({ [`a host name that begins with ${part}`]: client_hostnames.find((h) => h.hostname.startsWith(part)) })
  for (const column of ['name', 'phone', 'custom_id', 'country_code', 'promocode', 'signup_process'] as const)
    for (const present of [true, false])
      exists({ [`an account with${present ? '' : 'out'} ${column}`]: clients.find((c) => (c[column] !== null) === present) })
  exists({
    'traffic with a fraction, and none': clients.find((c) => c.allowed_traffic % 1 !== 0) && clients.find((c) => c.allowed_traffic === 0),
    'a test account': clients.find((c) => c.is_test),
    'a promo code with %': promo_codes.find((p) => p.code.includes('%')),
  })
  const created = clients.map((c) => c.created_at)
  assert.ok(new Set(created).size < created.length, 'some accounts must be created in the same microsecond')
  assert.ok(new Set(created.map((time) => time.slice(0, 4))).size >= 5, 'accounts must be created over several years')
  const twoResellers = Map.groupBy(clients, (c) => fold(c.company_name))
    .values()
    .find((list) => new Set(list.map((c) => c.reseller_id)).size > 1)
  exists({ 'a company name that two resellers have': twoResellers })
  const own = clients.filter((c) => c.reseller_id === 2).map((c) => c.id)
  exists({ 'a gap between the ids of one reseller': own.find((id, n) => n > 1 && id - (own[n - 1] ?? 0) > 1) })
})

each('tokens are of every kind, and nobody deleted holds a live one', ({ api_tokens, users, client_users }, asked) => {
  const user = byId(users)
  const members = new Set(client_users.map((m) => `${m.client_id} ${m.user_id}`))
  for (const token of api_tokens) {
    assert.equal(token.secret_hash.length, 32)
    assert.ok(members.has(`${token.client_id} ${token.user_id}`), `token ${token.id} is of an account its user is not in`)
    if (user.get(token.user_id)?.deleted_at) assert.ok(token.deleted_at, `token ${token.id} outlives its user`)
  }
  if (asked === 20) return
  const now = BASE.toISOString()
  exists({
    'a deleted token': api_tokens.find((t) => t.deleted_at),
    'an expired token': api_tokens.find((t) => !t.deleted_at && t.exp_date && t.exp_date < now),
    'a token that expires later': api_tokens.find((t) => !t.deleted_at && t.exp_date && t.exp_date > now),
    'tokens used and not': api_tokens.find((t) => t.last_usage === null) && api_tokens.find((t) => t.last_usage),
  })
})
