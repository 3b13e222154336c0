/**
 * Enforcement has no way round it: a person of two accounts, one of which may require an identity provider, tries every way into each of them.
 * What is due is said here in words of its own: whoever works in an account with an enforced provider came by that provider, or is an exception.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { hashSecret } from '../src/lib/secrets.ts'
import { Authenticator } from './authenticator.ts'
import { claimsOf, insertToken, shownBy } from './callers.ts'
import { openWorld } from './harness.ts'
import { accessOf, insertIdentity, insertProvider, page, protocols, signInBy, startOf } from './sso-world.ts'

const t = await openWorld({ protocols })
const { system } = t.database
const the = shownBy(t)
const staff = the('reseller')
const reseller_id = staff.resellerId
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
let made = 0

/** What the person holds: whose provider it can come by. */
const holds = ['none', 'own', 'other'] as const
const states = ['on', 'enforced'] as const
const owners = ['account', 'reseller'] as const
const ways = ['password', 'passkey', 'token', 'refresh', 'account choice', 'log-in-as', 'reset', 'invitation', 'provider'] as const
type Way = (typeof ways)[number]

async function account(): Promise<number> {
  const name = `Matrix ${made++}`
  const [row] =
    await system`INSERT INTO clients ${system({ reseller_id, email: `m${made}@matrix.example`, company_name: name, status: 'active' })} RETURNING id`
  await system`SELECT refresh_clients(${[row?.id]}::bigint[])`
  return row?.id
}
const [hash] = await system`SELECT password_hash FROM users WHERE id = ${staff.userId}`

/** Somebody who belongs to both accounts, with everything that lets one in: a password, a passkey, tokens and sessions in both. */
async function person(home: number, other: number) {
  const email = `person${made++}@matrix.example`
  const row = { reseller_id, client_id: home, email, password_hash: hash?.password_hash, activated_at: new Date() }
  const [user] = await system`INSERT INTO users ${system(row)} RETURNING id`
  const id = user?.id as number
  for (const client_id of [home, other])
    await system`INSERT INTO client_users ${system({ client_id, user_id: id, reseller_id, role_id: 1 })}`
  await system`SELECT refresh_user(${id})`
  return { id, email }
}

const works = async (authorization: Record<string, string>, clientId: number) => {
  const { status, body } = await t.ask('GET', '/iam/users/me', { headers: authorization })
  return status === 200 && body.client === clientId
}
/** The account that a session with these tokens works in; undefined if it works nowhere. */
async function place(access: string | undefined): Promise<number | undefined> {
  if (access === undefined) return undefined
  const clientId = claimsOf(access).client_id
  return (await works(bearer(access), clientId)) ? clientId : undefined
}
const login = (email: string) => t.ask('POST', '/iam/auth/jwt/login', { body: { username: email, password: demoPassword } })
const choose = async (access: string, clientId: number) =>
  (await t.ask('GET', `/iam/auth/jwt/clients/${clientId}/login`, { headers: bearer(access) })).body?.access as string | undefined

