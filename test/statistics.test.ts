/** GET /reeve/statistics against figures made from the rows, account by account and day by day. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [platform, reseller, seller, other] = [the('platform'), the('reseller'), the('seller'), the('reseller', 3)]
const statuses = ['new', 'trial', 'trialend', 'active', 'integration', 'paused', 'preparation', 'ready'] as const
const DAY = 86_400_000

const ask = (one: TestCaller, path: string) => t.ask('GET', path, { headers: { authorization: one.authorization } })
async function read(one: TestCaller, query = '') {
  const answer = await ask(one, `/reeve/statistics${query}`)
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

await makeHistory()

/** Accounts that began, changed, ended and came back in the last hundred days, in both resellers, also by the second around midnight. */
async function makeHistory() {
  const midnight = Math.floor(Date.now() / DAY) * DAY
  const at = (days: number, ms = 0) => new Date(midnight - days * DAY + ms)
  let n = 0
  const account = async (reseller_id: number, created_at: Date, status: string, deleted_at: Date | null, way: [Date, string, string][]) => {
    const name = `History ${n++}`
    const seller_id = n % 2 === 0 ? t.world.users.find((u) => u.user_type === 'seller' && u.reseller_id === reseller_id)?.id : null
    const row = { reseller_id, seller_id, email: `h${n}@history.example`, company_name: name, status, created_at, deleted_at }
    const [made] = await system`INSERT INTO clients ${system(row)} RETURNING id`
    for (const [status_change_at, old_status, new_status] of way)
      await system`INSERT INTO account_status_changes ${system({ client_id: made?.id, reseller_id, status_change_at, old_status, new_status })}`
    await system`SELECT refresh_clients(ARRAY[${made?.id}::bigint])`
    return made?.id as number
  }
  for (const reseller_id of [2, 3]) {
    await account(reseller_id, at(200), 'active', null, [
      [at(95), 'new', 'trial'],
      [at(40, 5), 'trial', 'active'],
    ])
    await account(reseller_id, at(60, 1), 'trialend', null, [
      [at(59), 'preparation', 'trial'],
      [at(30), 'trial', 'trialend'],
    ])
    await account(reseller_id, at(10), 'preparation', null, [])
    await account(reseller_id, at(10, -1), 'trial', null, [
      [at(9), 'new', 'preparation'],
      [at(9, 1), 'preparation', 'trial'],
    ])
    await account(reseller_id, at(150), 'paused', at(20), [[at(50), 'active', 'paused']])
    // After its deletion a job went on.
    await account(reseller_id, at(70), 'trialend', at(25), [
      [at(60), 'new', 'trial'],
      [at(15), 'trial', 'trialend'],
    ])
    await account(reseller_id, at(300), 'active', at(120), [[at(80), 'trial', 'active']])
    await account(reseller_id, at(5), 'new', at(5, 1000), [])
    await account(reseller_id, at(3), 'active', null, [[at(0), 'trial', 'active']])
    await account(reseller_id, at(89), 'ready', null, [[at(88, -1), 'integration', 'ready']])
  }
  const user = t.world.client_users.find((m) => m.reseller_id === 2)
  const login = { reseller_id: 2, client_id: user?.client_id, user_id: user?.user_id, auth_type: 'password' }
  for (const [days, is_successful, attempts] of [
    [0, true, 1],
    [0, false, 4],
    [1, false, 2],
    [1, true, 1],
    [1, true, 1],
    [29, true, 1],
    [30, true, 1],
    [12, false, 9],
  ] as const)
    await system`INSERT INTO logins ${system({ ...login, is_successful, attempts, login_at: at(days) })}`
  await system`INSERT INTO logins ${system({ auth_type: 'password', is_successful: false, attempts: 7, login_at: at(2, 1) })}`
  await system`INSERT INTO logins ${system({ ...login, reseller_id: 3, client_id: null, user_id: null, is_successful: true, login_at: at(2) })}`
  await system`INSERT INTO outbox (reseller_id, recipient, template, lang, failed_at, sent_at) SELECT r, 'a@mails.example', 'test', 'en', f, s
    FROM (VALUES (2, NULL, NULL), (2, now(), NULL), (2, now(), NULL), (2, NULL, now()), (3, NULL::timestamptz, NULL::timestamptz)) AS m (r, f, s)`
}

