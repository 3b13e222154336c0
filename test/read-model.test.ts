/** After any changes the lists are what they are made from, every count is the oracle's, and what is cached is what would be read. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { checkReadModel } from '../src/db/check.ts'
import { emptyWorld, type World } from '../src/demo/rows.ts'
import { createAuthenticate } from '../src/http/authenticate.ts'
import type { App } from '../src/http/resource.ts'
import { keepUp } from '../src/jobs/upkeep.ts'
import { machineClock } from '../src/lib/clock.ts'
import { buildApp } from '../src/server/app.ts'
import { insertToken, shownCallers, type TestCaller, usersOfSeveralAccounts } from './callers.ts'
import { openWorld, testMail } from './harness.ts'
import { createOracle } from './oracle.ts'
import { runsOr, seed } from './properties.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const many = runsOr(12)

const shown = shownCallers(t)
test('versions are equal only where the same was changed', async () => {
  /** The version after a change of this stripe alone, which is undone. */
  const after = (stripe: number) =>
    system
      .begin(async (db) => {
        await db`UPDATE tenant_versions SET version = DEFAULT WHERE reseller_id = 2 AND stripe = ${stripe}`
        const [row] = await db`SELECT tenant_version(2)::text AS version`
        throw Object.assign(new Error('undone'), { version: row?.version })
      })
      .catch(({ version }) => version as string)
  await system`INSERT INTO tenant_versions (reseller_id, stripe) VALUES (2, 1), (2, 2) ON CONFLICT DO NOTHING`
  const [before] = await system`SELECT tenant_version(2)::text AS version`
  // A standby may see one of two changes where the primary sees the other: as many, and not the same.
  const versions = [before?.version, await after(1), await after(2), await after(1)]
  assert.equal(new Set(versions).size, 4, versions.join(', '))
  for (let n = 0; n < 3; n++) await system`SELECT bump_tenant_version(ARRAY[2])`
  const [later] = await system`SELECT tenant_version(2)::text AS version, count(*) FILTER (WHERE version < 1000)::int AS small
    FROM tenant_versions WHERE reseller_id = 2`
  assert.notEqual(later?.version, before?.version)
  assert.equal(later?.small, 0, 'every stripe is random')
})

const staff = shown.filter(({ kind }) => kind !== 'client')
/** People of several accounts, each with a token that shows one of them. */
const several: TestCaller[] = await Promise.all(
  usersOfSeveralAccounts(t)
    .slice(0, 6)
    .map(async (user) => {
      const member = world.client_users.find(
        (m) => m.user_id === user.id && world.clients.some((c) => c.id === m.client_id && !c.deleted_at),
      )
      assert.ok(member)
      const { token } = await insertToken(t, {
        client_id: member.client_id,
        user_id: user.id,
        reseller_id: user.reseller_id,
        role_id: member.role_id,
      })
      return {
        name: `user of several accounts ${user.id}`,
        kind: 'client' as const,
        userId: user.id,
        resellerId: user.reseller_id,
        clientId: member.client_id,
        roleId: member.role_id,
        accountIds: [member.client_id],
        email: user.email,
        authorization: `APIKey ${token}`,
        by: 'token' as const,
      }
    }),
)
const callers = [...shown, ...several]

// Few enough to meet each other: accounts of people with several, of the shown, some more, and those people.
const busy = [
  ...new Set([
    ...world.client_users.filter((m) => several.some(({ userId }) => userId === m.user_id)).map((m) => m.client_id),
    ...shown.map(({ clientId }) => clientId),
    ...world.clients.slice(0, 60).map(({ id }) => id),
  ]),
]
const people = world.client_users.filter((m) => busy.includes(m.client_id)).map((m) => m.user_id)
const services = world.services.filter((s) => busy.includes(s.client_id))
const sellers = world.users.filter((u) => u.user_type === 'seller').map(({ id }) => id)
/** Callers stay where they are: the oracle is told once who they are. */
const mayMove = busy.filter((id) => !callers.some((one) => one.clientId === id || one.accountIds.includes(id)))