/** The accounts in which somebody works in the end, by this way and all that follows from it. */
async function reached(way: Way, who: { id: number; email: string }, accounts: number[], prepared: Prepared): Promise<Set<number>> {
  const found = new Set<number>()
  const add = (clientId: number | undefined) => clientId !== undefined && found.add(clientId)
  const follow = async (access: string | undefined) => {
    const here = await place(access)
    add(here)
    if (access === undefined || here === undefined) return
    for (const other of accounts.filter((id) => id !== here)) add(await place(await choose(access, other)))
  }
  switch (way) {
    case 'password':
      await follow((await login(who.email)).body.access)
      break
    case 'passkey':
      await follow(await prepared.passkey())
      break
    case 'token':
      for (const { token, clientId } of prepared.tokens) {
        if (await works({ authorization: `APIKey ${token}` }, clientId)) add(clientId)
        // Another token from it, and a session from the password with it.
        const body = { name: 'Child', exp_date: null, client_user: { role: { id: 2 } } }
        const child = await t.ask('POST', `/iam/clients/${clientId}/tokens`, { token, body })
        if (child.status === 200 && (await works({ authorization: `APIKey ${child.body.token}` }, clientId))) add(clientId)
      }
      break
    case 'refresh':
      for (const { refresh } of prepared.sessions) {
        const { body } = await t.ask('POST', '/iam/auth/jwt/refresh', { body: { refresh } })
        await follow(body.access)
      }
      break
    case 'account choice':
      for (const { access } of prepared.sessions) await follow(access)
      break
    case 'log-in-as':
      for (const path of [...accounts.map((id) => `/iam/auth/jwt/clients/${id}/admin_token`), `/iam/auth/jwt/users/${who.id}/token`]) {
        const { body } = await t.ask('GET', path, { headers: { authorization: staff.authorization } })
        await follow(body?.access)
      }
      break
    case 'reset': {
      const token = `reset ${made++}`
      const link = {
        hash: hashSecret(token),
        user_id: who.id,
        reseller_id,
        purpose: 'password_reset',
        expires_at: new Date(Date.now() + 60_000),
      }
      await system`INSERT INTO one_time_links ${system(link)}`
      const password = `quiet-harbour-lamp-${made++}`
      const form = new URLSearchParams({ password, password_again: password }).toString()
      const done = await t.ask('POST', `/reeve/links/${encodeURIComponent(token)}`, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form,
      })
      assert.equal(done.status, 200)
      assert.equal(done.headers['set-cookie'], undefined, 'a link begins no session')
      await follow((await t.ask('POST', '/iam/auth/jwt/login', { body: { username: who.email, password } })).body.access)
      await system`UPDATE users SET password_hash = ${hash?.password_hash} WHERE id = ${who.id}`
      break
    }
    case 'invitation': {
      // Out of the first account, and back by an invitation.
      const first = accounts[0] as number
      await system`DELETE FROM client_users WHERE client_id = ${first} AND user_id = ${who.id}`
      const token = `invitation ${made++}`
      const link = { hash: hashSecret(token), user_id: who.id, reseller_id, client_id: first, purpose: 'account_invitation' }
      await system`INSERT INTO one_time_links ${system({ ...link, details: system.json({ role: 1 }), expires_at: new Date(Date.now() + 60_000) })}`
      const done = await t.ask('POST', `/reeve/links/${encodeURIComponent(token)}`, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: '',
      })
      assert.deepEqual([done.status, done.headers['set-cookie']], [200, undefined])
      await follow((await login(who.email)).body.access)
      break
    }
    case 'provider':
      for (const [provider, subject] of prepared.identities) {
        const { to, answer } = await signInBy(t, provider, { subject })
        if (to === '/sign-in?sso=done') await follow(await accessOf(t, answer))
      }
      break
  }
  return found
}

interface Prepared {
  passkey(): Promise<string | undefined>
  tokens: { token: string; clientId: number }[]
  sessions: { access: string; refresh: string }[]
  identities: [number, string][]
}

async function prepare(who: { id: number; email: string }, accounts: number[], identities: [number, string][]): Promise<Prepared> {
  const { body: first } = await login(who.email)
  const sessions = [first]
  const second = await t.ask('GET', `/iam/auth/jwt/clients/${accounts[1]}/login`, { headers: bearer(first.access) })
  assert.equal(second.status, 200)
  sessions.push(second.body)
  const tokens = []
  for (const client_id of accounts) {
    const { token } = await insertToken(t, { client_id, user_id: who.id, reseller_id, role_id: 1 })
    tokens.push({ token, clientId: client_id })
  }
  const key = new Authenticator('http://test')
  const options = await t.ask('POST', '/reeve/users/me/passkeys/options', {
    headers: bearer(first.access),
    body: { password: demoPassword },
  })
  const body = { name: 'Key', credential: key.create(options.body) }
  assert.equal((await t.ask('POST', '/reeve/users/me/passkeys', { headers: bearer(first.access), body })).status, 201)
  const passkey = async () => {
    const { body: asked } = await t.ask('POST', '/reeve/auth/passkeys/options', { headers: { origin: 'http://test' } })
    return (await t.ask('POST', '/reeve/auth/passkeys/login', { body: key.get(asked) })).body.access as string | undefined
  }
  return { passkey, tokens, sessions, identities }
}

