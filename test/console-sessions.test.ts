/** Sessions of the console: what is in the cookie and what is not, who may use it, and what ends with it. */
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { createLog } from '../src/server/listen.ts'
import { Authenticator } from './authenticator.ts'
import { Browser, fromOwnPage } from './browser.ts'
import { claimsOf, sessionOf, shownBy, type TestCaller, usersOfSeveralAccounts } from './callers.ts'
import { openWorld, testMail } from './harness.ts'
import { watchActivity } from './scenarios.ts'

const lines: string[] = []
const sink = new Writable({
  write(chunk, _encoding, done) {
    lines.push(String(chunk))
    done()
  },
})
const t = await openWorld({ log: createLog('trace', sink) })
const https = 'https://id.vendor.example'
const secure = await openWorld({ mail: { ...testMail, addresses: { url: https, brandUrl: undefined } } })
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [reseller, seller, administrator, engineer] = [the('reseller'), the('seller'), the('client'), the('client', 2, 5)]
const credentials = (one: { email: string }) => ({ username: one.email, password: demoPassword })
const bearer = (access: string) => ({ authorization: `Bearer ${access}` })
const me = (access: string) => t.ask('GET', '/iam/users/me', { headers: bearer(access) })
const works = async (access: string) => (await me(access)).status === 200

async function signedIn(one: { email: string }, world = t) {
  const browser = new Browser(world)
  return { browser, session: await browser.expect('login', credentials(one)) }
}
/** As if the token had been used long ago. */
const longAgo = (token: string | undefined) =>
  system`UPDATE refresh_tokens SET used_at = used_at - interval '1 minute' WHERE jti = ${claimsOf(token ?? '').jti}`
const tokenIn = (browser: Browser, name = 'reeve_session') => browser.cookies.get(name)?.value

test('the page receives an access token and who it is; the refresh token is in a cookie alone', async () => {
  const { browser, session } = await signedIn(administrator)
  const { access, ...rest } = session
  const user = t.world.users.find(({ id }) => id === administrator.userId)
  assert.deepEqual(rest, {
    expires_in: 3600,
    caller: {
      kind: 'client',
      role: 'Administrators',
      user_id: administrator.userId,
      email: administrator.email,
      name: user?.name,
      company: t.world.clients.find(({ id }) => id === administrator.clientId)?.company_name,
      client_id: administrator.clientId,
      lang: user?.lang,
      must_enrol: false,
    },
    acting: null,
    acting_ended: false,
  })
  assert.equal(claimsOf(access).token_type, 'access')
  assert.equal((await me(access)).body.id, administrator.userId)
  const { value, ...attributes } = browser.cookies.get('reeve_session') ?? {}
  assert.deepEqual(attributes, {
    name: 'reeve_session',
    path: '/reeve/session',
    httpOnly: true,
    sameSite: 'strict',
    maxAge: 24 * 3600,
  })
  assert.equal(claimsOf(value ?? '').token_type, 'refresh')
  assert.equal(browser.cookies.size, 1)
  const staff = await signedIn(seller)
  assert.deepEqual([staff.session.caller.kind, staff.session.caller.role], ['seller', 'Administrators'])
})

test('the cookie is for https alone where the server or the page is', async () => {
  const { browser } = await signedIn(administrator, secure)
  assert.equal(browser.cookies.get('reeve_session')?.secure, true)
  const plain = new Browser(t)
  const answer = await plain.post('login', credentials(administrator), { ...fromOwnPage, origin: 'https://auth.brand.example' })
  assert.equal(answer.status, 200)
  assert.equal(plain.cookies.get('reeve_session')?.secure, true)
})

test('who is refused elsewhere is refused here, in the same words, and gets no cookie', async () => {
  for (const body of [
    { ...credentials(administrator), password: 'wrong' },
    credentials({ email: 'nobody@example.com' }),
    { username: 'x' },
  ]) {
    const browser = new Browser(t)
    const answer = await browser.post('login', body)
    const elsewhere = await t.ask('POST', '/iam/auth/jwt/login', { body })
    assert.deepEqual([answer.status, answer.body], [elsewhere.status, elsewhere.body])
    assert.equal(answer.status, 400)
    assert.equal(answer.headers['set-cookie'], undefined)
  }
  await system`DELETE FROM attempts`
  let last = 0
  for (let n = 0; n < 7 && last !== 429; n++)
    last = (await new Browser(t).post('login', { ...credentials(engineer), password: 'wrong' })).status
  assert.equal(last, 429, 'guesses are counted here too')
  await system`DELETE FROM attempts`
})