interface Asked {
  method: 'PATCH' | 'PUT'
  path: string
  body: object
  by: TestCaller
}
const text = fc.constantFrom('Aßmann', 'İstanbul', '100%', '_', 'x', 'Ω🦊', 'Zoë O’Hara', '')
const perhaps = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined })
const change: fc.Arbitrary<Asked> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      method: fc.constant('PATCH' as const),
      path: fc.constantFrom(...people).map((id) => `/iam/users/${id}`),
      body: fc.record({ name: perhaps(fc.option(text)), phone: perhaps(fc.option(text)), lang: perhaps(fc.constantFrom('de', 'zh')) }),
      by: fc.constantFrom(...staff),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ by: fc.constantFrom(...callers), name: text }).map(({ by, name }) => ({
      method: 'PATCH' as const,
      path: `/iam/users/${by.userId}`,
      body: { name },
      by,
    })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      method: fc.constant('PATCH' as const),
      path: fc.constantFrom(...busy).map((id) => `/iam/clients/${id}`),
      body: fc.record({
        companyName: perhaps(fc.constantFrom('One', 'one', 'Two', 'Drei ÄÖÜ', 'drei äöü', 'Four %')),
        email: perhaps(fc.constantFrom('a@example.com', 'Ä@Example.com')),
        custom_id: perhaps(fc.option(text)),
        name: perhaps(fc.option(text)),
        seller: perhaps(fc.option(fc.constantFrom(...sellers))),
        is_test: perhaps(fc.boolean()),
      }),
      by: fc.constantFrom(...staff),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      method: fc.constant('PUT' as const),
      path: fc.constantFrom(...services).map((s) => `/iam/clients/${s.client_id}/services/${s.id}`),
      body: fc.record({
        status: fc.constantFrom('new', 'trial', 'trialend', 'active', 'paused', 'activating', 'deleted'),
        enabled: perhaps(fc.boolean()),
      }),
      by: fc.constantFrom(...staff),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constant('PATCH' as const),
      path: fc.constantFrom(...mayMove).map((id) => `/iam/clients/${id}`),
      body: fc.record({ reseller: fc.constantFrom(2, 3), companyName: fc.nat().map((n) => `Moved ${n}`) }),
      by: fc.constantFrom(...staff.filter(({ kind }) => kind === 'platform')),
    }),
  },
)

const status = fc.constantFrom('new', 'trial', 'trialend', 'active', 'paused', 'activating', 'deleted')
const traffic = world.clients.slice(0, 20).map((c) => String(c.allowed_traffic))
const query = fc.oneof(
  fc.constant({}),
  fc.record(
    {
      cdn: status,
      cloud: status,
      dns: status,
      connect: status,
      deleted: fc.constantFrom('true', 'false'),
      is_test: fc.constantFrom('true', 'false'),
      activated: fc.constantFrom('true', 'false'),
      seller_id: fc.constantFrom(...sellers).map(String),
      reseller_id: fc.constantFrom('2', '3'),
      client_type: fc.constantFrom('common', 'sales'),
      country_code: fc.constantFrom('null', 'DE'),
      feature_id_in: fc.constantFrom('1,2', '3'),
      personal_product_availability: fc.constantFrom('CDN', 'DNS,CLOUD'),
      created_at_gte: fc.constantFrom(...world.clients.map((c) => c.created_at)),
      created_at_lte: fc.constantFrom(...world.clients.map((c) => c.created_at.slice(0, 10))),
      min_traffic: fc.constantFrom('0', '1', ...traffic),
      max_traffic: fc.constantFrom('0', '0.5', ...traffic),
      id__in__exclude: fc.constantFrom('1006,1011', '7'),
      companyName: fc.constantFrom('o', 'DREI', 'moved', '%'),
      custom_id: fc.constantFrom('100%', '_', 'ß'),
      users_name: fc.constantFrom('aß', 'i̇stanbul', 'ω', 'o’h', '_'),
      ordering: fc.constantFrom('-id', 'companyName', '-name', 'status,-email', 'created'),
      offset: fc.nat(40).map(String),
    },
    { requiredKeys: [] },
  ),
)
const list = fc.record({
  by: fc.constantFrom(...callers),
  query: fc.oneof(query, fc.constant(undefined)),
  limit: fc.constantFrom(1, 20, 100),
})
type Listed = typeof list extends fc.Arbitrary<infer T> ? T : never
const urlOf = ({ query, limit }: Listed) =>
  query === undefined
    ? `/iam/users?limit=${limit}`
    : `/iam/clients?${new URLSearchParams({ limit: String(limit), ...(query as Record<string, string>) })}`

