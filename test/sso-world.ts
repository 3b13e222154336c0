/** A provider that says what a test wants, and the steps of a browser that signs in by it. */
import assert from 'node:assert/strict'
import { type ExternalIdentity, type Protocol, type Protocols, ProviderError } from '../src/sso/protocol.ts'
import type { Answer, TestWorld } from './harness.ts'

/** Who signs in at the provider next, or what its answer has wrong. */
export const says: { next: Partial<ExternalIdentity> | ProviderError } = { next: {} }

const fake: Protocol<unknown> = {
  start: async (_, { origin, state }) => ({
    url: `https://idp.example/authorize?state=${state}&origin=${encodeURIComponent(origin)}`,
    secrets: { nonce: state },
  }),
  async answer(provider, { state, secrets }) {
    assert.equal(secrets.nonce, state, 'the secrets of the start come back')
    if (says.next instanceof ProviderError) throw says.next
    const { subject = 'somebody', email } = says.next
    return {
      subject,
      email,
      emailVerified: true,
      name: undefined,
      groups: [],
      amr: ['pwd'],
      session: `session of ${subject}`,
      issuer: `https://idp.example/${provider.id}`,
      claims: { sub: subject },
      ...says.next,
    }
  },
}
export const protocols: Protocols = { saml: fake, oidc: fake, google: fake, github: fake }

export const page = { 'sec-fetch-site': 'same-origin' }
export const cookieOf = ({ headers }: Answer, name: string): string | undefined =>
  [headers['set-cookie'] ?? []]
    .flat()
    .map((one) => String(one).split(';')[0] ?? '')
    .find((one) => one.startsWith(`${name}=`) && one.length > name.length + 1)

/** A provider that is on, with a proven domain. */
export async function insertProvider(
  t: TestWorld,
  fields: { reseller_id: number; client_id: number | null } & Record<string, unknown>,
  domain?: string,
): Promise<number> {
  const { system } = t.database
  const settings = system.json({ issuer: 'https://idp.example', clientId: 'reeve' })
  const client_secret = t.cipher.encrypt(Buffer.from('secret'), 'client secret of an identity provider')
  const row = { kind: 'oidc', name: 'Example', state: 'on', settings, client_secret, ...fields }
  const [made] = await system`INSERT INTO identity_providers ${system(row as never)} RETURNING id`
  const id = made?.id as number
  if (domain) {
    const own = { provider_id: id, reseller_id: fields.reseller_id, domain, challenge: 'x', proven_at: new Date(), proven_by: 'dns' }
    await system`INSERT INTO identity_provider_domains ${system(own)}`
  }
  return id
}

export async function insertIdentity(t: TestWorld, provider: number, resellerId: number, userId: number, subject = `user ${userId}`) {
  const row = { provider_id: provider, reseller_id: resellerId, user_id: userId, subject }
  await t.database.system`INSERT INTO identities ${t.database.system(row)}`
  return subject
}

/** Goes there and back. @returns the answer of the callback, with the cookie of the browser */
export async function goThrough(t: TestWorld, url: string, cookie?: string) {
  const started = await t.ask('GET', `${url}&again=1`, { headers: { accept: 'text/html', ...(cookie && { cookie }) } })
  assert.equal(started.status, 302, started.text)
  const to = String(started.headers.location)
  const browser = cookieOf(started, 'reeve_sso')
  if (!to.startsWith('https://idp.example/')) return { to, browser, answer: started, state: '' }
  const state = new URL(to).searchParams.get('state') ?? ''
  const answer = await t.ask('GET', `/reeve/sso/callback?state=${state}&code=x`, { headers: { ...(browser && { cookie: browser }) } })
  return { to: String(answer.headers.location), browser, answer, state }
}

/** The access token of the console's session that the callback began. */
export async function accessOf(t: TestWorld, answer: Answer): Promise<string> {
  const cookie = cookieOf(answer, 'reeve_session')
  assert.ok(cookie, `no session: ${answer.headers.location}`)
  const { status, body } = await t.ask('POST', '/reeve/session/refresh', { headers: { ...page, cookie } })
  assert.equal(status, 200, JSON.stringify(body))
  return body.access
}

export async function startOf(t: TestWorld, provider: number): Promise<string> {
  const [row] = await t.database.system`SELECT key FROM identity_providers WHERE id = ${provider}`
  return `/reeve/sso/start?provider=${row?.key}`
}

export async function signInBy(t: TestWorld, provider: number, identity: Partial<ExternalIdentity> | ProviderError) {
  says.next = identity
  return goThrough(t, await startOf(t, provider))
}