test('a passkey signs in', async () => {
  const origin = 'http://test'
  const session = await sessionOf(t, administrator.email)
  const headers = { ...bearer(session.authorization.slice(7)), origin }
  const authenticator = new Authenticator(origin)
  const options = await t.ask('POST', '/reeve/users/me/passkeys/options', { headers, body: { password: demoPassword } })
  const credential = authenticator.create(options.body)
  assert.equal((await t.ask('POST', '/reeve/users/me/passkeys', { headers, body: { name: 'One', credential } })).status, 201)
  const asked = await t.ask('POST', '/reeve/auth/passkeys/options', { headers: { origin } })
  const browser = new Browser(t)
  const answer = await browser.expect('passkey', authenticator.get(asked.body))
  assert.equal(answer.caller.user_id, administrator.userId)
  assert.ok(tokenIn(browser))
  const again = await new Browser(t).post('passkey', authenticator.get(asked.body))
  assert.equal(again.status, 400, 'a challenge works once')
  await activity.since(1)
})

test('a refresh replaces the cookie; the one before works for a tab that raced, and later ends the session', async () => {
  const { browser, session } = await signedIn(administrator)
  const tab = browser.copy()
  const first = await browser.expect('refresh')
  assert.notEqual(tokenIn(browser), tokenIn(tab))
  const second = await tab.expect('refresh')
  for (const { access } of [session, first, second]) assert.ok(await works(access))
  assert.equal((await browser.expect('refresh')).caller.user_id, administrator.userId)

  const stolen = browser.copy()
  await browser.expect('refresh')
  await longAgo(tokenIn(stolen))
  const refused = await stolen.post('refresh')
  assert.deepEqual([refused.status, refused.headers['x-error-code']], [401, 'session_invalid'])
  assert.equal(stolen.cookies.size, 0, 'what ended is cleared')
  assert.equal((await browser.post('refresh')).status, 401, 'somebody else may hold it: the session has ended')
})

test('without a cookie 401, with one that is none of ours too, and with none of ours cleared', async () => {
  const nobody = await new Browser(t).post('refresh')
  assert.deepEqual([nobody.status, nobody.headers['x-error-code'], nobody.headers['set-cookie']], [401, 'not_authenticated', undefined])
  const { session } = await signedIn(administrator)
  for (const value of ['nonsense', 'a.b.c', session.access]) {
    const browser = new Browser(t)
    browser.cookies.set('reeve_session', { name: 'reeve_session', value })
    assert.equal((await browser.post('refresh')).status, 401, value)
    assert.equal(browser.cookies.size, 0)
  }
})

test('a page of any other origin is refused, with the cookie and without, and ends nothing', async () => {
  const { browser, session } = await signedIn(reseller)
  const wrong: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'http://test.test' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:80' },
    { origin: 'http://localhost:9999' },
    { origin: 'https://evil.example' },
    { origin: 'http://localhost:80@evil.example' },
    { origin: 'null' },
    {},
  ]
  const bodies = {
    login: credentials(reseller),
    passkey: { id: 'eA', rawId: 'eA', type: 'public-key', response: {} },
    refresh: {},
    account: { client_id: reseller.clientId },
    act_as: { client_id: administrator.clientId, reason: 'A test' },
    stop_acting: {},
    sign_out: {},
  }
  const before = browser.cookie
  for (const [path, body] of Object.entries(bodies))
    for (const one of wrong) {
      const answer = await browser.post(path, body, { ...one, ...bearer(session.access) })
      assert.deepEqual([answer.status, answer.headers['x-error-code']], [403, 'cross_origin'], `${path} ${JSON.stringify(one)}`)
      assert.equal(answer.headers['set-cookie'], undefined)
    }
  assert.equal(browser.cookie, before)
  assert.ok(await works(session.access))
  for (const one of [{ origin: 'http://localhost:80' }, { origin: 'http://test' }])
    assert.equal((await browser.post('refresh', {}, { host: 'localhost', ...one })).status, 200, JSON.stringify(one))
  await activity.since(wrong.length)
})

