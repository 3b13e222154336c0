/** What changes leave for later: documents are right before they are stored and after, and logs are counted the same before their rows are added up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { keepUp } from '../src/jobs/upkeep.ts'
import { shownBy } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const reseller = the('reseller')
const administrator = the('client')

const ask = async (path: string, by = reseller) => (await t.ask('GET', path, { headers: { authorization: by.authorization } })).body
const rename = (name: string) =>
  t.ask('PATCH', `/iam/users/${administrator.userId}`, { headers: { authorization: reseller.authorization }, body: { name } })
const stale = async () => {
  const [row] = await system<
    { clients: number; users: number }[]
  >`SELECT (SELECT count(*)::int FROM client_documents WHERE doc IS NULL) AS clients,
    (SELECT count(*)::int FROM user_list WHERE doc IS NULL) AS users`
  return { ...row }
}

test('a document that a change made stale is shown as it is now, to everybody and in every list, and upkeep stores it', async () => {
  await keepUp({ system })
  assert.deepEqual(await stale(), { clients: 0, users: 0 })
  const answer = await rename('Somebody New')
  assert.equal(answer.status, 200)
  assert.equal(answer.body.name, 'Somebody New')
  const accounts = administrator.accountIds.length
  assert.deepEqual(await stale(), { clients: accounts, users: 1 })

  const paths = [
    `/iam/clients/${administrator.clientId}`,
    '/iam/clients?limit=1000',
    '/iam/clients',
    '/reeve/clients?limit=1000',
    `/iam/users/${administrator.userId}`,
    '/iam/users?limit=1000',
    '/iam/users',
    '/reeve/users?limit=1000',
  ]
  const all = async () => Promise.all([reseller, administrator].flatMap((by) => paths.map((path) => ask(path, by))))
  const made = await all()
  for (const body of made) assert.match(JSON.stringify(body), /Somebody New/)
  assert.deepEqual(await stale(), { clients: accounts, users: 1 }) // who reads stores nothing
  await keepUp({ system })
  assert.deepEqual(await stale(), { clients: 0, users: 0 })
  assert.deepEqual(await all(), made)
  assert.deepEqual(await checkReadModel(system), [])
})

test('upkeep passes over what somebody is changing, and waits for nobody', async () => {
  const [held, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  assert.equal((await rename('Somebody Else')).status, 200)
  const change = system.begin(async (db) => {
    await db`SELECT lock_user(${administrator.userId})`
    held.resolve()
    await ended.promise
  })
  await held.promise
  await keepUp({ system })
  assert.equal((await stale()).users, 1)
  ended.resolve()
  await change
  await keepUp({ system })
  assert.deepEqual(await stale(), { clients: 0, users: 0 })
})

test('rows that count one audience become one row, whoever adds them up at once, and the count stays', async () => {
  const counted = () =>
    system`SELECT log, of_reseller, of_client, of_user, sum(entries)::int AS entries FROM log_counts GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`
  const most = async () => {
    const [row] = await system<{ rows: number }[]>`
      SELECT max(rows)::int AS rows FROM (SELECT count(*) AS rows FROM log_counts GROUP BY log, of_reseller, of_client, of_user) AS by_audience`
    return row?.rows
  }
  for (let n = 0; n < 8; n++) await rename(`Somebody ${n}`)
  assert.ok(((await most()) ?? 0) >= 8)
  const before = await counted()
  await Promise.all([1, 2, 3].map(() => keepUp({ system })))
  assert.equal(await most(), 1)
  assert.deepEqual(await counted(), before)
  const [first] = await system`SELECT max(id) AS last FROM log_counts`
  await keepUp({ system })
  assert.deepEqual(await system`SELECT max(id) AS last FROM log_counts`, [first], 'what is one row already stays as it is')
})
