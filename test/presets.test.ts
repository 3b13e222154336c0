/** Presets of the console's lists: who sees and changes them, names, limits, and the default of each user. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [platform, reseller, seller, other] = [the('platform'), the('reseller'), the('seller'), the('reseller', 3)]

const ask = (one: TestCaller, method: string, path: string, body?: unknown) =>
  t.ask(method, `/reeve/${path}`, { headers: { authorization: one.authorization }, ...(body !== undefined && { body }) })
const names = async (one: TestCaller, query = '') =>
  (await ask(one, 'GET', `presets${query}`)).body.results.map(({ name }: { name: string }) => name)

async function create(one: TestCaller, preset: object) {
  const answer = await ask(one, 'POST', 'presets', { list: 'clients', query: '', ...preset })
  assert.equal(answer.status, 201, answer.text)
  return answer.body
}

test('a preset keeps what it was given, and is its owner’s alone until it is shared', async () => {
  const query = 'cdn=trial&ordering=-created_at&country_code=DE'
  const made = await create(seller, { name: 'Trials', query, columns: ['companyName', 'status'] })
  assert.deepEqual(
    { ...made, id: 0, created_at: '', updated_at: '' },
    {
      id: 0,
      list: 'clients',
      name: 'Trials',
      query,
      columns: ['companyName', 'status'],
      shared: false,
      is_default: false,
      owner: { id: seller.userId, name: t.world.users.find(({ id }) => id === seller.userId)?.name },
      created_at: '',
      updated_at: '',
    },
  )
  assert.deepEqual((await ask(seller, 'GET', `presets/${made.id}`)).body, made)
  assert.deepEqual(await names(reseller), [])
  await ask(seller, 'PATCH', `presets/${made.id}`, { shared: true })
  assert.deepEqual(await names(reseller), ['Trials'])
  assert.deepEqual(await names(other), [], 'another reseller sees none')
  assert.deepEqual(await names(platform), [], 'and operators see none of a reseller')
  await system`DELETE FROM presets`
})

test('the list has only presets of the list that is named, and pages by cursor', async () => {
  for (const [n, list] of ['clients', 'users', 'clients', 'activity', 'clients'].entries()) await create(reseller, { name: `P${n}`, list })
  assert.deepEqual(await names(reseller, '?list=clients'), ['P0', 'P2', 'P4'])
  const first = (await ask(reseller, 'GET', 'presets?limit=3')).body
  assert.equal(first.results.length, 3)
  assert.deepEqual(await names(reseller, `?limit=3&cursor=${first.next_cursor}`), ['P3', 'P4'])
  assert.equal((await ask(reseller, 'GET', 'presets?list=nothing')).status, 400)
  await system`DELETE FROM presets`
})

test('a reseller’s user changes and deletes what a seller shares, a seller nothing of others, and nobody else makes it private', async () => {
  const { id } = await create(seller, { name: 'Shared', shared: true })
  const { id: own } = await create(reseller, { name: 'Of the reseller', shared: true })
  const changed = await ask(reseller, 'PATCH', `presets/${id}`, { name: 'Better', query: 'is_test=false', columns: ['id'] })
  assert.deepEqual([changed.status, changed.body.name, changed.body.owner.id], [200, 'Better', seller.userId])
  assert.equal((await ask(reseller, 'PATCH', `presets/${id}`, { shared: false })).status, 403)
  assert.equal((await ask(seller, 'PATCH', `presets/${own}`, { name: 'Mine' })).status, 403)
  assert.equal((await ask(seller, 'DELETE', `presets/${own}`)).status, 403)
  assert.equal((await ask(reseller, 'DELETE', `presets/${id}`)).status, 204)
  assert.equal((await ask(seller, 'GET', `presets/${id}`)).status, 404)
  assert.equal((await ask(seller, 'GET', `presets/${own}`)).body.query, '')
  await system`DELETE FROM presets`
})

test('a name is taken once by a user and list, whatever its case', async () => {
  const { id } = await create(seller, { name: 'Café' })
  const again = await ask(seller, 'POST', 'presets', { list: 'clients', name: 'CAFÉ', query: '' })
  assert.deepEqual([again.status, again.headers['x-error-code'], Object.keys(again.body.errors)], [400, 'preset_name_taken', ['name']])
  await create(seller, { name: 'Café', list: 'users' })
  await create(reseller, { name: 'Café', shared: true })
  const { id: second } = await create(seller, { name: 'Other' })
  assert.equal((await ask(seller, 'PATCH', `presets/${second}`, { name: 'café' })).headers['x-error-code'], 'preset_name_taken')
  assert.equal((await ask(seller, 'PATCH', `presets/${id}`, { name: 'café' })).status, 200, 'its own name in another case')
  await system`DELETE FROM presets`
})

test('of many requests at once no more are saved than a user may have', async () => {
  await system`INSERT INTO presets (reseller_id, owner_id, list, name, query)
    SELECT 2, ${seller.userId}, 'clients', n::text, '' FROM generate_series(1, 198) AS n`
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => ask(seller, 'POST', 'presets', { list: 'users', name: `at once ${n}`, query: '' })),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 400, 400, 400, 400])
  assert.ok(answers.every(({ status, headers }) => status === 201 || headers['x-error-code'] === 'preset_limit'))
  await create(reseller, { name: 'others still can' })
  await system`DELETE FROM presets`
})

test('400 for what a preset cannot be', async () => {
  const wrong: [object, string][] = [
    [{ name: ' ' }, 'name'],
    [{ name: 'a'.repeat(81) }, 'name'],
    [{ list: 'bills' }, 'list'],
    [{ query: 'a'.repeat(4097) }, 'query'],
    [{ columns: ['no blanks'] }, 'columns'],
    [{ columns: Array.from({ length: 41 }, (_, n) => `c${n}`) }, 'columns'],
    [{ shared: 'yes' }, 'shared'],
    [{ name: null }, 'name'],
  ]
  for (const [fields, field] of wrong) {
    const { status, body } = await ask(seller, 'POST', 'presets', { list: 'clients', name: 'A', query: '', ...fields })
    assert.deepEqual([status, Object.keys(body.errors)], [400, [field]], JSON.stringify(fields))
  }
  assert.equal((await ask(seller, 'POST', 'presets', {})).status, 400)
})

test('the default is each user’s own, and ends with the preset', async () => {
  const { id } = await create(reseller, { name: 'For all', shared: true })
  const choose = (one: TestCaller, preset: number | null) => ask(one, 'PATCH', 'users/me/preferences', { lists: { clients: { preset } } })
  assert.equal((await choose(seller, id)).status, 200)
  const isDefault = async (one: TestCaller) => (await ask(one, 'GET', `presets/${id}`)).body.is_default
  assert.deepEqual([await isDefault(seller), await isDefault(reseller)], [true, false])
  await choose(seller, null)
  assert.equal(await isDefault(seller), false)
  assert.equal((await choose(other, id)).status, 400, 'what is out of sight cannot be chosen')
  const { id: ofUsers } = await create(seller, { name: 'Of users', list: 'users' })
  const refused = await choose(seller, ofUsers)
  assert.deepEqual(refused.body, { errors: { lists: { clients: { preset: ['The list has no such preset.'] } } } })
  await choose(seller, id)
  await ask(reseller, 'DELETE', `presets/${id}`)
  assert.equal((await ask(seller, 'GET', 'users/me/preferences')).status, 200)
  await system`DELETE FROM presets`
})

test('changes of presets are in the activity log', async () => {
  const { id } = await create(seller, { name: 'Logged' })
  await ask(seller, 'PATCH', `presets/${id}`, { name: 'Still' })
  await ask(seller, 'DELETE', `presets/${id}`)
  const rows = await system<{ action: string; status_code: number }[]>`
    SELECT action, status_code FROM activity WHERE user_id = ${seller.userId} ORDER BY id DESC LIMIT 3`
  assert.deepEqual(
    rows.map(({ action, status_code }) => [action, status_code]),
    [
      ['deletePreset', 204],
      ['updatePreset', 200],
      ['createPreset', 201],
    ],
  )
})
