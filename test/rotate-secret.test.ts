/**
 * The secret of an installation is replaced beside two servers under load: no request fails, the command can be killed and run again, every wrong
 * order is refused, and in the end the old secret decrypts nothing.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { generate } from 'otplib'
import { createVerifier, totpContext } from '../src/auth/two-step/two-step.verifier.ts'
import { encryptedColumns } from '../src/cli/encrypted-columns.ts'
import { connect } from '../src/db/open.ts'
import type { SystemSql } from '../src/db/scope.ts'
import { demoPassword } from '../src/demo/world.ts'
import { machineClock } from '../src/lib/clock.ts'
import { type Cipher, createCipher } from '../src/lib/encryption.ts'
import { newTotpSecret } from '../src/lib/totp.ts'
import { reeve, spawnReeve } from './command.ts'
import { startServer } from './demo-server.ts'
import { openWorld } from './harness.ts'
import { outsideDatabase } from './outside.ts'
import { login, smtpServer } from './smtp.ts'
import { until } from './until.ts'

const OLD = 'the secret of the server, long enough'
const NEW = 'the secret that comes after it, as long'
const OTHER = 'another secret, which is long enough too'
const folder = mkdtempSync(join(tmpdir(), 'reeve-rotate-'))
after(() => {
  rmSync(folder, { recursive: true, force: true })
})

const { database, shown, cipher } = await openWorld()

test('every column of bytes is encrypted and in the list of the rotation, or holds no secret', async () => {
  /** Hashes and public data. */
  const others = [
    'authentication_requests.browser',
    'authentication_requests.hash',
    'backup_codes.hash',
    'branding_assets.content',
    'branding_assets.digest',
    'client_bits.bits',
    'failed_logins_notified.key',
    'failures.key',
    'known_places.key',
    'one_time_links.hash',
    'api_tokens.secret_hash',
    'passkey_challenges.hash',
    'passkeys.credential_id',
    'passkeys.public_key',
    'pending_identities.hash',
    'refresh_tokens.hash',
    'scim_tokens.secret_hash',
    // The rotation's own.
    'next_secret.encrypted',
    'secret_check.encrypted',
  ]
  const rows = await database.system`SELECT table_name || '.' || column_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type = 'bytea' ORDER BY 1`
  const listed = encryptedColumns.map(({ table, column }) => `${table}.${column}`)
  assert.deepEqual(
    rows
      .map(({ name }) => name)
      .filter((name) => !others.includes(name))
      .sort(),
    listed.sort(),
  )
})

