/** Walks by cursor give what the lists give, page by page, while other rows come and go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from './harness.ts'

const { ask, shown, database } = await openWorld()
const [reseller] = shown.resellers
const member = shown.clients.find(({ role }) => role === 'Administrators')
const ids = (results: { id: number }[]) => results.map(({ id }) => id)

async function walk(path: string, query: string, token: string | undefined, between = async () => {}) {
  const all: number[] = []
  let cursor = ''
  for (;;) {
    const { status, body, text } = await ask('GET', `${path}?${query}${cursor && `&cursor=${cursor}`}`, { token })
    assert.equal(status, 200, text)
    all.push(...ids(body.results))
    if (body.next_cursor === null) return all
    cursor = body.next_cursor
    await between()
  }
}

for (const order of ['id', 'email', 'name', 'status', 'companyName', 'created_at'])
  for (const ordering of [order, `-${order}`])
    test(`a walk by ${ordering} is the list in that order`, async () => {
      for (const [token, filter] of [
        [reseller?.token, ''],
        [reseller?.token, '&cdn=new&is_test=false'],
        [shown.platform.token, '&company=x'],
        [member?.token, ''],
      ]) {
        const { body } = await ask('GET', `/iam/clients?ordering=${ordering}${filter}`, { token })
        assert.deepEqual(await walk('/reeve/clients', `limit=37&ordering=${ordering}${filter}`, token), ids(body))
      }
    })

test('a walk of users is the list', async () => {
  for (const token of [reseller?.token, shown.platform.token, member?.token]) {
    const { body } = await ask('GET', '/iam/users', { token })
    assert.deepEqual(await walk('/reeve/users', 'limit=50', token), ids(body.results))
  }
})

test('a row that is there throughout is met once, while those before it go', async () => {
  const { body } = await ask('GET', '/iam/clients?ordering=companyName', { token: reseller?.token })
  const order = ids(body)
  let gone = 0
  const met = await walk('/reeve/clients', 'limit=10&ordering=companyName', reseller?.token, async () => {
    await database.system`DELETE FROM client_list WHERE id = ${order[gone++] ?? 0}`
  })
  assert.equal(new Set(met).size, met.length, 'no row twice')
  assert.deepEqual(met.slice(-50), order.slice(-50), 'none that stayed is missing')
})

test('400 for what is no cursor, one of another order, two fields and a limit out of range', async () => {
  const { body } = await ask('GET', '/reeve/clients?limit=1', { token: reseller?.token })
  const wrong: Record<string, string> = {
    'cursor=x': 'cursor',
    [`cursor=${Buffer.from('[1,2]').toString('base64url')}`]: 'cursor',
    [`cursor=${body.next_cursor}&ordering=email`]: 'cursor',
    [`cursor=${Buffer.from('["created_at",false,"0",1]').toString('base64url')}&ordering=created_at`]: 'cursor',
    [`cursor=${Buffer.from('["email",false,"\\u0000",1]').toString('base64url')}&ordering=email`]: 'cursor',
    'ordering=email,id': 'ordering',
    'limit=0': 'limit',
    'limit=1001': 'limit',
  }
  for (const [query, field] of Object.entries(wrong)) {
    const { status, body } = await ask('GET', `/reeve/clients?${query}`, { token: reseller?.token })
    assert.equal(status, 400, query)
    assert.ok(body.errors[field], `${query}: the error names ${field}`)
  }
})
