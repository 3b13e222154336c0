/** GET /reeve/clients/export: the same accounts in the same order as the list, every column as it is kept, and cells that do nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportColumns } from '../src/accounts/clients/list/list.export.ts'
import { csvCell } from '../src/lib/csv.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const the = shownBy(t)
const [platform, reseller, seller, other] = [the('platform'), the('reseller'), the('seller'), the('reseller', 3)]

const get = (one: TestCaller, path: string) => t.ask('GET', path, { headers: { authorization: one.authorization } })
const ndjson = async (one: TestCaller, query: string) => {
  const answer = await get(one, `/reeve/clients/export?format=ndjson&${query}`)
  assert.equal(answer.status, 200, answer.text)
  const rows = answer.text.split('\n')
  assert.equal(rows.pop(), '', 'each line ends')
  return { ...answer, rows: rows.map((row) => JSON.parse(row)) }
}

/** By RFC 4180, 2: no line but the last may be cut, and a quotation mark within a quoted cell is doubled. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  const cells = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y
  while (cells.lastIndex < text.length) {
    const found = cells.exec(text)
    assert.ok(found, 'this is no CSV')
    const [, cell = '', end] = found
    rows.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)
    if (end === '\r\n') rows.push([])
  }
  assert.deepEqual(rows.pop(), [])
  return rows
}

test('it has the accounts of the list, in its order, for every kind of staff, and says how many', async () => {
  const queries = [
    '',
    'ordering=-companyName',
    'ordering=status,-created_at',
    'ordering=-id&deleted=false',
    'cdn=trial&is_test=false',
    'companyName=a&ordering=name',
    'status=active&ordering=email',
    'users_email=example&min_traffic=10',
    'companyName=nothing+has+this+name',
  ]
  for (const one of [platform, reseller, seller, other])
    for (const query of queries) {
      const list = await get(one, `/iam/clients?${query}`)
      const { rows, headers } = await ndjson(one, `columns=id&${query}`)
      assert.deepEqual(
        rows,
        list.body.map(({ id }: { id: number }) => ({ id })),
        `${one.name}: ${query}`,
      )
      assert.equal(Number(headers['x-total-count']), rows.length)
    }
})

test('each column has what is kept, with its type', async () => {
  const { rows } = await ndjson(reseller, `columns=${exportColumns.join()}`)
  const status = (id: number, product: string) => world.services.find((s) => s.client_id === id && s.product === product)?.status ?? null
  const expected = world.clients
    .filter((c) => c.reseller_id === 2)
    .sort((a, b) => a.id - b.id)
    .map((c) => ({
      id: c.id,
      company_name: c.company_name,
      email: c.email,
      name: c.name,
      status: c.status,
      seller_id: c.seller_id,
      seller_email: world.users.find(({ id }) => id === c.seller_id)?.email ?? null,
      created_at: c.created_at,
      country_code: c.country_code,
      allowed_traffic: c.allowed_traffic,
      is_test: c.is_test,
      deleted: c.deleted_at !== null,
      phone: c.phone,
      custom_id: c.custom_id,
      website: c.website,
      bill_type: c.bill_type,
      promocode: c.promocode,
      client_type: c.client_type,
      activated: world.users.find(({ id }) => id === c.owner_id)?.activated_at != null,
      reseller_id: 2,
      secondary_hostnames:
        world.client_hostnames
          .filter((h) => h.client_id === c.id)
          .map((h) => h.hostname)
          .sort()
          .join(' ') || null,
      deletion_requested_at: c.deletion_requested_at,
      cdn: status(c.id, 'CDN'),
      storage: status(c.id, 'STORAGE'),
      streaming: status(c.id, 'STREAMING'),
      ddos: status(c.id, 'DDOS'),
      dns: status(c.id, 'DNS'),
      cloud: status(c.id, 'CLOUD'),
      infrastructure_protection: status(c.id, 'INFRASTRUCTURE_PROTECTION'),
      connect: status(c.id, 'CONNECT'),
    }))
  assert.deepEqual(rows, expected)
})

test('CSV has the same in the columns that were asked for, once each, under their names', async () => {
  const names = ['phone', 'id', 'company_name', 'name', 'website', 'is_test']
  const { rows } = await ndjson(reseller, `columns=${names}&ordering=-company_name`)
  const answer = await get(reseller, `/reeve/clients/export?columns=${names},id&ordering=-company_name`)
  assert.match(String(answer.headers['content-type']), /^text\/csv; charset=utf-8$/)
  assert.match(String(answer.headers['content-disposition']), /^attachment; filename="accounts-\d{4}-\d\d-\d\d\.csv"$/)
  const [header, ...cells] = parseCsv(answer.text)
  assert.deepEqual(header, names)
  const escaped = (value: unknown) => (value === null ? '' : /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value))
  assert.deepEqual(
    cells,
    rows.map((row) => names.map((name) => escaped(row[name]))),
  )
  assert.equal(Number(answer.headers['x-total-count']), cells.length)
  assert.ok(cells.some(([phone]) => phone?.startsWith("'+")))
})

test('a cell is quoted where it must be, and never a formula', () => {
  const cells: [string, string][] = [
    ['plain', 'plain'],
    ['', ''],
    ['a,b', '"a,b"'],
    ['a "b"', '"a ""b"""'],
    ['a\r\nb', '"a\r\nb"'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['a=1', 'a=1'],
    ["'=1", "'=1"],
  ]
  for (const [value, cell] of cells) assert.equal(csvCell(value), cell)
})

test('what people typed survives, whatever its characters', async () => {
  const [client] = world.clients.filter((c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at)
  assert.ok(client)
  const name = '=1+1, "quoted"\r\nсто 🦊'
  await system`UPDATE clients SET name = ${name} WHERE id = ${client.id}`
  const { text } = await get(reseller, `/reeve/clients/export?columns=id,name`)
  assert.deepEqual(
    parseCsv(text).find(([id]) => id === String(client.id)),
    [String(client.id), `'${name}`],
  )
  const { rows } = await ndjson(reseller, 'columns=id,name')
  assert.equal(rows.find(({ id }) => id === client.id).name, name)
})

test('the byte order mark is there if asked for', async () => {
  for (const [query, begins] of [
    ['', 'id\r\n'],
    ['&bom=true', '\uFEFFid\r\n'],
    ['&bom=true&companyName=nothing+has+this+name', '\uFEFFid\r\n'],
  ] as const) {
    const { text } = await get(reseller, `/reeve/clients/export?columns=id${query}`)
    assert.ok(text.startsWith(begins), query)
  }
})

test('400 for an unknown format, column, filter value and order', async () => {
  for (const [query, field] of [
    ['format=xlsx', 'format'],
    ['columns=id,password_hash', 'columns'],
    ['status=gone', 'status'],
    ['trial_end_lte=soon', 'trial_end_lte'],
    ['ordering=phone', 'ordering'],
    ['bom=maybe', 'bom'],
  ]) {
    const { status, body } = await get(reseller, `/reeve/clients/export?${query}`)
    assert.deepEqual([status, Object.keys(body.errors)], [400, [field]])
  }
})

test('accounts of one status are in the order that is left', async () => {
  for (const query of ['status=trialend&ordering=status,-companyName', 'status=trialend&ordering=-status']) {
    const rest = query.replace(/-?status,?(?=-|$)/, '').replace(/ordering=$/, '')
    const [one, two] = [await get(reseller, `/iam/clients?limit=50&${query}`), await get(reseller, `/iam/clients?limit=50&${rest}`)]
    assert.ok(one.body.count > 3)
    assert.deepEqual(one.body.results, two.body.results, `${query} and ${rest}`)
  }
})
