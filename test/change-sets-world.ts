/** What the tests of change sets share: who asks, how a set is drafted, applied and run, and accounts enough for several batches. */
import assert from 'node:assert/strict'
import { pino } from 'pino'
import type { Scope } from '../src/db/scope.ts'
import { applyChangeSets } from '../src/jobs/change-sets.ts'
import { machineClock } from '../src/lib/clock.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { nothingOutgoing, openWorld } from './harness.ts'

export interface Result {
  client_id: number
  company: string | null
  outcome: string
  code: string | null
  message: string | null
}

// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
type Body = any

export async function openBulk() {
  const t = await openWorld()
  const { system, scope } = t.database
  const the = shownBy(t)
  const log = pino({ level: process.env.REEVE_LOG ?? 'silent' })
  const deps = {
    system,
    scope,
    clock: machineClock,
    log,
    keep: { sessions: 0, links: 0, mails: 0, logs: 0 },
    passwordDays: undefined,
    outgoing: nothingOutgoing,
  }
  const reseller = the('reseller')

  const ask = (one: TestCaller, method: string, path: string, body?: object) =>
    t.ask(method, path, { headers: { authorization: one.authorization }, ...(body && { body }) })

  /** One run of the job, as the server does it every few seconds; another one by `differently`. */
  const run = (differently: { scope?: Scope; stopping?: AbortSignal } = {}) => applyChangeSets({ ...deps, ...differently })

  async function drafted(one: TestCaller, change: object, select: object): Promise<Body> {
    const answer = await ask(one, 'POST', '/reeve/change_sets', { change, select })
    assert.equal(answer.status, 201, answer.text)
    return answer.body
  }

  const get = async (one: TestCaller, id: number): Promise<Body> => (await ask(one, 'GET', `/reeve/change_sets/${id}`)).body

  async function start(one: TestCaller, { id }: { id: number }): Promise<void> {
    const answer = await ask(one, 'POST', `/reeve/change_sets/${id}/apply`)
    assert.equal(answer.status, 200, answer.text)
  }

  async function applied(one: TestCaller, draft: { id: number }): Promise<Body> {
    await start(one, draft)
    await run()
    return get(one, draft.id)
  }

  async function results(one: TestCaller, id: number, query = ''): Promise<Result[]> {
    const all: Result[] = []
    for (let cursor = ''; ; ) {
      const { body } = await ask(one, 'GET', `/reeve/change_sets/${id}/results?${query}${cursor}`)
      all.push(...body.results)
      if (body.next_cursor === null) return all
      cursor = `&cursor=${body.next_cursor}`
    }
  }

  /** Live accounts of the caller's reseller. */
  const of = (one: TestCaller, most: number) =>
    t.world.clients
      .filter((c) => c.reseller_id === one.resellerId && !c.deleted_at && c.client_type === 'common')
      .slice(0, most)
      .map(({ id }) => id)

  /** As many new accounts of the reseller, with a new service for the CDN, which is available to them. Returns their ids. */
  async function fill(count: number, name: string): Promise<number[]> {
    const rows = await system<{ id: number }[]>`
      INSERT INTO clients (reseller_id, email, company_name, status, owner_id)
      SELECT 2, ${name} || n || '@bulk.example', ${name} || ' ' || n, 'preparation', ${t.world.clients.find(({ id }) => id === the('client').clientId)?.owner_id ?? null}::bigint
      FROM generate_series(1, ${count}::int) AS n RETURNING id`
    const ids = rows.map(({ id }) => id).sort((a, b) => a - b)
    await system`INSERT INTO services (client_id, reseller_id, product) SELECT id, 2, 'CDN' FROM unnest(${ids}::bigint[]) AS id`
    await system`INSERT INTO client_availability SELECT id, 2, 'CDN', true FROM unnest(${ids}::bigint[]) AS id`
    await system`SELECT refresh_clients(${ids}::bigint[])`
    return ids
  }

  return {
    t,
    system,
    scope,
    deps,
    reseller,
    seller: the('seller'),
    platform: the('platform'),
    administrator: the('client'),
    foreign: the('reseller', 3),
    ask,
    run,
    drafted,
    get,
    start,
    applied,
    results,
    of,
    fill,
  }
}
