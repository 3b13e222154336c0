/** /reeve/change_sets: what a preview says comes true, each account is changed once whatever happens, and nobody changes more than alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadModel } from '../src/db/check.ts'
import type { TestCaller } from './callers.ts'
import { openBulk } from './change-sets-world.ts'

const { t, system, reseller, seller, platform, administrator, foreign, ask, drafted, applied, run, results, of } = await openBulk()

type Change = Record<string, unknown> & { type: string }

/** The request that makes the same change to one account. */
async function alone(change: Change, clientId: number): Promise<[method: string, path: string, body?: object]> {
  const [service] = await system`SELECT id FROM services WHERE client_id = ${clientId} AND product = ${(change.product as string) ?? 'CDN'}`
  const availability = `/iam/products/availability/clients/${clientId}`
  switch (change.type) {
    case 'assign_seller':
      return ['PATCH', `/iam/clients/${clientId}`, { seller: change.seller }]
    case 'mark_test':
      return ['PATCH', `/iam/clients/${clientId}`, { is_test: change.is_test }]
    case 'set_availability':
      return change.availability === 'default'
        ? ['DELETE', availability, { product_names: [change.product] }]
        : ['PATCH', availability, { product_name: change.product, available: change.availability === 'available' }]
    case 'set_service_status':
      return ['PUT', `/iam/clients/${clientId}/services/${service?.id ?? 0}`, { status: change.status }]
    default:
      return ['DELETE', `/reeve/clients/${clientId}`]
  }
}

const sellerOf = (one: TestCaller) =>
  t.world.users.find((user) => user.user_type === 'seller' && user.reseller_id === one.resellerId && !user.deleted_at)?.id as number

/** In this order, each change meets what those before left: of some accounts everything is refused, of others nothing. */
const changes: [one: TestCaller, change: Change][] = [
  [seller, { type: 'mark_test', is_test: true }],
  [reseller, { type: 'mark_test', is_test: false }],
  [seller, { type: 'assign_seller', seller: sellerOf(seller) }],
  [reseller, { type: 'assign_seller', seller: null }],
  [seller, { type: 'set_availability', product: 'CDN', availability: 'unavailable' }],
  [seller, { type: 'set_service_status', product: 'CDN', status: 'trial' }],
  [reseller, { type: 'set_availability', product: 'CDN', availability: 'available' }],
  [reseller, { type: 'set_service_status', product: 'CDN', status: 'trial' }],
  [reseller, { type: 'set_service_status', product: 'CDN', status: 'paused' }],
  [reseller, { type: 'set_availability', product: 'CDN', availability: 'default' }],
  [reseller, { type: 'set_availability', product: 'DNS', availability: 'available' }],
  [seller, { type: 'set_service_status', product: 'DNS', status: 'active' }],
  [platform, { type: 'set_availability', product: 'DNS', availability: 'default' }],
  [seller, { type: 'enable_feature', feature_id: 1 }],
  [reseller, { type: 'enable_feature', feature_id: 3 }],
  [reseller, { type: 'disable_feature', feature_id: 1 }],
  [reseller, { type: 'delete' }],
  [reseller, { type: 'mark_test', is_test: true }],
  [reseller, { type: 'restore' }],
]

for (const [one, change] of changes)
  test(`${JSON.stringify(change)} by a ${one.kind}: results are what the preview said, by the rules of a single change`, async () => {
    const selects = { filter: one.kind === 'platform' ? { reseller_id: 2 } : {} }
    const draft = await drafted(one, change, selects)
    const { preview } = draft
    assert.equal(preview.selected, preview.will_change + preview.unchanged + preview.refused)
    const [{ count } = { count: 0 }] = await system<{ count: number }[]>`SELECT count(*) FROM clients WHERE reseller_id = 2`
    assert.equal(preview.selected, count)
    // Accounts in the way of each other are restored alone; features are disabled by the id that an account has it under.
    if (!['restore', 'enable_feature', 'disable_feature'].includes(change.type))
      for (const { code, examples, count } of preview.reasons) {
        assert.equal(examples.length, Math.min(5, count))
        for (const { id } of examples.slice(0, 2)) {
          const answer = await ask(one, ...(await alone(change, id)))
          assert.equal(answer.headers['x-error-code'], code, `account ${id}: ${answer.text}`)
        }
      }

    const done = await applied(one, draft)
    assert.equal(done.state, 'done')
    assert.deepEqual(done.progress, {
      total: preview.selected,
      done: preview.selected,
      changed: preview.will_change,
      unchanged: preview.unchanged,
      refused: preview.refused,
    })
    const rows = await results(one, draft.id)
    assert.equal(new Set(rows.map(({ client_id }) => client_id)).size, preview.selected, 'each account has one result')
    const byCode = Object.groupBy(rows, ({ code, outcome }) => code ?? outcome)
    for (const { code, count, message } of preview.reasons) {
      assert.equal(byCode[code]?.length, count, code)
      assert.equal(byCode[code]?.[0]?.message, message)
    }
    assert.equal((byCode.changed ?? []).length, preview.will_change)

    const again = await drafted(one, change, selects)
    assert.equal(again.preview.will_change, 0, 'everything that could be changed is so now')
    assert.equal(again.preview.unchanged, preview.unchanged + preview.will_change)
  })

