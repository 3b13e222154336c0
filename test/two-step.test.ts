/** Two-step verification: switched on by a code, asked for at sign-ins, required by resellers, switched off by who proves to be the user. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generate } from 'otplib'
import { switchOff } from '../src/auth/two-step/two-step.queries.ts'
import { demoPassword } from '../src/demo/world.ts'
import { totpStep } from '../src/lib/totp.ts'
import { insertToken, sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, told, watchActivity } from './scenarios.ts'

/** The clock of this application stands still between steps, so that no test depends on when it runs. */
let now = new Date('2030-01-01T00:00:10Z')
const later = (steps = 1) => {
  now = new Date(now.getTime() + steps * 30_000)
}
const t = await openWorld({ clock: { now: () => now, setting: '' } })
const { system } = t.database
const activity = await watchActivity(t)
const own = '/reeve/users/me/totp'
const generic = { errors: { errors: ['No active account found with the given credentials.'] } }
const required = { errors: { one_time_password: ['This field is required.'] } }
const invalid = { errors: { one_time_password: ['This code is not valid.'] } }

const as = (authorization: string) => ({ headers: { authorization } })
const bearer = (access: string) => `Bearer ${access}`
const codeOf = (secret: string, steps = 0) => generate({ secret, epoch: Math.floor(now.getTime() / 1000) + steps * 30 })
const login = (username: string, one_time_password?: string, password = demoPassword) =>
  t.ask('POST', '/iam/auth/jwt/login', { body: { username, password, ...(one_time_password !== undefined && { one_time_password }) } })
const lastLogin = async () => (await system`SELECT user_id, is_successful, auth_type FROM logins ORDER BY id DESC LIMIT 1`)[0]
const forgive = () => system`DELETE FROM failures`

async function enrol({ authorization }: { authorization: string }, password = demoPassword) {
  const begun = await t.ask('POST', own, { ...as(authorization), body: { password } })
  assert.equal(begun.status, 200, begun.text)
  const { secret } = begun.body
  const confirmed = await t.ask('POST', `${own}/confirm`, { ...as(authorization), body: { one_time_password: await codeOf(secret) } })
  assert.equal(confirmed.status, 200, confirmed.text)
  later()
  return { secret: secret as string, codes: confirmed.body.backup_codes as string[] }
}

const the = shownBy(t)
const [reseller, seller] = [the('reseller'), the('seller')]
const [administrator, engineer] = [the('client'), the('client', 2, 5)]

