/** Notification settings: whose they are, what they take, their list, and that an address is told once of one thing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, other] = [the('platform'), the('reseller'), the('reseller', 3)]

const of = (resellerId: number) => `/iam/reselling/resellers/${resellerId}/notification_settings`
const mine = of(2)
const [own, second] = world.notification_settings.filter(({ reseller_id }) => reseller_id === 2)
const [foreign] = world.notification_settings.filter(({ reseller_id }) => reseller_id === 3)
assert.ok(own && second && foreign)

const refused = (action: string, status_code: number) => ({ action, status_code, affected_client_id: null })
const scenario = (
  name: string,
  one: TestCaller,
  method: string,
  path: string,
  body: unknown,
  status: number,
  rest: Partial<Scenario> = {},
) => ({
  name,
  as: one.authorization,
  method,
  path,
  ...(body !== undefined && { body }),
  status,
  ...rest,
})
const create = (name: string, body: unknown, field: string) =>
  scenario(name, reseller, 'POST', mine, body, 400, {
    records: [refused('createNotificationSetting', 400)],
    also: ({ body }) => assert.deepEqual(Object.keys(body.errors), [field]),
  })

const scenarios: Scenario[] = [
  scenario(
    '201 and enabled where nothing is said of it',
    reseller,
    'POST',
    mine,
    { email: 'New@Alerts.example', notification_type: 'failed_login' },
    201,
    {
      says: { reseller: 2, email: 'New@alerts.example', notification_type: 'failed_login', enabled: true },
      records: [{ action: 'createNotificationSetting', status_code: 201, affected_client_id: null, user_id: reseller.userId }],
    },
  ),
  scenario(
    '201 for the same address told of the other thing',
    reseller,
    'POST',
    mine,
    { email: 'new@alerts.example', notification_type: 'deletion_request', enabled: false },
    201,
    {
      says: { enabled: false },
      records: [{ status_code: 201 }],
    },
  ),
  create(
    '400 for an address told of it already, whatever the case of its letters',
    { email: 'new@ALERTS.example', notification_type: 'failed_login' },
    'email',
  ),
  create('400 without an address', { notification_type: 'failed_login' }, 'email'),
  create('400 without a type', { email: 'a@b.example' }, 'notification_type'),
  create('400 for another type', { email: 'a@b.example', notification_type: 'password' }, 'notification_type'),
  create('400 for what is no address', { email: 'a b@c.example', notification_type: 'failed_login' }, 'email'),
  create('400 for two addresses in one', { email: 'a@b.example,c@d.example@', notification_type: 'failed_login' }, 'email'),
  create('400 for an address too long', { email: `${'a'.repeat(250)}@b.example`, notification_type: 'failed_login' }, 'email'),
  create('400 for null', { email: 'a@b.example', notification_type: 'failed_login', enabled: null }, 'enabled'),
  create('400 for a text in place of true', { email: 'a@b.example', notification_type: 'failed_login', enabled: 'true' }, 'enabled'),
  scenario(
    'the reseller in the path counts, not one in the body',
    reseller,
    'POST',
    mine,
    { email: 'x@b.example', notification_type: 'failed_login', reseller: 3, id: 1 },
    201,
    {
      says: { reseller: 2 },
      records: [{ status_code: 201 }],
    },
  ),

  scenario('200 one setting', reseller, 'GET', `${mine}/${own.id}`, undefined, 200, {
    says: { id: own.id, reseller: 2, email: own.email, notification_type: own.notification_type, enabled: own.enabled },
  }),
  scenario(
    'PUT leaves `enabled` where it is left out',
    reseller,
    'PUT',
    `${mine}/${own.id}`,
    { email: 'put@b.example', notification_type: 'failed_login' },
    200,
    {
      says: { id: own.id, email: 'put@b.example', notification_type: 'failed_login', enabled: own.enabled },
      records: [{ action: 'updateNotificationSetting', status_code: 200 }],
    },
  ),
  scenario('PUT takes no part', reseller, 'PUT', `${mine}/${own.id}`, { enabled: false }, 400, {
    says: { errors: { email: ['This field is required.'], notification_type: ['This field is required.'] } },
    records: [refused('updateNotificationSetting', 400)],
  }),
  scenario('PATCH takes a part', reseller, 'PATCH', `${mine}/${own.id}`, { enabled: false }, 200, {
    says: { email: 'put@b.example', enabled: false },
    records: [{ action: 'patchNotificationSetting', status_code: 200 }],
  }),
  scenario('PATCH takes nothing', reseller, 'PATCH', `${mine}/${own.id}`, {}, 200, {
    says: { enabled: false },
    records: [{ status_code: 200 }],
  }),
  scenario(
    'PATCH into what there is',
    reseller,
    'PATCH',
    `${mine}/${second.id}`,
    { email: 'PUT@b.example', notification_type: 'failed_login' },
    400,
    {
      says: { errors: { email: ['This address already gets these notifications.'] } },
      records: [refused('patchNotificationSetting', 400)],
    },
  ),
  scenario('PATCH of an unknown one', reseller, 'PATCH', `${mine}/${2 ** 40}`, {}, 404, {
    says: notFound,
    records: [refused('patchNotificationSetting', 404)],
  }),
  scenario('204 and no longer there', reseller, 'DELETE', `${mine}/${own.id}`, undefined, 204, {
    records: [{ action: 'deleteNotificationSetting', status_code: 204 }],
  }),
  scenario('404 afterwards', reseller, 'GET', `${mine}/${own.id}`, undefined, 404, { says: notFound }),
  scenario('404 a second time', reseller, 'DELETE', `${mine}/${own.id}`, undefined, 404, {
    says: notFound,
    records: [refused('deleteNotificationSetting', 404)],
  }),
  scenario(
    '404 for a foreign one below the own reseller',
    reseller,
    'PUT',
    `${mine}/${foreign.id}`,
    { email: 'a@b.example', notification_type: 'failed_login' },
    404,
    {
      says: notFound,
      records: [refused('updateNotificationSetting', 404)],
    },
  ),
  scenario('404 for another reseller', reseller, 'POST', of(3), { email: 'a@b.example', notification_type: 'failed_login' }, 404, {
    says: notFound,
    records: [refused('createNotificationSetting', 404)],
  }),
  scenario(
    'the platform adds to any reseller',
    platform,
    'POST',
    of(3),
    { email: 'by@platform.example', notification_type: 'failed_login' },
    201,
    {
      says: { reseller: 3 },
      records: [{ status_code: 201, reseller_id: 1 }],
    },
  ),
  scenario('which that reseller sees', other, 'GET', `${of(3)}?limit=1&ordering=-id`, undefined, 200, {
    says: { results: [{ email: 'by@platform.example' }] },
  }),
]
for (const one of scenarios) test(one.name, async () => void (await run(t, activity, one)))

const list = async (one: TestCaller, query: string) =>
  (await t.ask('GET', `${mine}${query}`, { headers: { authorization: one.authorization } })).body

test('the list: every order from both ends, pages without gaps, and the envelope with everything where there is no limit', async () => {
  for (let n = 0; n < 5; n++)
    await t.ask('POST', mine, {
      headers: { authorization: reseller.authorization },
      body: { email: `${n % 2 ? 'P' : 'p'}${9 - n}@list.example`, notification_type: 'failed_login', enabled: n % 3 === 0 },
    })
  const rows =
    await system`SELECT id, notification_type, fold(email) AS email, enabled FROM notification_settings WHERE reseller_id = 2 ORDER BY id`
  const all = await list(reseller, '')
  assert.deepEqual([all.count, all.next, all.previous, all.results.length], [rows.length, null, null, rows.length])
  for (const field of ['id', 'email', 'notification_type', 'enabled'] as const)
    for (const sign of ['', '-']) {
      const due = rows.toSorted((a, b) => (a[field] < b[field] ? -1 : a[field] > b[field] ? 1 : 0) * (sign ? -1 : 1) || a.id - b.id)
      const met: number[] = []
      let next: string | null = `${mine}?limit=2&ordering=${sign}${field}`
      while (next) {
        const { body }: { body: { count: number; next: string | null; results: { id: number }[] } } = await t.ask('GET', next, {
          headers: { authorization: reseller.authorization },
        })
        assert.equal(body.count, rows.length)
        met.push(...body.results.map(({ id }) => id))
        next = body.next
      }
      assert.deepEqual(
        met,
        due.map(({ id }) => id),
        `ordering=${sign}${field}`,
      )
    }
  assert.deepEqual((await list(platform, '?limit=2')).results, (await list(reseller, '?limit=2')).results)
  assert.equal((await t.ask('GET', `${mine}?ordering=reseller`, { headers: { authorization: reseller.authorization } })).status, 400)
})

test('a cached list is never older than the last change', async () => {
  const first = await list(reseller, '?limit=100')
  const setting = first.results[0]
  await t.ask('PATCH', `${mine}/${setting.id}`, { headers: { authorization: platform.authorization }, body: { enabled: !setting.enabled } })
  assert.equal((await list(reseller, '?limit=100')).results[0].enabled, !setting.enabled)
  await t.ask('DELETE', `${mine}/${setting.id}`, { headers: { authorization: reseller.authorization } })
  assert.equal((await list(reseller, '?limit=100')).count, first.count - 1)
})

test('of the same address ten times at once one is told', async () => {
  const ask = (n: number) =>
    t.ask('POST', mine, {
      headers: { authorization: reseller.authorization },
      body: { email: n % 2 ? 'race@b.example' : 'RACE@b.example', notification_type: 'failed_login' },
    })
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => ask(n)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array<number>(9).fill(400)])
  const [row] = await system`SELECT count(*) FROM notification_settings WHERE fold(email) = 'race@b.example'`
  assert.equal(row?.count, 1)
})

test('seller and client users are refused before anything is looked at, nobody is asked who they are', async () => {
  for (const one of [the('seller'), the('client')])
    for (const at of [mine, of(3), `${mine}/${second.id}`]) {
      const { status, body } = await t.ask('GET', at, { headers: { authorization: one.authorization } })
      assert.deepEqual([status, Object.keys(body)], [403, ['message']])
    }
  assert.equal((await t.ask('GET', mine)).status, 401)
  assert.equal((await t.ask('GET', `${of(3)}/${foreign.id}`)).status, 401)
})
