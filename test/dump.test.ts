/** `reeve dump` and `reeve restore`: every row of every table comes back, and what is not whole is no dump and no database. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { checkReadModel } from '../src/db/check.ts'
import { verifyDump } from '../src/db/dump/format.ts'
import { connect } from '../src/db/open.ts'
import { openPool, type Sql } from '../src/db/pool.ts'
import { reeve, spawnReeve } from './command.ts'
import { demoSettings, startDemo, startServer } from './demo-server.ts'
import { inDatabase, testServer } from './harness.ts'
import { outsideDatabase } from './outside.ts'
import { catalogueOf, differences } from './schema/catalogue.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'reeve-dump-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const embeddedOnly = process.env.DATABASE_URL ? 'it starts embedded databases of its own' : false
const secret = 'a secret for tests that is long enough'
const settings = (url: string) => ({ DATABASE_URL: url, REEVE_DATA: join(folder, 'none'), REEVE_SECRET: secret })

/**
 * Runs `read` on a database, where it can as the superuser, who sees rows that row-level security hides from everybody else. An outside
 * PostgreSQL gives us no superuser.
 */
async function looking<T>(url: string, read: (sql: Sql) => Promise<T>): Promise<T> {
  const name = new URL(url).pathname.slice(1)
  const sql = openPool(inDatabase(testServer().maintenance, name), { max: 1, settings: { 'reeve.scope': 'system' } })
  try {
    return await read(sql)
  } finally {
    await sql.end()
  }
}

/** Every table with its number of rows, a digest of them, and the next id. */
const everything = (sql: Sql) =>
  sql.reserve(async (db) => {
    const tables = await db<{ name: string; sequence: string | null }[]>`SELECT tablename AS name,
        (SELECT pg_get_serial_sequence(tablename, attname) FROM pg_attribute WHERE attrelid = tablename::regclass AND attidentity <> '') AS sequence
      FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`
    const found: Record<string, unknown> = {}
    for (const { name, sequence } of tables) {
      const row = name === 'migrations' ? db`to_jsonb(t) - 'applied_at'` : db`to_jsonb(t)`
      const [rows] =
        await db`SELECT count(*), md5(string_agg(md5((${row})::text), '' ORDER BY md5((${row})::text))) AS digest FROM ${db(name)} t`
      const [last] = sequence ? await db`SELECT last_value, is_called FROM ${db(sequence.replace('public.', ''))}` : []
      found[name] = { ...rows, ...last }
    }
    return found
  })

/** Values that COPY's text format must escape, an id that is not in use any more, and tables that the demo world leaves empty. */
async function makeAwkward(url: string) {
  const { background: sql, close } = await connect(url, 2, 'test', async () => {})
  const odd = 'a\tb\nc\\.\n\\.\n\\N "quoted" Ω𝄞'
  await sql`UPDATE resellers SET name = ${odd} WHERE id = (SELECT max(id) FROM resellers)`
  await sql`SELECT setval(pg_get_serial_sequence('clients', 'id'), 900001)`
  await sql`INSERT INTO secret_check (encrypted) VALUES (${Buffer.from([0, 92, 46, 10, 255])})`
  await checkReadModel(sql, { rebuild: true })
  await close()
}

