/** What `reeve doctor` finds: faults are made where a test can make them, and it must name each with what to do, change nothing and tell no secret. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { databaseFindings, type Facts } from '../src/cli/doctor/database.ts'
import type { Area, Finding } from '../src/cli/doctor/finding.ts'
import { spaceFinding } from '../src/cli/doctor/folder.ts'
import { jobFindings } from '../src/cli/doctor/jobs.ts'
import { connect } from '../src/db/open.ts'
import { openSecret } from '../src/db/secret.ts'
import { addSigningKey } from '../src/db/signing-keys.ts'
import { jobs } from '../src/jobs/jobs.ts'
import { createCipher } from '../src/lib/encryption.ts'
import { samlKeyContext } from '../src/sso/saml/saml.keys.ts'
import { reeve } from './command.ts'
import { freePort, startDemo } from './demo-server.ts'
import { testServer } from './harness.ts'
import { outsideDatabase } from './outside.ts'
import { openPair, skipped } from './replication.ts'
import { makeKeys } from './saml-idp.ts'
import { login, refusal, smtpServer } from './smtp.ts'
import { until } from './until.ts'

const SECRET = 'the secret of the server, long enough'
const folder = mkdtempSync(join(tmpdir(), 'reeve-doctor-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** The findings of each area as `severity what → todo`. */
async function examine(settings: Record<string, string>) {
  const { code, stdout, stderr } = await reeve(['doctor', '--json'], { REEVE_DATA: join(folder, 'none'), ...settings })
  assert.equal(stderr, '')
  const { areas, errors } = JSON.parse(stdout) as { areas: Area[]; errors: number }
  assert.equal(code, errors > 0 ? 1 : 0)
  const of = (area: string) =>
    (areas.find((one) => one.area === area)?.findings ?? []).map(
      ({ severity, what, todo }) => `${severity} ${what}${todo ? ` → ${todo}` : ''}`,
    )
  return { of, areas, stdout, code }
}
const finds = (lines: string[], ...patterns: RegExp[]) => {
  for (const pattern of patterns)
    assert.ok(
      lines.some((line) => pattern.test(line)),
      `${pattern} is not found:\n${lines.join('\n')}`,
    )
}
const words = (findings: Finding[]) => findings.map(({ severity, what }) => `${severity} ${what}`)

test('a healthy demo has no error, and nothing is changed', { timeout: 120_000 }, async () => {
  const data = join(folder, 'demo')
  const port = String(await freePort())
  const smtp = await smtpServer()
  const settings = { REEVE_DATA: data, PORT: port, SMTP_URL: `smtp://127.0.0.1:${smtp.port}` }
  const demo = await startDemo(data, settings)
  const { code, stdout, stderr } = await reeve(['doctor'], settings)
  assert.deepEqual([code, stderr], [0, ''], stdout)
  assert.doesNotMatch(stdout, /ERROR/)
  for (const line of [
    'All settings are known and usable.',
    `Reeve runs on it as process ${demo.child.pid}.`,
    'PostgreSQL 18',
    'migrations are applied.',
    'The secret decrypts the database.',
    'Tokens can be signed',
    `127.0.0.1:${smtp.port} takes mail.`,
    `The server at http://127.0.0.1:${port} is ready, version`,
  ])
    assert.ok(stdout.includes(line), `${line}\n${stdout}`)
  const mails = smtp.mails.length

  chmodSync(join(data, 'secret.key'), 0o644)
  chmodSync(data, 0o755)
  const before = readdirSync(data).sort()
  const open = await examine({ ...settings, REEVE_CONNECTIONS: '90' })
  finds(open.of('data folder'), /^error Other accounts could read .*secret\.key\. → chmod 600/, /^warning Other accounts may look into/)
  finds(open.of('database'), /^error A server takes up to 147 connections .* and 97 are allowed\. → Raise max_connections/)
  assert.deepEqual(readdirSync(data).sort(), before)
  assert.deepEqual([statSync(join(data, 'secret.key')).mode & 0o777, statSync(data).mode & 0o777], [0o644, 0o755], 'it changes nothing')
  assert.equal(smtp.mails.length, mails, 'it sends nothing')
  const wrong = await examine({ ...settings, REEVE_SECRET: SECRET })
  finds(wrong.of('secret'), /^error REEVE_SECRET is not the secret of this database\. → Set the one that the server has/)
  demo.child.kill('SIGKILL')
  await until('it has ended', () => demo.child.exitCode !== null || demo.child.signalCode !== null)
  finds((await examine(settings)).of('data folder'), /^warning reeve\.pid names process \d+, which has ended without closing/)
})

