/** The two walls between tenants: nothing of another's is in any answer, and row-level security holds for every table and caller. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPool } from '../src/db/pool.ts'
import { elevated } from '../src/db/scope.ts'
import type { ISql } from '../src/db/sql.ts'
import { asCaller, sessionOf, shownCallers, type TestCaller, usersOfSeveralAccounts } from './callers.ts'
import { openWorld } from './harness.ts'
import { createOracle } from './oracle.ts'

const t = await openWorld()
const { world } = t
const { system, scope } = t.database
const oracle = createOracle(world)

/** Tables of tenants without row-level security, and who answers for them: the query functions of accounts/clients and people/users. */
const outside = ['client_list', 'client_user_search', 'client_documents', 'client_bits', 'tenant_versions', 'user_list']

const several = usersOfSeveralAccounts(t)[0]
assert.ok(several, 'the world has nobody with two accounts')
const callers = [...shownCallers(t), await sessionOf(t, several.email)]
type Row = Record<string, unknown> & { reseller_id: number; client_id: number; id: number }

/** Accounts that change sets changed, and the entries of those. */
const bulk: { client_id: number; activity_id: number }[] = []

const providers: { id: number; reseller_id: number; client_id: number | null }[] = []

await fillTheRest()
const tables = (
  await system<{ name: string; columns: string[]; written: string[]; forced: boolean }[]>`
    SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS forced,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS written
    FROM pg_class c WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'm') ORDER BY 1`
).map(({ name, columns, written, forced }) => ({ name, columns, written, forced }))
const secured = tables.filter(({ forced }) => forced).map(({ name }) => name)

/** The same row again, by the columns that can be written. */
const copyOf = (sql: ISql, table: string, row: unknown) => {
  const { written = [] } = tables.find(({ name }) => name === table) ?? {}
  return sql`INSERT INTO ${sql(table)} (${sql(written)})
    SELECT ${sql(written)} FROM jsonb_populate_record(null::${sql(table)}, ${sql.json(row as never)})`
}

/** Which rows of a table a caller may see, by their columns. */
function mayMeet(one: TestCaller, table: string, row: Row): boolean {
  if (
    [
      'refresh_tokens',
      'signing_keys',
      'secret_check',
      'next_secret',
      'password_history',
      'failures',
      'known_places',
      'failed_logins_notified',
      'passkey_challenges',
      'authentication_requests',
      'pending_identities',
      'spent_assertions',
      'saml_keys',
    ].includes(table)
  )
    return false // the server's own
  if (['backup_codes', 'passkeys', 'preferences'].includes(table)) return row.user_id === one.userId // a user's own business
  if (table === 'presets')
    return one.kind !== 'client' && row.reseller_id === one.resellerId && (row.shared === true || row.owner_id === one.userId)
  if (one.kind === 'platform') return true
  if (table === 'identities' && row.user_id === one.userId) return true
  // What a provider has is for whoever may see the provider: that of an account, its users; that of the reseller, staff alone.
  const ofProvider = providers.find(({ id }) => id === (row as { provider_id?: number }).provider_id)
  if (ofProvider && table.startsWith('identit')) return mayMeet(one, 'identity_providers', ofProvider as Row)
  // A request concerns also those whom it was done to.
  const { affected_reseller_id, affected_client_id } = row as { affected_reseller_id?: number; affected_client_id?: number }
  if (affected_reseller_id === one.resellerId && (one.kind !== 'client' || one.accountIds.includes(affected_client_id ?? 0))) return true
  // And the changes of many accounts that changed its own.
  if (table === 'activity' && one.kind === 'client')
    if (bulk.some(({ client_id, activity_id }) => one.accountIds.includes(client_id) && row.id === activity_id)) return true
  if ((table === 'resellers' ? row.id : row.reseller_id) !== one.resellerId) return false
  if (one.kind !== 'client') return true
  if (table === 'clients') return one.accountIds.includes(row.id)
  if (table === 'users') return world.client_users.some((m) => m.user_id === row.id && one.accountIds.includes(m.client_id))
  if (table === 'resellers') return true
  if (table === 'email_changes') return row.user_id === one.userId // nobody changes the address of a colleague
  if (table === 'change_sets' || table === 'change_set_batches') return false // it names other accounts
  if (table === 'promo_codes') return false // whoever knows a code can use it
  // What belongs to an account is that account's; the rest, such as default_availability, is the reseller's and meant for all.
  return row.client_id === undefined || one.accountIds.includes(row.client_id)
}

