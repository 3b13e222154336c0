/** The logs: whose entries whom are shown, in what shape and order, counted exactly, and who changed an account in one request. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asCaller, sessionOf, shownBy, shownCallers, type TestCaller, usersOfSeveralAccounts } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system, scope } = t.database
const callers = shownCallers(t)
const the = shownBy(t)
const [platform, reseller, seller] = [the('platform'), the('reseller'), the('seller')]
const [administrator, engineer] = [the('client'), the('client', 2, 5)]
const several = usersOfSeveralAccounts(t).find((user) => user.id !== administrator.userId)
assert.ok(several)

const get = async (one: TestCaller, path: string, status = 200) => {
  const answer = await t.ask('GET', path, { headers: { authorization: one.authorization } })
  assert.equal(answer.status, status, `${path} as ${one.name}: ${answer.text.slice(0, 300)}`)
  return answer.body
}
type Entry = Record<string, number> & { reseller_id: number; client_id: number; user_id: number }

/** Whether docs/domain.md, Logs, lets the caller see this entry: users their own, Administrators the account's, staff the reseller's. */
function sees(one: TestCaller, e: Entry): boolean {
  if (one.kind === 'platform') return true
  if (one.kind !== 'client') return e.reseller_id === one.resellerId || e.affected_reseller_id === one.resellerId
  if (one.roleId !== 1) return e.user_id === one.userId && e.client_id === one.clientId
  return e.client_id === one.clientId || e.affected_client_id === one.clientId
}

const logs = [
  { path: '/iam/activity_log/requests', table: 'activity', who: callers },
  { path: '/iam/activity_log/logins', table: 'logins', who: callers },
  {
    path: '/iam/activity_log/account_status_changes',
    table: 'account_status_changes',
    who: callers.filter((one) => one.kind !== 'client'),
  },
] as const

const change = (one: TestCaller, method: string, path: string, body?: unknown) =>
  t.ask(method, path, { headers: { authorization: one.authorization }, ...(body !== undefined && { body }) })

test('what staff and the platform do to an account is in the log of its Administrators and of its reseller, whoever logged in as whom', async () => {
  const path = `/iam/clients/${administrator.clientId}`
  await change(platform, 'PATCH', path, { phone: '+49 1' })
  await change(seller, 'PATCH', path, { phone: '+49 2' })
  await system`UPDATE activity SET actor_id = ${reseller.userId} WHERE id = (SELECT max(id) FROM activity)`
  for (const one of [administrator, reseller, seller, platform]) {
    const { result } = await get(one, '/iam/activity_log/requests?limit=2')
    assert.partialDeepStrictEqual(
      result,
      [
        { user: seller.userId, actor: reseller.userId, affected_client: administrator.clientId, data: '{"phone":"+49 2"}' },
        { user: platform.userId, actor: null, affected_client: administrator.clientId, status_code: 200, path },
      ],
      `as ${one.name}`,
    )
  }
  const { result } = await get(engineer, '/iam/activity_log/requests?limit=2')
  assert.ok(
    result.every((entry: { user: number }) => entry.user === engineer.userId),
    'other users see what they did alone',
  )
  const of3 = await get(the('reseller', 3), '/iam/activity_log/requests?limit=1')
  assert.notEqual(of3.result[0]?.affected_client, administrator.clientId)
})

for (const { path, table, who } of logs)
  test(`${path} shows each caller exactly its entries, newest first, page by page, with their exact number`, async () => {
    const rows = (await system`SELECT * FROM ${system(table)} ORDER BY id DESC`) as unknown as Entry[]
    for (const one of who) {
      const due = rows.filter((row) => sees(one, row)).map(({ id }) => id)
      const all = await get(one, path)
      assert.deepEqual([all.count, all.result.map(({ id }: Entry) => id)], [due.length, due], `as ${one.name}`)
      assert.deepEqual(Object.keys(all), ['count', 'next', 'previous', 'result'])
      const back = await get(one, `${path}?ordering=id`)
      assert.deepEqual(back.result, all.result.toReversed(), `${one.name} in the other order`)
      for (const offset of [0, 1, due.length >> 1, Math.max(0, due.length - 2), due.length, due.length + 5]) {
        const page = await get(one, `${path}?limit=2&offset=${offset}`)
        assert.deepEqual(page.result, all.result.slice(offset, offset + 2), `${one.name} at ${offset}`)
        assert.equal(page.count, due.length)
      }
      assert.deepEqual((await get(one, `${path}?limit=0`)).result, [])
    }
  })