test('every row of every table comes back, and the schema with its indexes, keys, triggers and policies', {
  timeout: 120_000,
}, async () => {
  const [from, to] = [await outsideDatabase({ filled: true }), await outsideDatabase()]
  const file = join(folder, 'world.dump')
  await makeAwkward(from)
  const dumped = await reeve(['dump', file], settings(from))
  assert.equal(dumped.code, 0, dumped.stderr)
  assert.match(dumped.stdout, /: \d{4,} rows of \d\d tables as of \d{4}-.*, read again and compared\.\n$/)
  assert.match(dumped.stderr, /secret .* is not in the file\. Keep REEVE_SECRET as well/)
  assert.equal(statSync(file).mode & 0o777, 0o600)

  const restored = await reeve(['restore', file], settings(to))
  assert.equal(restored.code, 0, restored.stderr)
  assert.match(restored.stdout, /^\d+ rows of \d\d tables are restored, as of .*\nThe lists match the records\.\n$/)
  const [before, now] = [await looking(from, everything), await looking(to, everything)]
  assert.ok(Object.values(before).filter((one) => (one as { count: number }).count > 0).length > 25, 'most tables have rows')
  assert.deepEqual(now, before)
  assert.deepEqual(differences(await looking(from, catalogueOf), await looking(to, catalogueOf)), [])

  const again = await reeve(['restore', file], settings(to))
  assert.deepEqual(
    [again.code, again.stderr],
    [1, 'The database is not empty: restore into a new one, or empty this one with reeve reset. Nothing was changed.\n'],
  )
  assert.deepEqual(await looking(to, everything), now)
})

test('row-level security hides nothing from a dump, in tables that are empty here either', async () => {
  const policies = await looking(await outsideDatabase({ filled: true }), async (sql) => {
    const found = await sql<{ name: string; is: string }[]>`SELECT polrelid::regclass::text AS name, pg_get_expr(polqual, polrelid) AS is
      FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE relnamespace = 'public'::regnamespace AND polcmd IN ('*', 'r') AND polqual IS NOT NULL`
    for (const one of found) {
      // A provider is there for every row that names one, and is under a policy of this list itself.
      const is = one.is.replace(/\bsees_provider\(provider_id\)/g, 'true')
      const [row] = await sql.unsafe<{ shown: boolean }[]>(`SELECT (${is}) AS shown FROM (SELECT (NULL::${one.name}).*) AS ${one.name}`)
      assert.equal(row?.shown, true, `a row of ${one.name}: ${one.is}`)
    }
    return found.length
  })
  assert.ok(policies > 50, `${policies}`)
})

test('a dump that is not as it was written is refused before anything is changed', { timeout: 120_000 }, async () => {
  const [from, to] = [await outsideDatabase({ filled: true }), await outsideDatabase()]
  const file = join(folder, 'good.dump')
  assert.equal((await reeve(['dump', file], settings(from))).code, 0)
  const bytes = readFileSync(file)
  const text = zstdDecompressSync(bytes)
  const manifest = JSON.parse(text.subarray(0, text.indexOf(10)).toString())
  const rest = text.subarray(text.indexOf(10))
  const withManifest = (change: object) => zstdCompressSync(Buffer.concat([Buffer.from(JSON.stringify({ ...manifest, ...change })), rest]))
  const flipped = Buffer.from(text)
  const digit = flipped.indexOf('@') + 1
  flipped[digit] = (flipped[digit] ?? 0) ^ 1
  const bad: [string, Buffer, RegExp][] = [
    ['cut.dump', bytes.subarray(0, bytes.length / 2), /cut\.dump is damaged: it ends early/],
    ['short.dump', zstdCompressSync(text.subarray(0, -70)), /short\.dump is damaged: it ends early/],
    ['long.dump', zstdCompressSync(Buffer.concat([text, Buffer.from('\n')])), /long\.dump is damaged: its checksum is wrong/],
    ['flipped.dump', zstdCompressSync(flipped), /flipped\.dump is damaged: its checksum is wrong/],
    ['noise.dump', Buffer.from('PGDMP and so on'), /noise\.dump is damaged: it ends early, or is no file of reeve dump/],
    ['other.dump', zstdCompressSync(Buffer.from('{}\n')), /other\.dump is no file of reeve dump, or of a newer version/],
    [
      'newer.dump',
      withManifest({ migrations: [...manifest.migrations, { id: 9999, name: '9999_later.sql', checksum: '' }] }),
      /newer\.dump is damaged: its checksum is wrong/,
    ],
  ]
  for (const [name, content, words] of bad) {
    const path = join(folder, name)
    writeFileSync(path, content)
    await assert.rejects(
      verifyDump(path, () => {}),
      { name: 'StartupError', message: words },
      name,
    )
  }
  const { code, stdout, stderr } = await reeve(['restore', join(folder, 'flipped.dump')], settings(to))
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /^.*flipped\.dump is damaged: its checksum is wrong\.\n$/)
  assert.deepEqual(await looking(to, everything), {}, 'not even a schema')
})

