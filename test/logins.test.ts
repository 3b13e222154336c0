/** The log of sign-ins cannot be filled: failures that anybody can cause are counted, and nothing of their number is lost. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import { demoPassword } from '../src/demo/world.ts'
import { notifyFailedLogins } from '../src/jobs/failed-logins.ts'
import { Authenticator, type Cheat } from './authenticator.ts'
import { sessionOf, shownBy } from './callers.ts'
import { openWorld, testMail } from './harness.ts'

const home = 'https://id.vendor.example'
const t = await openWorld({ trustProxy: ['127.0.0.1'], mail: { ...testMail, addresses: { url: home, brandUrl: undefined } } })
const { system } = t.database
const the = shownBy(t)
const [platform, user] = [the('platform'), the('client', 2, 2)]

const from = (address: string) => ({ origin: home, 'x-forwarded-for': address })
async function byPasskey(address: string, authenticator: Authenticator, cheat: Cheat = {}) {
  const { body: options } = await t.ask('POST', '/reeve/auth/passkeys/options', { headers: from(address) })
  return t.ask('POST', '/reeve/auth/passkeys/login', { headers: from(address), body: authenticator.get(options, cheat) })
}
const byPassword = (address: string, username: string) =>
  t.ask('POST', '/iam/auth/jwt/login', { headers: from(address), body: { username, password: 'a wrong password' } })
/** What is told of slowing down is proven elsewhere: here as many get through as ask. */
async function failing(times: number, attempt: (n: number) => ReturnType<typeof byPassword>) {
  for (let n = 0; n < times; n++) {
    if (n % 50 === 0) await system`DELETE FROM failures`
    assert.equal((await attempt(n)).status, 400)
  }
}
const walk = async ({ authorization }: { authorization: string }, limit = 1000) => {
  const { status, body } = await t.ask('GET', `/reeve/logins?limit=${limit}`, { headers: { authorization } })
  assert.equal(status, 200)
  return body.results as {
    id: number
    user: number | null
    attempts: number
    ip_address: string
    auth_type: string
    is_successful: boolean
    login_at: string
  }[]
}

test('400 for a limit or a cursor that is none', async () => {
  for (const query of ['limit=-1', 'cursor=none'])
    assert.equal(
      (await t.ask('GET', `/reeve/logins?${query}`, { headers: { authorization: the('reseller').authorization } })).status,
      400,
      query,
    )
})

test('sign-ins are found by user, outcome, way, address and time', async () => {
  await byPassword('2001:db8:7::1', user.email)
  const { authorization } = the('reseller')
  const all = await walk({ authorization })
  const find = async (query: string) => {
    const { status, body } = await t.ask('GET', `/reeve/logins?limit=1000&${query}`, { headers: { authorization } })
    assert.equal(status, 200, query)
    return body.results as typeof all
  }
  const [first] = await find('ip_address=2001:DB8:7')
  assert.ok(first, 'the beginning of an address in capitals')
  const { user: userId, auth_type, login_at: at, is_successful } = first
  assert.deepEqual([auth_type, is_successful], ['password', false])
  const expected: [string, (one: (typeof all)[number]) => boolean][] = [
    [`user_id=${userId}`, (one) => one.user === userId],
    ['is_successful=false', (one) => !one.is_successful],
    ['is_successful=true', (one) => one.is_successful],
    ['auth_type=passkey', (one) => one.auth_type === 'passkey'],
    [`login_at_gte=${at}`, (one) => one.login_at >= at],
    [`login_at_lte=${at}`, (one) => one.login_at <= at],
    [`user_id=${userId}&is_successful=false&ip_address=2001`, (one) => one.id === first.id],
  ]
  for (const [query, fits] of expected) assert.deepEqual(await find(query), all.filter(fits), query)
  for (const query of ['is_successful=perhaps', 'auth_type=magic', 'login_at_gte=then', 'user_id=x'])
    assert.equal((await t.ask('GET', `/reeve/logins?${query}`, { headers: { authorization } })).status, 400, query)
})

