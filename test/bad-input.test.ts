/** Whatever is sent to the listening server gets an answer of the shape in docs/domain.md, Errors, and never a 500; a body too large is not even read. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { signIn } from './callers.ts'
import { openWorld } from './harness.ts'
import { runsOr, seed } from './properties.ts'
import { until } from './until.ts'
import { assertShape, expecting, listen } from './wire.ts'

const t = await openWorld()
const wire = await listen(t.app)
after(() => wire.close())

const { token: reseller } = t.shown.resellers[0] as { token: string }
const account = t.shown.clients[0] as { id: number; token: string; email: string }
const [tokenId = '', secret = ''] = account.token.split('_')
const { access } = await signIn(t, account.email)
const as = (credential: string) => ({ authorization: credential })
const mine = as(`APIKey ${account.token}`)
const json = { ...mine, 'content-type': 'application/json' }
const tokens = `/iam/v2/clients/${account.id}/tokens`
const wanted = { name: 'x', exp_date: null, client_user: { role: { id: 1 } } }

const expect = expecting(wire, mine)

test('200 for either separator in either order, and for a scheme in any case', async () => {
  for (const scheme of ['APIKey', 'apikey', 'APIKEY', 'ApiKey'])
    for (const separator of ['_', '$']) await expect(200, 'GET', '/iam/users/me', as(`${scheme} ${tokenId}${separator}${secret}`))
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) await expect(200, 'GET', '/iam/users/me', as(`${scheme} ${access}`))
  await expect(200, 'GET', '/iam/users/me', as(`APIKey    ${account.token}  `))
})

test('401 for a credential that is missing, malformed, cut short or of the other kind', async () => {
  const credentials = [
    '',
    'APIKey',
    'APIKey ',
    'Bearer',
    account.token,
    `Token ${account.token}`,
    `Basic ${btoa('a:b')}`,
    'APIKey _',
    'APIKey $',
    'APIKey 1',
    `APIKey ${tokenId}`,
    `APIKey ${tokenId}_`,
    `APIKey _${secret}`,
    `APIKey ${tokenId}-${secret}`,
    `APIKey ${tokenId} ${secret}`,
    `APIKey ${tokenId}_${secret.slice(1)}`,
    `APIKey ${tokenId}_${secret.slice(0, -1)}`,
    `APIKey ${tokenId}_${secret}0`,
    `APIKey 0${tokenId}_${secret.toUpperCase()}`,
    `APIKey -${tokenId}_${secret}`,
    `APIKey ${'9'.repeat(15)}_${secret}`,
    `APIKey ${'9'.repeat(30)}_${secret}`,
    `APIKey 9223372036854775808_${secret}`,
    `APIKey 1e3_${secret}`,
    `APIKey ${access}`,
    `Bearer ${account.token}`,
    `Bearer ${access.slice(0, -5)}`,
    `Bearer ${access}x`,
    'Bearer a.b.c',
    'Bearer ..',
    `Bearer ${access.split('.').slice(0, 2).join('.')}.`,
    `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${access.split('.')[1]}.`,
    "APIKey 1_' OR 1=1",
    `APIKey ${tokenId}_\u00ff\u00fe`,
  ]
  for (const credential of credentials) await expect(401, 'GET', '/iam/users/me', credential === '' ? {} : as(credential))
})

test('a header of 10 kB is read, one of 20 kB is 431', async () => {
  await expect(401, 'GET', '/iam/users/me', as(`Bearer ${'a'.repeat(10_000)}`))
  await expect(401, 'GET', '/iam/users/me', as(`APIKey 1_${'a'.repeat(10_000)}`))
  await expect(200, 'GET', '/iam/users/me', { ...mine, 'x-other': 'a'.repeat(10_000) })
  const { headers } = await expect(431, 'GET', '/iam/users/me', { ...mine, 'x-other': 'a'.repeat(20_000) })
  assert.equal(headers.connection, 'close', 'the server closes after this and must say so, else clients send the next request into nothing')
})

test('400 for a body that is no JSON object', async () => {
  const unparsable = [
    '{',
    '{"name":',
    'name=x',
    '<a/>',
    '{"name":"x",}',
    "{'name':'x'}",
    '{"name":"x"}}',
    '\ufeff\ufeff{}',
    'undefined',
    'NaN',
    '[1,2',
    '"',
    Buffer.from([0xff, 0xfe, 0x00]),
    '{"__proto__":{"a":1}}',
    '{"name":"x","constructor":{"prototype":{"a":1}}}',
    '{"a":{"__proto__":{"admin":true}}}',
  ]
  for (const body of unparsable) {
    const answer = await expect(400, 'POST', tokens, json, body)
    assert.match(answer.body.message, /^JSON parse error - ./, `${body} cannot be parsed`)
  }
  for (const body of ['[]', '[{"name":"x"}]', 'null', '"text"', '1', 'true', '{}', '']) {
    const answer = await expect(400, 'POST', tokens, json, body)
    assert.ok(answer.body.errors, `${body} is JSON but not what is wanted: {"errors": …}`)
  }
  assert.equal(({} as { admin?: boolean }).admin, undefined, 'a body reached Object.prototype')
})

test('400 naming the field for a body whose fields are of the wrong kind', async () => {
  for (const [field, value] of [
    ['name', 1],
    ['name', null],
    ['name', ''],
    ['name', 'x'.repeat(256)],
    ['name', {}],
    ['exp_date', 5],
    ['exp_date', {}],
    ['exp_date', []],
    ['description', 7],
    ['client_user', null],
    ['client_user', 'x'],
    ['client_user', []],
  ] as const) {
    const answer = await expect(400, 'POST', tokens, json, JSON.stringify({ ...wanted, [field]: value }))
    assert.ok(answer.body.errors[field], `${field}: ${JSON.stringify(value)} is to be named, not ${answer.text}`)
  }
  for (const role of [null, 'x', 1, [], { id: 'x' }, { id: 1.5 }, { id: 1e300 }, { name: 1 }, { id: null }, {}])
    await expect(400, 'POST', tokens, json, JSON.stringify({ ...wanted, client_user: { role } }))
  await expect(200, 'POST', tokens, json, JSON.stringify({ ...wanted, unknown: { deeply: ['ignored'] }, id: 7, token: 'x' }))
})

test('400 and no crash for nesting as deep as a body can hold', async () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const depth = Math.floor(16_000 / (open.length + close.length))
    await expect(400, 'POST', tokens, json, `${open.repeat(depth)}1${close.repeat(depth)}`)
    await expect(400, 'POST', tokens, json, open.repeat(depth))
    const within = `{"name":"x","exp_date":null,"client_user":{"role":{"id":1}},"more":${open.repeat(depth / 2)}1${close.repeat(depth / 2)}}`
    await expect([200, 400], 'POST', tokens, json, within)
  }
  await expect(
    [200, 400],
    'POST',
    tokens,
    json,
    JSON.stringify({ ...wanted, ...Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, n])) }),
  )
})

test('413 for a body too large, before all of it is sent', async () => {
  const MB = 1024 * 1024
  const endless = () =>
    Readable.from(
      (function* () {
        for (let n = 0; n < 100 * 16; n++) yield Buffer.alloc(MB / 16, 'a')
      })(),
    )
  for (const headers of [json, { ...json, 'content-length': String(100 * MB) }]) {
    const { sent } = await expect(413, 'POST', tokens, headers, endless())
    assert.ok(sent < 20 * MB, `the server let ${sent} bytes through before it refused`)
  }
  await expect(
    413,
    'POST',
    '/iam/auth/jwt/login',
    { 'content-type': 'application/json' },
    JSON.stringify({ username: 'a'.repeat(MB), password: 'x' }),
  )
  await expect(401, 'POST', tokens, { 'content-type': 'application/json' }, endless())
})

test('a body shorter than its Content-Length ends the connection and nothing else', async () => {
  const head = `POST ${tokens} HTTP/1.1\r\nHost: x\r\nAuthorization: APIKey ${account.token}\r\nContent-Type: application/json\r\n`
  for (const bytes of [
    `${head}Content-Length: 100\r\n\r\n{"name":`,
    `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"nam`,
    `${head}Content-Length: 5`,
    'GET /iam/us',
    '',
  ])
    assert.doesNotMatch(
      await wire.raw(bytes, { end: true }),
      /^HTTP\/1\.1 [25]/,
      `${JSON.stringify(bytes.slice(-40))} was taken for a whole request`,
    )
  for (const bytes of [
    'nonsense\r\n\r\n',
    'GET  HTTP/1.1\r\n\r\n',
    `${head}Content-Length: -5\r\n\r\n`,
    `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    'GET /iam/users/me HTTP/1.1\r\nHost: x\r\nBad Header: x\r\n\r\n',
  ])
    assert.match(
      await wire.raw(bytes),
      /^HTTP\/1\.1 400 [\s\S]*X-Request-Id: [\s\S]*\r\n\r\n\{"message":"[^"]+"\}$/i,
      `${JSON.stringify(bytes.slice(-60))} gets a 400 of the one shape`,
    )
  await expect(200, 'GET', '/healthz')
})

test('415 for a body of another type, and no type needed where there is none', async () => {
  const body = JSON.stringify(wanted)
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'nonsense',
    'application/jsonp',
    'application/json+x',
    ';',
  ])
    await expect(415, 'POST', tokens, { ...mine, 'content-type': type }, body)
  await expect(415, 'POST', tokens, mine, body)
  for (const type of ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset=UTF-8'])
    await expect(200, 'POST', tokens, { ...mine, 'content-type': type }, body)
})

test('GET and DELETE with a Content-Type and nothing else work', async () => {
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'nonsense']) {
    await expect(200, 'GET', '/iam/users/me', { ...mine, 'content-type': type, accept: '*/*' })
    const { body } = await expect(200, 'POST', tokens, json, JSON.stringify(wanted))
    await expect(204, 'DELETE', `${tokens}/${body.id}`, { ...mine, 'content-type': type })
  }
  const { body } = await expect(200, 'POST', tokens, json, JSON.stringify(wanted))
  await expect(204, 'DELETE', `${tokens}/${body.id}`, { ...json, 'content-length': '0' })
})

