/** Creating API tokens: which roles, ends and names are taken, by whom, and what the activity gets of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'
import { created, invalidRole, refused, wanted, withRole } from './tokens.ts'

const t = await openWorld()
const activity = await watchActivity(t)

const the = shownBy(t)
const [administrator, engineer, user] = [the('client'), the('client', 2, 5), the('client', 2, 2)]

const tokens = `/iam/v2/clients/${administrator.clientId}/tokens`

const scenario = (name: string, one: TestCaller, body: unknown, status: number, says: object): Scenario => ({
  name,
  as: one.authorization,
  method: 'POST',
  path: tokens,
  body,
  status,
  says,
  records: [status === 200 ? created(one) : refused(status)],
})

const creating: Scenario[] = [
  scenario('200 for a role by id', administrator, wanted({ id: 5 }), 200, {
    name: 'A token',
    description: '',
    exp_date: null,
    deleted: false,
    expired: false,
    ...withRole(5),
  }),
  scenario('200 for a role by name', administrator, wanted({ name: 'Purge and Prefetch only (API)' }), 200, withRole(3022)),
  scenario('200 for a role by both that agree', administrator, wanted({ id: 2, name: 'Users' }), 200, withRole(2)),
  scenario(
    '400 for a role by both that differ',
    administrator,
    wanted({ id: 2, name: 'Engineers' }),
    400,
    invalidRole('Invalid role: Engineers'),
  ),
  scenario('400 for an unknown role by name', administrator, wanted({ name: 'X' }), 400, invalidRole('Invalid role: X')),
  scenario('400 for an unknown role by id', administrator, wanted({ id: 7 }), 400, invalidRole('Invalid role: 7')),
  scenario('400 for a role’s name in another case', administrator, wanted({ name: 'users' }), 400, invalidRole('Invalid role: users')),
  scenario('400 for an empty role', administrator, wanted({}), 400, { errors: { client_user: {} } }),
  scenario('400 for no role', administrator, { name: 'x', exp_date: null, client_user: {} }, 400, { errors: { client_user: {} } }),
  scenario(
    '400 for a user who wants an Administrator’s',
    user,
    wanted({ id: 1 }),
    400,
    invalidRole("Can't create token with role Administrators"),
  ),
  scenario(
    '400 for an Engineer who wants an Administrator’s',
    engineer,
    wanted({ name: 'Administrators' }),
    400,
    invalidRole("Can't create token with role Administrators"),
  ),
  scenario(
    '400 for a user who wants a purger’s, which is more',
    user,
    wanted({ id: 3022 }),
    400,
    invalidRole("Can't create token with role Purge and Prefetch only (API)"),
  ),
  scenario('200 for an Engineer who wants less', engineer, wanted({ id: 3009 }), 200, withRole(3009)),
  scenario('200 for a user who wants its own role', user, wanted({ id: 2 }), 200, {
    client_user: { user_id: user.userId, user_email: user.email, client_id: user.clientId, deleted: false },
  }),
  scenario('200 with the description given', administrator, wanted({ id: 1 }, { description: 'Çok güzel 🦊' }), 200, {
    description: 'Çok güzel 🦊',
  }),
  scenario('400 for an end in the past', administrator, wanted({ id: 1 }, { exp_date: '2020-01-01T00:00:00Z' }), 400, {
    errors: { exp_date: ['The date must be in the future.'] },
  }),
  ...['tomorrow', '2099-02-30T00:00:00Z', '', '4070908800'].map((exp_date) =>
    scenario(`400 for the end “${exp_date}”`, administrator, wanted({ id: 1 }, { exp_date }), 400, { errors: { exp_date: [] } }),
  ),
  ...[
    ['2099-01-02T03:04:05.678901Z', '2099-01-02T03:04:05.678901Z'],
    ['2099-01-02T03:04:05Z', '2099-01-02T03:04:05.000000Z'],
    ['2099-01-02T03:04:05.678901+02:00', '2099-01-02T01:04:05.678901Z'],
    ['2099-01-02', '2099-01-02T00:00:00.000000Z'],
    ['2099-01-02T03:04:05', '2099-01-02T03:04:05.000000Z'],
  ].map(([given, kept]) =>
    scenario(`200 and the microsecond kept of the end ${given}`, administrator, wanted({ id: 1 }, { exp_date: given }), 200, {
      exp_date: kept,
    }),
  ),
  scenario('400 without an end', administrator, { name: 'x', client_user: { role: { id: 1 } } }, 400, {
    errors: { exp_date: ['This field is required.'] },
  }),
  scenario('400 without a name', administrator, { exp_date: null, client_user: { role: { id: 1 } } }, 400, {
    errors: { name: ['This field is required.'] },
  }),
  scenario('400 for an empty name', administrator, wanted({ id: 1 }, { name: '' }), 400, { errors: { name: [] } }),
]

for (const one of creating)
  test(`create: ${one.name}`, async () => {
    if (one.status === 200)
      one.also = ({ body }) => assert.match(body.token, new RegExp(`^${body.id}_[0-9a-f]{64}$`), 'a secret has 256 bits')
    await run(t, activity, one)
  })
