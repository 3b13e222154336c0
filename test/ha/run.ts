/**
 * npm run test:ha: writers change users through HAProxy, two servers of Reeve and three PostgreSQL under Patroni, while one thing after the
 * other fails. Nothing that was acknowledged may be lost, nobody may see anything but success and one 503, and Reeve is not restarted.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { reeve } from '../command.ts'
import { until } from '../until.ts'
import { type Figures, header, line, longestGap, markOf, summary, timesSince } from './figures.ts'
import type { Machine } from './machine.ts'
import { type Kind, kinds, type Name, plan } from './rounds.ts'
import { openStack, type Stack } from './stack.ts'
import { createStage } from './stage.ts'
import { startWriters, type Writer } from './writers.ts'

const WRITERS = 4
/** Milliseconds of undisturbed writing before and after. */
const CALM = 1000
/** A loaded machine is slower than what we aim at; only what is so many times slower is a mistake. */
const GENEROUS = 4

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, only: { type: 'string' }, keep: { type: 'boolean' } },
})
const chosen: Name[] = values.only ? Array(Number(values.rounds)).fill(values.only) : plan(Number(values.rounds))

const base = realpathSync(mkdtempSync(join(tmpdir(), 'reeve-ha-')))
const stage = createStage(base, process.env.POSTGRESQL ?? '')
const began = performance.now()
const figures: Figures[] = []
let failed: unknown
try {
  const stack = await openStack(stage)
  console.log(`Ready after ${Math.round((performance.now() - began) / 1000)} s.\n${header()}`)
  await measure(stack)
  console.log(['', ...summary(figures, (kind) => kinds[kind as Name].title), ''].join('\n'))
} catch (error) {
  failed = error
  console.error(error)
  console.error(`The logs are in ${base}.`)
} finally {
  stage.clear(Boolean(failed) || values.keep === true)
}
console.log(`${figures.length} rounds in ${Math.round((performance.now() - began) / 1000)} s.`)
process.exit(failed ? 1 : 0)

async function measure(stack: Stack) {
  const answer = await fetch(`${stack.url}/iam/users?limit=60`, { headers: { authorization: `APIKey ${stack.token}` } })
  const { results } = (await answer.json()) as { results: { id: number; deleted: boolean; user_type: string }[] }
  const users = results.filter(({ deleted, user_type }) => !deleted && user_type === 'common').slice(0, WRITERS)
  assert.equal(users.length, WRITERS)
  const { writers, stop } = startWriters(
    stack.url,
    stack.token,
    users.map(({ id }) => id),
  )
  try {
    for (const [n, name] of chosen.entries()) {
      const one = await runRound(stack, writers, n + 1, name)
      figures.push(one)
      console.log(line(one))
      judge(one, kinds[name])
    }
  } finally {
    await stop()
  }
  assert.equal(await lost(await stack.leader(), writers), 0)
  const check = await reeve(['check'], stack.reeveSettings)
  assert.equal(check.code, 0, `the lists differ from the records: ${check.stdout}${check.stderr}`)
  console.log(`\nAt the end: ${check.stdout.trim()}`)
}