test('a body that is no JSON is refused: forms of other sites can send nothing else', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
    for (const path of ['login', 'refresh', 'sign_out'])
      assert.equal((await new Browser(t).post(path, 'a=b', { ...fromOwnPage, 'content-type': type })).status, 415)
})

test('no cookie is read anywhere else', async () => {
  const { browser } = await signedIn(administrator)
  const headers = { ...fromOwnPage, cookie: browser.cookie }
  for (const path of ['/iam/users/me', '/reeve/sessions', '/iam/clients'])
    assert.equal((await t.ask('GET', path, { headers })).status, 401, path)
  for (const path of ['/iam/auth/jwt/refresh', '/reeve/sign_out', '/reeve/session/account'])
    assert.notEqual((await t.ask('POST', path, { headers, body: { client_id: 1 } })).status, 200, path)
})

test('working in another account moves the cookie; signing out ends both sessions, and those of all tabs', async () => {
  const several = usersOfSeveralAccounts(t)[0]
  assert.ok(several)
  const { browser, session } = await signedIn(several)
  const there = t.world.client_users.filter(
    ({ user_id, client_id }) =>
      user_id === several.id &&
      client_id !== session.caller.client_id &&
      t.world.clients.some((c) => c.id === client_id && c.deleted_at === null),
  )[0]
  const before = tokenIn(browser)
  const switched = await browser.expect('account', { client_id: there?.client_id }, session.access)
  assert.equal(switched.caller.client_id, there?.client_id)
  assert.notEqual(tokenIn(browser), before)
  const refreshed = await browser.expect('refresh')
  assert.equal(refreshed.caller.client_id, there?.client_id, 'it stays there')
  assert.equal((await browser.post('account', { client_id: 2 ** 40 }, { ...fromOwnPage, ...bearer(refreshed.access) })).status, 404)
  const accesses = [session.access, switched.access, refreshed.access]
  for (const access of accesses) assert.ok(await works(access))

  const out = await browser.post('sign_out')
  assert.equal(out.status, 204)
  assert.equal(browser.cookies.size, 0)
  for (const access of accesses) assert.ok(!(await works(access)), 'signed out in one tab is signed out in all')
  assert.partialDeepStrictEqual(await activity.since(1), [
    {
      action: 'signOutOfConsole',
      user_id: several.id,
      client_id: there?.client_id,
      affected_client_id: there?.client_id,
      status_code: 204,
    },
  ])
})

test('signing out always succeeds', async () => {
  assert.equal((await new Browser(t).post('sign_out')).status, 204)
  const browser = new Browser(t)
  browser.cookies.set('reeve_session', { name: 'reeve_session', value: 'nonsense' })
  browser.cookies.set('reeve_acting', { name: 'reeve_acting', value: 'nonsense' })
  assert.equal((await browser.post('sign_out')).status, 204)
  assert.equal(browser.cookies.size, 0)
  const { browser: gone, session } = await signedIn(administrator)
  assert.equal((await t.ask('POST', '/reeve/sign_out', { headers: bearer(session.access) })).status, 204)
  assert.equal((await gone.post('sign_out')).status, 204)
  assert.equal((await activity.since(1)).length, 1, 'what had ended does not end again')
})

test('acting has a cookie of its own, which goes before; stopping returns to oneself', async () => {
  const { browser, session } = await signedIn(seller)
  const body = { client_id: administrator.clientId, reason: 'Ticket 4711', duration: 30, read_only: true }
  const acting = await browser.expect('act_as', body, session.access)
  assert.equal(acting.caller.user_id, administrator.userId)
  const { ends_at, ...rest } = acting.acting
  const name = t.world.users.find(({ id }) => id === seller.userId)?.name
  assert.deepEqual(rest, { actor: { id: seller.userId, email: seller.email, name }, read_only: true })
  const minutes = (Date.parse(ends_at) - Date.now()) / 60_000
  assert.ok(minutes > 28 && minutes <= 30, `${minutes}`)
  assert.ok((browser.cookies.get('reeve_acting')?.maxAge ?? 0) <= 30 * 60)
  assert.deepEqual(claimsOf(acting.access).act, { sub: String(seller.userId) })
  const [row] = await activity.since(1)
  assert.partialDeepStrictEqual(row, { action: 'actInConsole', user_id: seller.userId, affected_client_id: administrator.clientId })
  assert.match(String(row?.data), /Ticket 4711/, 'the log of the account has the reason')

  const refreshed = await browser.expect('refresh')
  assert.deepEqual([refreshed.caller.user_id, refreshed.acting.actor.id], [administrator.userId, seller.userId])
  const chained = await browser.post('act_as', body, { ...fromOwnPage, ...bearer(refreshed.access) })
  assert.equal(chained.status, 403)
  await activity.since(1)

  const stopped = await browser.expect('stop_acting')
  assert.deepEqual([stopped.caller.user_id, stopped.acting, stopped.acting_ended], [seller.userId, null, false])
  assert.deepEqual([...browser.cookies.keys()], ['reeve_session'])
  for (const { access } of [acting, refreshed]) assert.ok(!(await works(access)))
  assert.partialDeepStrictEqual(await activity.since(1), [
    { action: 'stopActingInConsole', user_id: administrator.userId, actor_id: seller.userId, affected_client_id: administrator.clientId },
  ])
  const user = await browser.expect('act_as', { user_id: engineer.userId, reason: 'x' }, stopped.access)
  assert.deepEqual([user.caller.user_id, user.acting.read_only], [engineer.userId, false])
})