test('every table with reseller_id or client_id has row-level security forced, but the read model', () => {
  for (const { name, columns, forced } of tables.filter(({ columns }) => columns.includes('reseller_id') || columns.includes('client_id')))
    assert.equal(
      forced,
      !outside.includes(name),
      `${name} (${columns}): ALTER TABLE … ENABLE and FORCE ROW LEVEL SECURITY with a policy, in its migration`,
    )
  for (const name of ['resellers', 'refresh_tokens', 'signing_keys', 'secret_check', 'password_history', 'passkey_challenges'])
    assert.ok(secured.includes(name), `${name} must be under row-level security too`)
})

test('every table that has tenants’ rows has some of two tenants here, so that the checks below are not idle', async () => {
  for (const name of secured) {
    const rows = await system.unsafe(`SELECT * FROM ${name}`)
    assert.ok(rows.length > 0, `${name} is empty: add rows in fillTheRest`)
    if (!('reseller_id' in (rows[0] ?? {}))) continue
    for (const reseller of [2, 3])
      assert.ok(
        rows.some((row) => row.reseller_id === reseller),
        `${name} has no row of reseller ${reseller}: add one in fillTheRest`,
      )
  }
})

test('row-level security shows each caller exactly the rows it may meet, in every table', async () => {
  const wrong: string[] = []
  for (const name of secured) {
    const rows = (await system.unsafe(`SELECT * FROM ${name}`)) as unknown as Row[]
    for (const one of callers) {
      const [seen] = await scope.read(asCaller(one), (db) => db.unsafe(`SELECT count(*) FROM ${name}`))
      const due = rows.filter((row) => mayMeet(one, name, row)).length
      if (seen?.count !== due) wrong.push(`${name} shows ${seen?.count} rows to ${one.name}, who may see ${due}`)
    }
  }
  assert.deepEqual(wrong, [], 'correct the policies of these tables')
})

test('what a caller may see in a transaction it does not see after it, on the same connection', async () => {
  for (const one of callers) {
    await scope.read(asCaller(one), (db) => db`SELECT FROM clients`)
    const stranger = { ...asCaller(one), kind: 'client' as const, accountIds: [], resellerId: 0 }
    const [seen] = await scope.read(stranger, (db) => db`SELECT count(*) FROM clients`)
    assert.equal(seen?.count, 0)
  }
})

test('statements that are elevated see every tenant, those beside and after them only their own', async () => {
  const one = callers.find(({ kind }) => kind === 'client') as TestCaller
  await scope.write(asCaller(one), async (db) => {
    const own = async () => (await db`SELECT count(*) FROM clients`)[0]?.count
    const before = await own()
    for (let round = 0; round < 3; round++) {
      const [beside, [first, second], after] = await Promise.all([
        own(),
        elevated(db, db`SELECT count(*) FROM clients`, db`SELECT count(DISTINCT reseller_id) FROM clients`),
        own(),
      ])
      assert.ok(first[0]?.count > before && second[0]?.count > 1)
      assert.deepEqual([beside, after, await own()], [before, before, before])
    }
  })
  const failing = scope.write(asCaller(one), (db) => elevated(db, db`SELECT 1 / 0`, db`SELECT 1`))
  await assert.rejects(failing, /division by zero/)
  const [left] = await scope.read(asCaller(one), (db) => db`SELECT current_setting('reeve.scope') AS scope`)
  assert.equal(left?.scope, 'client')
})

test('nobody can write a row into another tenant, in any table', async () => {
  const wrong = new Set<string>()
  for (const name of secured) {
    const rows = (await system.unsafe(`SELECT *, to_jsonb(r) AS json FROM ${name} r`)) as unknown as (Row & { json: object })[]
    for (const one of callers) {
      const foreign = rows.find((row) => !mayMeet(one, name, row))
      if (!foreign) continue
      const copy = scope.write(asCaller(one), (db) => copyOf(db, name, foreign.json))
      const code = await copy.then(
        () => 'written',
        (error: { code: string }) => error.code,
      )
      if (code !== '42501') wrong.add(`${name} takes a row of somebody else from a ${one.kind} (${code})`)
    }
  }
  assert.deepEqual([...wrong], [], 'correct the policies of these tables')
})

