/** `reeve reset` and `reeve psql`: on the embedded database, on an outside one, and where they must refuse. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { knownMigrations } from '../src/db/migrate.ts'
import { connect } from '../src/db/open.ts'
import { openPool } from '../src/db/pool.ts'
import { reeve } from './command.ts'
import { outsideDatabase } from './outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'reeve-database-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const embeddedOnly = process.env.DATABASE_URL ? 'it starts embedded databases of its own' : false

/** A psql that says what it was given, so that these tests need none. */
const programs = join(folder, 'programs')
mkdirSync(programs)
writeFileSync(
  join(programs, 'psql'),
  '#!/bin/sh\nprintf "%s|" "$PGHOST" "$PGPORT" "$PGUSER" "$PGPASSWORD" "$PGDATABASE" "$PGOPTIONS" "$@"\nexit 7\n',
  { mode: 0o755 },
)
const fakePsql = { PATH: `${programs}:${process.env.PATH}` }

test('reset deletes the embedded database after a yes, and never under a running server', {
  skip: embeddedOnly,
  timeout: 120_000,
}, async () => {
  const data = join(folder, 'embedded')
  const settings = { REEVE_DATA: data }
  assert.deepEqual(await reeve(['reset', '--yes'], settings), { code: 0, stdout: `There is no database in ${data}.\n`, stderr: '' })
  assert.ok(!existsSync(data), 'nothing is made')
  assert.equal((await reeve(['operator', '--email', 'o@vendor.example'], settings)).code, 0)
  assert.equal((await reeve(['rotate-keys'], settings)).code, 0)
  writeFileSync(join(data, 'notes.txt'), 'mine')

  const server = await startEmbedded(data)
  const refused = await reeve(['reset', '--yes'], settings)
  await server.stop()
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /^Reeve already runs on /)

  for (const answer of ['', 'no\n', 'y\n']) {
    const { code, stdout, stderr } = await reeve(['reset'], settings, answer)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^This deletes the database in .*, for good\. Type "yes" to go on: Nothing was deleted\./)
  }
  assert.equal((await reeve(['reset', '--yes', '--database', 'reeve'], settings)).code, 1, 'no outside database is set')
  const kept = await reeve(['operator', '--email', 'o@vendor.example'], settings)
  assert.match(kept.stderr, /email/, 'the operator is still there')

  const done = await reeve(['reset'], settings, 'yes\n')
  assert.equal(done.code, 0, done.stderr)
  assert.deepEqual(readdirSync(data).sort(), ['notes.txt', 'secret.key'])
  assert.equal((await reeve(['operator', '--email', 'o@vendor.example'], settings)).code, 0, 'and the folder takes a new one')
})

test('reset empties an outside database that is named, and nobody uses', { timeout: 120_000 }, async () => {
  const url = await outsideDatabase()
  const name = new URL(url).pathname.slice(1)
  const data = join(folder, 'outside')
  const settings = { DATABASE_URL: url, REEVE_DATA: data, REEVE_SECRET: 'a secret for tests that is long enough' }
  assert.equal((await reeve(['operator', '--email', 'o@vendor.example'], settings)).code, 0)

  const sql = openPool(url, { max: 1, name: 'some server' })
  await sql`CREATE SCHEMA others`
  await sql`CREATE TABLE others.kept (id int)`
  const wrong: [string[], RegExp][] = [
    [['reset', '--yes'], new RegExp(`To empty it, name it: reeve reset --database ${name}\n`)],
    [['reset', '--yes', '--database', 'other'], new RegExp(`names the database ${name}, not other\\. Nothing was deleted\\.`)],
    [['reset', '--yes', '--database', name], /is in use: it has 1 other connection \(some server\)\. Stop every server/],
  ]
  for (const [args, words] of wrong) {
    const { code, stdout, stderr } = await reeve(args, settings)
    assert.deepEqual([code, stdout], [1, ''], args.join(' '))
    assert.match(stderr, words)
    assert.doesNotMatch(stderr, /\n {4}at /, 'no stack')
  }
  await sql.end()
  assert.equal((await reeve(['reset', '--database', name], settings, 'no\n')).code, 1)
  const before = await connect(url, 2, 'test', async () => {})
  assert.equal((await before.system`SELECT id FROM migrations`).length, (await knownMigrations()).length)
  await before.close()

  const { host } = new URL(url)
  const ofSeveral = { ...settings, DATABASE_URL: url.replace(host, `${host},${host}`) } // which are watched, by connections of our own
  const done = await reeve(['reset', '--database', name], ofSeveral, 'yes\n')
  assert.deepEqual([done.code, done.stdout], [0, `The database ${name} is empty.\n`], done.stderr)
  const empty = openPool(url, { max: 1 })
  const [left] = await empty`SELECT
    (SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S', 'c')) AS tables,
    (SELECT count(*)::int FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('d', 'e')) AS types,
    to_regnamespace('reeve_jobs') IS NULL AS without_queues, to_regclass('others.kept') IS NOT NULL AS kept`
  assert.deepEqual({ ...left }, { tables: 0, types: 0, without_queues: true, kept: true })
  await empty.end()
  const again = await reeve(['migrate'], settings)
  assert.equal(again.code, 0, `it takes a new Reeve: ${again.stderr}`)
})

