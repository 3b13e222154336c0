/** The database of the demo world, for what only another transaction can bring about. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openPool } from '../../src/db/pool.ts'

/**
 * Keeps a change of the account waiting, as a transaction that is slow to end does.
 * @returns lets it go on; may be called again
 */
export async function holdAccount(id: number): Promise<() => Promise<void>> {
  const data = dirname(process.env.REEVE_CONSOLE_DEMO ?? '')
  const password = readFileSync(join(data, 'reeve.password'), 'utf8').trim()
  const login = { host: join(data, 'postgres'), port: 5432, user: 'reeve', password, database: 'reeve' }
  const db = openPool(login, { max: 1, settings: { 'reeve.scope': 'system' } })
  let letGo = () => {}
  const over = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let transaction: Promise<unknown> = Promise.resolve()
  await new Promise<void>((resolve, reject) => {
    transaction = db.begin(async (sql) => {
      await sql`SELECT FROM clients WHERE id = ${id} FOR UPDATE`
      resolve()
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
  return () => (ending ??= end())
}
