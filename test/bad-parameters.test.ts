/** Parameters that cannot be: each gets a 400 that names it or finds nothing, over a real socket, and never a 500. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { openWorld } from './harness.ts'
import { expecting, listen } from './wire.ts'

const document: { paths: Record<string, { get?: { parameters?: { in: string; name: string; schema: { type?: string } }[] } }> } =
  JSON.parse(readFileSync(new URL('../docs/openapi.json', import.meta.url), 'utf8'))
const t = await openWorld()
const wire = await listen(t.app)
after(() => wire.close())

const account = t.shown.clients[0] as { id: number; token: string }
const mine = { authorization: `APIKey ${account.token}` }
const json = { ...mine, 'content-type': 'application/json' }
const tokens = `/iam/v2/clients/${account.id}/tokens`
const wanted = { name: 'x', exp_date: null, client_user: { role: { id: 1 } } }
const expect = expecting(wire, mine)
const list = (values: string) => values.split('|')

test('400 naming the parameter where limit or offset is no whole number, or is given twice', async () => {
  for (const path of ['/iam/clients', '/iam/users'])
    for (const name of ['limit', 'offset']) {
      for (const value of list('-1|1.5|1e3|0x10|abc|+1|%201|NaN|Infinity|%E0%A5%A7|1,000|%00|1;2|[]')) {
        const { body } = await expect(400, 'GET', `${path}?${name}=${value}`)
        assert.ok(body.errors[name], `${path}?${name}=${value}: the error must name ${name}, not ${JSON.stringify(body)}`)
      }
      await expect(400, 'GET', `${path}?${name}=1&${name}=2`)
      await expect([200, 400], 'GET', `${path}?${name}[]=1&${name}[a]=2`)
    }
})

test('200 for a limit and offset of any size', async () => {
  for (const path of ['/iam/clients', '/iam/users'])
    for (const huge of ['9007199254740993', '9223372036854775807', '9223372036854775808', `1${'0'.repeat(30)}`, '9'.repeat(5000)]) {
      const all = await expect(200, 'GET', `${path}?limit=${huge}`)
      assert.equal(all.body.results.length, all.body.count, `${path}?limit=${huge.slice(0, 20)}: any limit is honoured`)
      const past = await expect(200, 'GET', `${path}?limit=5&offset=${huge}`)
      assert.deepEqual(
        [past.body.results, past.body.next],
        [[], null],
        `${path}?offset=${huge.slice(0, 20)}: past the end there is nothing`,
      )
      assert.ok(past.body.count > 0, 'the count is right past the end too')
      await expect(200, 'GET', `${path}?limit=${huge}&offset=${huge}`)
      await expect(200, 'GET', `${path}?offset=${huge}`)
    }
})

test('400 naming the parameter for a date, enum, boolean, number, id or order that does not exist', async () => {
  const wrong: Record<string, string[]> = {
    created_at_gte: list(
      '2026-02-30|2026-13-01|2025-02-29T00:00:00Z|2026-01-01T25:00:00Z|2026-01-01T00:60:00Z|0000-01-01' +
        '|yesterday|20260101|2026-1-1|10000-01-01|-0001-01-01|2026-01-01T00:00:00%2B99:00|2026-01-01T|now|infinity|2026-01-01%00|%00',
    ),
    created_at_lte: ['2026-04-31T00:00:00.000000Z', '1767225600', '2026-01-01T00:00:00+ab:cd'],
    cdn: list('ACTIVE|Active| active|active,new|none|null'),
    connect: ['Trial'],
    client_type: ['Common', 'RESELLER', 'all'],
    activated: list('yes|2|tru|null'),
    is_test: ['on', '-1'],
    min_traffic: list('abc|1,5|0x1|NaN|Infinity|1e999|--1|1 GB'),
    max_traffic: ['-', '.', 'e5'],
    reseller_id: list('abc|1.5|1e3|0x1|null|%00'),
    seller_id: ['1;', "1' OR '1'='1"],
    id__in__exclude: ['a,b', '1,2,x', '1.5'],
    feature_id_in: ['all', '1;2', '1-5'],
    personal_product_availability: ['cdn', 'CDN,NOTHING', 'Cdn'],
    ordering: list(
      'nothing|--id|-|id,nothing|id,-id|created,created_at' +
        '|id desc|id;DROP TABLE clients|doc|reseller_id|ID|__proto__|constructor|-toString|hasOwnProperty',
    ),
  }
  for (const [name, values] of Object.entries(wrong))
    for (const value of values) {
      const escaped = value.includes('%') || value.includes('+') ? value : encodeURIComponent(value)
      const { body } = await expect(400, 'GET', `/iam/clients?${name}=${escaped}`)
      assert.ok(body.errors[name], `${name}=${value}: the error must name the parameter, not ${JSON.stringify(body)}`)
    }
  for (const query of list('role=7|role=administrators|issued_by=x|not_issued_by=1.5|role=%00'))
    await expect(400, 'GET', `${tokens}?${query}`)
})

test('200 and nothing found for ids beyond what a database counts to', async () => {
  for (const id of [
    '9007199254740993',
    '9223372036854775807',
    '9223372036854775808',
    '9'.repeat(40),
    '-1',
    '-9223372036854775809',
    '4294967296',
    '2147483648',
  ]) {
    for (const name of ['reseller_id', 'seller_id', 'feature_id_in'])
      assert.deepEqual((await expect(200, 'GET', `/iam/clients?${name}=${id}`)).body, [], `${name}=${id}`)
    assert.equal((await expect(200, 'GET', `/iam/clients?id__in__exclude=${id}&limit=1`)).body.count, 1)
    for (const name of ['issued_by', 'not_issued_by']) await expect(200, 'GET', `${tokens}?${name}=${id}`)
  }
})

test('no number is too large for a parameter', async () => {
  const operations = Object.entries(document.paths).flatMap(([path, { get }]) =>
    (get?.parameters ?? [])
      .filter((one) => one.in === 'query' && one.schema.type === 'integer')
      .map((one) => ({ path: path.replace(/\{[^}]+\}/g, String(account.id)), name: one.name })),
  )
  assert.ok(operations.some(({ name }) => name === 'status_code'))
  for (const { path, name } of operations)
    for (const value of ['32768', '2147483648', '-2147483649', '9007199254740991', '-9007199254740991', '9223372036854775808'])
      await expect([200, 400, 403, 404], 'GET', `${path}?${name}=${value}`)
})

test('404 for an id in the path that is beyond any number, or is none', async () => {
  const none = [
    '9007199254740993',
    '9223372036854775807',
    '9223372036854775808',
    '9'.repeat(90),
    '-1',
    '0',
    '1.5',
    '1e3',
    'abc',
    '%00',
    '%20',
    '..%2f..',
    'null',
    "1'",
    `${account.id}%20`,
    `+${account.id}`,
    `0x1`,
    '%F0%9F%A6%8A',
  ]
  for (const id of none) {
    await expect(404, 'GET', `/iam/clients/${id}`)
    await expect(404, 'GET', `/iam/users/${id}`)
    await expect(404, 'GET', `/iam/auth/jwt/clients/${id}/login`)
    await expect(404, 'GET', `/iam/clients/${id}/tokens`)
    await expect(404, 'POST', `/iam/v2/clients/${id}/tokens`, json, JSON.stringify(wanted))
    await expect(404, 'GET', `${tokens}/${id}`)
    await expect(404, 'DELETE', `${tokens}/${id}`)
  }
})

test('text that no database holds is a 400, in a parameter and in a body, and anything in a path is no more than unknown', async () => {
  for (const text of list('%00|a%00b|%1F|%ED%A0%80|%ED%B0%80x|%FF|%C0%80|%F8%88%80%80%80|%|%zz|%u0041'))
    for (const name of list('email|users_name|companyName|bill_type|country_code|promocode'))
      await expect([200, 400], 'GET', `/iam/clients?${name}=${text}`)
  for (const name of list('email|users_name|bill_type|country_code')) {
    await expect(400, 'GET', `/iam/clients?${name}=a%00b`)
    await expect(200, 'GET', `/iam/clients?${name}=${'a'.repeat(8000)}`)
  }
  for (const text of list('\\u0000|\\ud800|\\udc00x|x\\ud800\\ud800'))
    for (const body of [
      `{"name":"${text}","exp_date":null,"client_user":{"role":{"id":1}}}`,
      `{"name":"x","exp_date":"${text}","client_user":{"role":{"id":1}}}`,
      `{"name":"x","exp_date":null,"description":"${text}","client_user":{"role":{"name":"${text}"}}}`,
    ])
      await expect(400, 'POST', tokens, json, body)
  await expect(
    400,
    'POST',
    '/iam/auth/jwt/login',
    { 'content-type': 'application/json' },
    '{"username":"a\\u0000@b.c","password":"\\ud800"}',
  )
  for (const path of list(
    '/iam/clients/%|/iam/%00|/%ff|/iam/clients/%ED%A0%80|//|/iam//clients|/../iam/users/me|/iam/clients/me/..|/?|/*|/iam/clients%2fme',
  ))
    await expect([200, 404], 'GET', path)
})
