/** GET /iam/clients and /iam/users against the oracle: random filters, orders and pages by every kind of caller, and whole documents. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matching } from '../src/accounts/clients/clients.queries.ts'
import { countClients } from '../src/accounts/clients/list/list.counts.ts'
import { fromPosition, positionedBy } from '../src/accounts/clients/list/list.positions.ts'
import { asSystem } from '../src/db/scope.ts'
import type { Caller } from '../src/lib/caller.ts'
import { ADMINISTRATORS, roleById } from '../src/lib/roles.ts'
import type { Fragment } from '../src/lists/filters.ts'
import { slice } from '../src/lists/slices.ts'
import { sessionOf, shownCallers, type TestCaller, usersOfSeveralAccounts } from './callers.ts'
import { openWorld } from './harness.ts'
import { createOracle } from './oracle.ts'
import { runsOr, seed } from './properties.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
await addAwkward()
const oracle = createOracle(world)
const many = runsOr(300)

/** By token everybody who is shown, by session people of several accounts, each in two of them. */
const shown = shownCallers(t)
const several = usersOfSeveralAccounts(t)
const sessions: TestCaller[] = []
for (const user of several.slice(0, 4)) {
  const live = oracle.accountsOf(user.id).filter(({ client_id }) => world.clients.some((c) => c.id === client_id && !c.deleted_at))
  for (const { client_id } of live.slice(0, 2)) sessions.push(await sessionOf(t, user.email, client_id))
}
const crowd = world.clients.find((c) => !c.deleted_at && world.client_users.filter((m) => m.client_id === c.id).length >= 10)
const boss = world.users.find((user) => user.id === crowd?.owner_id)
if (boss) sessions.push(await sessionOf(t, boss.email, crowd?.id))
const callers = [...shown, ...sessions]
const staff = shown.filter(({ kind }) => kind !== 'client')

/** Every other letter in the other case, where that is one code point. */
const swapped = (text: string) =>
  Array.from(text, (c, i) =>
    i % 2 === 0 && [...c.toUpperCase()].length === 1 && [...c.toLowerCase()].length === 1 ? c.toUpperCase() : c,
  ).join('')

const present = <T>(values: readonly (T | null | undefined)[]) =>
  [...new Set(values.filter((value) => value != null && value !== ''))] as T[]

/** A part of a real value as it stands, in other cases, or something with the characters that LIKE takes for its own. */
function textLike(values: readonly (string | null)[]): fc.Arbitrary<string> {
  const pieces = fc.tuple(
    fc.constantFrom(...present(values)),
    fc.nat(),
    fc.integer({ min: 1, max: 8 }),
    fc.constantFrom('as', 'up', 'low', 'swap'),
  )
  return fc.oneof(
    {
      weight: 8,
      arbitrary: pieces.map(([text, at, length, how]) => {
        const points = [...text]
        const from = at % points.length
        const piece = points.slice(from, from + length).join('')
        return how === 'up' ? piece.toUpperCase() : how === 'low' ? piece.toLowerCase() : how === 'swap' ? swapped(piece) : piece
      }),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '%',
        '_',
        '\\',
        '%%',
        '\\%',
        '100%',
        'e_s',
        '\\\\',
        '🦊',
        '🚀',
        '👩‍💻',
        'İ',
        'ı',
        'ß',
        'Ö',
        '"',
        "'",
        ' ',
        '+',
        '&a=b',
        '',
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom('nobody is called this', '🜚', 'ﬁ') },
  )
}

const status = fc.constantFrom('new', 'trial', 'trialend', 'active', 'paused', 'activating', 'deleted')
const flag = fc.constantFrom('true', 'false', 'True', 'FALSE', '1', '0')
const idOf = (ids: readonly (number | null)[]) => fc.oneof(fc.constantFrom(...present(ids)), fc.constantFrom(0, 7, 2 ** 40)).map(String)
const idsOf = (ids: readonly number[]) => fc.array(idOf(ids), { minLength: 1, maxLength: 6 }).map((list) => list.join())
const traffic = fc.oneof(fc.constantFrom(...world.clients.map((c) => c.allowed_traffic)), fc.integer({ min: -1, max: 7000 })).map(String)
const instant = fc.oneof(
  fc.constantFrom(...world.clients.map((c) => c.created_at)),
  fc.constantFrom(...world.clients.map((c) => c.created_at.slice(0, 10))),
  fc.constantFrom(...world.clients.map((c) => `${c.created_at.slice(0, 19)}+05:30`)),
  fc.constantFrom('1970-01-01', '2999-12-31T23:59:59Z'),
)
const products = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD', 'INFRASTRUCTURE_PROTECTION', 'CONNECT']

