/** Time that passes for tokens, sessions, links, mails and logs: who is told when, and what is kept how long. The jobs are given the time. */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { pino } from 'pino'
import { notifyExpiringPasswords } from '../src/jobs/passwords.ts'
import { deleteExpired } from '../src/jobs/retention.ts'
import { notifyExpiringTokens } from '../src/jobs/tokens.ts'
import { machineClock } from '../src/lib/clock.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { nothingOutgoing, openWorld } from './harness.ts'
import { watchActivity } from './scenarios.ts'

const t = await openWorld()
const { system } = t.database
const log = pino({ level: process.env.REEVE_LOG ?? 'silent' })
const deps = {
  system,
  scope: t.database.scope,
  clock: machineClock,
  log,
  keep: { sessions: 30, links: 30, mails: 90, logs: 365 },
  passwordDays: 90,
  outgoing: nothingOutgoing,
}
const activity = await watchActivity(t)
const days = (n: number, from = Date.now()) => new Date(from + n * 86_400_000)
const one = shownBy(t)('client')
const { clientId: client_id, userId: user_id, resellerId: reseller_id } = one

const token = async (created: Date, exp_date: Date | null, more = {}) => {
  const row = { client_id, user_id, reseller_id, role_id: 2, name: `t ${randomUUID()}`, secret_hash: randomBytes(32), exp_date, ...more }
  const [made] = await system`INSERT INTO api_tokens ${system({ ...row, created_at: created })} RETURNING id, name`
  return made as { id: number; name: string }
}
const mailed = async () =>
  (await activity.mails()).map(({ template, user_id, details }) => ({ template, user_id, ...(details as { token: string; days: number }) }))

test('who owns a token is told seven days and one day before it expires, each once, by several servers too', async () => {
  const now = Date.now()
  await notifyExpiringTokens(deps, new Date(now)) // those of the demo world
  await activity.mails()
  const { name } = await token(days(-30), days(10, now))
  const others = [
    await token(days(-1), null),
    await token(days(-30), days(10, now), { deleted_at: days(-1) }),
    await token(days(9.5, now), days(10, now)), // never had a day, let alone a week
    await token(days(-30), days(-1, now)),
  ]
  const said: unknown[] = []
  for (const at of [1, 2.9, 3.1, 3.2, 8.9, 9.1, 9.2, 10.1, 50]) {
    const instant = days(at, now)
    await Promise.all([1, 2, 3].map(() => notifyExpiringTokens(deps, instant)))
    for (const mail of await mailed()) if ([name, ...others.map((other) => other.name)].includes(mail.token)) said.push([at, mail])
  }
  const [{ company_name: company } = { company_name: '' }] = await system`SELECT company_name FROM clients WHERE id = ${client_id}`
  const mail = (left: number) => ({
    template: 'token_expires_soon',
    user_id,
    token: name,
    company,
    days: left,
    date: days(10, now).toISOString(),
  })
  assert.deepEqual(said, [
    [3.1, mail(7)],
    [9.1, mail(1)],
  ])
})

test('the Administrators of its account are told as well, once each and whose it is; sellers of no token but their own', async () => {
  const now = Date.now()
  const the = shownBy(t)
  const [engineer, reseller, seller] = [the('client', 2, 5), the('reseller'), the('seller')]
  const told = async (issuer: TestCaller) => {
    const row = { client_id: issuer.clientId, user_id: issuer.userId, reseller_id: issuer.resellerId }
    const { name } = await token(days(-30), days(10, now), row)
    for (const at of [3.1, 3.2]) await notifyExpiringTokens(deps, days(at, now))
    const mails = (await activity.mails()).filter(({ details }) => (details as { token: string }).token === name)
    return mails.map(({ recipient, details }) => [recipient, (details as { email?: string }).email])
  }
  assert.deepEqual(await told(engineer), [
    [one.email, engineer.email],
    [engineer.email, undefined],
  ])
  assert.deepEqual(await told(reseller), [[reseller.email, undefined]])
  assert.deepEqual(await told(seller), [
    [reseller.email, seller.email],
    [seller.email, undefined],
  ])
})

test('who slept through the week is told of the last day alone, and who cannot use the token of nothing', async () => {
  const now = Date.now()
  const { name } = await token(days(-30), days(10, now))
  await notifyExpiringTokens(deps, days(9.5, now))
  assert.deepEqual(
    (await mailed()).filter((mail) => mail.token === name).map((mail) => mail.days),
    [1],
  )
  await token(days(-30), days(20, now))
  await system`UPDATE users SET is_active = false WHERE id = ${user_id}`
  await notifyExpiringTokens(deps, days(19.5, now))
  assert.deepEqual(await mailed(), [])
  await system`UPDATE users SET is_active = true WHERE id = ${user_id}`
})

test('where passwords end, who has one is told two weeks before, once for each', async () => {
  await system`UPDATE users SET password_changed_at = ${days(-1000)}`
  const change = (at: Date) => system`UPDATE users SET password_changed_at = ${at} WHERE id = ${user_id}`
  const now = Date.now()
  const told = async (at: Date, passwordDays: number | null = 90) => {
    await Promise.all([1, 2].map(() => notifyExpiringPasswords({ ...deps, passwordDays: passwordDays ?? undefined }, at)))
    return (await activity.mails()).map(({ template, user_id, details }) => ({ template, user_id, ...(details as object) }))
  }
  await change(days(0, now))
  const mail = (ends: Date, left: number) => [{ template: 'password_expires_soon', user_id, days: left, date: ends.toISOString() }]
  assert.deepEqual(await told(days(75.9, now)), [])
  assert.deepEqual(await told(days(76.1, now)), mail(days(90, now), 14))
  assert.deepEqual(await told(days(80, now)), [])
  await change(days(80, now))
  assert.deepEqual(await told(days(160, now)), mail(days(170, now), 10), 'a new password is told of anew')
  await change(days(100, now))
  assert.deepEqual(await told(days(191, now)), [], 'not of what is over')
  assert.deepEqual(await told(days(180, now), null), [], 'nor where passwords do not end')
})

