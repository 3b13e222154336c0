/** npm test: one PostgreSQL for the run with a migrated, filled template database, then node --test. Arguments are test files. */
import { spawn } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Login, startEmbedded } from '../src/db/embedded/server.ts'
import { knownMigrations, migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/open.ts'
import { openPool } from '../src/db/pool.ts'
import { loadWorld } from '../src/demo/load.ts'
import { demoPassword } from '../src/demo/world.ts'
import { hashPassword } from '../src/lib/passwords.ts'
import { ourselves } from '../src/lib/semaphore.ts'
import { missingStatuses } from './every-status.ts'
import { inDatabase, ownerOf, type TestServer, worldOptions } from './harness.ts'

const files = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'reeve-test-'))
const outside = process.env.DATABASE_URL
const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '250' }
const embedded = outside ? undefined : await startEmbedded(join(folder, 'data'), { settings })
const template = `reeve_test_${process.pid}`
const server: TestServer = outside
  ? { maintenance: outside, app: outside, template }
  : { maintenance: embedded?.admin as Login, app: embedded?.app as Login, template }

const statuses = join(folder, 'statuses')

let status = 1
try {
  mkdirSync(statuses)
  await makeTemplate(server)
  const tests = files.length > 0 ? files : globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).sort()
  // More files at once than cores: many wait for a server to start, a lock or a deadline.
  const child = spawn(process.execPath, ['--test', '--test-concurrency=6', ...tests], {
    stdio: 'inherit',
    env: {
      ...process.env,
      REEVE_TEST_SERVER: JSON.stringify(server),
      REEVE_TEST_STATUSES: statuses,
      NODE_COMPILE_CACHE: join(import.meta.dirname, '../node_modules/.cache/reeve'),
      NODE_ENV: 'test',
    },
  })
  status = await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)))
  if (files.length === 0) status = (await missingStatuses(statuses)) || status
} finally {
  if (outside) await maintain(server, `DROP DATABASE IF EXISTS ${template}`)
  await embedded?.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(status)

async function makeTemplate({ app, template }: TestServer) {
  await maintain(server, `CREATE DATABASE ${template} OWNER ${ownerOf(app)} ENCODING 'UTF8' TEMPLATE template0`)
  const database = await connect(inDatabase(app, template), 4, 'template', async () => {})
  try {
    await migrate(database.background, await knownMigrations())
    await loadWorld(database.background, { ...worldOptions, passwordHash: await hashPassword(demoPassword, ourselves) })
  } finally {
    await database.close()
  }
}

async function maintain({ maintenance }: TestServer, statement: string) {
  const sql = openPool(maintenance, { max: 1 })
  await sql.unsafe(statement).catch((error: Error) => {
    throw new Error(`${error.message}. Where DATABASE_URL is set its role needs CREATEDB for the tests: ALTER ROLE … CREATEDB.`)
  })
  await sql.end()
}