/** The application without a cache. */
async function another(): Promise<App> {
  const log = pino({ level: 'silent' })
  const options = {
    migrations: [],
    version: 'test',
    trustProxy: [],
    mail: testMail,
    log,
    authenticate: createAuthenticate(system, t.keys, machineClock, () => {}, 0),
  }
  const app = await buildApp({ ...t.database, keys: t.keys, ...options } as unknown as Parameters<typeof buildApp>[0])
  await app.ready()
  return app
}
/** Built ahead, one a run. */
let next = another()
after(async () => (await next).close())

const get = (app: App, url: string, one: TestCaller, etag?: string) =>
  app.inject({ method: 'GET', url, headers: { authorization: one.authorization, ...(etag && { 'if-none-match': etag }) } })

/** The rows as they are now, for the oracle. */
async function worldNow(): Promise<World> {
  const tables = [
    'clients',
    'users',
    'client_users',
    'services',
    'features',
    'client_features',
    'default_availability',
    'client_availability',
    'client_hostnames',
    'branding',
    'resellers',
  ] as const
  const now = { ...emptyWorld(), api_tokens: world.api_tokens }
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?\+00:00$/
  const read = (_: string, value: unknown) => {
    const found = typeof value === 'string' && instant.exec(value)
    return found ? `${(value as string).slice(0, 19)}.${(found[1] ?? '').padEnd(6, '0')}Z` : value
  }
  await system.begin('isolation level repeatable read read only', async (db) => {
    await db`SET LOCAL TimeZone = 'UTC'`
    for (const table of tables) {
      const [row] = await db`SELECT json_agg(r ORDER BY ctid)::text AS rows FROM (SELECT ctid, * FROM ${db(table)}) r`
      Object.assign(now, { [table]: JSON.parse(row?.rows ?? '[]', read) })
    }
  })
  now.clients.sort((a, b) => a.id - b.id)
  return now
}

/** What a caller holds of a list: an ETag with its body. */
const held = new Map<string, { etag: string; body: string }>()

async function askAgain(fresh: App | undefined, wanted: Listed) {
  const { by } = wanted
  const url = urlOf(wanted)
  const key = `${by.authorization} ${url}`
  const before = held.get(key)
  const answer = await get(t.app, url, by, before?.etag)
  assert.ok([200, 304].includes(answer.statusCode), `${url} as ${by.name}: ${answer.statusCode} ${answer.payload}`)
  const body = answer.statusCode === 304 ? (before?.body ?? '') : answer.payload
  if (fresh) assert.equal(body, (await get(fresh, url, by)).payload, `${url} as ${by.name} is stale (${answer.statusCode})`)
  const etag = answer.headers.etag
  if (typeof etag === 'string') held.set(key, { etag, body })
  else assert.ok(by.kind === 'platform' || by.kind === 'client')
  return JSON.parse(body)
}

