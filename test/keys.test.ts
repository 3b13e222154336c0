/** The secret of an installation and its signing keys: no process encrypts with another secret, and a key that nobody can decrypt stops nobody. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect } from '../src/db/open.ts'
import type { SystemSql } from '../src/db/scope.ts'
import { addSigningKey } from '../src/db/signing-keys.ts'
import { openSigningKeys, type SigningKeys } from '../src/http/signing-keys.ts'
import { createCipher } from '../src/lib/encryption.ts'
import { reeve } from './command.ts'
import { startServer } from './demo-server.ts'
import { openWorld } from './harness.ts'
import { outsideDatabase } from './outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'reeve-keys-'))
after(() => {
  rmSync(folder, { recursive: true, force: true })
})
let made = 0
const newFolder = () => join(folder, `data-${made++}`)
const SECRET = 'the secret of the server, long enough'
const OTHER = 'another secret, which is long enough too'
const kids = async (system: SystemSql) => (await system`SELECT kid FROM signing_keys ORDER BY created_at`).map(({ kid }) => kid as string)

/** A server as `settings` say, and what is asked of it. */
async function serve(settings: Record<string, string>) {
  const { url, stop, said } = await startServer(settings)
  const ready = async () => {
    const answer = await fetch(`${url}/readyz`)
    return { status: answer.status, ...((await answer.json()) as { keys: boolean; warnings: string[] }) }
  }
  const signIn = async (username: string, password: string) => {
    const body = JSON.stringify({ username, password })
    return (await fetch(`${url}/iam/auth/jwt/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status
  }
  return { url, ready, signIn, stop, said }
}

test('another secret than the server’s is refused by every command, and nothing is made', { timeout: 180_000 }, async () => {
  const DATABASE_URL = await outsideDatabase()
  const early = newFolder()
  const operator = await reeve(['operator', '--email', 'operator@example.com'], { DATABASE_URL, REEVE_DATA: early })
  assert.equal(operator.code, 0, operator.stderr)
  assert.ok(!existsSync(early), 'what encrypts nothing makes no key file')
  const password = /with (\S+)\n$/.exec(operator.stdout)?.[1] ?? ''

  const server = await serve({ DATABASE_URL, REEVE_SECRET: SECRET, REEVE_DATA: newFolder() })
  const database = await connect(DATABASE_URL, 2, 'test', async () => {})
  const before = await kids(database.system)
  const reseller = ['reseller', '--name', 'North', '--email', 'north@example.com']
  const unset =
    /^REEVE_SECRET is not set and there is no .*secret\.key, and the database holds what only the server's secret opens: set REEVE_SECRET/
  const wrong = /^REEVE_SECRET is not the secret with which this database is encrypted: set it/
  const refuses = async (args: string[], more: Record<string, string>, words: RegExp) => {
    const data = newFolder()
    const { code, stdout, stderr } = await reeve(args, { DATABASE_URL, REEVE_DATA: data, PORT: '0', REEVE_LOG: 'fatal', ...more })
    assert.deepEqual([code, stdout], [1, ''], `${args[0]} ${stderr}`)
    assert.match(stderr, words)
    assert.doesNotMatch(stderr, /\n {4}at /, 'no stack')
    assert.ok(!existsSync(data), `${args[0]} must make no secret.key`)
  }
  // Every command without a secret, where it could make one; with a wrong one, those that stand for the others. All at once: starting takes longest.
  const commands = [
    ['rotate-keys'],
    reseller,
    ['serve'],
    ['seed'],
    ['keys', '--remove', before[0] ?? ''],
    ['operator', '--email', 'x@example.com'],
  ]
  await Promise.all([
    ...commands.map((args) => refuses(args, {}, unset)),
    ...commands.slice(0, 3).map((args) => refuses(args, { REEVE_SECRET: OTHER }, wrong)),
  ])
  assert.deepEqual(await kids(database.system), before)
  assert.equal((await database.system`SELECT FROM resellers`).length, 1)
  assert.deepEqual(await server.ready(), { status: 200, database: true, migrated: true, keys: true, warnings: [] })
  assert.equal(await server.signIn('operator@example.com', password), 200)

  const right = { DATABASE_URL, REEVE_SECRET: SECRET, REEVE_DATA: newFolder() }
  assert.equal((await reeve(reseller, right)).code, 0)
  const twin = await reeve(['reseller', '--name', 'NORTH', '--email', 'other@example.com'], right)
  assert.deepEqual([twin.code, twin.stderr], [1, 'A reseller has the name NORTH already: choose another.\n'])
  assert.equal((await reeve(['rotate-keys'], right)).code, 0)
  assert.equal((await kids(database.system)).length, 2)
  await server.stop()
  await database.close()
})

test('a database damaged by a rotation under another secret serves, says so, and is mended by reeve keys', {
  timeout: 180_000,
}, async () => {
  const DATABASE_URL = await outsideDatabase()
  const settings = { DATABASE_URL, REEVE_SECRET: SECRET, REEVE_DATA: newFolder() }
  const { stdout } = await reeve(['operator', '--email', 'operator@example.com'], settings)
  const password = /with (\S+)\n$/.exec(stdout)?.[1] ?? ''
  assert.equal((await reeve(['rotate-keys'], settings)).code, 0)
  const database = await connect(DATABASE_URL, 2, 'test', async () => {})
  const { system } = database
  const [own = ''] = await kids(system)
  // What an earlier version did, and left no proof of the secret either.
  await addSigningKey(system, createCipher(OTHER), { onlyFirst: false })
  await system`DELETE FROM secret_check`
  await system`UPDATE signing_keys SET created_at = created_at - interval '10 days', retired_at = retired_at - interval '10 days'`
  const foreign = (await kids(system)).find((kid) => kid !== own) ?? ''

  const wrong = await reeve(['serve'], { ...settings, REEVE_SECRET: OTHER, PORT: '0' })
  assert.match(wrong.stderr, /is not the secret with which/, 'the oldest key says whose database it is, not the newest')
  const server = await serve(settings)
  const { status, keys, warnings } = await server.ready()
  assert.deepEqual(
    [status, keys, warnings],
    [200, true, [`Signing key ${foreign} cannot be decrypted with this server's secret: see reeve keys.`]],
  )
  assert.match(server.said(), new RegExp(`Signing key ${foreign} cannot be decrypted`))
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(metrics, /^reeve_signing_keys\{state="usable"\} 1$/m)
  assert.match(metrics, /^reeve_signing_keys\{state="unusable"\} 1$/m)
  assert.equal(await server.signIn('operator@example.com', password), 200, 'tokens are signed with the key that can be decrypted')
  await server.stop()

  const list = await reeve(['keys'], settings)
  assert.match(list.stdout, new RegExp(`^${foreign} +\\S+ +active +no$`, 'm'))
  assert.match(list.stdout, new RegExp(`^${own} +\\S+ +expired +yes$`, 'm'))
  assert.match((await reeve(['keys'], { ...settings, REEVE_SECRET: '' })).stdout, new RegExp(`^${own} .* no$`, 'm'))
  const last = await reeve(['keys', '--remove', own], settings)
  assert.deepEqual([last.code, last.stderr], [1, `No other key can sign, so ${own} stays: make one first with reeve rotate-keys.\n`])
  const none = await reeve(['keys', '--remove', 'none'], settings)
  assert.deepEqual([none.code, none.stderr], [1, 'There is no signing key none: reeve keys lists them.\n'])
  assert.equal((await reeve(['keys', '--remove', foreign], settings)).code, 0)
  assert.match(
    (await reeve(['keys'], settings)).stdout,
    new RegExp(`^${own} +\\S+ +active +yes\\n$`, 'm'),
    'the key that is left signs again',
  )

  const next = await serve(settings)
  assert.deepEqual((await next.ready()).warnings, [])
  assert.equal(await next.signIn('operator@example.com', password), 200)
  await next.stop()
  await database.close()
})

test('a running server goes on with the newest key that it can decrypt; without any it is not ready', async (context) => {
  const current: { keys?: SigningKeys } = {}
  const keys: SigningKeys = {
    sign: (claims) => (current.keys as SigningKeys).sign(claims),
    verify: (token) => (current.keys as SigningKeys).verify(token),
    jwks: () => (current.keys as SigningKeys).jwks(),
    state: () => (current.keys as SigningKeys).state(),
  }
  const t = await openWorld({ keys })
  const { system } = t.database
  current.keys = await openSigningKeys(system, t.cipher)
  const { email = '', password = '' } = t.shown.resellers[0] ?? {}
  const signIn = () => t.ask('POST', '/iam/auth/jwt/login', { body: { username: email, password } })
  const minuteLater = () => context.mock.timers.setTime(Date.now() + 61_000)
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() })

  assert.equal((await signIn()).status, 200)
  const [own = ''] = await kids(system)
  await addSigningKey(system, createCipher(OTHER), { onlyFirst: false })
  minuteLater()
  assert.equal((await signIn()).status, 200)
  const degraded = await t.ask('GET', '/readyz')
  assert.equal(degraded.status, 200)
  assert.equal(degraded.body.warnings.length, 1)
  assert.deepEqual(
    (await t.ask('GET', '/.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid),
    [own],
    'a key that is not ours is shown to nobody',
  )

  await system`DELETE FROM signing_keys WHERE kid = ${own}`
  minuteLater()
  const broken = await t.ask('GET', '/readyz')
  assert.deepEqual([broken.status, broken.body.keys, broken.body.database], [503, false, true])
  assert.equal((await signIn()).status, 503)
  current.keys = await openSigningKeys(system, t.cipher)
  assert.equal((await signIn()).status, 200, 'the next start makes a key')
})

test('the key file is made once, for this account alone, and closed where others could read it', { timeout: 120_000 }, async () => {
  const DATABASE_URL = await outsideDatabase()
  const data = newFolder()
  mkdirSync(data, { mode: 0o755 })
  const settings = { DATABASE_URL, REEVE_DATA: data }
  const path = join(data, 'secret.key')
  assert.deepEqual(await reeve(['rotate-keys'], settings).then(({ code, stderr }) => [code, stderr]), [0, ''])
  const key = readFileSync(path, 'utf8')
  const modeOf = (one: string) => (statSync(one).mode & 0o777).toString(8)
  if (process.platform !== 'win32') {
    assert.deepEqual([modeOf(data), modeOf(path)], ['700', '600'])
    chmodSync(path, 0o644)
    const warned = await reeve(['rotate-keys'], settings)
    assert.equal(warned.code, 0)
    assert.match(warned.stderr, /^Other accounts could read .*secret\.key, and no longer can/)
    assert.equal(modeOf(path), '600')
  }
  assert.equal(readFileSync(path, 'utf8'), key)
  writeFileSync(path, 'x'.repeat(64))
  assert.match((await reeve(['rotate-keys'], settings)).stderr, /^\S+secret\.key is not the key with which this database is encrypted/)
  rmSync(path)
  assert.match((await reeve(['rotate-keys'], settings)).stderr, /^REEVE_SECRET is not set and there is no /)
  assert.ok(!existsSync(path), 'a lost key is not replaced')
})

test('a key of SAML is made, published beside the present one, and takes its place when that is retired', {
  timeout: 180_000,
}, async () => {
  const settings = { DATABASE_URL: await outsideDatabase(), REEVE_SECRET: SECRET, REEVE_DATA: newFolder() }
  const lines = async (...options: string[]) => {
    const { code, stdout, stderr } = await reeve(['saml-keys', ...options], settings)
    assert.deepEqual([code, stderr], [0, ''])
    return stdout.split('\n').filter((line) => /^([\dA-F]{2}:){31}[\dA-F]{2} {2}until 20/.test(line))
  }
  const [first = '', ...others] = await lines('--add')
  assert.ok(first.endsWith('signs') && others.length === 0)
  const both = await lines('--add')
  assert.deepEqual([both.length, both[0], both[1]?.endsWith('next')], [2, first, true])
  const [left, ...more] = await lines('--retire')
  assert.deepEqual([left, more.length], [both[1]?.replace('next', 'signs'), 0])
})
