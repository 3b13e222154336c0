/** The job of change sets: cut off anywhere, stopped, twice at once, beside other changes, and in the name of somebody who may no longer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import type { Scope } from '../src/db/scope.ts'
import { insertToken } from './callers.ts'
import { openBulk } from './change-sets-world.ts'

const { t, system, scope, reseller, seller, ask, run, drafted, get, start, applied, results, fill } = await openBulk()
const accounts = await fill(700, 'Bulk') // some batches
const all = { filter: { companyName: 'Bulk ' } }

/** A scope whose nth write ends as `how` says. */
function failing(nth: number, how: 'before the commit' | 'after the commit'): Scope {
  let writes = 0
  return {
    ...scope,
    write: async (caller, fn) => {
      const fails = ++writes === nth
      const lost = Object.assign(new Error('The connection is lost.'), { code: '08006' })
      const result = await scope.write(caller, async (db) => {
        const result = await fn(db)
        if (fails && how === 'before the commit') throw lost
        return result
      })
      if (fails) throw lost
      return result
    },
  }
}

/** Results of the set, each account once, and as many as there are accounts. */
async function complete(id: number, ids: readonly number[] = accounts) {
  const rows = await results(reseller, id, 'limit=1000')
  assert.deepEqual(
    rows.map(({ client_id }) => client_id),
    ids,
  )
  const { progress, state } = await get(reseller, id)
  const count = (outcome: string) => rows.filter((row) => row.outcome === outcome).length
  const due = { total: ids.length, done: ids.length, changed: count('changed'), unchanged: count('unchanged'), refused: count('refused') }
  assert.deepEqual([state, progress], ['done', due])
  const left = await system`SELECT FROM change_set_batches WHERE change_set_id = ${id}`
  assert.equal(left.length, 0)
  return rows
}

for (const how of ['before the commit', 'after the commit'] as const)
  test(`a job that loses its database ${how} goes on where it was: every account once, one mail each`, async () => {
    await system`UPDATE services SET status = 'new', trial_end = NULL, start = NULL WHERE client_id = ANY (${accounts})`
    await system`SELECT refresh_clients(${accounts}::bigint[])`
    await system`DELETE FROM outbox`
    const draft = await drafted(reseller, { type: 'set_service_status', product: 'CDN', status: 'trial' }, all)
    assert.equal(draft.preview.will_change, accounts.length)
    await start(reseller, draft)
    for (const nth of [1, 2, 1]) await assert.rejects(run({ scope: failing(nth, how) }), { code: '08006' })
    const { progress } = await get(reseller, draft.id)
    assert.ok(how === 'before the commit' ? progress.done < accounts.length : progress.done > 0)
    await run()
    const rows = await complete(draft.id)
    assert.ok(rows.every(({ outcome }) => outcome === 'changed'))
    const mails = await system`SELECT client_id FROM outbox WHERE template = 'trial_began' ORDER BY 1`
    assert.deepEqual(
      mails.map(({ client_id }) => client_id),
      accounts,
    )
    assert.deepEqual(await checkReadModel(system), [])
  })

test('a killed connection in the middle of a batch leaves the batch undone', async () => {
  const draft = await drafted(reseller, { type: 'mark_test', is_test: true }, all)
  await start(reseller, draft)
  let writes = 0
  const killed: Scope = {
    ...scope,
    write: (caller, fn) =>
      scope.write(caller, async (db) => {
        const result = await fn(db)
        if (++writes < 2) return result
        const [own] = await db`SELECT pg_backend_pid() AS pid`
        await system`SELECT pg_terminate_backend(${own?.pid}::int)`
        await db`SELECT pg_sleep(5)`
        return result
      }),
  }
  await assert.rejects(run({ scope: killed }))
  const { progress } = await get(reseller, draft.id)
  const [marked] = await system`SELECT count(*) FROM clients WHERE id = ANY (${accounts}) AND is_test`
  assert.deepEqual([progress.done, progress.changed], [marked?.count, marked?.count])
  assert.ok(progress.done > 0 && progress.done < accounts.length)
  await run()
  await complete(draft.id)
})

test('stopped in the middle, it goes on later with the rest, and what was selected stays so', async () => {
  const draft = await drafted(reseller, { type: 'mark_test', is_test: false }, { filter: { ...all.filter, is_test: true } })
  await start(reseller, draft)
  const stopping: Scope = {
    ...scope,
    write: async (caller, fn) => {
      const result = await scope.write(caller, fn)
      await ask(seller, 'POST', `/reeve/change_sets/${draft.id}/stop`)
      return result
    },
  }
  await run({ scope: stopping })
  const stopped = await get(reseller, draft.id)
  assert.equal(stopped.state, 'stopped')
  assert.ok(stopped.progress.done > 0 && stopped.progress.done < accounts.length)
  await run()
  assert.deepEqual((await get(reseller, draft.id)).progress, stopped.progress)
  // One of the rest no longer matches the filter: it was selected when the set was applied.
  await system`UPDATE clients SET is_test = false WHERE id = ${accounts.at(-1) as number}`
  await start(seller, draft)
  assert.equal((await get(reseller, draft.id)).applied_by, seller.userId)
  await run()
  const rows = await complete(draft.id)
  assert.equal(rows.at(-1)?.outcome, 'unchanged')
})