test('five hundred garbage sign-ins from one network add some rows, which say how many they were', async () => {
  const [before] = await system`SELECT coalesce(max(id), 0) AS id FROM logins`
  const unknown = new Authenticator(home)
  const at = (n: number) => `2001:db8:1:2::${(n + 1).toString(16)}`
  const sent = { passkey: 460, password: 40 }
  await failing(sent.passkey, (n) => byPasskey(at(n), unknown, { userHandle: 'MQ', rpId: 'id.vendor.example' }))
  await failing(sent.password, (n) => byPassword(at(n), `${n}@nobody.example`))
  const rows =
    await system`SELECT count(*) AS rows, sum(attempts) AS attempts, auth_type FROM logins WHERE id > ${before?.id} GROUP BY auth_type`
  assert.deepEqual(Object.fromEntries(rows.map(({ auth_type, attempts }) => [auth_type, attempts])), sent)
  for (const { rows: many, auth_type } of rows) assert.ok(many <= 2, `${many} rows of ${auth_type}: one an hour`)

  const shown = (await walk(platform)).filter(({ id }) => id > before?.id)
  assert.deepEqual(
    [shown.length, shown.reduce((sum, { attempts }) => sum + attempts, 0)],
    [rows.reduce((sum, one) => sum + one.rows, 0), 500],
  )
  assert.ok(
    shown.some(({ user: nobody, ip_address }) => nobody === null && ip_address === at(0)),
    'an entry is that of its first attempt',
  )
  const { body } = await t.ask('GET', '/iam/activity_log/logins?limit=1', { headers: { authorization: platform.authorization } })
  const [{ rows: all } = { rows: -1 }] = await system`SELECT count(*) AS rows FROM logins`
  assert.equal(body.count, all)
  assert.ok(!('attempts' in body.result[0]), 'the contract has no such field')

  await system`DELETE FROM failures`
  await byPassword('2001:db8:1:3::1', '0@nobody.example')
  const [last] = await walk(platform, 1)
  assert.deepEqual([last?.ip_address, last?.attempts], ['2001:db8:1:3::1', 1], 'another network has a row of its own')
})

test('of one user ten failures a minute from an address have rows, and one row counts the others', async () => {
  const session = await sessionOf(t, user.email)
  const as = { headers: { origin: home, authorization: session.authorization } }
  const { body: options } = await t.ask('POST', '/reeve/users/me/passkeys/options', { ...as, body: { password: demoPassword } })
  const own = new Authenticator(home)
  const made = await t.ask('POST', '/reeve/users/me/passkeys', { ...as, body: { name: 'One', credential: own.create(options) } })
  assert.equal(made.status, 201, made.text)
  const [before] = await system`SELECT coalesce(max(id), 0) AS id FROM logins`
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  await failing(90, () => byPasskey('192.0.2.1', own, { key }))
  assert.equal((await byPasskey('192.0.2.2', own, { key })).status, 400)
  assert.equal((await byPasskey('192.0.2.1', own)).status, 200)

  const rows = await system`
    SELECT host(ip_address) AS ip, is_successful, user_id, count(*) AS rows, sum(attempts) AS attempts FROM logins WHERE id > ${before?.id}
    GROUP BY ip_address, is_successful, user_id, date_trunc('minute', login_at) ORDER BY 1, 2`
  const of = (ip: string, successful: boolean) => rows.filter((row) => row.ip === ip && row.is_successful === successful)
  for (const { user_id } of rows) assert.equal(user_id, user.userId)
  const failed = of('192.0.2.1', false)
  assert.equal(
    failed.reduce((sum, { attempts }) => sum + attempts, 0),
    90,
  )
  for (const minute of failed) assert.equal(minute.rows, Math.min(minute.attempts, 11))
  for (const one of [...of('192.0.2.2', false), ...of('192.0.2.1', true)]) assert.deepEqual([one.rows, one.attempts], [1, 1])
  assert.equal(
    of('192.0.2.2', false).length + of('192.0.2.1', true).length,
    2,
    'neither another address nor a success is counted with them',
  )
  const attempts = (await walk(user)).filter(({ id }) => id > before?.id).reduce((sum, one) => sum + one.attempts, 0)
  assert.equal(attempts, 92, 'users see theirs')
})

test('a mail about failed sign-ins says how many there were, not how many rows', async () => {
  await system`INSERT INTO notification_settings ${system({ reseller_id: 2, notification_type: 'failed_login', email: 'a@alerts.example', enabled: true })}`
  const next = new Date(Date.now() + 3_600_000)
  const [sum] = await system`SELECT sum(attempts) AS attempts, count(*) AS rows FROM logins
    WHERE reseller_id = 2 AND NOT is_successful AND login_at >= date_trunc('hour', ${next}) - interval '1 hour'`
  assert.ok(sum?.attempts > sum?.rows)
  await notifyFailedLogins(system, next)
  const [mail] = await system`SELECT details FROM outbox WHERE template = 'failed_logins' ORDER BY id DESC LIMIT 1`
  assert.equal(mail?.details.attempts, sum?.attempts)
})

test('counted rows count once in the length of the log', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
