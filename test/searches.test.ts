/** Searches for text: what few clients match is found and counted in one pass, what many match is counted apart. Both must agree. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countClients, findFewClients } from '../src/accounts/clients/list/list.counts.ts'
import type { Caller } from '../src/lib/caller.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const resellerId = t.shown.resellers[0]?.id as number
const headers = { authorization: `APIKey ${t.shown.resellers[0]?.token}` }
const searches = [{ email: 'e' }, { users_name: 'a' }, { users_email: '@', deleted: false }]

test('what is found is what is counted, up to the number that is kept', async () => {
  for (const kind of ['platform', 'reseller'] as const) {
    const caller = { kind, userId: 1, resellerId, accountIds: [] } as unknown as Caller
    for (const filters of searches) {
      await t.database.scope.read(caller, async (db) => {
        const count = await countClients(db, caller, filters)
        assert.ok(count > 1)
        const few = await findFewClients(db, caller, filters, count)
        assert.equal(few?.total, count)
        assert.equal(new Set(few?.ids?.slice(1, -1).split(',')).size, count)
        assert.equal(await findFewClients(db, caller, filters, count - 1), undefined)
      })
    }
  }
})

test('pages of a search show each match once, and a match that a change adds is there at once', async () => {
  const walk = async (query: string) => {
    const ids: number[] = []
    for (let offset = 0, count = 1; offset < count; offset += 7) {
      const { body } = await t.ask('GET', `/iam/clients?limit=7&offset=${offset}&${query}`, { headers })
      count = body.count
      ids.push(...body.results.map(({ id }: { id: number }) => id))
    }
    return ids
  }
  const all = (await t.ask('GET', '/iam/clients?deleted=false', { headers })).body as { id: number; companyName: string }[]
  const text = 'found by none'
  assert.deepEqual(await walk(`companyName=${text}&ordering=-id`), [])
  const some = all.filter((_, n) => n % 9 === 0)
  for (const [n, { id }] of some.entries()) {
    const { status, text: why } = await t.ask('PATCH', `/iam/clients/${id}`, { headers, body: { companyName: `${n} Found by None` } })
    assert.equal(status, 200, why)
    const ids = some.slice(0, n + 1).map((one) => one.id)
    assert.deepEqual(
      await walk(`companyName=${text}&ordering=-id`),
      ids.toSorted((a, b) => b - a),
    )
  }
  assert.deepEqual(await walk(`companyName=${text}&ordering=email,id`), await walk(`companyName=found%20by&ordering=email,id`))
})