test('nobody can change or delete a row of another tenant, in any table', async () => {
  const wrong = new Set<string>()
  for (const { name, columns } of tables.filter(({ name }) => secured.includes(name))) {
    for (const one of callers.filter(({ kind }) => kind !== 'platform')) {
      const rows = (await system.unsafe(`SELECT *, ctid::text AS place FROM ${name}`)) as unknown as (Row & { place: string })[]
      const foreign = rows.find((row) => !mayMeet(one, name, row))
      assert.ok(foreign, `${name} has nothing that ${one.name} may not meet`)
      for (const statement of [`UPDATE ${name} SET ${columns[0]} = ${columns[0]}`, `DELETE FROM ${name}`]) {
        const reached = scope.write(asCaller(one), async (db) => {
          const { count } = await db.unsafe(`${statement} WHERE ctid = '${foreign.place}'`)
          throw { count } // undone in any case
        })
        await reached.catch(({ count }) => count !== 0 && wrong.add(`${statement} reaches a row of somebody else as a ${one.kind}`))
      }
    }
  }
  assert.deepEqual([...wrong], [], 'correct the policies of these tables')
})

test('a client user reads at most what is its reseller’s own', async () => {
  const [one] = callers.filter(({ kind }) => kind === 'client')
  assert.ok(one)
  for (const name of [
    'resellers',
    'promo_codes',
    'default_availability',
    'branding',
    'branding_assets',
    'notification_settings',
    'change_set_results',
  ]) {
    const own = name === 'resellers' ? 'id' : 'reseller_id'
    for (const statement of [`UPDATE ${name} SET ${own} = ${own}`, `DELETE FROM ${name}`]) {
      const { count }: { count: number } = await scope.write(asCaller(one), (db) => db.unsafe(statement))
      assert.equal(count, 0, `${statement}: a policy of schema/19_policies.sql must keep it from client users`)
    }
    const row = `INSERT INTO ${name} SELECT * FROM jsonb_populate_record(null::${name}, '{"${own}": ${one.resellerId}}')`
    await assert.rejects(
      scope.write(asCaller(one), (db) => db.unsafe(row)),
      { code: '42501' },
    )
  }
})

test('a statement on the read model sees no table under row-level security, even after a transaction on the same connection', async () => {
  for (const one of callers) await scope.read(asCaller(one), (db) => db`SELECT 1`)
  for (const name of secured) {
    const statements = Array.from({ length: 20 }, () => scope.readModel((db) => db`SELECT FROM ${db(name)}`))
    for (const rows of await Promise.all(statements)) assert.equal(rows.length, 0, `${name} is not empty for scope.readModel`)
  }
})

test('a connection without scope sees nothing and writes nothing', async () => {
  const bare = openPool(t.login, { max: 1 })
  try {
    for (const name of secured) {
      const [seen] = await bare.unsafe(`SELECT count(*)::int FROM ${name}`)
      assert.equal(seen?.count, 0, `${name} shows rows where no scope was entered`)
      const [row] = await system.unsafe(`SELECT to_jsonb(r) AS json FROM ${name} r LIMIT 1`)
      await assert.rejects(copyOf(bare, name, row?.json), { code: '42501' }, `${name} takes rows where no scope was entered`)
    }
  } finally {
    await bare.end()
  }
})

/** Emails, companies and telephones that only objects out of the caller's sight have. */
function secretsFor(one: TestCaller): string[] {
  const clients = new Set(oracle.visibleClients(one).map(({ id }) => id))
  const users = new Set(oracle.visibleUsers(one).map(({ id }) => id))
  const words = ({ email, phone }: { email: string; phone: string | null }) => [email, phone ?? email]
  const seen = world.clients.filter((c) => clients.has(c.id)).flatMap((c) => [...words(c), c.company_name, c.website, c.name ?? ''])
  // People one sees have names and addresses of other accounts about them; their emails are no secret.
  seen.push(...world.users.filter((u) => users.has(u.id)).flatMap((u) => [...words(u), u.name ?? '']))
  seen.push(...world.client_hostnames.filter((h) => clients.has(h.client_id)).map((h) => h.hostname))
  seen.push(...world.branding.filter((b) => b.reseller_id === one.resellerId).map((b) => b.domain))
  // Administrators see in the log who of the staff did something to their account.
  const staff = world.users.filter((u) => u.is_admin || (u.reseller_id === one.resellerId && u.user_type !== 'common'))
  if (one.roleId === 1) seen.push(...staff.map(({ email }) => email))
  const allowed = JSON.stringify(seen).toLowerCase()
  const hidden = world.clients.filter((c) => !clients.has(c.id)).flatMap((c) => [...words(c), c.company_name])
  hidden.push(...world.users.filter((u) => !users.has(u.id)).flatMap(words))
  return [...new Set(hidden)].filter((text) => text.length > 5 && !allowed.includes(JSON.stringify(text).slice(1, -1).toLowerCase()))
}

