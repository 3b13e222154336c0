/** Services read and, the deprecated way, changed; and who is mailed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)
const the = shownBy(t)
const [reseller, seller, administrator] = [the('reseller'), the('seller'), the('client')]
const common = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD']
const rare = world.services.find((s) => s.reseller_id === 2 && s.product === 'CONNECT') as { id: number; client_id: number }

const { clientId } = administrator
await system`UPDATE services SET status = 'new', previous_status = 'new', start = NULL, deleted_date = NULL WHERE client_id = ${clientId}`
await system`UPDATE clients SET status = 'preparation' WHERE id = ${clientId}`
await system`DELETE FROM client_availability WHERE client_id = ${clientId}`
await system`SELECT refresh_clients(${[clientId]}::bigint[])`
const service = world.services.find((s) => s.client_id === clientId && s.product === 'CLOUD') as { id: number }
const path = `/iam/clients/${clientId}/services/${service.id}`
const ask = (one: TestCaller, method: string, path: string, body?: object) =>
  t.ask(method, path, { headers: { authorization: one.authorization }, ...(body && { body }) })

test('an account’s services: the six with a name in the contract, each as it is alone', async () => {
  for (const id of [clientId, rare.client_id]) {
    const { body } = await ask(seller, 'GET', `/iam/clients/${id}/services`)
    const names = body.map(({ name }: { name: string }) => name)
    assert.deepEqual([...names].sort(), [...common].sort())
    for (const one of body) assert.deepEqual((await ask(reseller, 'GET', `/iam/clients/${id}/services/${one.id}`)).body, one)
  }
  assert.equal((await ask(reseller, 'GET', `/iam/clients/${rare.client_id}/services/${rare.id}`)).status, 404)
  assert.equal((await ask(reseller, 'GET', `/iam/clients/${rare.client_id}/services/${service.id}`)).status, 404)
})

test('the deprecated PATCH takes a service as it was read, and changes what may be changed', async () => {
  const { body: read } = await ask(reseller, 'GET', path)
  const changed = { ...read, status: 'trial', name: 'DNS', client: 1, id: 7, previous_status: 'deleted', start: 'never' }
  const { body } = await run(t, activity, {
    name: '200 with the whole service',
    as: seller.authorization,
    method: 'PATCH',
    path,
    body: changed,
    status: 200,
    says: { id: service.id, name: 'CLOUD', client: clientId, status: 'trial', previous_status: 'new' },
    records: [{ action: 'patchService', status_code: 200, affected_client_id: clientId }],
    statusChanges: [{ client_id: clientId, old_status: 'preparation', new_status: 'trial' }],
    mails: [{ template: 'trial_began', client_id: clientId }],
  })
  assert.equal(body.start, body.status_changed_at)
  const records = (status_code: number) => [{ action: 'patchService', status_code }]
  const asked = { as: reseller.authorization, method: 'PATCH', path }
  await run(t, activity, {
    ...asked,
    name: '200 without a status',
    body: { enabled: false },
    status: 200,
    says: { status: 'trial', enabled: false },
    records: records(200),
  })
  await run(t, activity, {
    ...asked,
    name: '400 as PUT answers',
    body: { status: 'new' },
    status: 400,
    says: { errors: { status: ['A service that is trial can become trialend, active, paused, but not new.'] } },
    records: records(400),
  })
  await run(t, activity, { ...asked, name: '403', as: administrator.authorization, body: {}, status: 403, records: records(403) })
  await run(t, activity, { ...asked, name: '404', path: `${path}0000000`, body: {}, status: 404, records: records(404) })
})

test('the owner is mailed in its language when a trial begins and ends, and nobody where the owner is gone', async () => {
  const [account] = await system`SELECT owner_id FROM clients WHERE id = ${clientId}`
  const owner = account?.owner_id
  await system`UPDATE users SET lang = 'zh' WHERE id = ${owner}`
  const [user] = await system`SELECT email FROM users WHERE id = ${owner}`
  const pass = async (status: string) => assert.equal((await ask(reseller, 'PUT', path, { status })).status, 200)
  await activity.mails()
  for (const status of ['trialend', 'active', 'paused', 'trial', 'active', 'trialend']) await pass(status)
  const mails = (await activity.mails()).map(({ template, lang, recipient, user_id, details }) => ({
    template,
    lang,
    recipient,
    user_id,
    ...(details as { product: string; days: number }),
  }))
  const company = world.clients.find(({ id }) => id === clientId)?.company_name
  const told = { lang: 'zh', recipient: user?.email, user_id: owner, product: 'CLOUD', company }
  assert.deepEqual(mails, [
    { ...told, template: 'trial_ended', days: 2 },
    { ...told, template: 'trial_began', days: 30 },
    { ...told, template: 'trial_ended', days: 2 },
  ])
  await system`UPDATE users SET deleted_at = now() WHERE id = ${owner}`
  await pass('trial')
  assert.deepEqual(await activity.mails(), [])
})