const trialEnds = present(world.services.map((s) => s.trial_end))

const values: Record<string, fc.Arbitrary<string>> = {
  status: fc.constantFrom('new', 'trial', 'trialend', 'active', 'integration', 'paused', 'preparation', 'ready'),
  trial_end_lte: fc.oneof(fc.constantFrom(...trialEnds), fc.constantFrom('1970-01-01', '2999-12-31')),
  email: textLike(world.clients.map((c) => c.email)),
  companyName: textLike(world.clients.map((c) => c.company_name)),
  name: textLike(world.clients.map((c) => c.name)),
  deleted: fc.constantFrom('true', 'false', 'all', 'neither'),
  reseller_id: idOf(world.resellers.map((r) => r.id)),
  seller_id: idOf(world.clients.map((c) => c.seller_id)),
  custom_id: textLike(world.clients.map((c) => c.custom_id)),
  cdn: status,
  storage: status,
  ddos: status,
  dns: status,
  cloud: status,
  infrastructure_protection: status,
  connect: status,
  min_traffic: traffic,
  max_traffic: traffic,
  secondaryhostnames: textLike(world.client_hostnames.map((h) => h.hostname)),
  activated: flag,
  id__in__exclude: idsOf(world.clients.map((c) => c.id)),
  bill_type: fc.constantFrom(...present(world.clients.map((c) => c.bill_type)), 'FIXED', 'none'),
  users_name: textLike(world.users.map((u) => u.name)),
  users_email: textLike(world.users.map((u) => u.email)),
  created_at_gte: instant,
  created_at_lte: instant,
  feature_id_in: idsOf(world.features.map((f) => f.id)),
  is_test: flag,
  client_type: fc.constantFrom('reseller', 'sales', 'common'),
  personal_product_availability: fc.uniqueArray(fc.constantFrom(...products), { minLength: 1, maxLength: 2 }).map((list) => list.join()),
  promocode: textLike(world.promo_codes.map((p) => p.code)),
  country_code: fc.constantFrom(...present(world.clients.map((c) => c.country_code)), 'null', 'XX'),
}

const filtersOf = fc
  .uniqueArray(fc.constantFrom(...Object.keys(values)), { maxLength: 5 })
  .chain((names) =>
    fc.tuple(...names.map((name) => (values[name] as fc.Arbitrary<string>).map((value) => [name, value] as const))).map(Object.fromEntries),
  ) as fc.Arbitrary<Record<string, string>>

const orderingOf = fc
  .uniqueArray(fc.constantFrom('id', 'email', 'name', 'status', 'companyName', 'company_name', 'created_at', 'created'), {
    maxLength: 3,
    selector: (field) => (field === 'companyName' ? 'company_name' : field === 'created' ? 'created_at' : field),
  })
  .chain((fields) => fc.tuple(...fields.map((field) => fc.boolean().map((descending) => (descending ? `-${field}` : field)))))
  .map((fields) => fields.join())