test('settings that are misspelt, refused or not meant', { timeout: 120_000 }, async () => {
  const data = join(folder, 'both')
  mkdirSync(join(data, 'postgres'), { recursive: true })
  writeFileSync(join(data, 'postgres', 'something'), '')
  const [odd, refused, embedded, outside] = await Promise.all([
    examine({
      REEVE_WORKER: '4',
      REEVE_URL: 'http://id.vendor.example',
      HOST: '0.0.0.0',
      PORT: String(await freePort()),
      REEVE_RATE_TOKEN: '0',
      REEVE_WORKERS: '64',
    }),
    examine({ REEVE_SECRET: 'short', REEVE_WORKERS: '0', REEVE_CONNECTION: '3' }),
    examine({ REEVE_DATA: data, REEVE_CLOCK: 'x60', REEVE_TRUST_PROXY: '0.0.0.0/0', PORT: '1' }),
    examine({
      REEVE_DATA: data,
      DATABASE_URL: 'postgres://reeve:a%20pass%26word@127.0.0.1:1/reeve',
      HOST: '192.0.2.1',
      REEVE_SECRET: SECRET,
    }),
  ])
  finds(
    odd.of('settings'),
    /^error REEVE_WORKER is not a setting; did you mean REEVE_WORKERS\?/,
    /^error REEVE_URL is http:\/\/id\.vendor\.example, so that passwords and tokens travel in the clear/,
    /^warning REEVE_TRUST_PROXY is not set\. → If a proxy stands in front/,
    /^warning REEVE_RATE_TOKEN is 0/,
  )
  finds(odd.of('machine'), /^warning REEVE_WORKERS is 64, on \d+ cores/)
  finds(odd.of('server'), /^warning No server answers at http:\/\/127\.0\.0\.1:\d+/)
  finds(odd.of('mail server'), /^warning SMTP_URL is not set/)
  finds(odd.of('data folder'), /^warning There is no .*none\. → The first start makes it/)
  finds(odd.of('database'), /^warning The embedded database does not run/)
  assert.deepEqual(
    refused.areas.map(({ area }) => area),
    ['settings'],
  )
  finds(
    refused.of('settings'),
    /REEVE_CONNECTION is not a setting/,
    /^error REEVE_SECRET is not usable/,
    /^error REEVE_WORKERS is not usable/,
  )
  finds(embedded.of('settings'), /^error REEVE_CLOCK is set/, /^error REEVE_TRUST_PROXY trusts everybody/)
  finds(embedded.of('data folder'), /^error .*postgres is no PostgreSQL data folder/)
  finds(outside.of('settings'), /^warning REEVE_URL is not set, so links in emails lead to http:\/\/192\.0\.2\.1:8080/)
  finds(outside.of('data folder'), /^warning DATABASE_URL is set, and .* also holds an embedded database/)
  finds(outside.of('database'), /^error The database cannot be reached/)
  assert.doesNotMatch(outside.stdout, /a%20pass|a pass&word/)
})

