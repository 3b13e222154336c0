/** Pages of a hundred: while data changes, as they were before, and never older than the last change. */
import { asker } from '../asking.ts'
import { changeMeanwhile, type Person, renaming } from '../changes.ts'
import { type Asked, bareServer, cannon, compete, type PageSql, sqlCeiling, sqlContender } from '../load.ts'
import { random } from '../samples.ts'
import { CONNECTIONS, type Measure, type Stage, type World } from '../stage.ts'
import { atMost, type Row, ratioAtLeast } from '../table.ts'

const WRITES = 10 // a second
const LIMIT = 100
/** Offsets are drawn up to here: more pages than are cached, and none so far that the way there counts. */
const NEAR = 5000

const lists = {
  clients: `SELECT doc FROM client_documents JOIN
    (SELECT id FROM client_list WHERE reseller_id = $1 ORDER BY id LIMIT ${LIMIT} OFFSET $2) page USING (id) ORDER BY id`,
  users: `SELECT doc FROM user_list JOIN
    (SELECT id FROM user_list WHERE reseller_id = $1 ORDER BY id LIMIT ${LIMIT} OFFSET $2) page USING (id) ORDER BY id`,
}
type List = keyof typeof lists

export const changingPage = (list: List): Measure => ({
  name: `GET /iam/${list}?limit=${LIMIT}, ${WRITES} writes/s`,
  async run(world, stage) {
    const path = `/iam/${list}?limit=${LIMIT}`
    const whole: Asked = { url: world.url + path, headers: world.headers }
    const drawn: Asked = { ...whole, path: () => `${path}&offset=${random(NEAR)}` }
    const sql = (offset: number | string): PageSql => ({ text: lists[list], parameters: [world.reseller, offset] })
    const contenders = {
      first: (seconds: number) => cannon(whole, seconds),
      firstSql: sqlContender(world, stage, sql(0)),
      any: (seconds: number) => cannon(drawn, seconds),
      anySql: sqlContender(world, stage, sql(`random(0, ${NEAR})`)),
    }
    const { result, changes } = await changeMeanwhile(world, WRITES, () => compete(contenders, stage))
    const beside = `${sqlCeiling} on the JSON column`
    const against = (figure: number, more = '') => ({ figure, what: `${beside}${more}` })
    const work = `${path}, ${CONNECTIONS} connections, ${WRITES} writes/s`
    return [
      {
        work,
        goal: ratioAtLeast(0.8),
        figure: result.first.perSecond,
        unit: 'requests/s',
        ceiling: against(result.firstSql.perSecond),
        remark: `p50 ${result.first.p50.toFixed(1)} ms, p99 ${result.first.p99.toFixed(1)} ms; ${changes} users renamed meanwhile`,
      },
      {
        work: `${work}, any offset to ${NEAR}: not cached`,
        goal: ratioAtLeast(0.5),
        figure: result.any.perSecond,
        unit: 'requests/s',
        ceiling: against(result.anySql.perSecond, ', the same offsets'),
        remark: `p50 ${result.any.p50.toFixed(1)} ms, p99 ${result.any.p99.toFixed(1)} ms`,
      },
    ]
  },
})

export const unchangedPage = (list: List): Measure => ({
  name: `GET /iam/${list}?limit=${LIMIT}, unchanged`,
  async run(world, stage) {
    const path = `/iam/${list}?limit=${LIMIT}`
    return [...(await againstBare(world, stage, path, {})), ...(await againstBare(world, stage, path, { again: true }))]
  },
})

async function againstBare(world: World, stage: Stage, path: string, { again = false }): Promise<Row[]> {
  const ask = asker(world)
  const { headers: given } = await ask(path)
  const headers = { ...world.headers, ...(again && { 'if-none-match': String(given.etag) }) }
  const answer = await ask(path, { headers })
  ask.close()
  const { status } = answer
  const bare = await bareServer(stage, answer)
  try {
    const result = await compete(
      {
        ours: (seconds) => cannon({ url: world.url + path, headers, status }, seconds),
        bare: (seconds) => cannon({ url: bare.url, headers, status }, seconds),
      },
      stage,
    )
    return [
      {
        work: `${path}, unchanged${again ? ', If-None-Match' : ''}`,
        goal: ratioAtLeast(0.4),
        figure: result.ours.perSecond,
        unit: 'requests/s',
        ceiling: { figure: result.bare.perSecond, what: `bare node:http, the same ${again ? '304' : 'bytes'}` },
        remark: `p50 ${result.ours.p50.toFixed(2)} ms, p99 ${result.ours.p99.toFixed(2)} ms`,
      },
    ]
  } finally {
    await bare.child.stop()
  }
}

/** After each change the very next request must show it, asked plainly and with the ETag of before. */
export const neverStale: Measure = {
  name: 'never stale',
  async run(world) {
    const path = `/iam/clients?limit=${LIMIT}`
    const ask = asker(world)
    const { rename, how } = await renaming(world)
    const before = JSON.parse((await ask(path)).body.toString()) as { results: { users: (Person & { reseller: number })[] }[] }
    const shown = before.results.flatMap(({ users }) => users).filter(({ name }) => name)
    let stale = 0
    let asked = 0
    try {
      for (const person of shown) {
        const { headers } = await ask(path)
        const name = `Changed ${Math.random().toString(36).slice(2)}`
        await rename(person, name)
        const conditional = asked % 2 === 0 ? { headers: { ...world.headers, 'if-none-match': String(headers.etag) } } : {}
        const { status, body } = await ask(path, conditional)
        asked++
        if (status !== 200 || !body.includes(name)) stale++
      }
    } finally {
      for (const person of shown) await rename(person, person.name)
      ask.close()
    }
    return [
      {
        work: `${path}, never stale`,
        goal: atMost(0),
        figure: stale,
        unit: 'stale answers',
        remark: `of ${asked} after a change (${how})`,
      },
    ]
  },
}