test('any changes by anybody, with lists asked for in between', { timeout: 600_000 }, async () => {
  let changed = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(change, list), { minLength: 5, maxLength: 20 }),
      fc.array(list, { minLength: 8, maxLength: 8 }),
      async (steps, then) => {
        for (const [{ method, path, body, by }, between] of steps) {
          await askAgain(undefined, between)
          const answer = await t.ask(method, path, { headers: { authorization: by.authorization }, body })
          assert.ok([200, 400, 403, 404].includes(answer.status), answer.text)
          if (answer.status === 200) changed++
        }
        const fresh = await next
        next = another()
        assert.deepEqual(await checkReadModel(system), [], 'reeve check')
        const oracle = createOracle(await worldNow())
        for (const wanted of [...steps.map(([, between]) => between), ...then]) {
          const { results, count } = await askAgain(fresh, wanted)
          const { by, query, limit } = wanted
          const due =
            query === undefined
              ? oracle.users(by, { limit: String(limit) })
              : oracle.clients(by, { ...query, limit: String(limit) } as Record<string, string>)
          const where = `${urlOf(wanted)} as ${by.name}`
          assert.equal(count, due.count, where)
          assert.deepEqual(
            results.map(({ id }: { id: number }) => id),
            due.ids,
            where,
          )
          const [first] = results
          if (!first) continue
          const document = query === undefined ? oracle.userDocument(by, first.id) : oracle.clientDocument(by, first.id)
          assert.deepEqual(sorted(first), sorted(document), `the first of ${where}`)
        }
        for (const wanted of then) {
          const known = held.get(`${wanted.by.authorization} ${urlOf(wanted)}`)
          if (known) assert.equal((await get(t.app, urlOf(wanted), wanted.by, known.etag)).statusCode, 304, 'nothing changed since')
        }
        await fresh.close()
      },
    ),
    { numRuns: many, ...seed },
  )
  assert.ok(changed > many * 3, `only ${changed} changes were made`)
})

/** The order of capabilities means nothing. */
const sorted = (document: object) =>
  'capabilities' in document && Array.isArray(document.capabilities)
    ? { ...document, capabilities: document.capabilities.toSorted() }
    : document

/** Changes of overlapping accounts by eight at once, for so many milliseconds and until some were made, however busy the machine. */
async function disturb(ms: number): Promise<void> {
  const until = Date.now() + ms
  let made = 0
  // Whoever has several accounts, and those accounts: every change meets others.
  const accounts = busy.slice(0, 12)
  const persons = people.filter((id) => world.client_users.some((m) => m.user_id === id && accounts.includes(m.client_id)))
  const their = services.filter((s) => accounts.includes(s.client_id))
  const [platform] = staff as [TestCaller]
  const any = <T>(values: readonly T[]) => values[Math.floor(Math.random() * values.length)] as T
  const writer = async (n: number) => {
    while (Date.now() < until || made < 50) {
      const word = `${n} ${made}`
      const own = any(several)
      const [method, path, body, by] = any([
        ['PATCH', `/iam/users/${any(persons)}`, { name: word }, platform],
        ['PATCH', `/iam/users/${own.userId}`, { name: word }, own],
        ['PATCH', `/iam/clients/${any(accounts)}`, { companyName: `Company ${word}`, seller: any(sellers) }, platform],
        ['PATCH', `/iam/clients/${any(accounts)}`, { is_test: made % 2 === 0 }, platform],
        ['PATCH', `/iam/clients/${any(mayMove)}`, { reseller: any([2, 3]), companyName: `Moved ${word}` }, platform],
        ...(['trial', 'active', 'paused', 'trialend'] as const).map((status) => {
          const service = any(their)
          return ['PUT', `/iam/clients/${service.client_id}/services/${service.id}`, { status }, platform] as const
        }),
      ] as const)
      const { status, text } = await t.ask(method, path, { headers: { authorization: by.authorization }, body })
      assert.ok([200, 400, 404].includes(status), `${method} ${path} ${JSON.stringify(body)}: ${status} ${text}`)
      if (status === 200) made++
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, n) => writer(n)))
}

