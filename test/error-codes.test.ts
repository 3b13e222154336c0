/** Codes of errors: what docs/errors.md and the OpenAPI document say of them, and which a client meets. That every error has one holds test/refusals.ts. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { codesByStatus, errorCodes } from '../src/http/error-codes.ts'
import { openWorld } from './harness.ts'

const { ask, shown, app } = await openWorld()
const [reseller] = shown.resellers
const [administrator] = shown.clients

test('docs/errors.md has the catalogue, line by line', () => {
  const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
  const rows = Object.entries(errorCodes).map(([code, [status, meaning]]) => `| \`${code}\` | ${status} | ${meaning} |`)
  assert.deepEqual(page.match(/^\| `.*$/gm), rows)
})

test('every code is thrown somewhere, and codes read alike', () => {
  const root = new URL('..', import.meta.url).pathname
  const source = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('error-codes.ts'))
    .map((file) => readFileSync(`${root}/${file}`, 'utf8'))
    .join('\n')
  for (const code of Object.keys(errorCodes)) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/)
    assert.ok(source.includes(`'${code}'`), `nothing says ${code}: take it out of the catalogue`)
  }
})

test('the OpenAPI document lists the codes of every error that is JSON', () => {
  const document = app.swagger() as unknown as {
    paths: Record<string, Record<string, { responses: Record<string, { headers?: Record<string, object>; content?: object }> }>>
    components: { headers: Record<string, { schema: object }> }
  }
  for (const [status, codes] of codesByStatus())
    assert.deepEqual(document.components.headers[`ErrorCode${status}`]?.schema, { type: 'string', enum: codes })
  for (const [path, item] of Object.entries(document.paths))
    for (const { responses } of Object.values(item))
      for (const [status, { headers, content = {} }] of Object.entries(responses))
        assert.deepEqual(
          headers?.['X-Error-Code'],
          Number(status) < 400 || !('application/json' in content) ? undefined : { $ref: `#/components/headers/ErrorCode${status}` },
          `${path} ${status}`,
        )
})

test('what a console tells apart has a code of its own, and no body says it', async () => {
  const wrong: [string, string, string, Parameters<typeof ask>[2]][] = [
    ['invalid_parameter', 'GET', '/iam/clients?limit=x', { token: reseller?.token }],
    ['invalid_json', 'POST', '/iam/users', { token: reseller?.token, body: '{' }],
    ['invalid_credentials', 'POST', '/iam/auth/jwt/login', { body: { username: 'nobody@example.com', password: 'x' } }],
    ['not_authenticated', 'GET', '/iam/users', {}],
    ['token_invalid', 'GET', '/iam/users', { token: '1$x' }],
    ['session_invalid', 'GET', '/iam/users', { headers: { authorization: 'Bearer x' } }],
    ['forbidden', 'GET', '/iam/products/availability/defaults', { token: administrator?.token }],
    ['not_found', 'GET', '/iam/users/999999999', { token: reseller?.token }],
    ['not_found', 'GET', '/nothing', {}],
    ['method_not_allowed', 'PATCH', '/iam/clients', { token: reseller?.token }],
    ['local_only', 'GET', '/metrics', { headers: { 'x-forwarded-for': '192.0.2.1' } }],
  ]
  for (const [code, method, path, asked] of wrong) {
    const { status, headers, body } = await ask(method, path, asked)
    assert.equal(headers['x-error-code'], code, `${method} ${path} → ${status}`)
    assert.equal(Object.keys(body).length, 1, 'the body keeps the shape of the contract')
  }
})

test('a taken email or company is told by its code', async () => {
  const [taken] = shown.clients
  const body = { email: taken?.email, password: 'a long enough password 1', company: 'A company that nobody has', lang: 'en' }
  const email = await ask('POST', '/iam/users', { token: reseller?.token, body })
  assert.deepEqual([email.status, email.headers['x-error-code']], [400, 'email_taken'], email.text)
  const { body: found } = await ask('GET', '/iam/clients?limit=1', { token: reseller?.token })
  const company = await ask('POST', '/iam/users', {
    token: reseller?.token,
    body: { ...body, email: 'fresh@example.com', company: found.results[0].companyName },
  })
  assert.deepEqual([company.status, company.headers['x-error-code']], [400, 'company_taken'], company.text)
})