test('faults of a database', { timeout: 240_000 }, async () => {
  const DATABASE_URL = await outsideDatabase({ filled: true })
  const { system, background, close } = await connect(DATABASE_URL, 4, 'test', async () => {})
  after(close)
  const settings = { DATABASE_URL, REEVE_SECRET: SECRET, PORT: String(await freePort()) }
  const cipher = await openSecret(system, { secret: SECRET, data: folder })
  await addSigningKey(system, cipher, { onlyFirst: true })

  // The planted faults.
  const other = createCipher('another secret, which is long enough too')
  await addSigningKey(system, other, { onlyFirst: false })
  const [ends, ended] = [await makeKeys({ days: 10 }), await makeKeys({ days: -1 })]
  const fingerprint = new X509Certificate(ends.certificate).fingerprint256
  for (const [one, pem] of [
    [cipher, ends.certificate],
    [other, ended.certificate],
  ] as const)
    await system`INSERT INTO saml_keys ${system({ private_key: one.encrypt(Buffer.from('key'), samlKeyContext(fingerprint)), certificate: pem })}`
  const provider = { reseller_id: 2, client_id: null, kind: 'saml', name: 'Okta', state: 'on', metadata_error: 'It answers 404.' }
  await system`INSERT INTO identity_providers ${system({ ...provider, settings: system.json({ certificates: [ended.certificate] }) } as never)}`
  await system`UPDATE migrations SET checksum = 'another' WHERE id = 2`
  await system`INSERT INTO migrations (id, name, checksum, expands) VALUES (9000, '9000_newer.sql', 'x', false)`
  await system`CREATE TABLE unfinished_load ()`
  await system`CREATE TABLE doubles AS SELECT 1 AS n FROM generate_series(1, 2)`
  await assert.rejects(background.reserve((db) => db.unsafe('CREATE UNIQUE INDEX CONCURRENTLY doubles_n ON doubles (n)')))
  const mail = { reseller_id: 2, recipient: 'a@customer.example', template: 'trial_began', lang: 'en' }
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)
  await system`DELETE FROM outbox`
  await system`INSERT INTO outbox ${system([
    { ...mail, created_at: hoursAgo(5), failed_at: null, last_error: 'Nothing listens there.' },
    { ...mail, created_at: hoursAgo(9), failed_at: hoursAgo(1), last_error: 'No such user.' },
  ])}`
  const [role] = await system`SELECT current_database() AS name`
  await system.unsafe(`ALTER DATABASE ${role?.name} CONNECTION LIMIT 30`)
  const smtp = await smtpServer({ onAuth: ({ password }, _session, done) => done(refusal(535, `No ${password} here`)) })
  const SMTP_URL = `smtp://${login.user}:${encodeURIComponent(login.pass)}@127.0.0.1:${smtp.port}`

  const found = await examine({ ...settings, SMTP_URL, REEVE_SECRET_SECOND: 'nobody has begun to use this one, whatever' })
  assert.equal(found.code, 1)
  finds(
    found.of('database'),
    /^error The index doubles_n is invalid.* → REINDEX INDEX CONCURRENTLY doubles_n/,
    /^error A server takes up to 42 .* 30 are allowed/,
  )
  const [{ fsync } = {}] = await system`SELECT current_setting('fsync') AS fsync`
  if (fsync === 'off') finds(found.of('database'), /^error fsync is off/, /^error full_page_writes is off/)
  finds(
    found.of('schema'),
    /^error Migration 9000_newer\.sql is of a newer version, and this one does not run on it/,
    /^error Migration 0002_standby_reads\.sql has changed/,
    /^error The database holds an unfinished demo world/,
  )
  finds(
    found.of('secret'),
    /^warning There is a second secret, with which nothing is encrypted/,
    /^error The signing key [\w-]+ cannot be decrypted\. → reeve keys --remove/,
    /^ok Tokens can be signed/,
    /^warning The end of our SAML certificate …\S+ is \d{4}-\d\d-\d\d/,
    /^error The end of our SAML certificate …\S+ was/,
    /^error The key of our SAML certificate …\S+ cannot be decrypted/,
  )
  finds(
    found.of('mails'),
    /^error 1 mail wait.*, the oldest for 5 hours: Nothing listens there\./,
    /^warning 1 mail could not be sent .* No such user\./,
  )
  finds(found.of('mail server'), /^error SMTP_URL: 127\.0\.0\.1 does not accept the login/)
  finds(found.of('jobs'), /^warning No server is connected to the database/)
  finds(
    found.of('identity providers'),
    /^error The end of the last certificate of the identity provider \d+ \(Okta of .*\) was/,
    /^warning The metadata of .* It answers 404\./,
  )
  for (const secret of [SECRET, login.pass, 'nobody has begun']) assert.ok(!found.stdout.includes(secret), secret)

  await system`INSERT INTO next_secret (encrypted) VALUES ('x')`
  finds((await examine(settings)).of('secret'), /^warning The secret is being replaced/)
  await system`DELETE FROM next_secret`
  const turned = await examine({ ...settings, REEVE_SECRET: 'another secret, which is long enough too', REEVE_SECRET_SECOND: SECRET })
  finds(turned.of('secret'), /^warning The second secret is the one of this database/)
  await system`DELETE FROM migrations WHERE id = 3`
  finds(
    (await examine(settings)).of('schema'),
    /^error 1 migration of this version is missing: 0003_next_secret\.sql\. → Run reeve migrate/,
  )
  await system`INSERT INTO migrations (id, name, checksum, expands) VALUES (3, '0003_next_secret.sql', 'x', true)`
  const { REEVE_SECRET: _, ...none } = settings
  finds((await examine(none)).of('secret'), /^error There is no secret: REEVE_SECRET is not set/)
})

