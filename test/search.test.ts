/** GET /reeve/search: what the palette finds, in which order, and for whom. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { fold } from './oracle.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const the = shownBy(t)
const [platform, reseller, seller, other] = [the('platform'), the('reseller'), the('seller'), the('reseller', 3)]

const find = async (one: TestCaller, q: string) => {
  const answer = await t.ask('GET', `/reeve/search?q=${encodeURIComponent(q)}`, { headers: { authorization: one.authorization } })
  assert.equal(answer.status, 200, answer.text)
  return answer.body as Record<'clients' | 'users' | 'sellers', { id: number; email: string; name: string; company_name: string }[]>
}
const ids = (rows: { id: number }[]) => rows.map(({ id }) => id)
const has = (text: string | null, part: string) => text !== null && fold(text).includes(fold(part))

test('a part of a company, an email or a name finds what has it, of the caller’s tenant alone', async () => {
  const texts = [...world.clients.slice(3, 40).map((c) => c.company_name.slice(1, 6)), 'EXAMPLE', '100%', 'a_b', 'nobody at all']
  for (const one of [reseller, seller, other, platform])
    for (const text of texts.filter((text) => text.trim().length >= 3)) {
      const found = await find(one, text)
      const q = text.trim()
      const mine = <T extends { reseller_id: number }>(rows: T[]) =>
        rows.filter(({ reseller_id }) => one.kind === 'platform' || reseller_id === one.resellerId)
      const clients = mine(world.clients).filter((c) => has(c.company_name, q) || has(c.email, q))
      const users = mine(world.users).filter((u) => !u.deleted_at && (has(u.email, q) || has(u.name, q)))
      const sellers = users.filter((u) => u.user_type === 'seller')
      for (const [rows, due] of [
        [found.clients, clients],
        [found.users, users],
        [found.sellers, sellers],
      ] as const) {
        assert.equal(rows.length, Math.min(5, due.length), `${one.name}: ${q}`)
        for (const { id } of rows)
          assert.ok(
            due.some((row) => row.id === id),
            `${one.name}: ${q} found ${id}`,
          )
        assert.equal(new Set(ids(rows as { id: number }[])).size, rows.length)
      }
    }
})

test('companies that begin with the text come first, and alone for a text of one or two characters', async () => {
  for (const name of ['Zq Later', 'Before Zq Within', 'ZQ Earlier', 'zqx'])
    await system`WITH made AS (INSERT INTO clients (reseller_id, email, company_name) VALUES (2, 'zq@search.example', ${name}) RETURNING id)
      SELECT refresh_clients(ARRAY[id]) FROM made`
  assert.deepEqual(
    (await find(seller, 'zq')).clients.map((c) => c.company_name),
    ['Zq Later', 'ZQ Earlier', 'zqx'],
  )
  assert.deepEqual((await find(seller, 'zq')).users, [])
  const names = (await find(seller, 'zq ')).clients.map((c) => c.company_name)
  assert.deepEqual(names, ['Zq Later', 'ZQ Earlier', 'zqx'], 'blanks around it mean nothing')
  assert.deepEqual(
    (await find(seller, 'zq@s')).clients.map((c) => c.company_name),
    ['Zq Later', 'Before Zq Within', 'ZQ Earlier', 'zqx'],
  )
  assert.deepEqual((await find(other, 'zq')).clients, [])
})

test('a number finds that account and that user, first', async () => {
  const [client, user] = [world.clients.find((c) => c.reseller_id === 2), world.users.find((u) => u.reseller_id === 2 && u.deleted_at)]
  assert.ok(client && user)
  for (const one of [platform, reseller, seller]) {
    assert.equal((await find(one, `${client.id}`)).clients[0]?.id, client.id)
    assert.equal((await find(one, ` ${user.id} `)).users[0]?.id, user.id, 'a deleted user too')
  }
  assert.ok(!ids((await find(other, `${client.id}`)).clients).includes(client.id))
  assert.ok(!ids((await find(other, `${user.id}`)).users).includes(user.id))
  assert.deepEqual((await find(platform, '999999999999999')).clients, [])
})

test('400 without a text, and for one that is too long', async () => {
  for (const query of ['', '?q=', '?q=%20%20', `?q=${'a'.repeat(101)}`]) {
    const { status, body } = await t.ask('GET', `/reeve/search${query}`, { headers: { authorization: seller.authorization } })
    assert.deepEqual([status, Object.keys(body.errors)], [400, ['q']], query)
  }
})