test('two servers and two sets over the same accounts, beside changes of single ones', async () => {
  const [one, other] = [
    await drafted(reseller, { type: 'mark_test', is_test: true }, all),
    await drafted(seller, { type: 'set_availability', product: 'DNS', availability: 'available' }, all),
  ]
  await start(reseller, one)
  await start(seller, other)
  const some = accounts.filter((_, n) => n % 35 === 0)
  const singles = some.map((id) => ask(reseller, 'PATCH', `/iam/clients/${id}`, { phone: '+49 30 1' }))
  await Promise.all([run(), run(), ...singles])
  await run() // each may have left a set to the other
  for (const answer of await Promise.all(singles)) assert.equal(answer.status, 200, answer.text)
  for (const { id } of [one, other]) assert.ok((await complete(id)).every(({ outcome }) => outcome === 'changed'))
  const [both] = await system`
    SELECT count(*) FROM clients c JOIN client_availability p ON p.client_id = c.id AND p.product = 'DNS' AND p.available
    WHERE c.id = ANY (${accounts}) AND c.is_test`
  assert.equal(both?.count, accounts.length)
  assert.deepEqual(await checkReadModel(system), [])
})

test('an account that fails alone is refused alone, with its reason; the others of its batch are changed', async () => {
  const [taken, later, ...rest] = accounts.slice(0, 200) as [number, number, ...number[]]
  const ids = [taken, later, ...rest]
  await applied(reseller, await drafted(reseller, { type: 'delete' }, { ids }))
  const draft = await drafted(reseller, { type: 'restore' }, { ids })
  assert.equal(draft.preview.will_change, 200)
  // Its company is taken after the preview: only the change itself finds out.
  const [row] = await system`SELECT company_name FROM clients WHERE id = ${later}`
  await system`INSERT INTO clients ${system({ reseller_id: 2, email: 'a@bulk.example', company_name: row?.company_name })}`
  await applied(reseller, draft)
  const bad = (await complete(draft.id, ids)).filter(({ outcome }) => outcome !== 'changed')
  assert.partialDeepStrictEqual(bad, [{ client_id: later, outcome: 'refused', code: 'company_taken' }])
  assert.equal(bad.length, 1)
  const again = await drafted(reseller, { type: 'restore' }, { ids })
  assert.partialDeepStrictEqual(again.preview, { will_change: 0, unchanged: 199, reasons: [{ code: 'company_taken', count: 1 }] })
})

test('a set stops when whoever applied it may not make the change any more, and somebody else goes on', async () => {
  const own = { client_id: seller.clientId, user_id: seller.userId, reseller_id: 2, role_id: 1 }
  const made = await insertToken(t, own)
  const losses: [name: string, lose: () => Promise<unknown>, regain: () => Promise<unknown>][] = [
    [
      'blocked',
      () => system`UPDATE users SET is_active = false WHERE id = ${seller.userId}`,
      () => system`UPDATE users SET is_active = true WHERE id = ${seller.userId}`,
    ],
    [
      'a lesser role',
      () => system`UPDATE client_users SET role_id = 2 WHERE user_id = ${seller.userId} AND client_id = ${seller.clientId}`,
      () => system`UPDATE client_users SET role_id = 1 WHERE user_id = ${seller.userId} AND client_id = ${seller.clientId}`,
    ],
    ['the API token deleted', () => system`UPDATE api_tokens SET deleted_at = now() WHERE id = ${made.id}`, async () => {}],
  ]
  const byToken = { ...seller, authorization: `APIKey ${made.token}` }
  for (const [name, lose, regain] of losses) {
    const draft = await drafted(byToken, { type: 'mark_test', is_test: name !== 'blocked' }, all)
    await start(byToken, draft)
    await lose()
    await run()
    assert.partialDeepStrictEqual(
      await get(reseller, draft.id),
      { state: 'stopped', stopped_because: 'access_lost', progress: { done: 0 } },
      name,
    )
    await regain()
    await applied(reseller, draft)
    await complete(draft.id, await selectedBy(draft.id))
  }
})

const selectedBy = async (id: number) =>
  (await system`SELECT client_id FROM change_set_results WHERE change_set_id = ${id} ORDER BY 1`).map(
    ({ client_id }) => client_id as number,
  )
