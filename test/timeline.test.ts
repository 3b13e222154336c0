/** The timeline of an account: everything that happened to it, by whoever, each entry once, newest first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { processDueTransitions } from '../src/jobs/services.ts'
import { machineClock } from '../src/lib/clock.ts'
import { claimsOf, sessionOf, shownBy, signIn, type TestCaller } from './callers.ts'
import { nothingOutgoing, openWorld } from './harness.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [platform, reseller, seller, other, administrator] = [
  the('platform'),
  the('reseller'),
  the('seller'),
  the('reseller', 3),
  the('client'),
]
const account = administrator.clientId

interface Entry {
  kind: string
  at: string
  // biome-ignore lint/suspicious/noExplicitAny: one of three documents
  entry: any
}

const ask = (one: Pick<TestCaller, 'authorization'>, method: string, path: string, body?: unknown) =>
  t.ask(method, path, { headers: { authorization: one.authorization }, ...(body !== undefined && { body }) })
const page = async (one: TestCaller, query = '') => {
  const answer = await ask(one, 'GET', `/reeve/clients/${account}/timeline?${query}`)
  assert.equal(answer.status, 200, answer.text)
  return answer.body as { results: Entry[]; next_cursor: string | null }
}

test('it has changes by staff with what was sent, sign-ins, acting sessions, and statuses that time changed', async () => {
  await ask(seller, 'PATCH', `/iam/clients/${account}`, { name: 'Timeline', phone: '+49 1' })
  await signIn(t, administrator.email)
  const session = await sessionOf(t, reseller.email)
  const acting = await ask(session, 'GET', `/iam/auth/jwt/clients/${account}/admin_token?reason=ticket+12`)
  assert.equal(acting.status, 200, acting.text)
  const actor = { authorization: `Bearer ${acting.body.access}` }
  const subject = claimsOf(acting.body.access).user_id
  assert.equal((await ask(actor, 'PATCH', `/iam/users/${subject}`, { name: 'By somebody else' })).status, 200)
  // A trial that is over, which a job ends.
  await system`UPDATE services SET status = 'new', trial_end = NULL, deleted_date = NULL WHERE client_id = ${account}`
  await system`UPDATE services SET status = 'trial', trial_end = reeve_now() - interval '1 minute' WHERE client_id = ${account} AND product = 'CDN'`
  await system`UPDATE clients SET status = 'trial' WHERE id = ${account}`
  await system`SELECT refresh_clients(ARRAY[${account}::bigint])`
  const keep = { sessions: 0, links: 0, mails: 0, logs: 0 }
  const log = pino({ level: 'silent' })
  await processDueTransitions(
    { system, scope: t.database.scope, clock: machineClock, log, keep, passwordDays: undefined, outgoing: nothingOutgoing },
    new Date(),
  )

  const { results } = await page(reseller, 'limit=8')
  const requests = results.filter(({ kind }) => kind === 'request').map(({ entry }) => entry)
  assert.partialDeepStrictEqual(
    requests.find(({ actions }) => actions === 'updateUser'),
    { user: subject, actor: reseller.userId, client: account, data: '{"name":"By somebody else"}' },
  )
  assert.partialDeepStrictEqual(
    requests.find(({ query_params }) => query_params === 'reason=ticket+12'),
    { user: reseller.userId, affected_client: account },
  )
  assert.partialDeepStrictEqual(
    requests.find(({ actions }) => actions === 'updateClient'),
    { user: seller.userId, affected_client: account, data: '{"name":"Timeline","phone":"+49 1"}' },
  )
  const ended = results.find(({ kind }) => kind === 'status_change')
  assert.partialDeepStrictEqual(ended?.entry, { old_status: 'trial', new_status: 'trialend', client: account })
  const signedIn = results.find(({ kind }) => kind === 'sign_in')
  assert.partialDeepStrictEqual(signedIn?.entry, { user: administrator.userId, is_successful: true, attempts: 1 })
  for (const { kind, at, entry } of results)
    assert.equal(at, { request: entry.requested_at, sign_in: entry.login_at, status_change: entry.status_change_at }[kind])
})

test('by cursor each entry appears once, whatever the length of the pages, and none of another account', async () => {
  // Times that are not in the order of ids, and many at one instant.
  await system`INSERT INTO logins (reseller_id, client_id, user_id, is_successful, auth_type, login_at)
    SELECT 2, ${account}, ${administrator.userId}, true, 'password', '2026-02-01'::timestamptz + (n % 3) * interval '1 day'
    FROM generate_series(1, 20) AS n`
  await system`INSERT INTO account_status_changes (client_id, reseller_id, old_status, new_status, status_change_at)
    SELECT ${account}, 2, 'trial', 'active', '2026-02-02' FROM generate_series(1, 10)`
  const [logged] = await system`
    SELECT (SELECT count(*) FROM logins WHERE client_id = ${account}) + (SELECT count(*) FROM account_status_changes WHERE client_id = ${account})
      + (SELECT count(*) FROM activity WHERE client_id = ${account} OR affected_client_id = ${account}) AS count`
  const whole = (await page(reseller, 'limit=1000')).results
  assert.equal(whole.length, logged?.count)
  const keyOf = ({ kind, entry }: Entry) => `${kind} ${entry.id}`
  for (const limit of [1, 7, 50]) {
    const walked: Entry[] = []
    for (let cursor = ''; ; ) {
      const { results, next_cursor } = await page(seller, `limit=${limit}${cursor && `&cursor=${cursor}`}`)
      walked.push(...results)
      if (next_cursor === null) break
      cursor = next_cursor
    }
    assert.deepEqual(walked.map(keyOf), whole.map(keyOf))
  }
  assert.equal(new Set(whole.map(keyOf)).size, whole.length)
  for (const { kind, entry } of whole) if (kind === 'request') assert.ok(entry.client === account || entry.affected_client === account)
})

test('operators see it as well, another reseller does not, and a cursor of something else is refused', async () => {
  assert.deepEqual((await page(platform, 'limit=5')).results, (await page(reseller, 'limit=5')).results)
  assert.equal((await ask(other, 'GET', `/reeve/clients/${account}/timeline`)).status, 404)
  const position = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const cursor of ['x', position([1, 2]), position([1, 2, 'a']), position([1, 2, 1.5]), position(['id', true, null, 4])])
    assert.equal((await ask(reseller, 'GET', `/reeve/clients/${account}/timeline?cursor=${cursor}`)).status, 400, cursor)
})
