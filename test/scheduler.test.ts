/** Time that passes for services: a whole trial, a server that slept, two at once, and requests in between. The jobs are given the time. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { accountStatus } from '../src/accounts/clients/status/status.rules.ts'
import { daysUntilDeleted } from '../src/accounts/services/services.rules.ts'
import { checkReadModel } from '../src/db/check.ts'
import { notifyUpcomingEnds, processDueTransitions } from '../src/jobs/services.ts'
import { machineClock } from '../src/lib/clock.ts'
import type { Product } from '../src/lib/products.ts'
import { shownBy } from './callers.ts'
import { nothingOutgoing, openWorld } from './harness.ts'
import { watchActivity } from './scenarios.ts'

const t = await openWorld()
const { system } = t.database
const log = pino({ level: process.env.REEVE_LOG ?? 'silent' })
const deps = {
  system,
  scope: t.database.scope,
  clock: machineClock,
  log,
  keep: { sessions: 0, links: 0, mails: 0, logs: 0 },
  passwordDays: undefined,
  outgoing: nothingOutgoing,
}
const activity = await watchActivity(t)
const DAY = 86_400_000
const days = (n: number, from = Date.now()) => new Date(from + n * DAY)

const the = shownBy(t)
const { clientId } = the('client')
const { authorization } = the('reseller')

/** Both jobs, as they come: the notices first where both are due. */
async function pass(at: Date) {
  await processDueTransitions(deps, at)
  await notifyUpcomingEnds(deps, at)
}
const mailed = async () =>
  (await activity.mails()).map(({ template, details }) => {
    const { date, ...said } = details as { date?: string }
    return { template, ...said }
  })
const passed = async () => (await activity.statusChanges()).map(({ old_status, new_status }) => `${old_status} → ${new_status}`)

/** The account with nothing but new services, each available. @returns their ids by product */
async function begin() {
  await system`DELETE FROM service_options WHERE client_id = ${clientId}`
  await system`UPDATE services SET status = 'new', previous_status = 'new', start = NULL, trial_end = NULL, end_notified_at = NULL, deleted_date = NULL
    WHERE client_id = ${clientId}`
  await system`UPDATE default_availability SET available = true WHERE reseller_id = 2`
  await system`DELETE FROM client_availability WHERE client_id = ${clientId}`
  await system`UPDATE clients SET status = 'preparation', deleted_at = NULL WHERE id = ${clientId}`
  await system`SELECT refresh_clients(${[clientId]}::bigint[])`
  const rows = await system<{ id: number; product: string }[]>`SELECT id, product FROM services WHERE client_id = ${clientId}`
  return Object.fromEntries(rows.map(({ id, product }) => [product, id])) as Record<string, number>
}
const put = (id: number | undefined, body: object) =>
  t.ask('PUT', `/iam/clients/${clientId}/services/${id}`, { headers: { authorization }, body })
const option = (name: string, value: string) => ({ id: null, name, title: 'T', category: 'C', description: 'D', value, value_type: 'int' })
async function service(id: number | undefined) {
  const { body } = await t.ask('GET', `/iam/clients/${clientId}/services/${id}`, { headers: { authorization } })
  return body
}
const account = async () => (await t.ask('GET', `/iam/clients/${clientId}`, { headers: { authorization } })).body