test('a superuser, and an empty database', { timeout: 60_000 }, async () => {
  const url = new URL(await outsideDatabase())
  finds((await examine({ DATABASE_URL: url.href, REEVE_SECRET: SECRET })).of('schema'), /^warning The database is empty/)
  const { maintenance } = testServer()
  if (typeof maintenance === 'string') return
  url.username = maintenance.user
  url.password = maintenance.password
  const { of, stdout } = await examine({ DATABASE_URL: url.href, REEVE_SECRET: SECRET })
  finds(of('database'), /^error The login postgres is a superuser or has BYPASSRLS.*→ .*CREATE ROLE reeve LOGIN/s)
  assert.ok(!stdout.includes(maintenance.password))
})

test('what answers at HOST and PORT', { timeout: 60_000 }, async () => {
  let answer: (request: IncomingMessage, reply: ServerResponse) => void = () => {}
  const server = createServer((request, reply) => answer(request, reply)).listen(0, '127.0.0.1')
  after(() => server.close().closeAllConnections())
  await until('it listens', () => server.listening)
  const PORT = String((server.address() as AddressInfo).port)
  const json = (reply: ServerResponse, status: number, body: object) =>
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

  answer = (_, reply) => reply.end('<h1>It works!</h1>')
  finds((await examine({ PORT })).of('server'), /^error What answers at http:\/\/127\.0\.0\.1:\d+ is no Reeve/)
  answer = ({ url }, reply) => {
    if (url === '/healthz') return json(reply, 200, { status: 'ok' })
    if (url === '/readyz') return json(reply, 503, { database: true, migrated: false, keys: false, warnings: ['The database is full.'] })
    return json(reply, 200, { info: { version: '0.0.1' } })
  }
  finds(
    (await examine({ PORT })).of('server'),
    /^error The server at \S+ is not ready: migrated, keys\./,
    /^warning The server says: The database is full\./,
    /^warning The server at \S+ is version 0\.0\.1, and this is/,
  )
  answer = () => {} // as a server that hangs
  finds((await examine({ PORT })).of('server'), /^error The server at \S+ does not answer within 5 seconds/)
})

test('standbys', { skip: skipped, timeout: 120_000 }, async () => {
  const { first, second } = await openPair('doctor', after)
  const url = (port: number) => `postgres://reeve@127.0.0.1:${port}/reeve`
  const settings = { DATABASE_URL: url(first.port), REEVE_SECRET: SECRET }
  const replica = (port: number) => ({ ...settings, DATABASE_REPLICA_URL: url(port) })
  finds((await examine(replica(second.port))).of('standbys'), /^error 127\.0\.0\.1: The database cannot be reached.*→ Start it/)
  await second.start()
  await until('it replays', async () => (await second.ask('SELECT pg_last_wal_replay_lsn() IS NOT NULL AS replays'))[0]?.replays)
  const fine = (await examine(replica(second.port))).of('standbys')
  assert.equal(fine.filter((line) => line.startsWith('error')).length, 0, fine.join('\n'))
  await second.ask('SELECT pg_wal_replay_pause()')
  await second.ask('ALTER SYSTEM SET hot_standby_feedback = off')
  await second.ask('SELECT pg_reload_conf()')
  const wrong = await examine({ ...replica(second.port), REEVE_CONNECTIONS: '400' })
  finds(wrong.of('standbys'), /^error Replay is paused/, /^warning hot_standby_feedback is off/, /^warning \S+ allows \d+ connections/)
  finds((await examine(replica(first.port))).of('standbys'), /^ok 127\.0\.0\.1 is not in recovery/)
  finds((await examine({ ...settings, DATABASE_URL: url(second.port) })).of('database'), /^error DATABASE_URL leads to a standby/)
})

