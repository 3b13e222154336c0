/** Runs tables of requests: each states its answer and exactly the rows of the activity that it leaves, by default none. */
import assert from 'node:assert/strict'
import type { Answer, TestWorld } from './harness.ts'

export interface Scenario {
  name: string
  /** The Authorization header; none where it is left out. */
  as?: string
  method: string
  path: string
  body?: unknown
  headers?: Record<string, string>
  status: number
  /** What the body must hold at least. */
  says?: object
  /** Columns of the rows that the activity must get, in order, at least these. A request without rows is one that changes nothing. */
  records?: object[]
  /** Anything more, with the answer at hand. */
  also?: (answer: Answer) => unknown
}

/** How long a row that is written after the answer may take. */
const PATIENCE = 3000

export interface Activity {
  /** Everything written since the last call, once there are as many rows as are due. */
  since(due: number): Promise<Record<string, unknown>[]>
}

export async function watchActivity({ database }: TestWorld): Promise<Activity> {
  const { system } = database
  const [start] = await system`SELECT coalesce(max(id), 0) AS id FROM activity`
  let last: number = start?.id
  return {
    async since(due) {
      const until = Date.now() + PATIENCE
      for (;;) {
        const rows = await system`SELECT * FROM activity WHERE id > ${last} ORDER BY id`
        if (rows.length >= due || Date.now() > until) {
          last = rows.at(-1)?.id ?? last
          return [...rows]
        }
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
  }
}

export async function run(
  t: TestWorld,
  activity: Activity,
  { name, as, method, path, body, headers, status, says, records = [], also }: Scenario,
) {
  const answer = await t.ask(method, path, {
    headers: { ...(as !== undefined && { authorization: as }), ...headers },
    ...(body !== undefined && { body }),
  })
  assert.equal(answer.status, status, `${name}: ${answer.text.slice(0, 500)}`)
  if (says) assert.partialDeepStrictEqual(answer.body, says, `${name}: the body must say this, not ${answer.text.slice(0, 500)}`)
  const rows = await activity.since(records.length)
  assert.equal(rows.length, records.length, `${name}: the activity must get ${records.length} rows, not ${JSON.stringify(rows)}`)
  for (const [n, due] of records.entries()) assert.partialDeepStrictEqual(rows[n], due, `${name}: row ${n} of the activity`)
  await also?.(answer)
  return answer
}