test('client_id asks for one account: 404 where it is out of sight, 403 for another of one’s own', async () => {
  const rows = (await system`SELECT * FROM activity ORDER BY id DESC`) as unknown as Entry[]
  const { clientId } = administrator
  const due = rows.filter((row) => row.client_id === clientId || row.affected_client_id === clientId).map(({ id }) => id)
  for (const one of [platform, reseller, seller, administrator]) {
    const { count, result } = await get(one, `/iam/activity_log/requests?client_id=${clientId}`)
    assert.deepEqual([count, result.map(({ id }: Entry) => id)], [due.length, due], one.name)
  }
  for (const { path, who } of logs)
    for (const one of who.filter(({ kind, resellerId }) => kind !== 'platform' && resellerId === 3)) {
      const foreign = await get(one, `${path}?client_id=${clientId}`, 404)
      assert.deepEqual(foreign, await get(one, `${path}?client_id=${2 ** 40}`, 404))
    }
  const session = await sessionOf(t, several.email)
  const other = session.accountIds.find((id) => id !== session.clientId)
  for (const path of ['/iam/activity_log/requests', '/iam/activity_log/logins']) await get(session, `${path}?client_id=${other}`, 403)
})

test('400 names what is wrong in a query, and an id that is no number', async () => {
  for (const { path } of logs)
    for (const query of ['limit=-1', 'offset=x', 'client_id=x', 'ordering=user', 'ordering=id,-id'])
      assert.ok((await get(reseller, `${path}?${query}`, 400)).errors[query.split('=')[0] ?? ''], `${path}?${query}`)
  assert.deepEqual(await get(reseller, '/iam/activity_log/requests/x', 400), { errors: { id: ['A valid integer is required.'] } })
  for (const id of ['9'.repeat(30), '-1', '0']) await get(reseller, `/iam/activity_log/requests/${id}`, 404)
})

test('a request alone is what the list shows of it', async () => {
  for (const one of callers) {
    const { result } = await get(one, '/iam/activity_log/requests?limit=5')
    for (const entry of result) assert.deepEqual(await get(one, `/iam/activity_log/requests/${entry.id}`), entry)
  }
})

test('who changed an account is one request: /reeve/activity by account, actor, user, token, method, path, status and time', async () => {
  const rows = (await system`SELECT *, requested_at::text AS at FROM activity ORDER BY id DESC`) as unknown as (Entry & {
    at: string
    method: string
    path: string
  })[]
  const some = rows.find((row) => row.actor_id !== null) as Entry
  const at = (rows[rows.length >> 1] as { at: string }).at.replace(' ', 'T').replace('+00', 'Z')
  const by: Record<string, (row: (typeof rows)[number]) => boolean> = {
    '': () => true,
    [`affected_client_id=${administrator.clientId}`]: (row) => row.affected_client_id === administrator.clientId,
    [`user_id=${administrator.userId}`]: (row) => row.user_id === administrator.userId,
    [`actor_id=${some.actor_id}`]: (row) => (row.actor_id ?? row.user_id) === some.actor_id,
    'token_id=3': (row) => row.token_id === 3,
    'method=PATCH': (row) => row.method === 'PATCH',
    'method=DELETE': (row) => row.method === 'DELETE',
    'path=/iam/clients/': (row) => row.path.startsWith('/iam/clients/'),
    'path=%25': () => false,
    'status_code=400': (row) => row.status_code === 400,
    [`requested_at_gte=${at}`]: (row) => row.at.replace(' ', 'T') >= at.replace('Z', '+00'),
    [`requested_at_lte=${at}&method=PATCH`]: (row) => row.at.replace(' ', 'T') <= at.replace('Z', '+00') && row.method === 'PATCH',
  }
  for (const one of callers)
    for (const [query, holds] of Object.entries(by)) {
      const due = rows.filter((row) => sees(one, row) && holds(row)).map(({ id }) => id)
      const met: number[] = []
      for (let cursor = ''; ; ) {
        const page = await get(one, `/reeve/activity?limit=7&${query}${cursor}`)
        met.push(...page.results.map(({ id }: Entry) => id))
        if (page.next_cursor === null || met.length > 70) break
        cursor = `&cursor=${page.next_cursor}`
      }
      assert.deepEqual(met, due.slice(0, met.length), `${query} as ${one.name}`)
      assert.ok(met.length === due.length || met.length > 70, `${query} as ${one.name} ends too early`)
    }
  for (const query of ['method=LOOK', 'status_code=x', 'requested_at_gte=today', 'cursor=x', 'limit=0'])
    assert.ok((await get(reseller, `/reeve/activity?${query}`, 400)).errors[query.split('=')[0] ?? ''], query)
})