/** What to try for the parameters of a path, by their names in order: the ids of everything, own and not. */
const tried: Record<string, (one: TestCaller) => Record<string, number | string>[]> = {
  '': () => [{}],
  clientId: (one) => [one.clientId, ...one.accountIds, ...ofEach(world.clients).map(({ id }) => id)].map((clientId) => ({ clientId })),
  userId: (one) => [one.userId, ...ofEach(world.users).map(({ id }) => id)].map((userId) => ({ userId })),
  'clientId serviceId': () => ofEach(world.services).map(({ client_id, id }) => ({ clientId: client_id, serviceId: id })),
  featureId: () => world.features.map(({ id }) => ({ featureId: id })),
  activatedFeatureId: () => ofEach(world.client_features).map(({ id }) => ({ activatedFeatureId: id })),
  name: () => [{ name: 'User' }], // what a directory may ask about is the same for everybody
  token: () => [{ token: 'unknown' }], // whoever has a link may follow it: its token is the whole right
  sessionId: () => [],
  presetId: () => presets,
  'userId sessionId': () => [],
  changeSetId: () => resellers.map((changeSetId) => ({ changeSetId })),
  digest: () => resellers.map((reseller) => ({ digest: Buffer.alloc(32, reseller).toString('hex') })),
  resellerId: () => resellers.map((resellerId) => ({ resellerId })),
  id: () => ofEach(world.activity).map(({ id }) => ({ id })),
  'resellerId notificationSettingsId': () =>
    resellers.flatMap((resellerId) => ofEach(world.notification_settings).map(({ id }) => ({ resellerId, notificationSettingsId: id }))),
  sellerId: () => ofEach(world.users.filter((user) => user.user_type === 'seller')).map(({ id }) => ({ sellerId: id })),
  'clientId userId': (one) =>
    [{ client_id: one.clientId, user_id: one.userId }, ...ofEach(world.client_users)].map((m) => ({
      clientId: m.client_id,
      userId: m.user_id,
    })),
  providerId: () => providers.map(({ id }) => ({ providerId: id })),
  'providerId testId': () => providers.map(({ id }) => ({ providerId: id, testId: '0'.repeat(64) })),
  'clientId tokenId': () => world.api_tokens.map(({ client_id, id }) => ({ clientId: client_id, tokenId: id })),
}

const resellers = [1, 2, 3]
const presets = (await system<{ presetId: number }[]>`SELECT id AS "presetId" FROM presets`).map(({ presetId }) => ({ presetId }))

const ofEach = <T extends { reseller_id: number }>(rows: T[]) => [
  ...rows.slice(0, 3),
  ...rows.filter((row) => row.reseller_id === 2).slice(0, 8),
  ...rows.filter((row) => row.reseller_id === 3).slice(0, 8),
]

/** Every GET of the document with those ids. */
function* paths(one: TestCaller): Generator<string> {
  // biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
  for (const [path, item] of Object.entries((t.app.swagger() as any).paths)) {
    if (!(item as object & { get?: object }).get) continue
    if (path === '/iam/docs/platform/resellers') continue // docs/openapi.json for everybody, whose examples name somebody of the demo
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const ids = tried[names.join(' ')]
    assert.ok(ids, `${path}: say in \`tried\` which ids to try for ${names.join(' ')}`)
    for (const one_ of ids(one)) yield path.replace(/\{(\w+)\}/g, (_, name) => String(one_[name]))
  }
  yield '/iam/clients?limit=1000&ordering=-companyName'
  yield '/iam/clients?reseller_id=3'
  yield '/iam/clients?reseller_id=2&deleted=true'
  yield '/iam/users?limit=1000&offset=1'
}