/** The numbers of live accounts by status at a time, one account after the other. */
async function expectedAt(time: string, reseller: number | null, sold: number | null) {
  const [clients, changes] = await Promise.all([
    system`SELECT id, reseller_id, seller_id, status, json_time(created_at) AS began, json_time(deleted_at) AS ended FROM clients`,
    system`SELECT client_id, old_status, json_time(status_change_at) AS at FROM account_status_changes ORDER BY status_change_at, id`,
  ])
  const numbers = Object.fromEntries(statuses.map((status) => [status, 0]))
  for (const c of clients) {
    if ((reseller !== null && c.reseller_id !== reseller) || (sold !== null && c.seller_id !== sold)) continue
    if (c.began >= time || (c.ended !== null && c.ended < time)) continue
    const next = changes.find((change) => change.client_id === c.id && change.at >= time)
    const status = next?.old_status ?? c.status
    numbers[status] = (numbers[status] ?? 0) + 1
  }
  return numbers
}

const cases: [string, TestCaller, string, number | null, number | null][] = [
  ['all resellers', platform, '', null, null],
  ['one reseller for an operator', platform, '?reseller_id=3', 3, null],
  ['the reseller', reseller, '', 2, null],
  ['the accounts of a seller', seller, '', 2, seller.userId],
]

for (const [name, one, query, resellerId, sellerId] of cases)
  test(`accounts by status now and at the end of each of ninety days: ${name}`, async () => {
    const { at, scope, accounts, accounts_by_day: days } = await read(one, query)
    assert.deepEqual(scope, { reseller_id: resellerId, seller_id: sellerId })
    const today = at.slice(0, 10)
    const names = Array.from({ length: 90 }, (_, n) => new Date(Date.parse(today) - (89 - n) * DAY).toISOString().slice(0, 10))
    assert.deepEqual(
      days.map(({ day }: { day: string }) => day),
      names,
    )
    const now = await expectedAt('9999', resellerId, sellerId)
    assert.deepEqual(accounts, { total: Object.values(now).reduce((sum, count) => sum + count), by_status: now })
    assert.deepEqual(days.at(-1), { day: today, ...now })
    for (const [n, { day, ...numbers }] of days.slice(0, -1).entries())
      assert.deepEqual(numbers, await expectedAt(`${names[n + 1]}T00:00:00.000000Z`, resellerId, sellerId), `${name} on ${day}`)
    assert.notDeepEqual(days[0], { ...days[89], day: names[0] }, 'there is a history')
  })

test('each figure is the count of the list that it leads to', async () => {
  for (const one of [platform, reseller, seller]) {
    const { accounts, trials, scope, users } = await read(one)
    const of = `deleted=false${scope.seller_id === null ? '' : `&seller_id=${scope.seller_id}`}`
    for (const [status, count] of Object.entries(accounts.by_status))
      assert.equal((await ask(one, `/iam/clients?limit=0&${of}&status=${status}`)).body.count, count, `${one.name}: ${status}`)
    assert.equal((await ask(one, `/iam/clients?limit=0&${of}&trial_end_lte=${trials.until}`)).body.count, trials.accounts)
    assert.equal((await ask(one, '/iam/users?limit=0')).body.count, users)
  }
})