async function runRound(stack: Stack, writers: Writer[], round: number, name: Name): Promise<Figures> {
  await stack.whole()
  await delay(CALM)
  const pids = stack.servers.map(({ child }) => child.pid)
  const mark = markOf(writers)
  const kind: Kind = kinds[name]
  const { old, heirs, mend } = await kind.begin(stack)
  const promoted = kind.fails === 'over' ? await promotion(heirs) : undefined
  const since = promoted ?? performance.now()
  await until('writes go on', () => timesSince(writers, mark).some((at) => at > since), 5)
  const again = timesSince(writers, mark).find((at) => at > since) as number
  await delay(CALM)
  const back = performance.now()
  await mend()
  await stack.whole()
  const whole = performance.now()
  if (name !== 'reeve')
    assert.deepEqual(
      stack.servers.map(({ child }) => (child.exitCode === null ? child.pid : undefined)),
      pids,
      'a server of Reeve ended',
    )
  await delay(CALM)
  const leader = await stack.leader()
  assert.equal(leader === old, kind.fails === 'not' && heirs[0] === old, `${leader.name} is the primary`)
  const refused = writers.map((one, n) => one.refused.slice(mark.of[n]?.refused))
  const statuses: Record<string, number> = {}
  for (const { status } of refused.flat()) statuses[status || 'closed'] = (statuses[status || 'closed'] ?? 0) + 1
  return {
    round,
    kind: name,
    acknowledged: timesSince(writers, mark).length,
    stopped: longestGap(timesSince(writers, mark), mark),
    promoted: promoted === undefined ? undefined : (again - promoted) / 1000,
    whole: (whole - back) / 1000,
    statuses,
    most: Math.max(...refused.map((one) => one.length)),
    bodies: refused.flatMap((one) => one.map(({ took, body }) => `after ${Math.round(took)} ms: ${body}`)),
    lost: await lost(leader, writers),
  }
}

/** Resolves with the time at which one of them was seen to be the primary. */
async function promotion(heirs: Machine[]): Promise<number> {
  const first = new AbortController()
  const found = await Promise.any(
    heirs.map((one) => until('another is promoted', async () => first.signal.aborted || ((await one.isPrimary()) && performance.now()))),
  )
  first.abort()
  return found as number
}

/** How many acknowledged writes the primary does not have, in the activity log or as the name of a user. */
async function lost(primary: Machine, writers: Writer[]): Promise<number> {
  // Those that are acknowledged meanwhile do not count, and what is recorded stays.
  const acknowledged = writers.map((one) => ({ id: one.id, numbers: one.acknowledged.slice() }))
  const rows = (await primary.ask(
    `SELECT path, array_agg(split_part(data::json ->> 'name', ', ', 2)::int) AS numbers, count(*)::int AS rows FROM activity
     WHERE action = 'updateUser' AND status_code = 200 AND data::json ->> 'name' LIKE 'Writer %' GROUP BY path`,
  )) as { path: string; numbers: number[]; rows: number }[]
  const names = (await primary.ask(`SELECT id, name FROM users WHERE name LIKE 'Writer %'`)) as { id: number; name: string }[]
  let missing = 0
  for (const { id, numbers } of acknowledged) {
    const row = rows.find(({ path }) => path === `/iam/users/${id}`)
    const recorded = new Set(row?.numbers)
    assert.equal(recorded.size, row?.rows ?? 0, `a change of user ${id} was made twice`)
    missing += numbers.filter((n) => !recorded.has(n)).length
    const name = names.find((one) => one.id === id)?.name ?? ''
    if (Number(name.split(', ')[1]) < (numbers.at(-1) ?? -1)) missing++
  }
  return missing
}

function judge({ round, kind, statuses, most, bodies, lost, promoted, whole, stopped }: Figures, { aim }: Kind) {
  const where = `round ${round}, ${kind}`
  assert.equal(lost, 0, `${where}: acknowledged writes are lost`)
  // A server that is killed answers nothing any more, and HAProxy cannot know what it did.
  const allowed = kind === 'reeve' ? ['closed', '502', '503'] : ['503']
  assert.deepEqual(
    Object.keys(statuses).filter((status) => !allowed.includes(status)),
    [],
    `${where}: ${JSON.stringify(statuses)}`,
  )
  assert.ok(most <= 1, `${where}: a writer was refused ${most} times\n${bodies.join('\n')}`)
  const limits: [what: string, seconds: number | undefined, aim: number][] = [
    ['without a write', stopped, aim],
    ['after the promotion', promoted, 1],
    ['until all were back', whole, 60],
  ]
  for (const [what, seconds = 0, aim] of limits) {
    if (seconds > aim) console.log(`  ${where}: ${seconds.toFixed(1)} s ${what}, and the aim is ${aim} s`)
    assert.ok(seconds <= aim * GENEROUS, `${where}: ${seconds.toFixed(1)} s ${what}`)
  }
}
