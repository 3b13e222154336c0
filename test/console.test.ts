/** How the console is served: pages for browsers, files with their compressed variants, nothing outside its folder, and the API as ever. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, test } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { createLog } from '../src/server/listen.ts'
import { openWorld } from './harness.ts'
import { assertShape, listen } from './wire.ts'

const root = mkdtempSync(join(tmpdir(), 'reeve-console-'))
const folder = join(root, 'console')
const script = `console.log('${'x'.repeat(2000)}')`
mkdirSync(join(folder, 'assets'), { recursive: true })
const files: Record<string, string | Buffer> = {
  '../secret.html': 'a secret',
  'index.html': '<!doctype html><title>Console</title>',
  'sign-in.html': '<!doctype html><title>Sign in</title>',
  'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  '.hidden.svg': 'hidden',
  'assets/main-4f2a.js': script,
  'assets/main-4f2a.js.br': brotliCompressSync(script),
  'assets/main-4f2a.js.gz': gzipSync(script),
  'assets/main-4f2a.css': 'body{}',
}
for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)

const lines: string[] = []
const sink = new Writable({
  write(chunk, _encoding, done) {
    lines.push(String(chunk))
    done()
  },
})
const t = await openWorld({ consoleFolder: folder, log: createLog('info', sink) })
const unbuilt = await openWorld({ consoleFolder: join(root, 'nothing') })
const wire = await listen(t.app)
const without = await listen(unbuilt.app)
after(async () => {
  await wire.close()
  await without.close()
  rmSync(root, { recursive: true })
})
const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
const get = (path: string, headers: Record<string, string> = browser, method = 'GET') => wire.send(method, path, { headers })
const strict = "default-src 'none'; frame-ancestors 'none'"

test('a browser gets the console at every path that is no path of the API', async () => {
  for (const path of [
    '/',
    '/?x=1',
    '/clients',
    '/clients/1006/services',
    '/iamnot',
    '/sign-in/else',
    '//evil.example/',
    '/a.b',
    '/INDEX.html',
  ]) {
    const answer = await get(path)
    assert.deepEqual([answer.status, answer.text], [200, files['index.html']], path)
    assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(answer.headers['cache-control'], 'no-cache')
  }
  for (const path of ['/sign-in', '/sign-in?next=%2Fclients', '/sign-in/'])
    assert.equal((await get(path)).text, files['sign-in.html'], path)
})

test('pages run their own scripts alone, load nothing of others, cannot be framed, and report what they tried', async () => {
  const { headers } = await get('/')
  const policy = Object.fromEntries(
    String(headers['content-security-policy'])
      .split('; ')
      .map((directive) => directive.split(/ (.*)/s).slice(0, 2)),
  )
  assert.deepEqual(policy, {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self' data: blob:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'manifest-src': "'self'",
    'form-action': "'self'",
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
    'report-uri': '/reeve/csp_reports',
  })
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
})

test('a page is asked for again by its ETag', async () => {
  const { headers } = await get('/')
  assert.ok(headers.etag)
  const again = await get('/', { ...browser, 'if-none-match': String(headers.etag) })
  assert.deepEqual([again.status, again.text], [304, ''])
})

test('hashed files are kept for good, in the encoding that the browser takes', async () => {
  const path = '/assets/main-4f2a.js'
  const decoders = { br: brotliDecompressSync, gzip: gunzipSync, '': (bytes: Buffer) => bytes }
  for (const [encoding, decode] of Object.entries(decoders)) {
    const headers = { accept: '*/*', ...(encoding !== '' && { 'accept-encoding': encoding }) }
    const { statusCode, rawPayload, headers: answered } = await t.app.inject({ url: path, headers })
    assert.equal(statusCode, 200)
    assert.equal(decode(rawPayload).toString(), script)
    assert.equal(answered['content-encoding'], encoding === '' ? undefined : encoding)
    assert.equal(answered['cache-control'], 'public, max-age=31536000, immutable')
    assert.match(String(answered['content-type']), /^(text|application)\/javascript/)
    assert.match(String(answered.vary), /accept-encoding/i)
    assert.equal(answered['x-content-type-options'], 'nosniff')
    assert.equal(answered['content-security-policy'], strict)
  }
  const css = await get('/assets/main-4f2a.css', { accept: 'text/css', 'accept-encoding': 'br, gzip' })
  assert.deepEqual([css.status, css.text, css.headers['content-encoding']], [200, 'body{}', undefined])
  const icon = await get('/favicon.svg', { accept: 'image/*' })
  assert.deepEqual([icon.status, icon.headers['cache-control']], [200, 'no-cache'])
})

test('HEAD answers what GET does, without the body', async () => {
  for (const path of ['/', '/sign-in', '/assets/main-4f2a.js', '/favicon.svg', '/clients/1']) {
    const [full, head] = [await get(path), await get(path, browser, 'HEAD')]
    for (const name of ['content-type', 'cache-control', 'etag', 'content-length', 'content-security-policy'])
      assert.equal(head.headers[name], full.headers[name], `${path} ${name}`)
    assert.deepEqual([head.status, head.text], [200, ''])
  }
})

test('a file that is not there is a 404, also for a browser: an old page must not take a page for its script', async () => {
  for (const path of ['/assets/gone.js', '/assets/', '/assets', '/assets/x/y.js', '/gone.svg'])
    for (const headers of [browser, { accept: '*/*' }]) assertShape(await get(path, headers), path)
})

