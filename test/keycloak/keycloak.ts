/**
 * Signing in by Keycloak, set up by the commands of docs/sso.md as they stand there: by SAML and by OpenID Connect, through its real pages, with roles
 * from groups, a new key, and sign-outs both ways. test/keycloak/run.sh starts it.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { demoPassword } from '../../src/demo/world.ts'
import { readProviderMetadata } from '../../src/jobs/identity-providers.ts'
import { machineClock } from '../../src/lib/clock.ts'
import { networks } from '../../src/lib/networks.ts'
import { outgoingFetch } from '../../src/lib/outgoing.ts'
import { claimsOf, shownBy } from '../callers.ts'
import { openWorld, testMail } from '../harness.ts'
import { KeycloakAdmin, Person } from './person.ts'

const { KEYCLOAK = '', ADMIN = '', ADMIN_PASSWORD = '' } = process.env
const work = mkdtempSync(join(tmpdir(), 'reeve-keycloak-'))
after(() => rmSync(work, { recursive: true, force: true }))

const port = await new Promise<number>((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number }
    server.close(() => resolve(port))
  })
})
const REEVE = `http://127.0.0.1:${port}`
/** The DNS has the record that the commands print. */
const readTxt = async (name: string) => {
  const { record_name, record_value } = JSON.parse(readFileSync(join(work, 'domain.json'), 'utf8'))
  return name === record_name ? [record_value] : []
}
const t = await openWorld({ mail: { ...testMail, addresses: { url: REEVE, brandUrl: undefined } }, readTxt })
await t.app.listen({ port, host: '127.0.0.1' })
const { system, scope } = t.database
const anna = shownBy(t)('client')
const outgoing = outgoingFetch(networks(['127.0.0.0/8']))

const realm = new KeycloakAdmin(KEYCLOAK, 'corp', ADMIN, ADMIN_PASSWORD)
await realm.signIn()
await realm.create()
await realm.ask('POST', '/groups', { name: 'admins' })
const [ada, bob, grace] = await Promise.all([
  realm.person('ada', 'ada@corp.example', ['admins']),
  realm.person('bob', 'bob@corp.example', []),
  realm.person('grace', 'grace@people.example', ['admins']),
])

/** Blocks of the page that are marked like this. */
const blocksOf = (mark: string) => {
  const page = readFileSync(new URL('../../docs/sso.md', import.meta.url), 'utf8')
  const found = [...page.matchAll(/^```sh (\w+)\n([\s\S]*?)^```$/gm)].filter(([, name]) => name === mark).map(([, , text]) => text)
  assert.ok(found.length > 0, `docs/sso.md has no block ${mark}`)
  return found.join('\n')
}

/** Runs commands of the page in a shell that knows what those before it set. @returns the provider that they made */
async function run(commands: string, domain: string): Promise<number> {
  const { body } = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: anna.email, password: demoPassword } })
  const script = `[ -f known.sh ] && . ./known.sh\n${commands}\n{ declare -f; echo "PROVIDER=$PROVIDER"; } >known.sh\necho "$PROVIDER" >provider`
  const env = { PATH: process.env.PATH ?? '', KEYCLOAK, REALM: 'corp', ADMIN, ADMIN_PASSWORD, REEVE, ACCESS: body.access, DOMAIN: domain }
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: work, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const code = await new Promise((resolve) => child.once('close', resolve))
  assert.equal(code, 0, said)
  return Number(readFileSync(join(work, 'provider'), 'utf8'))
}

const asAnna = async () => {
  const { body } = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: anna.email, password: demoPassword } })
  return { authorization: `Bearer ${body.access}` }
}

/** A test sign-in, as the console begins it. @returns what it shows */
async function testSignIn(provider: number, name: string) {
  const person = new Person(KEYCLOAK, REEVE, name)
  const headers = await asAnna()
  const begun = await fetch(`${REEVE}/reeve/identity_providers/${provider}/test`, { method: 'POST', headers })
  person.keep(begun)
  const { id, url } = (await begun.json()) as { id: string; url: string }
  await person.go(`${REEVE}${url}`)
  return (await t.ask('GET', `/reeve/identity_providers/${provider}/tests/${id}`, { headers })).body
}