test('what no test can make within minutes is judged by its figures', () => {
  const healthy: Facts = {
    version: '18.4',
    recovery: false,
    settings: { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', autovacuum: 'on' },
    connections: { allowed: 97, others: 10, needed: 42 },
    age: 1e6,
    oldest: { seconds: 5, pid: 1, name: 'reeve' },
    skew: 0.1,
    prepared: 0,
    invalid: [],
    bloated: [],
    slots: [],
  }
  assert.ok(databaseFindings(healthy).every(({ severity }) => severity === 'ok'))
  const cases: [Partial<Facts>, RegExp][] = [
    [{ age: 600e6 }, /^warning The oldest row is 600 million transactions old/],
    [{ age: 1600e6 }, /^error The oldest row is 1600 million/],
    [{ oldest: { seconds: 1200, pid: 7, name: 'psql' } }, /^warning A transaction lasts for 20 minutes \(process 7 of psql\)/],
    [{ oldest: { seconds: 40_000, pid: 7, name: '' } }, /^error A transaction lasts for 11 hours \(process 7\)/],
    [{ skew: 5 }, /^warning The clock of the database is 5 seconds ahead/],
    [{ skew: -25 }, /^error The clock of the database is 25 seconds behind/],
    [{ prepared: 2 }, /^warning 2 prepared transactions/],
    [{ slots: ['old'] }, /^warning Nobody reads the replication slot old/],
    [{ bloated: [{ name: 'users', dead: 2e6, live: 1e6 }] }, /^warning Of the table users 2000000 rows are dead/],
    [{ connections: { allowed: 97, others: 60, needed: 42 } }, /^warning A server takes up to 42 .* of which others have 60/],
    [{ settings: { ...healthy.settings, autovacuum: 'off' } }, /^error autovacuum is off/],
    [{ settings: { ...healthy.settings, synchronous_commit: 'off' } }, /^error synchronous_commit is off/],
  ]
  for (const [facts, pattern] of cases) finds(words(databaseFindings({ ...healthy, ...facts })), pattern)

  assert.equal(spaceFinding('data', 400e6, 100e9).severity, 'error')
  assert.equal(spaceFinding('data', 5e9, 100e9).severity, 'warning')
  assert.equal(spaceFinding('data', 50e9, 100e9).severity, 'ok')

  const runs = (ago: number | null, failed = 0) =>
    jobs.map(({ name }) => ({ name, ago, failed, why: failed > 0 ? 'Out of memory.' : null }))
  assert.deepEqual(words(jobFindings({ up: 90_000, queues: runs(1) })), [`ok All ${jobs.length} jobs run.`])
  assert.deepEqual(
    words(jobFindings({ up: 30, queues: runs(null) })),
    [`ok All ${jobs.length} jobs run.`],
    'a server that has just started',
  )
  finds(
    words(jobFindings({ up: 90_000, queues: runs(5000) })),
    /^error The job services-over succeeded 83 minutes ago, and should every 60 seconds/,
  )
  finds(words(jobFindings({ up: 90_000, queues: runs(null) })), /^error The job retention has not succeeded for hours/)
  finds(words(jobFindings({ up: 90_000, queues: runs(1, 2) })), /^warning The job upkeep failed: Out of memory\./)
  finds(words(jobFindings({ up: 90_000, queues: undefined })), /^error The queues of jobs are missing/)
})
