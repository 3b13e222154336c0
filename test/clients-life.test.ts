/** The life of an account: its table, any sequence of steps held against it, and what deletion and restoring do to people, names and mails. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Life } from '../src/accounts/clients/lifecycle/lifecycle.queries.ts'
import { lifecycleStateOf, lifecycleTransitions, type Step } from '../src/accounts/clients/lifecycle/lifecycle.rules.ts'
import { accountStatus } from '../src/accounts/clients/status/status.rules.ts'
import { checkReadModel } from '../src/db/check.ts'
import { demoPassword } from '../src/demo/world.ts'
import { insertToken, sessionOf, shownBy, signIn, type TestCaller, usersOfSeveralAccounts } from './callers.ts'
import { openWorld } from './harness.ts'
import { runsOr, seed } from './properties.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, seller, administrator] = [the('platform'), the('reseller'), the('seller'), the('client')]
const account = administrator.clientId
// Asking for the deletion takes a session and a proof: test/account-deletion.test.ts has every kind of it.
const present = await sessionOf(t, administrator.email, account)
const password = { password: demoPassword }
const company = world.clients.find(({ id }) => id === account)?.company_name ?? ''
const path = (id = account) => `/reeve/clients/${id}`
const get = (url: string, one = reseller) => t.ask('GET', url, { headers: { authorization: one.authorization } })

const requests: Record<Step, { method: string; path: string; done: number; action: string; as: TestCaller; body?: object }> = {
  request: { method: 'POST', path: '/deletion_request', done: 200, action: 'requestClientDeletion', as: present, body: password },
  withdraw: { method: 'DELETE', path: '/deletion_request', done: 204, action: 'withdrawClientDeletion', as: administrator },
  delete: { method: 'DELETE', path: '', done: 204, action: 'deleteClient', as: reseller },
  restore: { method: 'POST', path: '/restore', done: 200, action: 'restoreClient', as: reseller },
}
const take = (
  step: Step,
  status: number,
  { as = requests[step].as, id = account, ...more }: Omit<Partial<Scenario>, 'as'> & { as?: TestCaller; id?: number } = {},
): Scenario => ({
  name: `${status} for ${step} as ${as.kind}`,
  as: as.authorization,
  method: requests[step].method,
  path: path(id) + requests[step].path,
  ...(requests[step].body && { body: requests[step].body }),
  status,
  records: [{ action: requests[step].action, status_code: status, user_id: as.userId, ...(status < 300 && { affected_client_id: id }) }],
  ...more,
})
const says = (text: string) => ({ says: { errors: { errors: [text] } } })
const before = (await get(`/iam/clients/${account}`)).body.status
await system`DELETE FROM notification_settings WHERE reseller_id = 2`
for (const [notification_type, email, enabled] of [
  ['deletion_request', 'first@alerts.example', true],
  ['deletion_request', 'off@alerts.example', false],
  ['failed_login', 'other@alerts.example', true],
  ['deletion_request', 'second@alerts.example', true],
] as const)
  await system`INSERT INTO notification_settings ${system({ reseller_id: 2, notification_type, email, enabled })}`
// Of who owns the reseller's own account, whom the Administrator who asks does not see.
await system`UPDATE users SET lang = 'az'
  WHERE id = (SELECT owner_id FROM clients c JOIN resellers r ON r.technical_client_id = c.id WHERE r.id = 2)`
await system`SELECT refresh_client_and_users(${reseller.clientId})`
const mail = (recipient: string) => ({
  recipient,
  lang: 'az',
  template: 'deletion_request',
  reseller_id: 2,
  client_id: account,
  details: { company, account, requested_by: administrator.email },
})
const paused = { client_id: account, old_status: before, new_status: 'paused' }
const resumed = { client_id: account, old_status: 'paused', new_status: before }

const scenarios: Scenario[] = [
  take('withdraw', 400, says('Deletion of the account has not been requested.')),
  take('restore', 400, says('The account is not deleted.')),
  take('request', 200, {
    says: { status: 'paused' },
    mails: ['first@alerts.example', 'second@alerts.example'].map(mail),
    statusChanges: [paused],
  }),
  take('request', 400, says('Deletion of the account has already been requested.')),
  take('request', 403, { as: reseller }),
  take('withdraw', 204, { statusChanges: [resumed] }),
  take('withdraw', 400, { as: platform }),
  take('request', 200, { mails: ['first@alerts.example', 'second@alerts.example'].map(mail), statusChanges: [paused] }),
  { ...take('withdraw', 204, { as: seller, statusChanges: [resumed] }), name: '204 for staff who decline' },
  take('request', 200, { mails: ['first@alerts.example', 'second@alerts.example'].map(mail), statusChanges: [paused] }),
  take('delete', 403, { as: seller }),
  take('delete', 403, { as: administrator }),
  take('delete', 403, { id: reseller.clientId }),
  take('delete', 403, { id: reseller.clientId, as: platform }),
  take('delete', 404, { as: the('reseller', 3) }),
  take('delete', 204),
  take('delete', 404),
  take('withdraw', 400, { as: reseller, ...says('The account was deleted.') }),
  { ...take('withdraw', 401), records: [], name: '401 for its Administrator, who is none any more' },
  take('restore', 403, { as: seller }),
  take('restore', 404, { as: the('reseller', 3) }),
  {
    ...take('restore', 200, { says: { status: before, deleted: false }, statusChanges: [resumed] }),
    name: '200 and the request forgotten',
  },
  take('restore', 400, says('The account is not deleted.')),
  take('delete', 204, { as: platform }),
  take('restore', 200, { as: platform, says: { status: before } }),
]
for (const [n, one] of scenarios.entries())
  test(`${n + 1}. ${one.name}`, async () => {
    await run(t, activity, one)
  })

test('sessions and API tokens in a deleted account stop at once; its people work on in their other accounts', async () => {
  const person = usersOfSeveralAccounts(t).find((user) => user.reseller_id === 2)
  assert.ok(person)
  const [here, there] = world.client_users.filter(
    (m) => m.user_id === person.id && world.clients.some((c) => c.id === m.client_id && !c.deleted_at),
  )
  assert.ok(here && there)
  const [inHere, inThere] = await Promise.all([here, there].map(async (m) => (await insertToken(t, { ...m, role_id: 2 })).token))
  const works = async (token = '') => (await t.ask('GET', '/iam/users/me', { token })).status
  const session = await signIn(t, administrator.email)
  const bearer = { headers: { authorization: `Bearer ${session.access}` } }
  assert.deepEqual([await works(inHere), await works(inThere)], [200, 200])
  await run(t, activity, take('delete', 204, { id: here.client_id }))
  assert.deepEqual([await works(inHere), await works(inThere)], [401, 200])
  assert.ok((await signIn(t, person.email)).access, 'into the account that is left')
  await run(t, activity, take('restore', 200, { id: here.client_id }))
  assert.deepEqual([await works(inHere), await works(inThere)], [200, 200])

  await run(t, activity, take('delete', 204))
  assert.equal((await t.ask('GET', '/iam/users/me', bearer)).status, 401)
  const login = { body: { username: administrator.email, password: 'reeve-demo-password' } }
  assert.equal((await t.ask('POST', '/iam/auth/jwt/login', login)).status, 400)
  assert.equal((await get(`/iam/users/${administrator.userId}`)).body.deleted, false, 'its people stay')
  const listed = async (deleted: boolean) => (await get(`/iam/clients?limit=500&deleted=${deleted}`)).body
  assert.ok((await listed(true)).results.some(({ id }: { id: number }) => id === account))
  assert.ok(!(await listed(false)).results.some(({ id }: { id: number }) => id === account))
  await run(t, activity, take('restore', 200))
  assert.equal((await t.ask('GET', '/iam/users/me', bearer)).status, 200)
})

test('the company of a deleted account is free, and restoring is refused while another has it', async () => {
  const other = world.clients.find((c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at && c.id !== account)
  const rename = (companyName: string) =>
    t.ask('PATCH', `/iam/clients/${other?.id}`, { headers: { authorization: reseller.authorization }, body: { companyName } })
  assert.equal((await rename(company.toUpperCase())).status, 400)
  await activity.since(1)
  await run(t, activity, take('delete', 204))
  assert.equal((await rename(company.toUpperCase())).status, 200)
  await activity.since(1)
  await run(
    t,
    activity,
    take('restore', 400, { says: { errors: { companyName: ['The reseller already has an account with this company name.'] } } }),
  )
  assert.equal((await get(path())).body.deleted, true)
  const race = await Promise.all([
    rename('Free again'),
    ...[0, 1, 2].map(() => t.ask('POST', `${path()}/restore`, { headers: { authorization: reseller.authorization } })),
  ])
  assert.ok(race.every(({ status }) => status === 200 || status === 400))
  if (!race.slice(1).some(({ status }) => status === 200))
    assert.equal((await t.ask('POST', `${path()}/restore`, { headers: { authorization: reseller.authorization } })).status, 200)
  await activity.since(4)
  await activity.statusChanges()
})

test('of requests at once one is taken, and the reseller is told once', async () => {
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      [0, 1, 2, 3].map(() =>
        t.ask('POST', `${path()}/deletion_request`, { headers: { authorization: present.authorization }, body: password }),
      ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400])
    assert.equal((await activity.mails()).length, 2)
    const withdrawn = await Promise.all(
      [0, 1].map(() => t.ask('DELETE', `${path()}/deletion_request`, { headers: { authorization: administrator.authorization } })),
    )
    assert.deepEqual(withdrawn.map(({ status }) => status).sort(), [204, 400])
    assert.equal((await activity.statusChanges()).length, 2)
  }
  await activity.since(30)
})

test('the table: every life can be left, only documented ones are reached, and deletion is undone by restoring alone', () => {
  for (const steps of Object.values(lifecycleTransitions)) {
    assert.ok(Object.keys(steps).length > 0)
    for (const next of Object.values(steps)) assert.ok(next in lifecycleTransitions)
  }
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...(Object.keys(requests) as Step[]))), (steps) => {
      let life: Life = 'live'
      for (const step of steps) {
        const next: Life | undefined = lifecycleTransitions[life][step]
        if (life === 'deleted' && next) assert.equal(step, 'restore')
        life = next ?? life
      }
      assert.ok(life in lifecycleTransitions)
    }),
    seed,
  )
})

test('any sequence of steps and changes of services leaves what the tables say, with no gap in the status changes', async () => {
  const services = world.services.filter((s) => s.client_id === account && !['INFRASTRUCTURE_PROTECTION', 'CONNECT'].includes(s.product))
  const [{ last } = { last: 0 }] = await system`SELECT max(id) AS last FROM account_status_changes`
  const step = fc.constantFrom(...(Object.keys(requests) as Step[]))
  const service = fc.record({
    service: fc.constantFrom(...services.map(({ id }) => id)),
    status: fc.constantFrom('new', 'trial', 'trialend', 'active', 'paused', 'deleted'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(step, service), { minLength: 4, maxLength: 12 }), async (commands) => {
      for (const command of commands) {
        const [row] =
          await system`SELECT deleted_at IS NOT NULL AS deleted, deletion_requested_at IS NOT NULL AS "deletionRequested" FROM clients WHERE id = ${account}`
        const life = lifecycleStateOf(row as { deleted: boolean; deletionRequested: boolean })
        if (typeof command === 'string') {
          const { method, path: suffix, done, body } = requests[command]
          const as = life === 'deleted' && command === 'withdraw' ? reseller : requests[command].as
          const { status } = await t.ask(method, path() + suffix, { headers: { authorization: as.authorization }, ...(body && { body }) })
          const refused = life === 'deleted' && command === 'request' ? 401 : life === 'deleted' && command === 'delete' ? 404 : 400
          assert.equal(status, lifecycleTransitions[life][command] ? done : refused, `${command} while ${life}`)
        } else {
          const { status } = await t.ask('PUT', `/iam/clients/${account}/services/${command.service}`, {
            headers: { authorization: reseller.authorization },
            body: { status: command.status },
          })
          assert.ok(status === 400 || (status === 200 && life !== 'deleted'), `${status} while ${life}`)
        }
        const [now] =
          await system`SELECT status, deleted_at IS NOT NULL AS deleted, deletion_requested_at IS NOT NULL AS "deletionRequested",
          ARRAY(SELECT status::text FROM services WHERE client_id = ${account}) AS services FROM clients WHERE id = ${account}`
        if (!now?.deleted)
          assert.equal(
            now?.status,
            accountStatus({ emailConfirmed: true, deletionRequested: now?.deletionRequested, services: now?.services }),
          )
      }
      const changes =
        await system`SELECT old_status, new_status FROM account_status_changes WHERE client_id = ${account} AND id > ${last} ORDER BY id`
      for (const [n, { old_status, new_status }] of changes.entries()) {
        assert.notEqual(old_status, new_status)
        const previous = changes[n - 1]
        if (previous) assert.equal(old_status, previous.new_status)
      }
    }),
    { numRuns: runsOr(12), ...seed },
  )
})

test('after all of it the read model is what it must be', async () => {
  assert.deepEqual(await checkReadModel(system), [])
})