test('eight who change overlapping accounts at once never wait for each other in a circle, and nothing is lost', {
  timeout: 60_000,
}, async () => {
  let running = true
  const made = disturb(2500).finally(() => {
    running = false
  })
  let checked = 0
  for (; running; checked++) {
    assert.deepEqual(await checkReadModel(system), []) // at every moment the lists are what they must be
    await keepUp({ system, stopping: AbortSignal.timeout(20) })
  }
  await made
  assert.ok(checked > 1)
  assert.deepEqual(await checkReadModel(system), [])
})

const spoilt: Record<string, { spoil: () => Promise<unknown>; found: RegExp }> = {
  'a column of a list row': {
    spoil: () => system`UPDATE client_list SET status = 'ready' WHERE id = 1010`,
    found: /^client_list: differs$/,
  },
  'a list row that is gone': { spoil: () => system`DELETE FROM client_list WHERE id = 1011`, found: /^client_list: missing$/ },
  'a list row of nothing': {
    spoil: () => system`INSERT INTO client_list SELECT (jsonb_populate_record(l, '{"id": 9000000}')).* FROM client_list l WHERE id = 1012`,
    found: /^client_list: of nothing$/,
  },
  'the texts of an account’s people': {
    spoil: () => system`UPDATE client_user_search SET users_name = users_name || 'x' WHERE id = 1010`,
    found: /^client_user_search: differs$/,
  },
  'a document': { spoil: () => system`UPDATE client_documents SET doc = doc || ' ' WHERE id = 1013`, found: /^client_documents: differs$/ },
  'a document of another tenant': {
    spoil: () => system`UPDATE client_documents SET reseller_id = 3 WHERE id = 1006`,
    found: /^client_documents: differs$/,
  },
  'a user’s document': { spoil: () => system`UPDATE user_list SET doc = '{}' WHERE id = 100009`, found: /^user_list: differs$/ },
  'a user’s document that is gone': { spoil: () => system`DELETE FROM user_list WHERE id = 100010`, found: /^user_list: missing$/ },
  'a user’s document of nobody': { spoil: () => system`INSERT INTO user_list VALUES (9000000, 2, '{}')`, found: /^user_list: of nothing$/ },
  'one bit': {
    spoil: () => system`UPDATE client_bits SET bits = bits # client_bit(1006) WHERE facet = 'cdn' AND value = 'active'`,
    found: /^client_bits: differs$/,
  },
  'bits that are gone': {
    spoil: () => system`DELETE FROM client_bits WHERE facet = 'reseller_id' AND value = '3'`,
    found: /^client_bits: differs$/,
  },
  'the number of users': {
    spoil: () => system`UPDATE tenant_versions SET users = users + 1 WHERE reseller_id = 2 AND stripe = 0`,
    found: /^tenant_versions: users miscounted$/,
  },
}

for (const [name, { spoil, found }] of Object.entries(spoilt))
  test(`the check finds ${name} and puts it right`, async () => {
    await spoil()
    assert.ok(
      (await checkReadModel(system)).some(({ kind }) => found.test(kind)),
      JSON.stringify(await checkReadModel(system)),
    )
    await checkReadModel(system, { rebuild: true })
    assert.deepEqual(await checkReadModel(system), [])
  })

test('all of it is put right while others change the same accounts, and lists are not cached from before', {
  timeout: 60_000,
}, async () => {
  for (const { spoil } of Object.values(spoilt)) await spoil()
  const made = disturb(1500)
  await Promise.all([checkReadModel(system, { rebuild: true }), checkReadModel(system, { rebuild: true })])
  await made
  assert.deepEqual(await checkReadModel(system), [])
  const fresh = await another()
  const oracle = createOracle(await worldNow())
  for (const by of shown) {
    const listed: Listed = { by, query: {}, limit: 100 }
    assert.equal((await askAgain(fresh, listed)).count, oracle.clients(by, { limit: '100' }).count)
  }
  await fresh.close()
})