test('a dump is whole or absent: a file that exists stays, and a killed dump leaves none of that name', { timeout: 120_000 }, async () => {
  const from = await outsideDatabase({ filled: true })
  const place = join(folder, 'place')
  mkdirSync(place)
  const file = join(place, 'kept.dump')
  writeFileSync(file, 'mine')
  const kept = await reeve(['dump', file], settings(from))
  assert.deepEqual([kept.code, kept.stderr], [1, `${file} exists: move it away, or name another file.\n`])
  assert.equal(readFileSync(file, 'utf8'), 'mine')
  const nowhere = await reeve(['dump', join(place, 'absent', 'a.dump')], settings(from))
  assert.equal(nowhere.code, 1)
  assert.match(nowhere.stderr, /a\.dump cannot be written: ENOENT/)
  const empty = await reeve(['dump', join(place, 'empty.dump')], settings(await outsideDatabase()))
  assert.deepEqual([empty.code, empty.stderr], [1, 'The database has no Reeve in it: there is nothing to dump.\n'])
  assert.deepEqual(readdirSync(place), ['kept.dump'], 'no drafts are left')

  // A lock holds the dump up in the middle of its rows.
  const { system, close } = await connect(from, 2, 'test', async () => {})
  await system.begin(async (db) => {
    await db`LOCK TABLE users IN ACCESS EXCLUSIVE MODE`
    const child = spawnReeve(['dump', join(place, 'torn.dump')], settings(from))
    await until('the dump has begun', () => readdirSync(place).length > 1)
    child.kill('SIGKILL')
    await until('it is gone', () => child.signalCode !== null)
  })
  await close()
  assert.ok(!existsSync(join(place, 'torn.dump')))
})

test('a server goes on while its embedded database is dumped, and the restored one takes its place', {
  skip: embeddedOnly,
  timeout: 120_000,
}, async () => {
  const [data, restored, file] = [join(folder, 'data'), join(folder, 'restored'), join(folder, 'embedded.dump')]
  const absent = await reeve(['dump', file], { REEVE_DATA: data })
  assert.deepEqual([absent.code, absent.stderr], [1, `There is no database in ${data}: set REEVE_DATA or DATABASE_URL.\n`])
  const server = await startDemo(data)
  const refused: number[] = []
  let isOver = false
  const writer = (async () => {
    const { body } = await server.ask('GET', '/iam/users?limit=60')
    const users = body.results.filter((one: { deleted: boolean; user_type: string }) => !one.deleted && one.user_type === 'common')
    for (let n = 0; !isOver; n++) {
      const { status } = await server.ask('PATCH', `/iam/users/${users[n % users.length].id}`, { name: `name ${n}` })
      if (status !== 200) refused.push(status)
    }
  })()
  const dumped = await reeve(['dump', file], { REEVE_DATA: data })
  isOver = true
  await writer
  assert.equal(dumped.code, 0, dumped.stderr)
  assert.deepEqual(refused, [])
  await server.stop()

  const back = await reeve(['restore', file], { REEVE_DATA: restored })
  assert.equal(back.code, 0, back.stderr)
  assert.match(back.stdout, /The lists match the records\.\n$/)
  assert.match(back.stderr, /The secret is not in the file: set REEVE_SECRET .* or copy its secret\.key to .*restored/)
  cpSync(join(data, 'secret.key'), join(restored, 'secret.key'))
  const successor = await startServer(demoSettings(restored, { REEVE_LOG: 'info' }))
  const answer = await fetch(`${successor.url}/iam/clients/me`, {
    headers: { authorization: `APIKey ${server.shown.resellers[0]?.token}` },
  })
  assert.equal(answer.status, 200, 'with a token of before')
  await successor.stop()
})