test('a secret is begun with a password, and nothing is on until a code confirms it', async () => {
  const session = await sessionOf(t, engineer.email)
  const { authorization } = session
  const wrong = await t.ask('POST', own, { ...as(authorization), body: { password: 'wrong' } })
  assert.deepEqual([wrong.status, wrong.body], [400, { errors: { password: ['The password is incorrect.'] } }])
  await activity.since(1)
  const begun = await run(t, activity, {
    name: 'begin',
    as: authorization,
    method: 'POST',
    path: own,
    body: { password: demoPassword },
    status: 200,
    records: [{ action: 'beginTotp', data: '{"password":"***"}', user_id: engineer.userId, status_code: 200 }],
  })
  const { secret, uri, qr } = begun.body
  assert.equal(begun.headers['cache-control'], 'no-store')
  assert.match(secret, /^[A-Z2-7]{32}$/, '160 bits in Base32')
  const read = new URL(uri)
  const [issuer] = await system`SELECT name FROM resellers WHERE id = 2`
  assert.deepEqual(
    [read.protocol, read.host, read.searchParams.get('secret'), read.searchParams.get('issuer')],
    ['otpauth:', 'totp', secret, issuer?.name],
  )
  assert.equal(decodeURIComponent(read.pathname), `/${issuer?.name}:${engineer.email}`)
  assert.match(qr, /^<svg /)
  assert.equal((await login(engineer.email)).status, 200, 'a secret that is not confirmed asks for nothing')
  const refused = await t.ask('POST', `${own}/confirm`, { ...as(authorization), body: { one_time_password: await codeOf(secret, 5) } })
  assert.deepEqual([refused.status, refused.body], [400, invalid])
  await activity.since(1)

  const before = await sessionOf(t, engineer.email)
  const confirmed = await run(t, activity, {
    name: 'confirm',
    as: authorization,
    method: 'POST',
    path: `${own}/confirm`,
    body: { one_time_password: await codeOf(secret) },
    status: 200,
    records: [{ action: 'confirmTotp', data: '{"one_time_password":"***"}', status_code: 200 }],
    mails: [told(engineer, 'two_step_on')],
  })
  assert.equal(new Set(confirmed.body.backup_codes).size, 5)
  for (const code of confirmed.body.backup_codes) assert.match(code, /^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/)
  assert.equal((await t.ask('GET', '/iam/users/me', as(before.authorization))).status, 401, 'sessions that began without it end')
  const me = await t.ask('GET', '/iam/users/me', as(authorization))
  assert.equal(me.body.two_fa, true)
  const listed = await t.ask('GET', `/iam/clients?users_email=${encodeURIComponent(engineer.email)}`, as(reseller.authorization))
  assert.equal(listed.body[0].users.find((u: { id: number }) => u.id === engineer.userId).two_fa, true, 'the list of clients shows it')

  const row = JSON.stringify((await system`SELECT * FROM users WHERE id = ${engineer.userId}`)[0])
  const stored = JSON.stringify(await system`SELECT * FROM backup_codes`)
  for (const kept of [secret, ...confirmed.body.backup_codes])
    for (const text of [kept, Buffer.from(kept).toString('hex'), JSON.stringify(Buffer.from(kept).toJSON().data).slice(1, -1)])
      assert.ok(!row.includes(text) && !stored.includes(text), 'the database holds no secret as it is')
  const again = await t.ask('POST', own, {
    ...as(authorization),
    body: { password: demoPassword, one_time_password: await codeOf(secret, 1) },
  })
  assert.deepEqual([again.status, again.body.errors.errors], [400, ['Two-step verification is already on.']])
  await system.begin((db) => switchOff(db, engineer.userId))
  await activity.since(1)
  await forgive()
})

test('a sign-in takes password and code; what is missing is said only to who knows the password', async () => {
  const { secret, codes } = await enrol(await sessionOf(t, engineer.email))
  for (const absent of [undefined, '', '  ']) {
    const answer = await login(engineer.email, absent)
    assert.deepEqual([answer.status, answer.body], [400, required])
  }
  assert.deepEqual(await lastLogin(), { user_id: engineer.userId, is_successful: false, auth_type: 'password_without_code' })
  const [{ count } = { count: -1 }] = await system`SELECT count(*) FROM failures`
  assert.equal(count, 0, 'asking for the code is no failure')

  for (const [code, password] of [
    [undefined, 'wrong'],
    ['000000', demoPassword],
    ['0000000', demoPassword],
    ['nonsense', demoPassword],
    [await codeOf(secret), 'wrong'],
  ] as const) {
    const answer = await login(engineer.email, code, password)
    assert.deepEqual([answer.status, answer.body], [400, generic], `${code} with ${password}`)
    await forgive()
  }
  assert.equal((await login(engineer.email, await codeOf(secret))).status, 200, 'the code was not spent by who did not know the password')
  assert.deepEqual(await lastLogin(), { user_id: engineer.userId, is_successful: true, auth_type: 'password_and_code' })
  assert.equal((await login(engineer.email, await codeOf(secret))).status, 400, 'a code works once')
  later()
  assert.equal((await login(engineer.email, (await codeOf(secret)).replace(/^.../, '$& '))).status, 200, 'typed with a blank')
  assert.equal(
    (await login(engineer.email, (codes[0] as string).toLowerCase().replaceAll('-', ' '))).status,
    200,
    'a backup code, however typed',
  )
  assert.equal((await login(engineer.email, codes[0])).status, 400, 'a backup code works once')
  await forgive()
})

test('one step more or less is taken, no other; a step before the last one used is none', async () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' // of RFC 6238, appendix B
  assert.equal(await totpStep(secret, '287082', new Date(59_000)), 1)
  assert.equal(await totpStep(secret, '287082', new Date(0)), 1)
  assert.equal(await totpStep(secret, '287082', new Date(89_000)), 1)
  assert.equal(await totpStep(secret, '287082', new Date(90_000)), undefined)
  assert.equal(await totpStep(secret, '081804', new Date(1_111_111_109_000)), 37037036)
  const own = await enrol(await sessionOf(t, the('client', 2, 2).email))
  const tries: [number, number][] = [
    [2, 400],
    [-2, 400],
    [1, 200],
    [0, 400],
    [1, 400],
  ]
  for (const [steps, status] of tries)
    assert.equal((await login(the('client', 2, 2).email, await codeOf(own.secret, steps))).status, status, `${steps} steps away`)
  await forgive()
})

