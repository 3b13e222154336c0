/** The headers of answers: what nobody may keep, frame or take for a page; and what only whoever runs the server may see. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailNetwork } from '../src/mail/servers.ts'
import { claimsOf, signIn } from './callers.ts'
import { openWorld } from './harness.ts'

const token = 'a-token-of-operators'
const https = 'https://id.vendor.example'
const mail = {
  addresses: { url: https, brandUrl: undefined },
  network: mailNetwork({ smtpUrl: undefined, mailFrom: undefined, outgoingNetworks: [] }, https),
}
const t = await openWorld()
const open = await openWorld({ metricsToken: token })
const behindProxy = await openWorld({ mail, trustProxy: ['127.0.0.1'] })
const behindUnknownProxy = await openWorld({ mail })
const [reseller] = t.shown.resellers
const [account] = t.shown.clients
assert.ok(reseller && account)

const ofOperators = ['/metrics', '/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/swagger-ui.css', '/openapi.json']
const here = { host: 'localhost:8080' }
async function status(world: typeof t, path: string, headers: Record<string, string> = here, remoteAddress = '127.0.0.1') {
  const { statusCode } = await world.app.inject({ method: 'GET', url: path, headers, remoteAddress })
  return statusCode
}

test('no-store on every answer with a credential, and on all else that does not say how long it may be kept', async () => {
  const pair = await signIn(t, account.email)
  const authorization = `Bearer ${pair.access}`
  const answers = [
    await t.ask('POST', '/iam/auth/jwt/login', { body: { username: account.email, password: account.password } }),
    await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh: pair.refresh } }),
    await t.ask('GET', `/iam/auth/jwt/clients/${claimsOf(pair.access).client_id}/login`, { headers: { authorization } }),
    await t.ask('GET', `/iam/auth/jwt/clients/${account.id}/admin_token`, { token: reseller.token }),
    await t.ask('POST', `/iam/v2/clients/${account.id}/tokens`, {
      token: account.token,
      body: { name: 'x', exp_date: null, client_user: { role: { id: 2 } } },
    }),
    await t.ask('GET', '/iam/users/me', { token: account.token }),
    await t.ask('GET', '/iam/users/me'),
    await t.ask('GET', '/nothing'),
    await t.ask('PUT', '/healthz'),
    await t.ask('GET', '/healthz'),
  ]
  for (const { headers, text } of answers) {
    assert.equal(headers['cache-control'], 'no-store', text)
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'")
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['strict-transport-security'], undefined, 'under http nobody can be told to come by https')
  }
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200, 200, 401, 404, 405, 200],
  )
  const list = await t.ask('GET', '/iam/clients?limit=1', { token: reseller.token })
  assert.equal(list.headers['cache-control'], 'private, no-cache', 'a list is kept by its caller and asked for again by its ETag')
})

test('browsers that came by https are told to come by nothing else', async () => {
  for (const path of ['/healthz', '/nothing', '/iam/users/me'])
    assert.equal((await behindProxy.ask('GET', path)).headers['strict-transport-security'], 'max-age=31536000')
})

test('/docs runs its own scripts and no others, and nobody frames it', async () => {
  for (const path of ['/docs', '/docs/static/swagger-ui.css']) {
    const { headers } = await t.app.inject({ url: path })
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /default-src 'self'.*frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /script-src|unsafe-eval|https?:/)
  }
  const { payload } = await t.app.inject({ url: '/docs' })
  assert.doesNotMatch(payload, /<script(?![^>]* src=)|\son\w+=/, 'an inline script would not run under that policy')
})

test('metrics and documentation are for this machine alone', async () => {
  for (const path of ofOperators) {
    for (const headers of [here, { host: '127.0.0.1' }, { host: '[::1]:8080' }])
      assert.equal(await status(t, path, headers), 200, `${path} at ${headers.host}`)
    assert.equal(await status(t, path, here, '::1'), 200)
    assert.equal(await status(t, path, here, '::ffff:127.0.0.1'), 200)
    for (const address of ['192.0.2.1', '10.0.0.1', '::ffff:192.0.2.1', '2001:db8::1'])
      assert.equal(await status(t, path, here, address), 403, `${path} from ${address}`)
    for (const host of ['id.vendor.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.0.2.1:8080', 'localhost@evil'])
      assert.equal(await status(t, path, { host }), 403, `${path} at ${host}`)
    for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-host', 'x-forwarded-proto'])
      for (const world of [t, behindProxy])
        assert.equal(await status(world, path, { ...here, [header]: '127.0.0.1' }), 403, `${path}: ${header} says that a proxy asks`)
  }
})

test('with https and no known proxy, who ends TLS asks from this machine: it proves nothing', async () => {
  assert.equal(await status(behindUnknownProxy, '/metrics'), 403)
  assert.equal(await status(behindProxy, '/metrics'), 200, 'a known proxy says for whom it asks')
})

test('or for whoever has the token', async () => {
  const from = async (authorization?: string) => {
    const headers = { host: 'id.vendor.example', ...(authorization !== undefined && { authorization }) }
    const { statusCode, headers: answered } = await open.app.inject({ url: '/metrics', headers, remoteAddress: '192.0.2.1' })
    return statusCode === 401 ? `401 ${answered['www-authenticate']}` : statusCode
  }
  const basic = (text: string) => `Basic ${btoa(text)}`
  for (const right of [`Bearer ${token}`, `bearer  ${token} `, basic(`anybody:${token}`), basic(`:${token}`)])
    assert.equal(await from(right), 200, right)
  const wrong = [
    undefined,
    '',
    'Bearer',
    `Bearer ${token}x`,
    `APIKey ${token}`,
    token,
    basic(token.slice(1)),
    basic(`${token}:`),
    'Basic %%%',
  ]
  for (const one of [...wrong, `APIKey ${t.shown.platform.token}`])
    assert.equal(await from(one), '401 Basic realm="reeve", Bearer realm="reeve"', one)
  for (const path of ofOperators) {
    assert.equal(await status(open, path, { host: 'x', authorization: `Bearer ${token}` }, '192.0.2.1'), 200, path)
    assert.equal(await status(open, path, { host: 'x' }, '192.0.2.1'), 401, path)
    assert.equal(await status(open, path), 200, `${path} from here needs none`)
  }
  assert.equal(
    await status(t, '/metrics', { host: 'x', authorization: 'Bearer undefined' }, '192.0.2.1'),
    403,
    'without a token there is none to guess',
  )
})

test('whether the server lives, and its public keys, are for everybody', async () => {
  for (const path of ['/healthz', '/readyz', '/.well-known/jwks.json'])
    assert.equal(await status(t, path, { host: 'id.vendor.example', 'x-forwarded-for': '192.0.2.1' }, '192.0.2.1'), 200, path)
})
