/** What some take from others: changes from their readers, and heavy lists from those who sign in. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { asker, times, uncached } from '../asking.ts'
import { nextName, people, renameStatements, renaming, UPDATE } from '../changes.ts'
import { startChild } from '../children.ts'
import { hasPgbench, pgbench, type Round, summary } from '../load.ts'
import { median, quantile } from '../samples.ts'
import type { Measure, Stage, World } from '../stage.ts'
import { atLeast, either, type Row, ratioAtLeast, ratioAtMost } from '../table.ts'
import { untilSignedIn } from './callers.ts'

const WRITERS = 8
const PAGE = '/iam/clients?limit=20'

export const renames: Measure = {
  name: 'renames',
  async run(world, stage) {
    const { rounds, seconds } = stage
    const all: Round[] = []
    const [alone, bare]: [Round[], Round[]] = [[], []]
    const reads: number[] = []
    const quiet: number[] = []
    let how = ''
    for (let round = 0; round < rounds; round++) {
      quiet.push(...(await reading(world, delay(seconds * 500))))
      const work = writing(world, seconds)
      reads.push(...(await reading(world, work)))
      const done = await work
      how = done.how
      all.push(done.round)
      if (!hasPgbench) continue
      alone.push(await bySql(world, stage, await renameStatements(world)))
      bare.push(await bySql(world, stage, [UPDATE]))
    }
    const rate = (rounds: Round[]) => median(rounds.map((one) => one.perSecond))
    const ceiling = hasPgbench && { ceiling: { figure: rate(bare), what: 'pgbench: the update of the user and COMMIT' } }
    const rows: Row[] = [
      {
        work: `rename of a user, read model included, ${WRITERS} connections (${how})`,
        goal: either(atLeast(1000), ratioAtLeast(0.35)),
        figure: rate(all),
        unit: 'commits/s',
        ...ceiling,
        remark: `p50 ${median(all.map((one) => one.p50)).toFixed(1)} ms, p99 ${median(all.map((one) => one.p99)).toFixed(1)} ms`,
      },
      ...(hasPgbench
        ? [{ work: `the same in SQL alone, ${WRITERS} connections`, figure: rate(alone), unit: 'commits/s', ...ceiling }]
        : []),
      {
        work: `${PAGE}, not cached, meanwhile`,
        figure: quantile(reads, 0.99),
        unit: 'ms p99',
        ceiling: { figure: quantile(quiet, 0.99), what: 'the same without writers' },
        remark: `p50 ${median(reads).toFixed(1)} against ${median(quiet).toFixed(1)} ms`,
      },
    ]
    return rows
  },
}

/** Times of one reader until `over`. */
async function reading(world: World, over: Promise<unknown>): Promise<number[]> {
  const ask = asker(world)
  const taken: number[] = []
  let ended = false
  const end = () => {
    ended = true
  }
  over.then(end, end)
  while (!ended) taken.push(...(await times(ask, [uncached(PAGE)])))
  ask.close()
  return taken
}

async function writing(world: World, seconds: number) {
  const some = await people(world, WRITERS * 250)
  const taken: number[] = []
  await renaming(world)
  const began = performance.now()
  const until = began + seconds * 1000
  const ways = await Promise.all(
    Array.from({ length: WRITERS }, async (_, n) => {
      const ask = asker(world)
      const { rename, how } = await renaming(world, ask)
      const own = some.filter((_person, index) => index % WRITERS === n)
      for (let turn = 0; performance.now() < until; turn++) {
        const person = own[turn % own.length] as (typeof own)[number]
        person.name = nextName(person.name)
        const before = performance.now()
        await rename(person, person.name)
        taken.push(performance.now() - before)
      }
      ask.close()
      return how
    }),
  )
  return { how: ways[0] ?? '', round: summary(taken, (performance.now() - began) / 1000) }
}

/** The same by pgbench, whose people are drawn from a table of its own: the span of ids has holes. */
async function bySql(world: World, stage: Stage, statements: string[]): Promise<Round> {
  const { sql } = world
  const some = await people(world, WRITERS * 250)
  await sql`CREATE TABLE IF NOT EXISTS bench_people (n int PRIMARY KEY, id bigint NOT NULL)`
  await sql`TRUNCATE bench_people`
  await sql`INSERT INTO bench_people SELECT n, id FROM unnest(${some.map(({ id }) => id)}::bigint[]) WITH ORDINALITY AS one (id, n)`
  const script = [
    `\\set n random(1, ${some.length})`,
    'SELECT id AS id FROM bench_people WHERE n = :n \\gset',
    'BEGIN;',
    ...statements.map((one) => `${one.replaceAll(':name', "CASE WHEN name LIKE '% II' THEN left(name, -3) ELSE name || ' II' END")};`),
    'COMMIT;',
  ]
  try {
    return await pgbench(world, stage, `${script.join('\n')}\n`, { connections: WRITERS, seconds: stage.seconds })
  } finally {
    await sql`DROP TABLE bench_people`
  }
}

const ASKERS = 50
/**
 * What heavy lists may do to a sign-in, as a multiple of its idle time. Of two cores it finds one page being read, one batch of a stream, the
 * process that sends both and those who ask for them: hashing gets half a core at best, and each way to the database its turn.
 */
const WAIT = 3

export const signIns: Measure = {
  name: 'sign-ins while heavy lists run',
  async run(world, stage) {
    const seconds = stage.seconds * stage.rounds
    await untilSignedIn(world, 1)
    const idle = await untilSignedIn(world, seconds)
    const task = { url: world.url, ...world.headers, askers: ASKERS }
    const heavy = startChild(join(stage.folder, 'heavy.log'), [join(import.meta.dirname, '../heavy.ts'), JSON.stringify(task)])
    await delay(1500)
    const loaded = await untilSignedIn(world, seconds * 2)
    await heavy.stop()
    const seen = JSON.parse(await heavy.said(/\{.*\}/)) as Record<string, number>
    const busy = `${seen.busy} told 503 (${seen.busyWithRetryAfter} with Retry-After)`
    const answers = `${seen.answered} answered, ${busy}, ${seen.other} other, ${seen.broken} broken`
    return [
      {
        work: `sign-in while ${ASKERS} ask for heavy lists`,
        goal: ratioAtMost(WAIT),
        figure: loaded.p99,
        unit: 'ms p99',
        ceiling: { figure: idle.p99, what: 'idle' },
        remark: `p50 ${loaded.p50.toFixed(0)} against ${idle.p50.toFixed(0)} ms, ${loaded.count} sign-ins; lists: ${answers}`,
      },
    ]
  },
}