test('acting takes a reason, one of account and user, and a session', async () => {
  const { browser, session } = await signedIn(seller)
  const ask = (body: object) => browser.post('act_as', body, { ...fromOwnPage, ...bearer(session.access) })
  const account = { client_id: administrator.clientId }
  for (const [body, field] of [
    [account, 'reason'],
    [{ ...account, reason: ' ' }, 'reason'],
    [{ ...account, reason: 'x', duration: 61 }, 'duration'],
    [{ ...account, reason: 'x', user_id: engineer.userId }, 'errors'],
    [{ reason: 'x' }, 'errors'],
  ] as const) {
    const answer = await ask(body)
    assert.equal(answer.status, 400)
    assert.deepEqual(Object.keys(answer.body.errors), [field])
  }
  assert.equal(browser.cookies.size, 1)
  const byToken = await new Browser(t).post('act_as', { ...account, reason: 'x' }, { ...fromOwnPage, authorization: seller.authorization })
  assert.deepEqual([byToken.status, byToken.headers['x-error-code']], [403, 'session_required'])
  await activity.since(6)
})

test('when acting is over a refresh says so, and the session is one’s own again', async () => {
  const { browser, session } = await signedIn(seller)
  const { access } = await browser.expect('act_as', { client_id: administrator.clientId, reason: 'x' }, session.access)
  await t.ask('POST', '/reeve/sign_out', { headers: bearer(access) })
  const answer = await browser.expect('refresh')
  assert.deepEqual([answer.caller.user_id, answer.acting, answer.acting_ended], [seller.userId, null, true])
  assert.deepEqual([...browser.cookies.keys()], ['reeve_session'])
  assert.equal((await browser.expect('refresh')).acting_ended, false, 'said once')
  await activity.since(2)
})

test('signing out while acting ends both; signing in again forgets the acting session', async () => {
  const begin = async (one: TestCaller) => {
    const { browser, session } = await signedIn(one)
    const acting = await browser.expect('act_as', { client_id: administrator.clientId, reason: 'x' }, session.access)
    return { browser, own: session.access, acting: acting.access }
  }
  const first = await begin(reseller)
  assert.equal((await first.browser.post('sign_out')).status, 204)
  for (const access of [first.own, first.acting]) assert.ok(!(await works(access)))
  assert.equal(first.browser.cookies.size, 0)
  const second = await begin(reseller)
  const next = await second.browser.expect('login', credentials(engineer))
  assert.equal(next.caller.user_id, engineer.userId)
  assert.equal((await second.browser.expect('refresh')).caller.user_id, engineer.userId)
  await activity.since(4)
})

test('no log and no row of the activity holds what was in a cookie or an answer', async () => {
  const { browser, session } = await signedIn(administrator)
  await browser.expect('refresh')
  const kept = tokenIn(browser)
  await browser.post('sign_out')
  await browser.post('refresh')
  const rows = JSON.stringify(await system`SELECT * FROM activity`)
  const logged = lines.join('')
  assert.match(logged, /\/reeve\/session\/refresh/, 'requests are logged')
  for (const secret of [kept, session.access, demoPassword]) {
    assert.ok(secret)
    assert.ok(!rows.includes(secret) && !logged.includes(secret))
  }
  assert.doesNotMatch(logged + rows, /reeve_session=|eyJ/)
})