test('nothing outside the folder, and no hidden file, by any spelling', async () => {
  const up = ['../', '..%2f', '%2e%2e/', '%2e%2e%2f', '..%5c', '..\\', '..;/', '%252e%252e%252f', '....//', './../']
  for (const one of up)
    for (const prefix of ['/', '/assets/', '/assets/x/', '/sign-in/'])
      for (const name of ['secret.html', '../secret.html', 'package.json', 'etc/passwd']) {
        const line = `GET ${prefix}${one}${name} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n`
        const text = await wire.raw(line)
        assert.match(text, /^HTTP\/1\.1 (200|400|404) /, line)
        assert.doesNotMatch(text, /a secret|"reeve"|root:/, line)
      }
  for (const path of ['/.hidden.svg', '/assets/.hidden.svg', '/assets/main-4f2a.js%00.svg', '/assets/..'])
    assert.doesNotMatch((await get(path, { accept: '*/*' })).text, /hidden/, path)
  assert.equal((await get('/.hidden.svg', { accept: '*/*' })).status, 404)
})

test('who does not ask for a page gets the answers of the API', async () => {
  for (const accept of ['*/*', 'application/json', undefined])
    for (const path of ['/', '/clients', '/sign-in', '/index.html'])
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        const answer = await get(path, accept === undefined ? {} : { accept }, method)
        assert.equal(answer.status, 404, `${method} ${path}`)
        assertShape(answer, path)
        assert.equal(answer.headers['content-security-policy'], strict)
      }
  for (const path of ['/', '/clients', '/sign-in', '/assets/main-4f2a.js']) {
    const answer = await get(path, browser, 'POST')
    assert.equal(answer.status, 404, path)
    assertShape(answer, path)
  }
})

test('paths of the API answer a browser as ever', async () => {
  const due: Record<string, number> = {
    '/iam/nothing': 404,
    '/iam': 404,
    '/reeve/nothing': 404,
    '/id/users/me': 401,
    '/auth/jwt/nothing': 404,
    '/iam/users/me': 401,
    '/docs/nothing': 404,
    '/healthz': 200,
    '/readyz': 200,
    '/metrics': 200,
    '/openapi.json': 200,
    '/.well-known/jwks.json': 200,
    '/.well-known/nothing': 404,
  }
  for (const [path, status] of Object.entries(due)) {
    const answer = await get(path)
    assert.equal(answer.status, status, path)
    if (status >= 400) assertShape(answer, path)
    assert.notEqual(answer.text, files['index.html'])
  }
  assert.equal((await get('/iam/users/me', browser, 'PUT')).status, 405)
})

test('without a console a page says how to build it, as a 404, and files are none', async () => {
  for (const path of ['/', '/sign-in', '/clients']) {
    const answer = await without.send('GET', path, { headers: browser })
    assert.equal(answer.status, 404)
    assert.match(answer.text, /npm run build/)
    assert.match(String(answer.headers['content-security-policy']), /^default-src 'none'; style-src 'nonce-[\w+/=]+';/)
  }
  assertShape(await without.send('GET', '/', { headers: { accept: '*/*' } }), '/')
  assertShape(await without.send('GET', '/assets/main-4f2a.js', { headers: browser }), '/assets')
})

test('a console that is built while the server runs is served', async () => {
  const late = join(root, 'late')
  const world = await openWorld({ consoleFolder: late })
  assert.equal((await world.app.inject({ url: '/', headers: browser })).statusCode, 404)
  mkdirSync(late)
  writeFileSync(join(late, 'index.html'), 'built')
  assert.equal((await world.app.inject({ url: '/', headers: browser })).payload, 'built')
})

const report = (body: unknown, type = 'application/csp-report', remoteAddress = '192.0.2.1') =>
  t.app.inject({
    method: 'POST',
    url: '/reeve/csp_reports',
    headers: { 'content-type': type },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
    remoteAddress,
  })
const counted = async () => Number(/^reeve_csp_reports_total (\d+)/m.exec((await wire.send('GET', '/metrics', {})).text)?.[1])

test('a report of a violation is counted and is one line in the log, without queries', async () => {
  const before = await counted()
  const violation = {
    'document-uri': 'http://localhost/clients?name=Anna',
    'effective-directive': 'script-src-elem',
    'blocked-uri': 'https://evil.example/x.js?token=1',
    'script-sample': 'alert(1)\u0000',
    other: 'x',
  }
  assert.equal((await report({ 'csp-report': violation })).statusCode, 204)
  assert.equal(await counted(), before + 1)
  const line = lines.filter((one) => one.includes('CSP report')).at(-1) ?? ''
  assert.partialDeepStrictEqual(JSON.parse(line), {
    msg: 'CSP report',
    csp: {
      directive: 'script-src-elem',
      blocked: 'https://evil.example/x.js',
      page: 'http://localhost/clients',
      sample: 'alert(1)',
    },
  })
})

test('reports are small, few, and anything else is no reason to fail', async () => {
  for (const body of [
    '[]',
    'null',
    '"x"',
    '{"csp-report": 1}',
    '{"csp-report": {"blocked-uri": {}}}',
    '[{"type":"csp-violation","body":{}}]',
  ])
    assert.equal((await report(body, 'application/reports+json')).statusCode, 204, body)
  assert.equal((await report('{')).statusCode, 400)
  assert.equal((await report('x', 'text/plain')).statusCode, 415)
  assert.equal((await report({ x: 'x'.repeat(9000) })).statusCode, 413)
  const statuses: number[] = []
  for (let n = 0; n < 40; n++) statuses.push((await report('{}', 'application/csp-report', '192.0.2.9')).statusCode)
  assert.ok(statuses.includes(204))
  assert.equal(statuses.at(-1), 429)
  assert.equal((await report('{}', 'application/csp-report', '192.0.2.10')).statusCode, 204, 'another address has its own')
})
