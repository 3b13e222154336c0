/** A demo world that is loaded in several runs, each of which ends where it must not, is the world that one run loads. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { knownMigrations, migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/open.ts'
import type { SystemSql } from '../src/db/scope.ts'
import { type LoadOptions, loadWorld } from '../src/demo/load.ts'
import { reeve } from './command.ts'
import { outsideDatabase } from './outside.ts'
import { catalogueOf, differences } from './schema/catalogue.ts'

/** Two chunks, and indexes that are built after the rows. */
const options: LoadOptions = { seed: 3, clients: 5_100, large: 5_000, passwordHash: 'a hash', now: new Date('2026-03-01T00:00:00Z') }

async function freshDatabase(): Promise<SystemSql> {
  const { background, close } = await connect(await outsideDatabase(), 2, 'test', async () => {})
  after(close)
  await migrate(background, await knownMigrations())
  return background
}

/** The number of rows and a digest of each table. Versions count changes, and differ with their number. */
async function contentsOf(sql: SystemSql) {
  const tables = await sql<{ name: string }[]>`SELECT relname AS name FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname NOT IN ('migrations', 'tenant_versions') ORDER BY 1`
  const contents = new Map<string, string>()
  for (const { name } of tables) {
    const [row] = await sql`SELECT count(*) || ' rows, ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') AS is
      FROM ${sql(name)} AS t`
    contents.set(name, row?.is)
  }
  return contents
}

test('a load that is interrupted again and again goes on where it stopped, and makes the same world and the same schema', async () => {
  const [whole, torn] = [await freshDatabase(), await freshDatabase()]
  const schema = await catalogueOf(torn)
  await loadWorld(whole, options)

  const later = new Date('2027-01-01T00:00:00Z') // what counts is the time of the first run
  const ends: [string, number][] = [
    ['clients', 1],
    ['clients', 2],
    ['indexes', 3],
    ['indexes', 30],
    ['users in the list', 1],
    ['counts', 1],
  ]
  for (const [run, [phase, steps]] of ends.entries()) {
    let shown = 0
    const progress = (_: number, __: number, at: string) => {
      if (at === phase && ++shown === steps) throw new Error(`the end in ${phase}`)
    }
    await assert.rejects(loadWorld(torn, { ...options, progress, ...(run > 0 && { now: later }) }), /^Error: the end in /)
  }
  await assert.rejects(loadWorld(torn, { ...options, seed: 4 }), /unfinished demo world of 5100 clients \(seed 3\)/)
  const phases = new Set<string>()
  await loadWorld(torn, { ...options, now: later, progress: (_, __, phase) => phases.add(phase) })

  assert.ok(phases.has('counts'), 'the last run had to finish it')
  assert.deepEqual(await contentsOf(torn), await contentsOf(whole))
  assert.deepEqual(differences(await catalogueOf(torn), schema), [], 'indexes, constraints, triggers and row-level security are as before')
  await assert.rejects(loadWorld(torn, options), /already holds resellers/)
})

test('a server does not start on a world that is not whole', async () => {
  const url = await outsideDatabase()
  const { background, close } = await connect(url, 2, 'test', async () => {})
  await migrate(background, await knownMigrations())
  await background`CREATE TABLE unfinished_load ()`
  await close()
  const { code, stderr } = await reeve(['serve'], { DATABASE_URL: url, REEVE_SECRET: 'a secret of a test, long enough!', PORT: '0' })
  assert.equal(code, 1)
  assert.match(stderr, /unfinished demo world: run reeve seed again/)
})