test('trials that end within a week: each account once, no deleted one, none later', async () => {
  const before = (await read(reseller)).trials.accounts
  const accounts = t.world.clients.filter((c) => c.reseller_id === 2 && !c.deleted_at && c.client_type === 'common').slice(30, 33)
  const [soon, twice, late] = accounts.map(({ id }) => id)
  assert.ok(soon && twice && late)
  const ids = [soon, twice, late]
  await system`UPDATE services SET status = 'new', trial_end = NULL WHERE client_id = ANY (${ids}::bigint[])`
  const without = (await read(reseller)).trials.accounts
  assert.ok(without <= before)
  const trial = (id: number, product: string, ends: string) =>
    system`UPDATE services SET status = 'trial', trial_end = reeve_now() + ${ends}::interval WHERE client_id = ${id} AND product = ${product}`
  await trial(soon, 'CDN', '1 day')
  await trial(twice, 'CDN', '2 days')
  await trial(twice, 'DNS', '6 days 23 hours')
  await trial(late, 'CDN', '7 days 1 hour')
  assert.equal((await read(reseller)).trials.accounts, without + 2)
  await system`UPDATE clients SET deleted_at = reeve_now() WHERE id = ${soon}`
  await system`SELECT refresh_clients(ARRAY[${soon}::bigint])`
  const { trials } = await read(reseller)
  assert.equal(trials.accounts, without + 1)
  const { body } = await ask(reseller, `/reeve/clients?deleted=false&limit=1000&trial_end_lte=${trials.until}`)
  assert.equal(body.results.length, trials.accounts)
  assert.ok(body.results.some(({ id }: { id: number }) => id === twice))
})

test('sign-ins by day count attempts; those with unknown emails are the platform’s', async () => {
  const figures = async (one: TestCaller) => {
    const { at, sign_ins_by_day: days } = await read(one)
    const shown = Object.fromEntries(
      days.map(({ day, successful, failed }: { day: string; successful: number; failed: number }) => [day, `${successful}/${failed}`]),
    )
    assert.equal(days.length, 30)
    return (back: number) => shown[new Date(Date.parse(at.slice(0, 10)) - back * DAY).toISOString().slice(0, 10)]
  }
  const mine = await figures(reseller)
  assert.deepEqual([mine(0), mine(1), mine(2), mine(12), mine(29), mine(30)], ['1/4', '2/2', '0/0', '0/9', '1/0', undefined])
  assert.equal((await figures(seller))(1), '2/2')
  assert.deepEqual([(await figures(other))(1), (await figures(other))(2)], ['0/0', '1/0'])
  const all = await figures(platform)
  assert.deepEqual([all(0), all(2)], ['1/4', '1/7'])
})

test('mails that were not sent, for the reseller’s users; a seller is told none', async () => {
  assert.deepEqual((await read(reseller)).mails, { waiting: 0, kept: 1, failed: 2 })
  assert.deepEqual((await read(platform, '?reseller_id=3')).mails, { waiting: 0, kept: 1, failed: 0 })
  assert.deepEqual((await read(platform)).mails, { waiting: 0, kept: 2, failed: 2 })
  await system`UPDATE branding SET mail_server = '{"host": "smtp.example"}', deleted_at = NULL WHERE reseller_id = 2`
  assert.deepEqual((await read(reseller)).mails, { waiting: 1, kept: 0, failed: 2 })
  assert.equal((await read(seller)).mails, null)
})

test('a change shows at once', async () => {
  const before = await read(reseller)
  const body = { email: 'new@statistics.example', password: 'a long enough word', company: 'Statistics' }
  assert.equal((await t.ask('POST', '/iam/users', { headers: { authorization: reseller.authorization }, body })).status, 201)
  const now = await read(reseller)
  assert.equal(now.accounts.total, before.accounts.total + 1)
  assert.equal(now.users, before.users + 1)
  assert.equal(now.accounts_by_day.at(-1).preparation, before.accounts_by_day.at(-1).preparation + 1)
  assert.deepEqual(now.accounts_by_day.slice(0, -1), before.accounts_by_day.slice(0, -1))
})

test('404 for another reseller, and for one that there is not', async () => {
  assert.equal((await ask(reseller, '/reeve/statistics?reseller_id=2')).status, 200)
  assert.equal((await ask(reseller, '/reeve/statistics?reseller_id=3')).status, 404)
  assert.equal((await ask(platform, '/reeve/statistics?reseller_id=1099511627776')).status, 404)
  assert.equal((await ask(reseller, '/reeve/statistics?reseller_id=x')).status, 400)
})