test('psql is run on the embedded database, whether a server runs or not, and ends as psql ends', {
  skip: embeddedOnly,
  timeout: 120_000,
}, async () => {
  const data = join(folder, 'psql')
  const settings = { REEVE_DATA: data, ...fakePsql }
  const absent = await reeve(['psql'], settings)
  assert.equal(absent.code, 1)
  assert.match(absent.stderr, /^There is no database in .*: start the server once, or set REEVE_DATA\./)
  assert.ok(!existsSync(data), 'a mistyped folder does not become a database')
  assert.equal((await reeve(['migrate'], settings)).code, 0)

  const expected = /^[^|]+\|\d+\|reeve\|[0-9a-f]{48}\|reeve\|-c reeve\.scope=system\|-Atc\|SELECT 1\|$/
  for (const running of [false, true]) {
    const server = running && (await startEmbedded(data))
    const { code, stdout, stderr } = await reeve(['psql', '-Atc', 'SELECT 1'], settings)
    if (server) await server.stop()
    assert.equal(code, 7, `the exit status is psql's; ${stderr}`)
    assert.match(stdout, expected)
    assert.match(stderr, /^You see every tenant \(reeve\.scope is system\)/)
  }
  assert.match((await reeve(['psql', '--', '-v', 'x=1'], settings)).stdout, /\|-v\|x=1\|$/, 'what reeve itself knows goes behind --')

  const without = await reeve(['psql'], { REEVE_DATA: data, PATH: join(folder, 'nothing') })
  assert.equal(without.code, 1)
  assert.match(without.stderr, /There is no psql in PATH, and npm brings none along\. Install it/)
  assert.doesNotMatch(without.stderr, /\n {4}at /, 'no stack')
})

test('psql on an outside database gets its URL without the password, which others could read', async () => {
  const said = async (url: string) => (await reeve(['psql', '-l'], { DATABASE_URL: url, ...fakePsql })).stdout
  const options = 'options=-c%20reeve.scope%3Dsystem'
  assert.equal(
    await said('postgres://me:a%20b@db.example:5433/shop'),
    `|||a b|||--dbname|postgres://me@db.example:5433/shop?${options}|-l|`,
  )
  assert.equal(
    await said('postgres://me:x@one:1,two:2/shop?sslmode=verify-full&uselibpqcompat=true'),
    `|||x|||--dbname|postgres://me@one:1,two:2/shop?sslmode=verify-full&${options}&target_session_attrs=primary|-l|`,
  )
  assert.equal(await said('postgresql://db.example/shop'), `||||||--dbname|postgresql://db.example/shop?${options}|-l|`)
})

test('NODE_DEBUG=sql prints the statements of a command, without their values', { timeout: 60_000 }, async () => {
  const settings = {
    DATABASE_URL: await outsideDatabase(),
    REEVE_DATA: join(folder, 'log'),
    REEVE_SECRET: 'a secret that is long enough, for tests',
  }
  const { code, stderr } = await reeve(['operator', '--email', 'debug@vendor.example'], { ...settings, NODE_DEBUG: 'sql' })
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^SQL \d+: .*SELECT /m)
  assert.match(stderr, /\$1/)
  assert.doesNotMatch(stderr, /debug@vendor/)
})

const found = spawnSync('psql', ['--version']).status === 0
test('a real psql sees all resellers', { skip: found ? false : 'there is no psql in PATH', timeout: 60_000 }, async () => {
  const settings = {
    DATABASE_URL: await outsideDatabase(),
    REEVE_DATA: join(folder, 'real'),
    REEVE_SECRET: 'a secret that is long enough, for tests',
  }
  assert.equal((await reeve(['reseller', '--name', 'North', '--email', 'a@north.example'], settings)).code, 0)
  const { code, stdout } = await reeve(['psql', '-XAtc', 'SELECT name FROM resellers WHERE NOT is_platform'], settings)
  assert.deepEqual([code, stdout], [0, 'North\n'])
})
