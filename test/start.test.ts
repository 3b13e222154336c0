/** What keeps the server from starting, each in a sentence that says what to do; and keys that outlive their rotation. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { isMigrated, knownMigrations, migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/open.ts'
import { openSecret } from '../src/db/secret.ts'
import { addSigningKey } from '../src/db/signing-keys.ts'
import { openSigningKeys } from '../src/http/signing-keys.ts'
import { readConfig, warningsOf } from '../src/lib/config.ts'
import { StartupError } from '../src/lib/startup-error.ts'
import { openWorld, testServer } from './harness.ts'

const { database, keys, cipher } = await openWorld()
const { system } = database
const refusal = (pattern: RegExp) => (error: unknown) => error instanceof StartupError && pattern.test(error.message)

test('a wrong setting is named with what it accepts, all at once, and its value is not repeated', () => {
  const env = { PORT: '99999', DATABASE_URL: 'mysql://me:secret@host/db', REEVE_SECRET: 'short', REEVE_LOG: 'loud', REEVE_WORKERS: '0' }
  assert.throws(
    () => readConfig(env),
    (error: Error) => {
      for (const name of Object.keys(env)) assert.match(error.message, new RegExp(`^${name} is not usable: it takes `, 'm'))
      assert.doesNotMatch(error.message, /secret@|short/)
      return error instanceof StartupError
    },
  )
  assert.equal(readConfig({ PORT: '' }).port, 8080, 'an empty variable counts as absent')
})

test('a server that the world may reach has limits, and warns where no proxy is named', () => {
  assert.deepEqual(readConfig({}).rates, { token: 1200, address: 3000 })
  assert.equal(readConfig({}).keep.logs, 400)
  const warned = (env: NodeJS.ProcessEnv) => warningsOf(readConfig(env)).some((one) => one.startsWith('REEVE_TRUST_PROXY is not set.'))
  for (const env of [{ HOST: '0.0.0.0' }, { HOST: '::' }, { HOST: 'id.vendor.example' }, { REEVE_URL: 'https://id.vendor.example' }]) {
    assert.ok(warned(env), JSON.stringify(env))
    assert.ok(!warned({ ...env, REEVE_TRUST_PROXY: '10.0.0.0/8' }))
  }
  for (const env of [{}, { HOST: 'localhost' }, { HOST: '::1' }, { REEVE_URL: 'http://localhost:8080' }])
    assert.ok(!warned(env), JSON.stringify(env))
})

test('so are addresses, mail servers and networks that are none', () => {
  const wrong = {
    SMTP_URL: ['http://host', 'smtp://', 'mail.example:587'],
    REEVE_URL: ['ftp://host', 'id.example'],
    REEVE_BRAND_URL: ['https://auth.example', 'auth.{domain}'],
    REEVE_MAIL_FROM: ['nobody', 'a b@c.example', 'A <a@b.example>'],
    REEVE_OUTGOING_NETWORKS: ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'local/8'],
    REEVE_SMTP_NETWORKS: ['10.0.0.0', 'local/8'],
  }
  for (const [name, values] of Object.entries(wrong))
    for (const value of values) assert.throws(() => readConfig({ [name]: value }), refusal(new RegExp(`^${name} is not usable`)), value)
  const right = { SMTP_URL: 'smtps://a:b@[::1]', REEVE_BRAND_URL: 'https://auth.{domain}', REEVE_OUTGOING_NETWORKS: '10.0.0.0/8, fd00::/8' }
  assert.deepEqual(readConfig(right).outgoingNetworks, ['10.0.0.0/8', 'fd00::/8'])
  assert.deepEqual(readConfig({ ...right, REEVE_SMTP_NETWORKS: '127.0.0.0/8' }).outgoingNetworks, ['10.0.0.0/8', 'fd00::/8', '127.0.0.0/8'])
})

test('a superuser is refused, with the role to make', {
  skip: process.env.DATABASE_URL && 'the outside role is no superuser',
}, async () => {
  const { maintenance } = testServer()
  await assert.rejects(
    connect(maintenance, 2, '', async () => {}),
    refusal(/superuser or has BYPASSRLS[\s\S]*CREATE ROLE reeve LOGIN/),
  )
})

test('a database that does not answer is refused', async () => {
  await assert.rejects(
    connect('postgres://nobody:x@127.0.0.1:1/none', 2, '', async () => {}),
    refusal(/cannot be reached: .*ECONNREFUSED/),
  )
})

test('a migration changed afterwards, and one of a newer version, are refused; applied ones are not applied again', async () => {
  const known = await knownMigrations()
  assert.deepEqual(await migrate(system, known), [])
  const [first, ...others] = known
  assert.ok(first)
  await assert.rejects(migrate(system, [{ ...first, checksum: 'another' }, ...others]), refusal(/0001_baseline.sql was changed after/))
  const contracts = known.findLast((migration) => !migration.expands)
  await assert.rejects(
    migrate(
      system,
      known.filter((migration) => migration !== contracts),
    ),
    refusal(/does not know: run the newer version/),
  )
  const broken = { id: 9999, name: '9999_broken.sql', checksum: 'x', expands: false, text: 'CREATE TABLE half_done (); SELECT 1 / 0;' }
  await assert.rejects(migrate(system, [...known, broken]), /9999_broken.sql failed: division by zero/)
  assert.equal((await system`SELECT to_regclass('half_done') AS there`)[0]?.there, null, 'a migration that fails leaves nothing')
})

test('servers that start together migrate one after the other', async () => {
  const known = await knownMigrations()
  const slow = { id: 9998, name: '9998_slow.sql', checksum: 'x', expands: false, text: 'CREATE TABLE made_once (); SELECT pg_sleep(0.2);' }
  const applied = await Promise.all([1, 2, 3].map(() => migrate(system, [...known, slow])))
  assert.deepEqual(applied.flat(), ['9998_slow.sql'])
})

test('a version runs on what a newer one has only expanded, and not on more', async () => {
  const known = await knownMigrations()
  const expanded = { id: 9996, name: '9996_expand.sql', checksum: 'x', expands: true, text: 'CREATE TABLE added ()' }
  const more = { id: 9997, name: '9997_contract.sql', checksum: 'x', expands: false, text: 'DROP TABLE added' }
  await system`DELETE FROM migrations WHERE id > 9000`
  await migrate(system, [...known, expanded])
  assert.deepEqual(await migrate(system, known), [])
  assert.equal(await isMigrated(system, known), true)
  assert.equal(await isMigrated(system, [...known, expanded, more]), false)
  await migrate(system, [...known, expanded, more])
  await assert.rejects(migrate(system, known), refusal(/holds migration 9997_contract.sql, which this version does not know/))
  assert.equal(await isMigrated(system, known), false)
  await system`DELETE FROM migrations WHERE id > 9000`
})

test('a migration does not keep others waiting behind it for a table that is in use', { timeout: 60_000 }, async () => {
  const known = await knownMigrations()
  await system`CREATE TABLE busy ()`
  const said: string[] = []
  const isWaiting = Promise.withResolvers<void>()
  const say = (line: string) => {
    said.push(line)
    if (line.includes('waits')) isWaiting.resolve()
  }
  const alter = { id: 9995, name: '9995_alter.sql', checksum: 'x', expands: true, text: 'ALTER TABLE busy ADD COLUMN more int' }
  let migrated: Promise<string[]> | undefined
  await system.begin(async (tx) => {
    await tx`SELECT FROM busy`
    migrated = migrate(system, [...known, alter], say)
    await isWaiting.promise
    await system`SELECT FROM busy` // would wait behind the ALTER TABLE
  })
  assert.deepEqual(await migrated, ['9995_alter.sql'])
  assert.ok(said.includes('Migration 9995_alter.sql waits for a table that is in use'))
})

test('keys cannot be opened with another secret', async () => {
  const other = { secret: 'another secret that is long enough for it', data: '/nowhere' }
  await assert.rejects(openSecret(system, other), refusal(/REEVE_SECRET is not the secret with which this database is encrypted/))
})

test('after a rotation the new key is shown, the old one signs a while longer, and its tokens stay good', async () => {
  const now = Math.floor(Date.now() / 1000)
  const claims = { exp: now + 60, iat: now, jti: 'x', token_type: 'access' }
  const before = await keys.sign(claims)
  await addSigningKey(system, cipher, { onlyFirst: false })
  const rotated = await openSigningKeys(system, cipher)
  assert.equal(rotated.jwks().keys.length, 2)
  assert.equal(
    decodeProtectedHeader(await rotated.sign(claims)).kid,
    decodeProtectedHeader(before).kid,
    'others must see the new key first',
  )

  await system`UPDATE signing_keys SET created_at = created_at - interval '10 minutes'`
  const later = await openSigningKeys(system, cipher)
  assert.notEqual(decodeProtectedHeader(await later.sign(claims)).kid, decodeProtectedHeader(before).kid)
  assert.equal((await later.verify(before)).jti, 'x')

  await system`UPDATE signing_keys SET retired_at = now() - interval '2 days' WHERE retired_at IS NOT NULL`
  const last = await openSigningKeys(system, cipher)
  assert.equal(last.jwks().keys.length, 1)
  await assert.rejects(last.verify(before), 'a key long retired is accepted no more')
})