test('headers of the protocol that nobody needs do no harm', async () => {
  for (const headers of [
    { expect: '100-continue' },
    { upgrade: 'websocket', connection: 'upgrade' },
    { te: 'trailers' },
    { 'accept-encoding': 'nonsense' },
    { accept: 'image/png' },
    { range: 'bytes=0-1' },
    { 'if-none-match': '*' },
  ])
    await expect(200, 'GET', '/iam/users/me', { ...mine, ...(headers as Record<string, string>) })
  await expect(200, 'POST', tokens, { ...json, expect: '100-continue' }, JSON.stringify(wanted))
})

test('readers that leave in the middle of a list leave no connection taken', async () => {
  const { token } = t.shown.platform
  const leave = () =>
    new Promise<void>((resolve) => {
      const socket = connect(wire.port, '127.0.0.1')
      socket.once('data', () => socket.destroy())
      socket.once('close', () => resolve())
      socket.write(`GET /iam/clients HTTP/1.1\r\nHost: x\r\nAuthorization: APIKey ${token}\r\n\r\n`)
    })
  for (let round = 0; round < 4; round++) await Promise.all(Array.from({ length: 10 }, leave))
  const answers = await Promise.all(Array.from({ length: 12 }, () => expect(200, 'GET', '/iam/clients', as(`APIKey ${token}`))))
  assert.deepEqual([...new Set(answers.map(({ body }) => body.length))], [t.world.clients.length])
})