/** Rows of each kind that ended so many days ago. */
async function aged(n: number) {
  const at = days(-n)
  const [session] = await system`
    INSERT INTO sessions (reseller_id, client_id, user_id, created_at) VALUES (${reseller_id}, ${client_id}, ${user_id}, ${at}) RETURNING id`
  const jti = randomUUID()
  await system`INSERT INTO refresh_tokens (jti, session_id, expires_at) VALUES (${jti}, ${session?.id}, ${at})`
  const hash = randomBytes(32)
  await system`INSERT INTO one_time_links (hash, user_id, reseller_id, client_id, purpose, expires_at, used_at)
    VALUES (${hash}, ${user_id}, ${reseller_id}, ${client_id}, 'password_reset', ${at}, ${at})`
  const [mail] = await system`INSERT INTO outbox (reseller_id, client_id, recipient, template, lang, created_at)
    VALUES (${reseller_id}, ${client_id}, 'a@b.example', 'test', 'en', ${at}) RETURNING id`
  const [login] = await system`INSERT INTO logins (reseller_id, client_id, user_id, is_successful, auth_type, login_at)
    VALUES (${reseller_id}, ${client_id}, ${user_id}, true, 'password', ${at}) RETURNING id`
  const [entry] =
    await system`INSERT INTO activity (reseller_id, client_id, user_id, user_email, action, method, path, status_code, requested_at)
    VALUES (${reseller_id}, ${client_id}, ${user_id}, 'a@b.example', 'x', 'GET', '/', 200, ${at}) RETURNING id`
  return async () => {
    const [there] = await system`SELECT
      EXISTS (SELECT FROM sessions WHERE id = ${session?.id}) AND EXISTS (SELECT FROM refresh_tokens WHERE jti = ${jti}) AS sessions,
      EXISTS (SELECT FROM one_time_links WHERE hash = ${hash}) AS links, EXISTS (SELECT FROM outbox WHERE id = ${mail?.id}) AS mails,
      EXISTS (SELECT FROM logins WHERE id = ${login?.id}) AND EXISTS (SELECT FROM activity WHERE id = ${entry?.id}) AS logs`
    return Object.keys(there ?? {}).filter((kind) => there?.[kind])
  }
}

test('what ended is removed after its days, what is young is kept, and 0 keeps for ever', async () => {
  // A log is removed from its beginning on, and the demo world's entries are the first.
  await system`DELETE FROM activity`
  await system`DELETE FROM logins`
  const rows = {
    1000: await aged(1000),
    366: await aged(366),
    91: await aged(91),
    31: await aged(31),
    29: await aged(29),
    1: await aged(1),
  }
  const [alive] = await system`
    INSERT INTO sessions (reseller_id, client_id, user_id, created_at) VALUES (${reseller_id}, ${client_id}, ${user_id}, ${days(-500)}) RETURNING id`
  await system`INSERT INTO refresh_tokens (jti, session_id, expires_at) VALUES ('alive', ${alive?.id}, ${days(1)})`
  const left = async () => Object.fromEntries(await Promise.all(Object.entries(rows).map(async ([age, there]) => [age, await there()])))
  const all = ['sessions', 'links', 'mails', 'logs']

  await deleteExpired({ ...deps, keep: { sessions: 0, links: 0, mails: 0, logs: 0 } }, new Date())
  assert.deepEqual(await left(), { 1: all, 29: all, 31: all, 91: all, 366: all, 1000: all })
  await Promise.all([deleteExpired(deps, new Date()), deleteExpired(deps, new Date())])
  assert.deepEqual(await left(), { 1: all, 29: all, 31: ['mails', 'logs'], 91: ['logs'], 366: [], 1000: [] })
  assert.equal((await system`SELECT FROM sessions WHERE id = ${alive?.id}`).count, 1, 'a session that goes on is kept, however old')
  const { body } = await t.ask('GET', '/iam/activity_log/requests?limit=1&action=x', { headers: { authorization: one.authorization } })
  assert.equal(typeof body.count, 'number')
  const [{ counted, there } = { counted: 0, there: 1 }] = await system`
    SELECT (SELECT sum(entries) FROM log_counts WHERE log = 'logins' AND of_reseller = 0)::int AS counted, count(*)::int AS there FROM logins`
  assert.equal(counted, there, 'the counts of the logs know')
})

test('more than one batch goes as well', async () => {
  await system`INSERT INTO outbox (reseller_id, recipient, template, lang, created_at)
    SELECT ${reseller_id}, 'a@b.example', 'test', 'en', ${days(-100)} FROM generate_series(1, 2500)`
  await system`UPDATE outbox SET created_at = ${days(-100)}`
  await deleteExpired(deps, new Date())
  assert.equal((await system`SELECT count(*)::int AS n FROM outbox`)[0]?.n, 0)
})