test('of many sign-ins with one code, at once and from many places, one succeeds; of one backup code too', async () => {
  const one = the('client', 3)
  const { secret, codes } = await enrol(await sessionOf(t, one.email))
  for (const code of [await codeOf(secret), codes[1]]) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        t.app.inject({
          method: 'POST',
          url: '/iam/auth/jwt/login',
          remoteAddress: `192.0.2.${n}`,
          payload: { username: one.email, password: demoPassword, one_time_password: code },
        }),
      ),
    )
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, ...Array(7).fill(400)])
  }
  await forgive()
})

test('wrong codes are counted like wrong passwords', async () => {
  const one = the('client', 3, 5)
  const { secret } = await enrol(await sessionOf(t, one.email))
  const statuses: number[] = []
  for (let n = 0; n < 8; n++) statuses.push((await login(one.email, '000000')).status)
  assert.deepEqual([statuses[0], statuses.at(-1)], [400, 429])
  assert.equal((await login(one.email, await codeOf(secret))).status, 429, 'the right one waits too')
  await forgive()
})

test('a sign-in by password alone, at the same time, does not outlive the confirmation', async () => {
  const one = the('client', 3, 2)
  const session = await sessionOf(t, one.email)
  const begun = await t.ask('POST', own, { ...as(session.authorization), body: { password: demoPassword } })
  const body = { one_time_password: await codeOf(begun.body.secret) }
  const [confirmed, ...signIns] = await Promise.all([
    t.ask('POST', `${own}/confirm`, { ...as(session.authorization), body }),
    ...Array.from({ length: 5 }, () => login(one.email)),
  ])
  assert.equal(confirmed.status, 200, confirmed.text)
  for (const { body } of signIns) if (body.access) assert.equal((await t.ask('GET', '/iam/users/me', as(bearer(body.access)))).status, 401)
  await forgive()
})

test('switching off and new backup codes take the password and a code', async () => {
  const session = await sessionOf(t, administrator.email)
  const off = await t.ask('DELETE', own, { ...as(session.authorization), body: { password: demoPassword, one_time_password: '000000' } })
  assert.deepEqual([off.status, off.body.errors.errors], [400, ['Two-step verification is off.']])
  await activity.mails()
  const { secret, codes } = await enrol(session)
  const ask = (method: string, path: string, password: string, one_time_password: string) =>
    t.ask(method, path, { ...as(session.authorization), body: { password, one_time_password } })
  for (const [method, path] of [
    ['DELETE', own],
    ['POST', `${own}/backup_codes`],
  ] as const) {
    assert.deepEqual((await ask(method, path, 'wrong', await codeOf(secret))).body, {
      errors: { password: ['The password is incorrect.'] },
    })
    assert.deepEqual((await ask(method, path, demoPassword, '000000')).body, invalid)
    assert.deepEqual((await ask(method, path, demoPassword, '')).body, required)
  }
  await forgive()
  const renewed = await ask('POST', `${own}/backup_codes`, demoPassword, await codeOf(secret))
  assert.equal(renewed.status, 200, renewed.text)
  assert.deepEqual((await t.ask('GET', own, as(session.authorization))).body, { enabled: true, backup_codes: 5, must_enrol: false })
  assert.equal((await login(administrator.email, codes[0])).status, 400, 'the old ones work no more')
  assert.equal((await login(administrator.email, renewed.body.backup_codes[0])).status, 200)
  await activity.since(9) // one begun and confirmed, renewed, seven refused
  const mails = await activity.mails()
  assert.equal(mails.length, 2)
  assert.partialDeepStrictEqual(mails, [told(administrator, 'two_step_on'), told(administrator, 'backup_codes')])
  await run(t, activity, {
    name: 'switch off',
    as: session.authorization,
    method: 'DELETE',
    path: own,
    body: { password: demoPassword, one_time_password: renewed.body.backup_codes[1] },
    status: 204,
    records: [{ action: 'disableTotp', data: '{"password":"***","one_time_password":"***"}', status_code: 204 }],
    mails: [told(administrator, 'two_step_off')],
  })
  assert.equal((await login(administrator.email)).status, 200)
  assert.equal((await t.ask('GET', '/iam/users/me', as(session.authorization))).body.two_fa, false)
  assert.equal((await system`SELECT FROM backup_codes WHERE user_id = ${administrator.userId}`).count, 0)
})