test('404 for an unknown path and 405 with Allow for another method', async () => {
  for (const path of [
    '/',
    '/iam',
    '/iam/',
    '/iam/nothing',
    '/iam/users/me/more',
    '/id',
    '/auth/jwt/',
    '/v2/clients',
    '/favicon.ico',
    '/.env',
    '/iam/clients/1/nothing',
  ])
    for (const method of ['GET', 'POST', 'DELETE']) await expect([404], method, path)
  const allowed: Record<string, string[]> = {
    '/iam/clients': ['GET', 'HEAD', 'OPTIONS'],
    [tokens]: ['GET', 'HEAD', 'OPTIONS', 'POST'],
    [`${tokens}/1`]: ['DELETE', 'GET', 'HEAD', 'OPTIONS'],
    '/iam/auth/jwt/login': ['OPTIONS', 'POST'],
    '/healthz': ['GET', 'HEAD', 'OPTIONS'],
  }
  for (const [path, methods] of Object.entries(allowed))
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'].filter((one) => !methods.includes(one))) {
      const { headers } = await expect(405, method, path, json, '{}')
      assert.deepEqual(String(headers.allow).split(', ').sort(), methods, `${method} ${path}: Allow names what the path takes`)
    }
})

test('a refused change is in the activity, whatever its body was', async () => {
  const refused = {
    'no JSON': '{',
    'no object': '[]',
    'a prototype': '{"__proto__":{}}',
    'a wrong field': '{"name":7}',
    'too large': 'a'.repeat(1024 * 1024 + 1),
    'too deep': `${'['.repeat(90_000)}1${']'.repeat(90_000)}`,
  }
  for (const [what, body] of Object.entries(refused)) {
    const path = `${tokens}?what=${encodeURIComponent(what)}`
    const { status } = await expect([400, 413], 'POST', path, json, body)
    const rows = await until(`${what}: the refused change is recorded`, async () => {
      const found = await t.database
        .system`SELECT status_code, host(remote_ip) AS remote_ip FROM activity WHERE query_params = ${String(new URLSearchParams({ what }))}`
      return found.length > 0 && found
    })
    assert.deepEqual(
      [...rows],
      [{ status_code: status, remote_ip: '127.0.0.1' }],
      `${what}: the refused change must be recorded, with the address it came from`,
    )
  }
})