for (const one of callers.filter(({ kind }) => kind !== 'platform')) {
  test(`no answer to ${one.name} holds an email, company or telephone of what it may not see`, async () => {
    let text = ''
    for (const path of paths(one)) text += (await t.ask('GET', path, { headers: { authorization: one.authorization } })).text
    const secrets = secretsFor(one)
    assert.ok(secrets.length > 100, 'the world is too small for this test')
    assert.ok(text.includes(one.email), 'the answers do not even hold the caller’s own email')
    assert.deepEqual(
      secrets.filter((secret) => text.includes(JSON.stringify(secret).slice(1, -1))),
      [],
      `answers to ${one.name} hold these`,
    )
  })
}

test('a filter tells a client user nothing of people it may not see', async () => {
  for (const one of callers.filter(({ kind }) => kind === 'client')) {
    const seen = new Set(oracle.visibleUsers(one).map(({ id }) => id))
    for (const user of world.users.filter(({ id, client_id }) => !seen.has(id) && one.accountIds.includes(client_id))) {
      const { body } = await t.ask('GET', `/iam/clients?users_email=${encodeURIComponent(user.email)}`, {
        headers: { authorization: one.authorization },
      })
      assert.deepEqual(body, [], `${one.name} can find out that ${user.email} is in the account`)
    }
  }
})