const small = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(50, 304, 305, 306, 1000, 1001, 5000)).map(String)
const pageOf = fc.record({ limit: small, offset: small }, { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>

type Expected = ReturnType<typeof oracle.clients>

/** Holds one answer against what the oracle expects of it. */
async function hold(caller: TestCaller, path: string, query: Record<string, string>, expected: Expected) {
  const url = `${path}?${new URLSearchParams(query)}`
  const where = `${url} as ${caller.name}`
  const answer = await t.ask('GET', url, { headers: { authorization: caller.authorization } })
  assert.equal(answer.status, 200, `${where}: ${answer.text.slice(0, 500)}`)
  const rows: { id: number }[] = expected.enveloped ? answer.body.results : answer.body
  assert.ok(Array.isArray(rows), `${where}: ${expected.enveloped ? 'an envelope with results' : 'a bare array'} is due`)
  assert.deepEqual(
    rows.map(({ id }) => id),
    expected.ids,
    `${where}: these ids in this order are due`,
  )
  if (!expected.enveloped) return
  assert.equal(answer.body.count, expected.count, `${where}: count is due exact, whatever the page`)
  for (const side of ['next', 'previous'] as const) {
    if (expected[side] === null) assert.equal(answer.body[side], null, `${where}: there is nothing ${side}`)
    else {
      const link = new URL(answer.body[side] ?? '', 'http://test')
      assert.ok(answer.body[side].startsWith(`${path}?`), `${where}: ${side} is due as path with query, got ${answer.body[side]}`)
      const wanted = { ...query, offset: String(expected[side]) }
      assert.deepEqual(Object.fromEntries(link.searchParams), wanted, `${where}: ${side} keeps every other parameter`)
    }
  }
}

test('the oracle knows every documented parameter of GET /iam/clients, and no other', () => {
  // biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
  const documented = (t.app.swagger() as any).paths['/iam/clients'].get.parameters.map(({ name }: { name: string }) => name)
  const known = ['limit', 'offset', 'ordering', ...Object.keys(oracle.filters)]
  assert.deepEqual(documented.toSorted(), known.toSorted(), 'add the new parameter to the filters of test/oracle.ts and the values here')
  assert.deepEqual(Object.keys(values).toSorted(), Object.keys(oracle.filters).toSorted(), 'each filter needs values to be tried with')
  assert.equal(known.length, 35)
})

test('GET /iam/clients is the oracle’s list for random filters, orders, pages and callers', async () => {
  const caller = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...staff) }, { weight: 1, arbitrary: fc.constantFrom(...callers) })
  await fc.assert(
    fc.asyncProperty(caller, filtersOf, fc.option(orderingOf, { nil: undefined }), pageOf, async (one, filters, ordering, page) => {
      const query = { ...filters, ...(ordering !== undefined && { ordering }), ...page }
      await hold(one, '/iam/clients', query, oracle.clients(one, query))
    }),
    { numRuns: many, ...seed },
  )
})

test('each filter of GET /iam/clients alone is the oracle’s', async () => {
  for (const [name, arbitrary] of Object.entries(values)) {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...staff.slice(0, 2), ...sessions), arbitrary, async (one, value) => {
        await hold(one, '/iam/clients', { [name]: value, limit: '20' }, oracle.clients(one, { [name]: value, limit: '20' }))
      }),
      { numRuns: 5, ...seed },
    )
  }
})

test('pages of any size joined by offset are the whole list, once each', async () => {
  const one = staff[2] as TestCaller
  for (const [size, ordering] of [1, 7, 50].flatMap((size) =>
    ['-status', 'status,-name', '-status,created_at'].map((by) => [size, by] as const),
  )) {
    const ids: number[] = []
    for (let offset = 0, count = 1; offset < count; ) {
      const { body } = await t.ask('GET', `/iam/clients?limit=${size}&offset=${offset}&ordering=${ordering}`, {
        headers: { authorization: one.authorization },
      })
      ids.push(...body.results.map(({ id }: { id: number }) => id))
      count = body.count
      offset += body.results.length
      assert.ok(body.results.length > 0 || offset >= count, 'a page before the end must not be empty')
    }
    assert.deepEqual(ids, oracle.clients(one, { ordering }).ids)
  }
})

test('a page by position is the page by offset', async () => {
  const [{ id: resellerId } = { id: 0 }] = await system<{ id: number }[]>`
    SELECT reseller_id AS id FROM client_list GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`
  const caller: Caller = {
    kind: 'reseller',
    userId: 0,
    email: '',
    resellerId,
    clientId: 0,
    accountIds: [],
    role: roleById(ADMINISTRATORS),
    credential: { type: 'token', id: 0 },
    actorId: null,
    readOnly: false,
    mustEnrol: false,
  }
  const statusOf = (values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined })
  const exact = fc.record({
    deleted: fc.option(fc.boolean(), { nil: undefined }),
    activated: fc.option(fc.boolean(), { nil: undefined }),
    cdn: statusOf(['active', 'trial', 'new']),
    status: statusOf(['active', 'trial', 'paused']),
  })
  await fc.assert(
    fc.asyncProperty(exact, fc.boolean(), fc.nat(), fc.integer({ min: 1, max: 40 }), async (filters, descending, at, limit) => {
      const order = [{ column: 'id' as const, descending }]
      const facets = positionedBy(caller, filters, order)
      assert.ok(facets)
      await asSystem(system, async (db) => {
        const total = await countClients(db, caller, filters)
        const page = { limit, offset: at % Math.max(1, total), total }
        const ids = async (end: Fragment) =>
          (await db<{ id: number }[]>`SELECT id FROM client_list WHERE ${matching(db, caller, filters)} ${end}`).map(({ id }) => id)
        const whole = await ids(slice(db, order, { limit: undefined, offset: 0 }))
        assert.equal(whole.length, total)
        assert.deepEqual(await ids(fromPosition(db, caller, facets, order, page)), whole.slice(page.offset, page.offset + limit))
      })
    }),
    { numRuns: many, ...seed },
  )
})