test('nothing random is a 500', async () => {
  const paths = Object.keys(t.app.swagger().paths ?? {})
  const part = fc.oneof(
    fc.constantFrom(String(account.id), tokenId, 'me', '0', '1001', 'x', '%00', '9'.repeat(25)),
    fc.string({ maxLength: 6 }).map((text) => encodeURIComponent(text.toWellFormed())),
  )
  const path = fc.tuple(fc.constantFrom(...paths), fc.array(part, { minLength: 2, maxLength: 2 })).map(([one, parts]) => {
    let next = 0
    return one.replace(/\{\w+\}/g, () => parts[next++] || '_')
  })
  const value = fc.oneof(
    fc.constantFrom('1', '-1', 'true', 'id,-email', '2026-01-01', 'active', 'CDN', '%', '%00', '', 'null'),
    fc.string().map((text) => encodeURIComponent(text.toWellFormed())),
  )
  const names = [
    'limit',
    'offset',
    'ordering',
    'email',
    'deleted',
    'cdn',
    'created_at_gte',
    'id__in__exclude',
    'feature_id_in',
    'min_traffic',
    'country_code',
    'role',
    'issued_by',
    '__proto__',
    'a[b]',
  ]
  const query = fc
    .array(
      fc.tuple(fc.constantFrom(...names), value).map((pair) => pair.join('=')),
      { maxLength: 4 },
    )
    .map((list) => list.join('&'))
  const object = fc.dictionary(
    fc.constantFrom('name', 'exp_date', 'description', 'client_user', 'username', 'password', 'refresh', 'token', '__proto__'),
    fc.oneof(fc.jsonValue(), fc.constantFrom({ role: { id: 1 } }, { role: {} })),
  )
  const body = fc.option(
    fc.oneof(
      fc.json(),
      object.map((one) => JSON.stringify(one)),
      fc.string(),
      fc.constant(JSON.stringify(wanted)),
    ),
    { nil: undefined },
  )
  const headers = fc.record(
    {
      authorization: fc.constantFrom(
        `APIKey ${account.token}`,
        `APIKey ${account.token}`,
        `APIKey ${reseller}`,
        `Bearer ${access}`,
        'APIKey 1_x',
        'x',
      ),
      'content-type': fc.constantFrom('application/json', 'application/json', 'text/plain', 'x'),
      'x-request-id': fc.constantFrom('given', 'ö', '\t'),
      'user-agent': fc.constantFrom('', '\u00ff\u00fe', 'curl'),
      'x-forwarded-for': fc.constantFrom('nonsense', '1.2.3.4, ::1'),
    },
    { requiredKeys: [] },
  )
  const method = fc.constantFrom('GET', 'GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS')
  await fc.assert(
    fc.asyncProperty(method, path, query, body, headers, async (verb, one, search, content, given) => {
      const answer = await wire.send(verb, `${one}?${search}`, {
        headers: given as Record<string, string>,
        ...(content !== undefined && { body: content }),
      })
      const page = /^text\/html/.test(String(answer.headers['content-type'])) && one.startsWith('/reeve/links/') // for people
      if (verb !== 'HEAD' && !page) assertShape(answer, `${verb} ${one}?${search}`)
      assert.ok(answer.status < 500)
    }),
    { numRuns: runsOr(400), ...seed },
  )
  await expect(200, 'GET', '/readyz')
})
