/** The database of the demo world, for what only another transaction can bring about. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openPool } from '../../src/db/pool.ts'
import { until } from '../../test/until.ts'

/** Keeps changes of the account waiting, as a transaction that is slow to end does. */
export async function holdAccount(id: number) {
  const data = dirname(process.env.REEVE_CONSOLE_DEMO ?? '')
  const password = readFileSync(join(data, 'reeve.password'), 'utf8').trim()
  const login = { host: join(data, 'postgres'), port: 5432, user: 'reeve', password, database: 'reeve' }
  const db = openPool(login, { max: 2, settings: { 'reeve.scope': 'system' } })
  let letGo = () => {}
  const over = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let transaction: Promise<unknown> = Promise.resolve()
  const holder = await new Promise<number>((resolve, reject) => {
    transaction = db.begin(async (sql) => {
      const [row] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid FROM clients WHERE id = ${id} FOR UPDATE`
      resolve(row?.pid ?? 0)
      await over
    })
    transaction.catch(reject)
  })
  let ending: Promise<void> | undefined
  const end = async () => {
    letGo()
    await transaction
    await db.end()
  }
  return {
    /** Resolves once so many transactions wait, for the account or for one another. */
    waitedFor: (transactions: number) =>
      until(`${transactions} transactions wait`, async () => {
        const [row] = await db<{ waiting: number }[]>`
          WITH RECURSIVE waiting (pid) AS (
            SELECT ${holder}::int
            UNION SELECT a.pid FROM pg_stat_activity a, waiting w WHERE w.pid = ANY (pg_blocking_pids(a.pid)))
          SELECT count(*)::int - 1 AS waiting FROM waiting`
        return (row?.waiting ?? 0) >= transactions
      }),
    /** May be called again. */
    release: () => (ending ??= end()),
  }
}