test('the changes above met accounts that change, that are so already, and refusals of every kind', async () => {
  const rows = await system`SELECT DISTINCT coalesce(code, outcome) AS one FROM change_set_results ORDER BY 1`
  assert.deepEqual(
    rows.map(({ one }) => one),
    [
      'changed',
      'company_taken',
      'forbidden',
      'object_deleted',
      'product_in_use',
      'product_not_available',
      'technical_account',
      'transition_not_allowed',
      'unchanged',
    ],
  )
  assert.deepEqual(await checkReadModel(system), [])
})

test('mails and changes of status come with a change of many as with a change of one', async () => {
  const [first = 0, second = 0, third = 0] = of(reseller, 3)
  const ids = [first, second, third]
  await system`UPDATE services SET status = 'new' WHERE client_id = ANY (${ids}) AND product = 'STORAGE'`
  await system`INSERT INTO client_availability SELECT id, reseller_id, 'STORAGE', true FROM clients WHERE id = ANY (${ids}) ON CONFLICT (client_id, product) DO UPDATE SET available = true`
  await system`DELETE FROM outbox`
  const single = await ask(reseller, ...(await alone({ type: 'set_service_status', product: 'STORAGE', status: 'trial' }, first)))
  assert.equal(single.status, 200, single.text)
  await applied(reseller, await drafted(reseller, { type: 'set_service_status', product: 'STORAGE', status: 'trial' }, { ids }))
  const mails = await system`SELECT client_id, template, details - 'company' AS details FROM outbox ORDER BY id`
  assert.deepEqual(
    mails.map(({ client_id }) => client_id),
    ids,
  )
  for (const { template, details } of mails)
    assert.deepEqual({ template, details }, { template: mails[0]?.template, details: mails[0]?.details })
  const services = await system`SELECT trial_end - start AS length FROM services WHERE client_id = ANY (${ids}) AND product = 'STORAGE'`
  assert.equal(new Set(services.map(({ length }) => length)).size, 1)
})

test('ids of another reseller are not found, like those of nobody, and nothing is said of them', async () => {
  const theirs = of(foreign, 2)
  const ids = [...theirs, 2 ** 40, ...of(reseller, 2)]
  await system`UPDATE clients SET is_test = false WHERE id = ANY (${ids})`
  await system`SELECT refresh_clients(${ids}::bigint[])`
  const draft = await drafted(reseller, { type: 'mark_test', is_test: true }, { ids: [...ids, ...ids] })
  assert.deepEqual(
    [draft.preview.selected, draft.preview.will_change, draft.preview.reasons],
    [
      5,
      2,
      [
        {
          code: 'not_found',
          message: draft.preview.reasons[0]?.message,
          count: 3,
          examples: [...theirs, 2 ** 40].map((id) => ({ id, company: null })),
        },
      ],
    ],
  )
  await applied(reseller, draft)
  const rows = await results(reseller, draft.id)
  for (const id of [...theirs, 2 ** 40])
    assert.partialDeepStrictEqual(
      rows.find(({ client_id }) => client_id === id),
      { company: null, outcome: 'refused', code: 'not_found' },
    )
  const changed = await system`SELECT id FROM clients WHERE id = ANY (${ids}) AND is_test ORDER BY 1`
  assert.deepEqual(
    changed.map(({ id }) => id),
    of(reseller, 2),
  )
  const entries = async (one: TestCaller, id: number) =>
    (await ask(one, 'GET', `/reeve/activity?affected_client_id=${id}`)).body.results.filter(
      ({ actions }: { actions: string }) => actions === 'applyChangeSet',
    )
  assert.deepEqual(await entries(foreign, theirs[0] as number), [])
})