test('nobody else changes how one signs in: no API token, and not whoever acts as one', async () => {
  const admin = await t.ask('GET', `/iam/auth/jwt/clients/${administrator.clientId}/admin_token`, as(reseller.authorization))
  assert.equal(admin.status, 200, admin.text)
  for (const authorization of [administrator.authorization, bearer(admin.body.access)])
    for (const [method, path, body] of [
      ['POST', own, { password: demoPassword }],
      ['POST', `${own}/confirm`, { one_time_password: '000000' }],
      ['POST', `${own}/backup_codes`, { password: demoPassword, one_time_password: '000000' }],
      ['DELETE', own, { password: demoPassword, one_time_password: '000000' }],
    ] as const)
      assert.equal((await t.ask(method, path, { ...as(authorization), body })).status, 403, `${method} ${path}`)
  await activity.since(9) // with the one of acting as the Administrator
})

test('staff mail a link to whom they manage', async () => {
  const target = the('client', 2, 2) // has it on since the test of steps
  const [user] = await system`SELECT name, reseller_id FROM users WHERE id = ${target.userId}`
  const path = `/reeve/users/${target.userId}/totp/reset`
  await run(t, activity, {
    name: 'by the reseller',
    as: reseller.authorization,
    method: 'POST',
    path,
    status: 200,
    says: { status: 'sent' },
    records: [{ action: 'resetTotp', affected_client_id: target.clientId, user_id: reseller.userId }],
    mails: [{ template: 'totp_disable', recipient: target.email, user_id: target.userId, details: { name: user?.name } }],
  })
  const [link] = await system`SELECT purpose, used_at FROM one_time_links WHERE user_id = ${target.userId} AND purpose = 'totp_disable'`
  assert.equal(link?.used_at, null)
  assert.equal(
    (await t.ask('GET', `/iam/users/${target.userId}`, as(reseller.authorization))).body.two_fa,
    true,
    'until the link is followed',
  )
  await system.begin((db) => switchOff(db, target.userId))
  const [closed] = await system`SELECT used_at FROM one_time_links WHERE user_id = ${target.userId} AND purpose = 'totp_disable'`
  assert.ok(closed?.used_at, 'links to what is off work no more')
  assert.equal((await t.ask('POST', path, as(reseller.authorization))).status, 400, 'it is off')
  assert.equal((await t.ask('POST', path, as(seller.authorization))).status, 403, 'sellers may not, unless the reseller lets them')
  const colleague = t.world.users.find((u) => u.user_type === 'reseller' && u.reseller_id === 2)
  assert.equal((await t.ask('POST', `/reeve/users/${colleague?.id}/totp/reset`, as(seller.authorization))).status, 403)
})