test('a server that slept brings the whole world up to date once, with the times things should have had', async () => {
  const at = new Date()
  const select = () => system`
    SELECT s.*, c.deleted_at IS NOT NULL AS deleted, o.deleted_at IS NOT NULL OR o.id IS NULL AS ownerless
    FROM services s JOIN clients c ON c.id = s.client_id LEFT JOIN users o ON o.id = c.owner_id ORDER BY s.id`
  const before = await select()
  assert.ok(before.filter(({ status }) => status === 'trial').length > 10, 'the demo world has trials, which are over by now')
  await Promise.all([processDueTransitions(deps, at), processDueTransitions(deps, at)]) // two servers that woke together
  await notifyUpcomingEnds(deps, at)

  const after = new Map((await select()).map((row) => [row.id, row]))
  for (const was of before) {
    const { id, product, status } = was
    const is = after.get(id)
    const left = daysUntilDeleted(product as Product) * DAY
    const ended = status === 'trial' && was.trial_end <= at ? was.trial_end : undefined
    const gone = ended ? new Date(ended.getTime() + left) : was.deleted_date
    const due = gone && gone <= at ? 'deleted' : ended ? 'trialend' : status
    assert.equal(is?.status, due, `service ${id} that was ${status}`)
    if (due === status) continue
    assert.deepEqual(is?.status_changed_at, due === 'deleted' ? gone : ended)
    assert.deepEqual(is?.deleted_date, due === 'deleted' ? null : gone)
    assert.equal(is?.trial_end, null)
    assert.equal(is?.previous_status, due === 'deleted' && ended ? 'trialend' : status)
  }
  const due = before.filter((was) => was.status === 'trial' && was.trial_end <= at && !was.deleted && !was.ownerless).length
  const mails = await mailed()
  assert.deepEqual(
    Map.groupBy(mails, ({ template }) => template).get('trial_ended')?.length,
    due,
    'one mail for each trial that ended, and none to deleted accounts',
  )
  assert.equal(mails.length, due, 'and nobody is told that what is over ends soon')

  const accounts = await system`SELECT c.id, c.status, c.deletion_requested_at IS NOT NULL AS "deletionRequested",
    coalesce(o.activated_at IS NOT NULL, false) AS "emailConfirmed", array_agg(s.status::text) AS services
    FROM clients c LEFT JOIN users o ON o.id = c.owner_id JOIN services s ON s.client_id = c.id WHERE c.deleted_at IS NULL
    GROUP BY c.id, o.activated_at`
  for (const one of accounts) assert.equal(one.status, accountStatus(one as never), `account ${one.id}`)
  const changes = await activity.statusChanges()
  for (const rows of Map.groupBy(changes, ({ client_id }) => client_id).values())
    for (const [n, { old_status, new_status, status_change_at }] of rows.entries()) {
      assert.notEqual(old_status, new_status)
      const previous = rows[n - 1]
      if (!previous) continue
      assert.equal(old_status, previous.new_status)
      assert.ok((status_change_at as Date) >= (previous.status_change_at as Date), 'in order')
    }
  assert.deepEqual(await checkReadModel(system), [])

  await pass(at)
  assert.deepEqual([await mailed(), await passed()], [[], []], 'the second time there is nothing left to do')
})

test('a whole trial: began, ends in two days, ended, deleted', async () => {
  const { CDN } = await begin()
  assert.equal((await put(CDN, { status: 'trial' })).status, 200)
  const began = Date.now()
  const { company } = (await mailed())[0] as unknown as { company: string }
  assert.deepEqual(await passed(), ['preparation → trial'])
  const steps: [number, string, string, string[], object[], string[]][] = [
    [11.9, 'trial', 'trial', [], [], []],
    [12.01, 'trial', 'trial', [], [{ template: 'trial_ends_soon', company, product: 'CDN', days: 2 }], []],
    [13.5, 'trial', 'trial', [], [], []],
    [14.01, 'trialend', 'trialend', ['trial → trialend'], [{ template: 'trial_ended', company, product: 'CDN', days: 90 }], []],
    [103.9, 'trialend', 'trialend', [], [], []],
    [104.01, 'deleted', 'trialend', [], [], []],
    [1000, 'deleted', 'trialend', [], [], []],
  ]
  for (const [n, status, of, changes, mails] of steps) {
    await pass(days(n, began))
    const now = await service(CDN)
    const { status: shown, serviceStatuses } = await account()
    assert.deepEqual([now.status, shown, serviceStatuses.CDN.status], [status, of, status], `after ${n} days`)
    assert.deepEqual([await passed(), await mailed()], [changes, mails], `after ${n} days`)
    if (status === 'trialend') assert.equal(Date.parse(now.deleted_date) - Date.parse(now.status_changed_at), 90 * DAY)
    if (status === 'trialend') assert.equal(Date.parse(now.status_changed_at) - Date.parse(now.start), 14 * DAY)
  }
  assert.deepEqual(
    await activity.since(1).then((rows) => rows.map(({ action }) => action)),
    ['updateService'],
    'the scheduler sends no request',
  )
})

test('who sleeps through the notice is told with the days that are left; through the end, of the end alone', async () => {
  const { CDN, CLOUD } = await begin()
  await put(CDN, { status: 'trial' })
  await put(CLOUD, { status: 'trial', status_transition_options: [option('trial_length_days', '2')] })
  const began = Date.now()
  await mailed()
  await pass(days(1.5, began))
  assert.deepEqual(await mailed(), [], 'a trial of two days needs no such notice')
  await pass(days(13.5, began))
  assert.deepEqual(
    (await mailed()).map(({ template, ...more }) => [template, (more as { days?: number }).days]),
    [
      ['trial_ended', 2],
      ['trial_ends_soon', 1],
    ],
  )
  assert.equal((await service(CLOUD)).status, 'deleted', 'two days for a trial, and two more')
  await pass(days(400, began))
  assert.deepEqual(
    (await mailed()).map(({ template }) => template),
    ['trial_ended'],
  )
  assert.equal((await service(CDN)).status, 'deleted')
})