test('the log has one entry, which every changed account shows to its staff and Administrators', async () => {
  const id = administrator.clientId
  await system`UPDATE clients SET is_test = false, deleted_at = NULL WHERE id = ${id}`
  await system`SELECT refresh_clients(ARRAY[${id}::bigint])`
  const before = await system`SELECT max(id) AS id FROM activity`
  const draft = await drafted(platform, { type: 'mark_test', is_test: true }, { filter: { reseller_id: 2 } })
  await applied(platform, draft)
  const [entry, ...more] = await system`SELECT * FROM activity WHERE id > ${before[0]?.id} AND action <> 'createChangeSet'`
  assert.equal(more.length, 0)
  assert.partialDeepStrictEqual(entry, {
    action: 'applyChangeSet',
    affected_client_id: null,
    affected_reseller_id: 2,
    user_id: platform.userId,
  })
  assert.deepEqual(JSON.parse(entry?.data), { change_set: draft.id, change: { type: 'mark_test', is_test: true } })

  const shows = async (one: TestCaller, query: string) => {
    const { body } = await ask(one, 'GET', `/reeve/activity?limit=1000${query}`)
    return body.results.filter((row: { id: number }) => row.id === entry?.id).length
  }
  for (const one of [platform, reseller, seller]) {
    const { body } = await ask(one, 'GET', `/reeve/clients/${id}/timeline?limit=1000`)
    assert.equal(
      body.results.filter((row: { kind: string; entry: { id: number } }) => row.kind === 'request' && row.entry.id === entry?.id).length,
      1,
    )
  }
  for (const one of [platform, reseller, seller]) {
    assert.equal(await shows(one, `&affected_client_id=${id}`), 1, one.name)
    assert.equal(await shows(one, ''), 1, one.name)
  }
  assert.equal(await shows(administrator, ''), 1)
  assert.equal(await shows(administrator, `&affected_client_id=${id}`), 1)
  assert.equal(await shows(administrator, `&affected_client_id=${id}&method=DELETE`), 0)
  for (const one of [foreign]) {
    assert.equal(await shows(one, `&affected_client_id=${id}`), 0, one.name)
    assert.equal(await shows(one, ''), 0, one.name)
  }
  const [refused] = (await results(platform, draft.id)).filter(({ outcome }) => outcome === 'refused')
  assert.ok(refused)
  assert.equal(await shows(reseller, `&affected_client_id=${refused.client_id}`), 0, 'what was refused changed nothing')
})

test('a list of change sets names the parameter that is wrong', async () => {
  const { status, body } = await t.ask('GET', '/reeve/change_sets?limit=many', { headers: { authorization: reseller.authorization } })
  assert.equal(status, 400)
  assert.ok(JSON.stringify(body).includes('limit'))
})