for (const owner of owners)
  for (const state of states)
    for (const held of holds)
      test(`${state} by the ${owner}, for somebody who knows ${held} provider`, async () => {
        const accounts = [await account(), await account()]
        const [first, second] = accounts as [number, number]
        const who = await person(first, second)
        // The provider that may be enforced, and another one of the other account.
        const provider = await insertProvider(t, {
          reseller_id,
          client_id: owner === 'account' ? first : null,
          state: 'on',
          accepts_earlier_tokens: false,
        })
        const other = await insertProvider(t, { reseller_id, client_id: second, state: 'on' })
        const identities: [number, string][] = []
        if (held === 'own') identities.push([provider, await insertIdentity(t, provider, reseller_id, who.id)])
        if (held === 'other') identities.push([other, await insertIdentity(t, other, reseller_id, who.id)])
        const prepared = await prepare(who, accounts, identities)
        await system`UPDATE identity_providers SET state = ${state} WHERE id = ${provider}`
        try {
          for (const way of ways) {
            const seen = await reached(way, who, accounts, prepared)
            for (const clientId of accounts) {
              const required = state === 'enforced' && (owner === 'reseller' || clientId === first)
              if (required && seen.has(clientId))
                assert.ok(way === 'provider' && held === 'own', `${way} leads into an account whose provider is enforced`)
            }
            // And nobody is kept out of what nothing is enforced for.
            const free = state === 'on' ? accounts : owner === 'account' ? [second] : []
            if (way !== 'provider')
              for (const clientId of free) assert.ok(seen.has(clientId), `${way} does not lead into account ${clientId}`)
            if (way === 'provider' && held === 'own') assert.ok(seen.has(first), 'the provider leads into its account')
            if (way === 'provider' && held === 'other' && owner === 'account')
              assert.deepEqual([...seen], [second], 'a provider of one account leads into that alone')
          }
        } finally {
          await system`UPDATE identity_providers SET state = 'draft' WHERE id IN (${provider}, ${other})`
        }
      })

test('a right password is told which provider is required, a wrong one nothing', async () => {
  const accounts = [await account(), await account()]
  const who = await person(accounts[0] as number, accounts[1] as number)
  const provider = await insertProvider(t, { reseller_id, client_id: null, state: 'enforced' })
  const { status, headers, body } = await login(who.email)
  assert.deepEqual([status, headers['x-error-code'], body.start], [403, 'sso_required', await startOf(t, provider)])
  const wrong = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: who.email, password: 'wrong' } })
  assert.equal(wrong.status, 400)
  const consoles = await t.ask('POST', '/reeve/session/login', { headers: page, body: { username: who.email, password: demoPassword } })
  assert.equal(consoles.status, 403)
  // A forgotten password: the mail says where to sign in, and holds no link.
  await t.ask('POST', '/iam/auth/password/forgot', { body: { email: who.email } })
  const mails = await system`SELECT template, encrypted_link FROM outbox WHERE recipient = ${who.email}`
  assert.ok(
    mails.every(({ template }) => template !== 'password_reset'),
    JSON.stringify(mails),
  )
  await system`UPDATE identity_providers SET state = 'draft' WHERE id = ${provider}`
})

test('an exception comes in by password and code alone, and all Administrators are told', async () => {
  const accounts = [await account(), await account()]
  const [first] = accounts as [number, number]
  const who = await person(first, accounts[1] as number)
  const colleague = await person(first, accounts[1] as number)
  const prepared = await prepare(who, accounts, [])
  const provider = await insertProvider(t, { reseller_id, client_id: first, state: 'enforced', accepts_earlier_tokens: false })
  await system`INSERT INTO identity_provider_exceptions ${system({ provider_id: provider, reseller_id, user_id: who.id })}`
  assert.ok(!(await reached('password', who, accounts, prepared)).has(first), 'a password alone is not enough')
  assert.ok((await reached('passkey', who, accounts, prepared)).has(first), 'a passkey is both steps')
  const told =
    await system`SELECT recipient FROM outbox WHERE template = 'sso_exception' AND recipient IN (${who.email}, ${colleague.email})`
  assert.deepEqual([...new Set(told.map(({ recipient }) => recipient))].sort(), [who.email, colleague.email].sort())
  assert.equal((await login(colleague.email)).body.access && (await place((await login(colleague.email)).body.access)), accounts[1])
})