async function requires(settings: object) {
  const answer = await t.ask('PATCH', '/reeve/resellers/me/security', { ...as(reseller.authorization), body: settings })
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

/** What a session may do that has to enrol first, and what it may not. */
async function assertLimited({ authorization, clientId }: TestCaller) {
  for (const path of ['/iam/users/me', own]) assert.equal((await t.ask('GET', path, as(authorization))).status, 200, path)
  assert.equal((await t.ask('GET', own, as(authorization))).body.must_enrol, true)
  const lists = [
    '/iam/users',
    '/iam/clients',
    '/reeve/users',
    '/reeve/clients',
    '/reeve/sessions',
    '/reeve/activity',
    '/reeve/logins',
    '/iam/activity_log/requests',
  ]
  const things = ['/iam/users/1', '/iam/clients/me', `/iam/clients/${clientId}`, '/reeve/sessions/none']
  for (const path of [...lists, ...things]) {
    const answer = await t.ask(path === '/reeve/sessions/none' ? 'DELETE' : 'GET', path, as(authorization))
    assert.equal(answer.status, 403, path)
    assert.match(answer.body.message, /Two-step verification is required/)
  }
}

test('400 for a requirement that is neither true nor false', async () => {
  const body = { sellers_need_two_step: 'yes' }
  const answer = await t.ask('PATCH', '/reeve/resellers/me/security', { ...as(reseller.authorization), body })
  assert.equal(answer.status, 400)
  assert.ok(answer.body.errors.sellers_need_two_step)
})

test('a reseller requires it of Administrators: who has none can set it up and nothing else', async () => {
  const none = {
    sellers_need_two_step: false,
    administrators_need_two_step: false,
    sellers_may_change_email: false,
    sellers_may_reset_two_step: false,
  }
  assert.deepEqual(await requires({}), none)
  const before = await sessionOf(t, administrator.email)
  const unaffected = [
    await sessionOf(t, the('client', 3).email).catch(() => undefined),
    await sessionOf(t, seller.email),
    await sessionOf(t, reseller.email),
  ]
  assert.deepEqual(await requires({ administrators_need_two_step: true }), { ...none, administrators_need_two_step: true })
  await assertLimited(before)
  const session = await sessionOf(t, administrator.email)
  await assertLimited(session)
  for (const one of unaffected) if (one) assert.equal((await t.ask('GET', '/iam/users', as(one.authorization))).status, 200, one.name)
  assert.equal((await t.ask('GET', '/iam/users', as(administrator.authorization))).status, 200, 'API tokens work on')
  const acting = await t.ask('GET', `/iam/auth/jwt/clients/${administrator.clientId}/admin_token`, as(reseller.authorization))
  assert.equal((await t.ask('GET', '/iam/users', as(bearer(acting.body.access)))).status, 200, 'staff who act as the user work on')
  const { secret } = await enrol(session)
  assert.equal((await t.ask('GET', '/iam/users', as(session.authorization))).status, 200, 'from the next request on')
  const signedIn = await login(administrator.email, await codeOf(secret))
  assert.equal((await t.ask('GET', '/iam/users', as(bearer(signedIn.body.access)))).status, 200)
  const off = { password: demoPassword, one_time_password: await codeOf(secret, 1) }
  assert.equal((await t.ask('DELETE', own, { ...as(session.authorization), body: off })).status, 204)
  await assertLimited(session)
  await requires({ administrators_need_two_step: false })
  assert.equal((await t.ask('GET', '/iam/users', as(session.authorization))).status, 200)
})

test('a reseller requires it of its sellers, not of another’s', async () => {
  await requires({ sellers_need_two_step: true })
  const session = await sessionOf(t, seller.email)
  await assertLimited(session)
  const other = await sessionOf(t, the('seller', 3).email)
  assert.equal((await t.ask('GET', '/iam/users', as(other.authorization))).status, 200)
  assert.equal((await t.ask('POST', '/reeve/sign_out', as(session.authorization))).status, 204, 'leaving is free')
  await requires({ sellers_need_two_step: false })
})

test('an Administrator of one account only enrols to work in that one', async () => {
  const account = t.world.clients.find(
    (c) => c.reseller_id === 2 && !c.deleted_at && c.client_type === 'common' && c.id !== engineer.clientId,
  )
  assert.ok(account)
  await system.begin((db) => switchOff(db, engineer.userId))
  await system`INSERT INTO client_users ${system({ client_id: account.id, user_id: engineer.userId, reseller_id: 2, role_id: 1 })}`
  t.world.client_users.push({ client_id: account.id, user_id: engineer.userId, reseller_id: 2, role_id: 1, created_at: '' })
  await requires({ administrators_need_two_step: true })
  assert.equal((await t.ask('GET', '/iam/users', as((await sessionOf(t, engineer.email, engineer.clientId)).authorization))).status, 200)
  await assertLimited(await sessionOf(t, engineer.email, account.id))
  await requires({ administrators_need_two_step: false })
})

test('an API token of who has it on works as before', async () => {
  const row = t.world.client_users.find((m) => m.user_id === engineer.userId)
  assert.ok(row)
  await enrol(await sessionOf(t, engineer.email))
  const { token } = await insertToken(t, row)
  assert.equal((await t.ask('GET', '/iam/users/me', { token })).status, 200)
})