test('GET /iam/users is the oracle’s list, in the envelope always', async () => {
  for (const one of callers) await hold(one, '/iam/users', {}, oracle.users(one, {}))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...staff, ...callers), pageOf, async (one, page) => {
      await hold(one, '/iam/users', page, oracle.users(one, page))
    }),
    { numRuns: 60, ...seed },
  )
})

const sorted = <T extends { capabilities: string[] }>(client: T) => ({ ...client, capabilities: client.capabilities.toSorted() })

test('every client document in the list, alone and as /me is what the rows say', async () => {
  for (const one of callers) {
    const { body } = await t.ask('GET', '/iam/clients', { headers: { authorization: one.authorization } })
    for (const client of body) assert.deepEqual(sorted(client), oracle.clientDocument(one, client.id), `client ${client.id} as ${one.name}`)
    for (const id of body.slice(0, 5).map((client: { id: number }) => client.id)) {
      const alone = await t.ask('GET', `/iam/clients/${id}`, { headers: { authorization: one.authorization } })
      assert.deepEqual(sorted(alone.body), oracle.clientDocument(one, id), `/iam/clients/${id} as ${one.name}`)
    }
    const me = await t.ask('GET', '/iam/clients/me', { headers: { authorization: one.authorization } })
    assert.deepEqual(sorted(me.body), oracle.clientDocument(one, one.clientId), `/iam/clients/me as ${one.name}`)
  }
})

test('every user document in the list, alone and as /me is what the rows say', async () => {
  for (const one of callers) {
    const { body } = await t.ask('GET', '/iam/users', { headers: { authorization: one.authorization } })
    for (const user of body.results) assert.deepEqual(user, oracle.userDocument(one, user.id), `user ${user.id} as ${one.name}`)
    for (const id of body.results.slice(-5).map((user: { id: number }) => user.id)) {
      const alone = await t.ask('GET', `/iam/users/${id}`, { headers: { authorization: one.authorization } })
      assert.deepEqual(alone.body, oracle.userDocument(one, id), `/iam/users/${id} as ${one.name}`)
    }
    const me = await t.ask('GET', '/iam/users/me', { headers: { authorization: one.authorization } })
    assert.deepEqual(me.body, oracle.userDocument(one, one.userId), `/iam/users/me as ${one.name}`)
  }
})

test('an unknown parameter is ignored and an empty one is no filter', async () => {
  const one = staff[1] as TestCaller
  for (const query of ['?nonsense=1', '?email=&cdn=&limit=&created_at_gte=&id__in__exclude=', '?Email=nobody', '?ordering='])
    assert.equal(
      (await t.ask('GET', `/iam/clients${query}`, { headers: { authorization: one.authorization } })).body.length,
      oracle.clients(one, {}).count,
      query,
    )
})

test('next and previous look as the SDKs know them', async () => {
  const { body } = await t.ask('GET', '/iam/users?limit=10&offset=10', {
    headers: { authorization: (staff[0] as TestCaller).authorization },
  })
  assert.equal(body.next, '/iam/users?limit=10&offset=20')
  assert.equal(body.previous, '/iam/users?limit=10&offset=0')
})

/** Accounts with letters whose case or order is a trap, without services and people, all created at one moment. */
async function addAwkward() {
  const model = world.clients.find((c) => c.client_type === 'common' && c.reseller_id === 2 && !c.deleted_at)
  assert.ok(model)
  const nothing = { seller_id: null, name: null, phone: null, custom_id: null, country_code: null, promocode: null, signup_process: null }
  const texts = [
    'ΟΔΥΣΣΕΥΣ',
    'οδυσσευς',
    '\u212A\u212B',
    'ＡＢＣ',
    '𐐀𐐁',
    '\u{10FFFF}',
    '\uFFFD',
    'ǅ ǆ',
    'İI ıi',
    'STRAẞE',
    'strasse',
    'a\u0301 á',
    ' ',
    '\\%_',
  ]
  const rows = texts.map((text, n) => ({
    ...model,
    ...nothing,
    id: 900_001 + n,
    company_name: text,
    email: `${text}@${n}.example`,
    created_at: '2024-02-29T12:00:00.000001Z',
    ...(n % 2 && { name: text }),
  }))
  await t.database.system`INSERT INTO clients ${t.database.system(rows)}`
  await t.database.system`SELECT refresh_clients(${rows.map(({ id }) => id)}::bigint[])`
  world.clients.push(...rows)
}