/** A sign-in from the sign-in page on. @returns the person's browser, and the claims of its token */
async function signIn(name: string, domain: string, provider: string) {
  const person = new Person(KEYCLOAK, REEVE, name)
  const { body } = await t.ask('POST', '/reeve/sso/discover', { body: { domain }, headers: { 'sec-fetch-site': 'same-origin' } })
  const to = await person.go(`${REEVE}${body.url}`)
  assert.equal(to, `${REEVE}/sign-in?sso=done`, `${name} signs in by ${provider}`)
  const access = await person.access()
  const works = async () => (await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${access}` } })).status === 200
  assert.equal(await works(), true)
  return { person, claims: claimsOf(access) as Record<string, unknown> & { user_groups: string[] }, works }
}

let saml = 0
test('SAML: the commands of the page set it up, a test sign-in shows what Keycloak says, and it is switched on', async () => {
  saml = await run(`${blocksOf('saml')}\n${blocksOf('verify')}`, 'corp.example')
  const { state, error, identity } = await testSignIn(saml, 'ada')
  assert.deepEqual([state, error], ['succeeded', null])
  const { email, name, groups, role, domain_proven } = identity
  assert.deepEqual([email, name, groups, role, domain_proven], ['ada@corp.example', 'Ada Example', ['admins'], 1, true])
  await run(blocksOf('on'), 'corp.example')
})

test('SAML: people sign in by Keycloak’s page, are made on arrival, and have the role of their group', async () => {
  const { claims } = await signIn('ada', 'corp.example', 'SAML')
  assert.deepEqual([claims.email, claims.client_id, claims.user_groups], ['ada@corp.example', anna.clientId, ['Administrators']])
  assert.equal(claims.sso_entity, `${KEYCLOAK}/realms/corp`)
  const { claims: ofBob } = await signIn('bob', 'corp.example', 'SAML')
  assert.deepEqual(ofBob.user_groups, ['Users'])
  await realm.join(bob, 'admins')
  const { claims: later } = await signIn('bob', 'corp.example', 'SAML')
  assert.deepEqual([later.user_id, later.user_groups], [ofBob.user_id, ['Administrators']])
})

test('SAML: answers are encrypted and signed', async () => {
  const { attributes } = await realm.client(`${REEVE}/iam/auth/saml2/metadata`)
  assert.deepEqual(
    [attributes['saml.encrypt'], attributes['saml.server.signature'], attributes['saml.client.signature']],
    ['true', 'true', 'true'],
  )
})

test('SAML: Keycloak gets a new key, and nobody is kept out: its metadata is read before it signs with it', async () => {
  const key = await realm.addKey(50) // published, and not used yet
  const deps = {
    system,
    scope,
    clock: machineClock,
    log: t.app.log,
    passwordDays: undefined,
    outgoing,
    keep: { sessions: 0, links: 0, mails: 0, logs: 0 },
  }
  await readProviderMetadata(deps, new Date(Date.now() + 25 * 3_600_000))
  const known = (await t.ask('GET', `/reeve/identity_providers/${saml}`, { headers: await asAnna() })).body
  assert.deepEqual([known.saml.certificates.length, known.metadata_error], [2, null])
  await signIn('ada', 'corp.example', 'the former key')
  await realm.prefer(key, 500)
  await signIn('ada', 'corp.example', 'the new key')
})

test('SAML: who is signed out at Keycloak is signed out here when Keycloak’s request is answered', async () => {
  const { works } = await signIn('ada', 'corp.example', 'SAML')
  await realm.ask('POST', `/users/${ada}/logout`)
  assert.equal(await works(), false)
})

test('SAML: our sign-out leads through Keycloak’s and back to the sign-in page', async () => {
  const { person, works } = await signIn('bob', 'corp.example', 'SAML')
  const before = await realm.sessionsOf(bob)
  const url = await person.signOut()
  assert.equal(await works(), false)
  const to = await person.go(url)
  assert.equal(to, `${REEVE}/sign-in`)
  assert.equal(await realm.sessionsOf(bob), before - 1)
})

test('OpenID Connect: set up by the page, tested, switched on; people sign in with the role of their group', async () => {
  const oidc = await run(`${blocksOf('oidc')}\n${blocksOf('verify')}`, 'people.example')
  const { state, error, identity } = await testSignIn(oidc, 'grace')
  assert.deepEqual([state, error], ['succeeded', null])
  assert.deepEqual([identity.email, identity.groups, identity.role, identity.domain_proven], ['grace@people.example', ['admins'], 1, true])
  await run(blocksOf('on'), 'people.example')
  const { claims } = await signIn('grace', 'people.example', 'OpenID Connect')
  assert.deepEqual(
    [claims.email, claims.user_groups, claims.sso_entity],
    ['grace@people.example', ['Administrators'], `${KEYCLOAK}/realms/corp`],
  )
})

test('OpenID Connect: who is signed out at Keycloak is signed out here when Keycloak’s request is answered', async () => {
  const { works } = await signIn('grace', 'people.example', 'OpenID Connect')
  await realm.ask('POST', `/users/${grace}/logout`)
  assert.equal(await works(), false)
})