test('a walk meets what was there once, while entries are added', async () => {
  const start = await get(reseller, '/iam/activity_log/requests')
  const met: number[] = []
  for (let cursor = ''; ; ) {
    const page = await get(reseller, `/reeve/activity?limit=20${cursor}`)
    met.push(...page.results.map(({ id }: Entry) => id))
    if (page.next_cursor === null) break
    cursor = `&cursor=${page.next_cursor}`
    await change(seller, 'PATCH', `/iam/clients/${administrator.clientId}`, { phone: '+49 3' })
  }
  assert.deepEqual(
    met,
    start.result.map(({ id }: Entry) => id),
  )
})

test('nobody writes under another’s name or into another tenant’s log, and nobody changes what was written', async () => {
  const log = { action: 'x', method: 'PATCH', path: '/', status_code: 200, user_email: 'a@example.com' }
  for (const one of callers) {
    const own = { ...log, reseller_id: one.resellerId, client_id: one.clientId, user_id: one.userId }
    const write = (row: object) => scope.write(asCaller(one), (db) => db`INSERT INTO activity ${db(row as typeof own)}`)
    await write({ ...own, affected_client_id: one.clientId, affected_reseller_id: one.resellerId })
    const other = callers.find(({ resellerId, userId }) => resellerId === one.resellerId && userId !== one.userId)
    for (const wrong of [
      { user_id: other?.userId ?? 0 },
      { reseller_id: one.resellerId === 3 ? 2 : 3 },
      ...(one.kind === 'platform' ? [] : [{ affected_client_id: 1, affected_reseller_id: one.resellerId === 3 ? 2 : 3 }]),
    ])
      await assert.rejects(write({ ...own, ...wrong }), { code: '42501' }, `${one.name}: ${JSON.stringify(wrong)}`)
    if (one.kind === 'platform') continue
    for (const statement of ['UPDATE activity SET status_code = 0', 'DELETE FROM activity'])
      assert.equal((await scope.write(asCaller(one), (db) => db.unsafe(statement))).count, 0, `${one.name}: ${statement}`)
  }
})

test('numbers stay exact while many write at once, entries go and an account moves', async () => {
  const paths = [`/iam/clients/${administrator.clientId}`, `/iam/users/${administrator.userId}`]
  await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      change([reseller, seller, platform, administrator][n % 4] as TestCaller, 'PATCH', paths[n % 2] as string, { phone: `${n}` }),
    ),
  )
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      t.ask('POST', '/iam/auth/jwt/login', { body: { username: n % 2 ? administrator.email : 'nobody@example.com', password: 'wrong' } }),
    ),
  )
  await system`DELETE FROM activity WHERE id % 5 = 0`
  await system`DELETE FROM logins WHERE id % 7 = 0`
  await system`UPDATE activity SET reseller_id = 3, affected_reseller_id = 3 WHERE client_id = ${the('client').clientId}`
  await system`UPDATE account_status_changes SET new_status = old_status WHERE id % 3 = 0`
  const counted = () => system`
    SELECT log, of_reseller, of_client, of_user, sum(entries)::int AS entries FROM log_counts GROUP BY 1, 2, 3, 4 HAVING sum(entries) <> 0 ORDER BY 1, 2, 3, 4`
  const kept = await counted()
  await system`SELECT rebuild_log_counts()`
  assert.deepEqual(kept, await counted())
})

test('a writer never waits for another’s count', async () => {
  const row = (one: TestCaller) => ({ reseller_id: 2, client_id: one.clientId, user_id: one.userId, is_successful: false, auth_type: 'x' })
  const { promise: written, resolve: done } = Promise.withResolvers<void>()
  const { promise: held, resolve: holds } = Promise.withResolvers<void>()
  const slow = system.begin(async (db) => {
    await db`INSERT INTO logins ${db(row(administrator))}`
    holds()
    await written
  })
  await held
  await system.begin(async (db) => {
    await db`SET LOCAL lock_timeout = '1s'`
    await db`INSERT INTO logins ${db(row(administrator))}`
  })
  done()
  await slow
})

test('a refused change is in the log of the account that its path names, where the caller sees that account', async () => {
  const activity = await watchActivity(t)
  const refused = (one: TestCaller, id: number, status: number, affected: number | null) =>
    run(t, activity, {
      name: `${id} as ${one.name}`,
      as: one.authorization,
      method: 'PATCH',
      path: `/iam/clients/${id}`,
      body: { email: 'no email' },
      status,
      records: [{ status_code: status, affected_client_id: affected, affected_reseller_id: affected && 2 }],
    })
  await refused(seller, administrator.clientId, 400, administrator.clientId)
  await refused(administrator, administrator.clientId, 403, administrator.clientId)
  await refused(the('seller', 3), administrator.clientId, 400, null)
  await refused(seller, 2 ** 40, 400, null)
})

test('world: the demo’s entries have the reseller of the account affected', () => {
  for (const row of world.activity) assert.equal(row.affected_reseller_id, row.reseller_id)
})
