/** Runs tables of requests: each states its answer and exactly what it leaves of activity, mails and changes of status, by default none. */
import assert from 'node:assert/strict'
import type { SecurityChange } from '../src/mail/outbox.ts'
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
  /** Columns of the mails that must be in the outbox, at least these; by default none. */
  mails?: object[]
  /** Columns of the changes of an account's status; by default none. */
  statusChanges?: object[]
  /** Anything more, with the answer at hand. */
  also?: (answer: Answer) => unknown
}

/** The mail that tells a user of a change of how it signs in. */
export const told = ({ email, userId }: { email: string; userId: number }, change: SecurityChange) => ({
  template: 'security_changed',
  recipient: email,
  user_id: userId,
  details: { change, addresses: '127.0.0.1' },
})

/** How long a row that is written after the answer may take. */
const PATIENCE = 30_000

type Rows = Record<string, unknown>[]

export interface Activity {
  /** Every row of the activity written since the last call, once there are as many as are due. */
  since(due: number): Promise<Rows>
  /** Likewise of what comes with a change and never later than its answer: mails, and changes of an account's status. */
  mails(): Promise<Rows>
  statusChanges(): Promise<Rows>
}

export async function watchActivity({ database: { system } }: TestWorld): Promise<Activity> {
  const newRowsOf = async (table: string) => {
    const [start] = await system`SELECT coalesce(max(id), 0) AS id FROM ${system(table)}`
    let last: number = start?.id
    return async (due = 0) => {
      const until = Date.now() + PATIENCE
      for (;;) {
        const rows = await system`SELECT * FROM ${system(table)} WHERE id > ${last} ORDER BY id`
        if (rows.length >= due || Date.now() > until) {
          last = rows.at(-1)?.id ?? last
          return [...rows]
        }
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
  }
  return { since: await newRowsOf('activity'), mails: await newRowsOf('outbox'), statusChanges: await newRowsOf('account_status_changes') }
}

export async function run(
  t: TestWorld,
  activity: Activity,
  { name, as, method, path, body, headers, status, says, records = [], mails = [], statusChanges = [], also }: Scenario,
) {
  const answer = await t.ask(method, path, {
    headers: { ...(as !== undefined && { authorization: as }), ...headers },
    ...(body !== undefined && { body }),
  })
  assert.equal(answer.status, status, `${name}: ${answer.text.slice(0, 500)}`)
  if (says) assert.partialDeepStrictEqual(answer.body, says, `${name}: the body must say this, not ${answer.text.slice(0, 500)}`)
  expectRows(name, 'activity', await activity.since(records.length), records)
  expectRows(name, 'outbox', await activity.mails(), mails)
  expectRows(name, 'account_status_changes', await activity.statusChanges(), statusChanges)
  await also?.(answer)
  return answer
}

function expectRows(name: string, table: string, rows: Rows, due: object[]) {
  assert.equal(rows.length, due.length, `${name}: ${table} must get ${due.length} rows, not ${JSON.stringify(rows)}`)
  for (const [n, one] of due.entries()) assert.partialDeepStrictEqual(rows[n], one, `${name}: row ${n} of ${table}`)
}