/** Rows, of two accounts in each of two tenants, for the tables that the world leaves empty. */
async function fillTheRest() {
  for (const table of ['secret_check', 'next_secret']) await system.unsafe(`INSERT INTO ${table} (encrypted) VALUES ('\\x00')`)
  for (const reseller_id of [2, 3]) {
    const digest = Buffer.alloc(32, reseller_id)
    await system`INSERT INTO failed_logins_notified ${system({ reseller_id, until: new Date() })}`
    await system`SELECT reserve_attempts(ARRAY[failure_key('proof', ${reseller_id}, 'a@example.com')], '{5}', '{900}', '{24}'), know_place('known', 1)`
    for (const client_id of [
      null,
      ...world.clients
        .filter((c) => c.reseller_id === reseller_id)
        .slice(0, 3)
        .map(({ id }) => id),
    ])
      await fillDirectory(reseller_id, client_id)
    const preview = system.json({ selected: 0, will_change: 0, unchanged: 0, refused: 0, reasons: [] })
    const [account] = shownCallers(t).filter(({ kind, resellerId }) => kind === 'client' && resellerId === reseller_id)
    const [staff] = shownCallers(t).filter(({ kind, resellerId }) => kind === 'reseller' && resellerId === reseller_id)
    const entry = { reseller_id, client_id: staff?.clientId, user_id: staff?.userId, user_email: '', action: 'applyChangeSet' }
    const [logged] = await system`INSERT INTO activity ${system({ ...entry, method: 'POST', path: '/', status_code: 200 })} RETURNING id`
    const set = {
      id: reseller_id,
      reseller_id,
      change: system.json({ type: 'delete' }),
      ids: [],
      preview,
      created_by: 1,
      created_by_email: '',
    }
    await system`INSERT INTO change_sets ${system(set)}`
    await system`INSERT INTO change_set_batches ${system({ change_set_id: reseller_id, number: 0, reseller_id, ids: [] })}`
    const result = { change_set_id: reseller_id, client_id: account?.clientId, reseller_id, outcome: 'changed', activity_id: logged?.id }
    await system`INSERT INTO change_set_results ${system(result)}`
    bulk.push({ client_id: account?.clientId ?? 0, activity_id: logged?.id })
    await system`INSERT INTO branding_assets ${system({ reseller_id, kind: 'logo', content_type: 'image/png', digest, content: digest })}`
    await system`INSERT INTO saml_keys ${system({ private_key: digest, certificate: 'none' })}`
    const [first] = world.client_users.filter((m) => m.reseller_id === reseller_id && m.client_id === account?.clientId)
    for (const client_id of [null, account?.clientId ?? 0]) {
      const of = { reseller_id, client_id, kind: 'oidc', name: `Provider ${client_id}` }
      const [made] = await system`INSERT INTO identity_providers ${system(of)} RETURNING id`
      const own = { provider_id: made?.id, reseller_id }
      providers.push({ id: made?.id, reseller_id, client_id })
      await system`INSERT INTO identity_provider_domains ${system({ ...own, domain: `d${client_id}.example`, challenge: 'x' })}`
      await system`INSERT INTO identity_provider_exceptions ${system({ ...own, user_id: first?.user_id })}`
      await system`INSERT INTO identities ${system({ ...own, user_id: first?.user_id, subject: `${first?.user_id}` })}`
      const [hash, expires_at] = [Buffer.from(`${made?.id}`), new Date()]
      await system`INSERT INTO authentication_requests ${system({ hash, provider_id: made?.id, purpose: 'sign_in', browser: hash, origin: '', expires_at })}`
      await system`INSERT INTO pending_identities ${system({ hash, provider_id: made?.id, user_id: first?.user_id, subject: 'x', claims: system.json({}), expires_at })}`
      await system`INSERT INTO spent_assertions ${system({ provider_id: made?.id, id: 'x', expires_at })}`
    }
    for (const { client_id, user_id } of world.client_users.filter((m) => m.reseller_id === reseller_id).slice(3, 9)) {
      const own = { reseller_id, client_id }
      await system`INSERT INTO preferences ${system({ reseller_id, user_id, settings: '{"theme":"dark"}' })}`
      for (const shared of [true, false]) {
        const preset = {
          reseller_id,
          owner_id: user_id,
          list: 'clients',
          name: `${shared}`,
          query: `email=${user_id}@presets.example`,
          shared,
        }
        await system`INSERT INTO presets ${system(preset)}`
      }
      const [service] = world.services.filter((one) => one.client_id === client_id)
      if (service)
        await system`INSERT INTO service_options ${system({ ...own, service_id: service.id, name: `o${user_id}`, value: '1', value_type: 'int' })}`
      const [session] = await system`INSERT INTO sessions ${system({ ...own, user_id })} RETURNING id`
      await system`INSERT INTO refresh_tokens ${system({ jti: `${user_id}`, session_id: session?.id, expires_at: new Date() })}`
      await system`INSERT INTO backup_codes ${system({ user_id, reseller_id, hash: Buffer.from(`${client_id}`) })}`
      const passkey = {
        credential_id: Buffer.from(`${client_id} ${user_id}`),
        public_key: digest,
        counter: 0,
        rp_id: 'localhost',
        name: 'One',
      }
      await system`INSERT INTO passkeys ${system({ user_id, reseller_id, ...passkey })}`
      const challenge = { hash: passkey.credential_id, user_id, origin: 'http://localhost', expires_at: new Date() }
      await system`INSERT INTO passkey_challenges ${system(challenge)}`
      await system`INSERT INTO password_history ${system({ user_id, password_hash: 'none' })}`
      const hash = Buffer.from(`${client_id} ${user_id}`)
      await system`INSERT INTO one_time_links ${system({ ...own, hash, user_id, purpose: 'invitation', expires_at: new Date() })}`
      await system`INSERT INTO email_changes ${system({ reseller_id, user_id, new_email: `new${user_id}@example.com`, asked_by: user_id })}
        ON CONFLICT DO NOTHING`
      await system`INSERT INTO attempts ${system({ ...own, user_id, kind: 'invitation' })}`
      await system`INSERT INTO outbox ${system({ ...own, recipient: 'somebody@example.com', template: 'invitation', lang: 'en' })}`
    }
  }
}

/** The directory of a reseller or of one of its accounts, with a row in every table. */
async function fillDirectory(reseller_id: number, client_id: number | null) {
  const own = { reseller_id, client_id }
  const member = world.client_users.find((m) => m.reseller_id === reseller_id && (client_id === null || m.client_id === client_id))
  const user_id = member?.user_id as number
  const [directory] = await system`INSERT INTO scim_directories ${system(own)} RETURNING id`
  const of = { ...own, directory_id: directory?.id }
  const [token] = await system`
    INSERT INTO scim_tokens ${system({ ...of, name: 'Test', secret_hash: Buffer.from('x'), created_by: user_id })} RETURNING id`
  await system`INSERT INTO scim_users ${system({ ...of, user_id })}`
  const [group] = await system`INSERT INTO scim_groups ${system({ ...of, display_name: 'Group' })} RETURNING id`
  await system`INSERT INTO scim_members ${system({ ...of, group_id: group?.id, user_id })}`
  const request = { requested_at: new Date(), method: 'POST', path: '/scim/v2/Users', status: 201 }
  await system`INSERT INTO scim_requests ${system({ ...of, ...request, token_id: token?.id })}`
}