test('what was paused is deleted after its days; the settings of a running time move its end, and who was told is told again', async () => {
  const { DNS, STORAGE } = await begin()
  await put(DNS, { status: 'trial' })
  await put(STORAGE, { status: 'paused' })
  const began = Date.now()
  await pass(days(1, began))
  assert.equal((await service(STORAGE)).status, 'paused')
  await pass(days(2.01, began))
  assert.equal((await service(STORAGE)).status, 'deleted')
  await mailed()
  await pass(days(13, began))
  assert.equal((await mailed()).length, 1)
  assert.equal((await put(DNS, { status: 'trial', status_transition_options: [option('trial_length_days', '20')] })).status, 200)
  await put(DNS, { status: 'trial', status_transition_options: [option('trial_length_days', '20')] })
  await pass(days(15, began))
  assert.equal((await service(DNS)).status, 'trial')
  assert.deepEqual(await mailed(), [])
  await pass(days(18.5, began))
  await pass(days(18.6, began))
  assert.deepEqual(
    (await mailed()).map(({ template }) => template),
    ['trial_ends_soon'],
  )
  await pass(days(20.01, began))
  assert.equal((await service(DNS)).status, 'trialend')
  await put(DNS, { status: 'trialend', status_transition_options: [option('days_until_deleted', '1')] })
  const { deleted_date, status_changed_at } = await service(DNS)
  assert.equal(Date.parse(deleted_date) - Date.parse(status_changed_at), DAY)
})

test('requests and the scheduler at once: every service ends where one of the two leaves it, and the account follows', async () => {
  for (let round = 0; round < 8; round++) {
    const ids = await begin()
    const products = Object.keys(ids).filter((product) => !['INFRASTRUCTURE_PROTECTION', 'CONNECT'].includes(product))
    for (const product of products) await put(ids[product], { status: 'trial' })
    await mailed()
    const at = days(31)
    const [answers] = await Promise.all([
      Promise.all(products.map((product) => put(ids[product], { status: 'active' }))),
      ...[1, 2, 3].map(() => pass(at)),
    ])
    for (const { status } of answers) assert.equal(status, 200, 'a trial and an ended one may both be activated')
    const { status, serviceStatuses } = await account()
    assert.deepEqual([status, ...products.map((product) => serviceStatuses[product].status)], ['active', ...products.map(() => 'active')])
    const told = (await mailed()).map((mail) => JSON.stringify(mail))
    assert.equal(new Set(told).size, told.length, 'nobody is told twice')
  }
  assert.deepEqual(await checkReadModel(system), [])
})

test('a deleted account ages in silence, and what is restored is what it would be', async () => {
  const { CDN } = await begin()
  await put(CDN, { status: 'trial' })
  await mailed()
  await passed()
  await system`UPDATE clients SET deleted_at = now() WHERE id = ${clientId}`
  await pass(days(12.5))
  await pass(days(15))
  assert.deepEqual([await mailed(), await passed()], [[], []])
  assert.equal((await system`SELECT status FROM services WHERE id = ${CDN ?? 0}`)[0]?.status, 'trialend')
  const restored = await t.ask('POST', `/reeve/clients/${clientId}/restore`, { headers: { authorization } })
  assert.equal(restored.status, 200, restored.text)
  assert.equal((await account()).status, 'trialend')
})

test('an account that cannot be brought up to date keeps no other waiting, and is tried again', async () => {
  const { CDN } = await begin()
  await put(CDN, { status: 'trial', status_transition_options: [option('trial_length_days', '5')] })
  const [other] = await system`SELECT id, client_id FROM services WHERE status = 'deleted' AND client_id <> ${clientId} LIMIT 1`
  await system`UPDATE services SET status = 'trialend', deleted_date = now() + interval '5 days' WHERE id = ${other?.id ?? 0}`
  const statusOf = async (id: number) => (await system`SELECT status FROM services WHERE id = ${id}`)[0]?.status
  await system`ALTER TABLE outbox ADD CONSTRAINT broken CHECK (client_id <> ${system.unsafe(String(clientId))}) NOT VALID`
  await assert.rejects(processDueTransitions(deps, days(6)), /broken/)
  assert.deepEqual([await statusOf(CDN ?? 0), await statusOf(other?.id)], ['trial', 'deleted'])
  await system`ALTER TABLE outbox DROP CONSTRAINT broken`
  await processDueTransitions(deps, days(6))
  assert.equal(await statusOf(CDN ?? 0), 'trialend')
  assert.deepEqual(await checkReadModel(system), [])
})