test('what encrypts is known: a new place needs its column in the list of the rotation', () => {
  const src = resolve(import.meta.dirname, '../src')
  const found = globSync('**/*.ts', { cwd: src }).filter((file) => /\.encrypt\(/.test(readFileSync(join(src, file), 'utf8')))
  assert.deepEqual(found.sort(), [
    'auth/two-step/two-step.rules.ts',
    'db/secret-rotation.ts',
    'db/secret.ts',
    'db/signing-keys.ts',
    'lib/encryption.ts',
    'mail/outbox.ts',
    'sso/providers/providers.rules.ts',
    'sso/saml/saml.keys.ts',
    'sso/sign-in/sign-in.routes.ts',
    'sso/sign-in/sign-in.rules.ts',
    'sso/sign-in/sign-in.tickets.ts', // in addresses, for minutes
    'tenants/branding/branding.rules.ts',
  ])
})

test('a code is right although its secret is encrypted anew between the look at it and its use', async () => {
  const { system } = database
  const [user] = await system`SELECT id FROM users ORDER BY id LIMIT 1`
  const [id, secret, context] = [user?.id as number, newTotpSecret(), totpContext(user?.id)]
  await system`UPDATE users SET totp_secret = ${cipher.encrypt(Buffer.from(secret), context)}, totp_step = NULL WHERE id = ${id}`
  let races = 0
  const use = async (becomes: string) => {
    races = 0
    const anew = cipher.encrypt(Buffer.from(becomes), context)
    const race = (first: unknown, ...values: unknown[]) => {
      const send = () => Reflect.apply(system, undefined, [first, ...values])
      if (!(Array.isArray(first) && String(first[0]).includes('SET totp_step')) || races++ > 0) return send()
      return system`UPDATE users SET totp_secret = ${anew} WHERE id = ${id}`.then(send)
    }
    const { consumeCode } = createVerifier({ system: Object.assign(race, system) as unknown as SystemSql, cipher, clock: machineClock })
    return consumeCode({} as FastifyRequest, id, await generate({ secret }))
  }
  assert.equal(await use(secret), true)
  assert.equal(races, 2)
  await system`UPDATE users SET totp_step = NULL WHERE id = ${id}`
  assert.equal(await use(newTotpSecret()), false, 'a code of a secret that is gone is wrong')
  await system`UPDATE users SET totp_secret = NULL, totp_step = NULL WHERE id = ${id}`
})

/** Something in every column that is encrypted. */
async function fill(system: SystemSql, cipher: Cipher, user: { id: number; totp: string }, port: number) {
  const context = (table: string, column: string, from: unknown) => {
    const one = encryptedColumns.find((each) => each.table === table && each.column === column)
    assert.ok(one)
    return one.context(from)
  }
  const seal = (text: string, table: string, column: string, from: unknown) =>
    cipher.encrypt(Buffer.from(text), context(table, column, from))
  await system`UPDATE users SET totp_secret = ${seal(user.totp, 'users', 'totp_secret', user.id)} WHERE id = ${user.id}`
  const [provider] = await system`INSERT INTO identity_providers ${system({
    reseller_id: 2,
    client_id: null,
    kind: 'oidc',
    name: 'Example',
    state: 'on',
    settings: system.json({ issuer: 'https://idp.example', clientId: 'reeve' }),
    client_secret: seal('secret', 'identity_providers', 'client_secret', undefined),
  } as never)} RETURNING id`
  const hash = Buffer.alloc(32, 7)
  await system`INSERT INTO authentication_requests ${system({
    hash,
    provider_id: provider?.id,
    purpose: 'sign_in',
    browser: hash,
    origin: 'https://id.example',
    secrets: seal('{}', 'authentication_requests', 'secrets', hash),
    received: seal('{}', 'authentication_requests', 'received', hash),
    expires_at: new Date(Date.now() + 3_600_000),
  })}`
  const server = {
    domain: 'north.example',
    public_settings: system.json({ brandName: 'North', fromEmail: 'hello@north.example', supportEmail: 'help@north.example' }),
    mail_server: system.json({ host: 'localhost', port: String(port), login: login.user }),
    mail_password: seal(login.pass, 'branding', 'mail_password', 2),
    deleted_at: null,
  }
  await system`INSERT INTO branding ${system({ reseller_id: 2, ...server })} ON CONFLICT (reseller_id) DO UPDATE SET ${system(server)}`
  const links = Array.from({ length: 3000 }, (_, n) => `recipient-${n}@customer.example`)
  await system`INSERT INTO outbox (reseller_id, recipient, template, lang, encrypted_link, failed_at)
    SELECT 2, r, 'password_reset', 'en', l, now() FROM unnest(${links}::text[],
      ${links.map((to) => seal('token', 'outbox', 'encrypted_link', to))}::bytea[]) AS t (r, l)`
}

/** How many values each secret decrypts. */
async function readable(system: SystemSql) {
  const counts: Record<string, { old: number; new: number; values: number }> = {}
  for (const { table, column, from, context } of encryptedColumns) {
    const rows = await system<{ from: unknown; value: Buffer }[]>`
      SELECT ${system(from)} AS from, ${system(column)} AS value FROM ${system(table)} WHERE ${system(column)} IS NOT NULL`
    const by = (secret: string) =>
      rows.filter((row) => {
        try {
          return createCipher(secret).decrypt(row.value, context(row.from))
        } catch {
          return false
        }
      }).length
    counts[`${table}.${column}`] = { old: by(OLD), new: by(NEW), values: rows.length }
  }
  return counts
}

test('the secret is replaced under two servers without a failed request', { timeout: 600_000 }, async (t) => {
  const DATABASE_URL = await outsideDatabase({ filled: true })
  const { system, close } = await connect(DATABASE_URL, 4, 'test', async () => {})
  after(close)
  const smtp = await smtpServer()
  const settings = {
    DATABASE_URL,
    REEVE_DATA: join(folder, 'none'),
    REEVE_CONNECTIONS: '6',
    REEVE_LOG: 'info',
    REEVE_OUTGOING_NETWORKS: '127.0.0.0/8',
    NODE_EXTRA_CA_CERTS: resolve(import.meta.dirname, 'smtp/localhost.pem'),
  }
  const only = { ...settings, REEVE_SECRET: OLD }
  const both = { ...only, REEVE_SECRET_SECOND: NEW }
  const servers = [await startServer(only), await startServer(only)]
  const [reseller] = shown.resellers
  const [guarded, enrolling] = shown.clients.filter((one) => one.reseller === 2)
  assert.ok(reseller && guarded && enrolling)
  const idOf = async (email: string) => (await system`SELECT id FROM users WHERE email = ${email}`)[0]?.id as number
  const user = { id: await idOf(guarded.email), totp: newTotpSecret() }
  await fill(system, createCipher(OLD), user, smtp.port)

  let turn = 0
  const failures: string[] = []
  const ask = async (method: string, path: string, { authorization, body }: { authorization?: string; body?: object } = {}) => {
    const headers = { ...(authorization && { authorization }), ...(body && { 'content-type': 'application/json' }) }
    const url = servers[turn++ % servers.length]?.url
    const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const text = await answer.text()
    if (!answer.ok) failures.push(`${method} ${path}: ${answer.status} ${text}`)
    return text
  }
  const signIn = async (username: string, totp?: string) => {
    const one_time_password = totp && (await generate({ secret: totp }))
    return JSON.parse(await ask('POST', '/iam/auth/jwt/login', { body: { username, password: demoPassword, one_time_password } }))
  }
  const signInTwice = async () => {
    await system`UPDATE users SET totp_step = NULL WHERE id = ${user.id}` // as if the last code were long ago
    await signIn(guarded.email, user.totp)
  }
  const certificates = new Set<string>()
  /** On every server: a password with a code, the reseller's mail server, and our SAML key, which a server that cannot decrypt it would make anew. */
  const everythingWorks = async () => {
    const [asked, mails] = [servers.length, smtp.mails.length]
    for (let n = 0; n < asked; n++) {
      await signInTwice()
      await ask('POST', '/reeve/branding/test_mail', { authorization: `APIKey ${reseller.token}`, body: {} })
      const metadata = await ask('GET', '/iam/auth/saml2/metadata')
      certificates.add(/<ds:X509Certificate>([^<]+)/.exec(metadata)?.[1] ?? '')
    }
    assert.deepEqual(failures, [])
    assert.ok(smtp.mails.length >= mails + asked) // and what waits in the demo world
    assert.equal(smtp.mails.at(-1)?.user, login.user)
    assert.equal(certificates.size, 1)
  }
  await everythingWorks()
  for (const [name, { old, values }] of Object.entries(await readable(system)))
    if (name !== 'users.totp_pending') assert.ok(old > 0 && old === values, `${name} is filled: ${old} of ${values}`)

  /** Starts a server in place of one, which finishes its requests. */
  const replace = async (n: number, next: Record<string, string>) => {
    const before = servers[n]
    servers[n] = await startServer(next)
    await delay(300)
    await before?.stop()
  }
  const rotate = (more: Record<string, string> = {}) => reeve(['rotate-secret'], { ...both, ...more })
  const refused = async (run: Promise<{ code: number | null; stderr: string }>, words: RegExp) => {
    const { code, stderr } = await run
    assert.equal(code, 1, stderr)
    assert.match(stderr, words)
    assert.doesNotMatch(stderr, /\n {4}at /, 'no stack')
  }
  const started = async (secrets: Record<string, string>) => reeve(['serve'], { ...settings, PORT: '0', REEVE_LOG: 'fatal', ...secrets })

  await Promise.all([
    refused(reeve(['rotate-secret'], only), /^There is no second secret: set REEVE_SECRET_SECOND/),
    refused(rotate({ REEVE_SECRET_SECOND: OLD }), /^The second secret is the same as the first/),
    refused(rotate({ REEVE_SECRET: OTHER }), /^REEVE_SECRET is not the secret with which this database is encrypted/),
    refused(rotate(), /^2 server processes lack the second secret: .*Start all servers again with it first/),
  ])
  await replace(0, both)
  await refused(rotate(), /^A server process lacks the second secret/)
  assert.equal((await system`SELECT FROM next_secret`).length, 0, 'nothing has begun')

  // Load: sign-ins with codes, secrets that are written and must not be lost, and pages.
  const over = new AbortController()
  const done = { signIns: 0, secrets: 0, pages: 0 }
  const { access } = await signIn(enrolling.email)
  let lastSecret = ''
  const repeat = async (work: () => Promise<void>) => {
    while (!over.signal.aborted) await work()
  }
  const load = Promise.all([
    repeat(async () => {
      await signInTwice()
      done.signIns++
      await delay(100)
    }),
    repeat(async () => {
      const body = { password: demoPassword }
      const { secret } = JSON.parse(await ask('POST', '/reeve/users/me/totp', { authorization: `Bearer ${access}`, body }))
      lastSecret = secret ?? lastSecret
      done.secrets++
      await delay(100)
    }),
    repeat(async () => {
      await ask('GET', '/iam/clients?limit=20', { authorization: `APIKey ${reseller.token}` })
      done.pages++
      await delay(20)
    }),
  ])
  load.catch(() => over.abort())
  try {
    await replace(1, both)

    for (const line of ['Every server encrypts with the new secret', 'Waiting for requests that began before']) {
      const killed = spawnReeve(['rotate-secret'], both)
      let said = ''
      killed.stdout.on('data', (chunk) => {
        said += chunk
      })
      killed.stderr.on('data', (chunk) => {
        said += chunk
      })
      await until(line, () => {
        assert.equal(killed.exitCode, null, said)
        return said.includes(line)
      })
      const ended = once(killed, 'exit')
      killed.kill('SIGKILL')
      await ended
    }
    assert.equal((await system`SELECT FROM next_secret`).length, 1)
    await Promise.all([
      refused(started({ REEVE_SECRET: OLD }), /^The secret of this database is being replaced: give the new one as well/),
      refused(started({ REEVE_SECRET: NEW }), /^The database is not yet encrypted with this secret alone: give the former one as well/),
      refused(started({ REEVE_SECRET: OTHER }), /^REEVE_SECRET is not the secret/),
      refused(rotate({ REEVE_SECRET_SECOND: OTHER }), /^The secret of this database is being replaced by another one than this/),
    ])
    await replace(0, both) // a restart meanwhile

    const whole = await rotate()
    assert.equal(whole.code, 0, whole.stderr)
    assert.match(whole.stdout, /The database is encrypted with the second secret\..*\nStart every server again with it as REEVE_SECRET/)
    const again = await rotate()
    assert.equal(again.code, 0, again.stderr)
    assert.match(again.stdout, /^The database is encrypted with the second secret\. Values encrypted anew: 0\./, 'and not back')
    const alone = { ...settings, REEVE_SECRET: NEW }
    await replace(0, alone)
    await replace(1, alone)
    await delay(500)
  } finally {
    over.abort()
  }
  await load
  t.diagnostic(`${done.signIns} sign-ins, ${done.secrets} secrets, ${done.pages} pages meanwhile`)
  assert.ok(done.signIns > 10 && done.secrets > 10 && done.pages > 10)
  await everythingWorks()

  for (const [name, { old, new: ours, values }] of Object.entries(await readable(system)))
    assert.ok(values > 0 && old === 0 && ours === values, `${name}: the old secret decrypts ${old}, the new one ${ours} of ${values}`)
  const [{ totp_pending: pending } = {}] = await system`SELECT totp_pending FROM users WHERE id = ${await idOf(enrolling.email)}`
  const context = encryptedColumns.find(({ column }) => column === 'totp_pending')?.context(await idOf(enrolling.email)) ?? ''
  assert.equal(createCipher(NEW).decrypt(pending, context).toString(), lastSecret, 'the last secret that was acknowledged is there')
  await refused(started({ REEVE_SECRET: OLD }), /^REEVE_SECRET is not the secret/)
  for (const one of servers) await one.stop()
})

test('key files are exchanged by the command, and the running server needs nothing more', { timeout: 200_000 }, async () => {
  const data = join(folder, 'files')
  mkdirSync(data)
  const settings = { DATABASE_URL: await outsideDatabase(), REEVE_DATA: data, REEVE_LOG: 'info' }
  const first = await startServer(settings)
  await first.stop()
  const [ofFirst, ofSecond] = [join(data, 'secret.key'), join(data, 'secret-second.key')]
  const before = readFileSync(ofFirst, 'utf8')
  writeFileSync(ofSecond, 'short', { mode: 0o600 })
  const { system, close } = await connect(settings.DATABASE_URL, 2, 'test', async () => {})
  after(close)
  const damaged = { kid: 'damaged', public_jwk: system.json({}), private_key: Buffer.alloc(100, 1), retired_at: new Date() }
  await system`INSERT INTO signing_keys ${system(damaged)}`
  const broken = await reeve(['rotate-secret'], settings)
  assert.deepEqual([broken.code, broken.stderr], [1, `${ofSecond} is damaged: it takes at least 32 characters.\n`])
  writeFileSync(ofSecond, `${NEW}\n`, { mode: 0o600 })
  const done = await reeve(['rotate-secret'], settings)
  assert.equal(done.code, 0, done.stderr)
  assert.equal(done.stderr, 'Left as they are: values of signing_keys.private_key that neither secret decrypts (1).\n')
  assert.ok(!existsSync(ofSecond))
  assert.equal(readFileSync(ofFirst, 'utf8').trim(), NEW)
  chmodSync(ofFirst, 0o644)
  const second = await startServer(settings)
  assert.equal((await fetch(`${second.url}/readyz`)).status, 200)
  await second.stop()
  assert.match(second.said(), /Other accounts could read .*secret\.key, and no longer can/)
  const wrong = await reeve(['serve'], { ...settings, PORT: '0', REEVE_SECRET: before.trim() })
  assert.match(wrong.stderr, /^REEVE_SECRET is not the secret with which this database is encrypted/)
})