test('what is refused: shapes, filters, sellers, features, and what the caller may not do to one account', async () => {
  const mark = { type: 'mark_test', is_test: true }
  const some = { ids: of(reseller, 1) }
  const refusals: [why: string, one: TestCaller, body: unknown, status: number, says: object][] = [
    ['no selection', reseller, { change: mark, select: {} }, 400, { select: ['Either `ids` or `filter` is required.'] }],
    [
      'two selections',
      reseller,
      { change: mark, select: { ...some, filter: {} } },
      400,
      { select: ['Either `ids` or `filter` is required.'] },
    ],
    [
      'no such filter',
      reseller,
      { change: mark, select: { filter: { sellerid: 5 } } },
      400,
      { select: { filter: { sellerid: ['There is no such filter.'] } } },
    ],
    [
      'an empty filter',
      reseller,
      { change: mark, select: { filter: { email: '' } } },
      400,
      { select: { filter: { email: ['This field may not be blank.'] } } },
    ],
    [
      'a wrong filter',
      reseller,
      { change: mark, select: { filter: { is_test: 'x' } } },
      400,
      { select: { filter: { is_test: ['Must be true or false.'] } } },
    ],
    [
      'no fields',
      reseller,
      { change: { type: 'set_service_status' }, select: some },
      400,
      { change: { product: ['This field is required.'], status: ['This field is required.'] } },
    ],
    ['no such type', reseller, { change: { type: 'x' }, select: some }, 400, { change: {} }],
    [
      'no such feature',
      reseller,
      { change: { type: 'enable_feature', feature_id: 2 ** 40 }, select: some },
      400,
      { change: { feature_id: ['There is no such feature.'] } },
    ],
    [
      'a seller of another reseller',
      seller,
      { change: { type: 'assign_seller', seller: sellerOf(foreign) }, select: some },
      400,
      { change: { seller: ['The reseller has no such seller.'] } },
    ],
    [
      'the same by the platform',
      platform,
      { change: { type: 'assign_seller', seller: sellerOf(foreign) }, select: some },
      400,
      { change: { seller: ['The reseller has no such seller.'] } },
    ],
    [
      'no reseller',
      platform,
      { change: mark, select: { filter: { is_test: true } } },
      400,
      { select: { filter: { reseller_id: ['A reseller is required.'] } } },
    ],
    [
      'two resellers',
      platform,
      { change: mark, select: { ids: [...of(reseller, 1), ...of(foreign, 1)] } },
      400,
      { select: { ids: ['The accounts must belong to one reseller.'] } },
    ],
  ]
  for (const [why, one, body, status, says] of refusals) {
    const answer = await ask(one, 'POST', '/reeve/change_sets', body as object)
    assert.equal(answer.status, status, `${why}: ${answer.text}`)
    assert.partialDeepStrictEqual(answer.body.errors, says, why)
  }
  const deleting = { change: { type: 'delete' }, select: some }
  assert.equal((await ask(seller, 'POST', '/reeve/change_sets', deleting)).status, 403)
  const draft = await drafted(reseller, { type: 'delete' }, some)
  assert.equal((await ask(seller, 'POST', `/reeve/change_sets/${draft.id}/apply`)).status, 403)
  assert.equal((await ask(seller, 'GET', `/reeve/change_sets/${draft.id}`)).status, 200)
})

test('lists by cursor: sets newest first, results by account and outcome', async () => {
  const all: number[] = []
  for (let cursor = ''; ; ) {
    const { body } = await ask(reseller, 'GET', `/reeve/change_sets?limit=3${cursor}`)
    all.push(...body.results.map(({ id }: { id: number }) => id))
    if (body.next_cursor === null) break
    cursor = `&cursor=${body.next_cursor}`
  }
  const rows = await system`SELECT id FROM change_sets WHERE reseller_id = 2 ORDER BY id DESC`
  assert.deepEqual(
    all,
    rows.map(({ id }) => id),
  )
  const [most] = await system`SELECT change_set_id AS id FROM change_set_results WHERE code = 'object_deleted' LIMIT 1`
  const of = (outcome: string) => results(reseller, most?.id, `&outcome=${outcome}&limit=7`)
  const due = await results(reseller, most?.id)
  for (const outcome of ['changed', 'unchanged', 'refused'])
    assert.deepEqual(
      await of(outcome),
      due.filter((row) => row.outcome === outcome),
    )
  const other = await ask(
    reseller,
    'GET',
    `/reeve/change_sets/${most?.id}/results?cursor=${Buffer.from('["id",true,"1",1]').toString('base64url')}`,
  )
  assert.equal(other.status, 400)
})

test('a set is applied once, and stopped only while it is applied', async () => {
  const draft = await drafted(reseller, { type: 'mark_test', is_test: true }, { ids: of(reseller, 3) })
  const post = async (what: string) => {
    const { status, headers } = await ask(reseller, 'POST', `/reeve/change_sets/${draft.id}/${what}`)
    return status === 200 ? 200 : `${status} ${headers['x-error-code']}`
  }
  const conflict = '409 change_set_state'
  assert.equal(await post('stop'), conflict)
  assert.equal(await post('apply'), 200)
  assert.equal(await post('apply'), conflict)
  assert.equal(await post('stop'), 200)
  await run()
  assert.partialDeepStrictEqual((await ask(reseller, 'GET', `/reeve/change_sets/${draft.id}`)).body, {
    state: 'stopped',
    stopped_because: 'requested',
    progress: { total: 3, done: 0 },
  })
  assert.equal(await post('apply'), 200)
  await run()
  assert.equal(await post('apply'), conflict)
  assert.equal(await post('stop'), conflict)
  const both = await drafted(reseller, { type: 'mark_test', is_test: false }, { ids: of(reseller, 3) })
  const answers = await Promise.all([1, 2, 3].map(() => ask(reseller, 'POST', `/reeve/change_sets/${both.id}/apply`)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409])
  await run()
})
