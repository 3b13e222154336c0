/** Signing in by an identity provider: the way there and back, who gets in, with which role, and what is left behind. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoPassword } from '../src/demo/world.ts'
import { type ExternalIdentity, ProviderError } from '../src/sso/protocol.ts'
import { asCaller, shownCallers } from './callers.ts'
import { openWorld } from './harness.ts'
import { accessOf, cookieOf, goThrough, insertIdentity, insertProvider, page, protocols, says, signInBy, startOf } from './sso-world.ts'

const t = await openWorld({ protocols })
const { system } = t.database
const administrator = shownCallers(t).find(({ kind, roleId, resellerId }) => kind === 'client' && roleId === 1 && resellerId === 2)
assert.ok(administrator)
const { clientId, resellerId } = administrator
const domain = 'people.example'
const provider = await insertProvider(
  t,
  { reseller_id: resellerId, client_id: clientId, creates_users: true, groups_claim: 'groups' },
  domain,
)
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

test('somebody unknown with an address in a proven domain becomes a user, and comes back as the same', async () => {
  const person = { subject: 'ada', email: 'ada@people.example', name: 'Ada' }
  const first = await signInBy(t, provider, person)
  assert.equal(first.to, '/sign-in?sso=done')
  const access = await accessOf(t, first.answer)
  const claims = claimsOf(access)
  assert.deepEqual([claims.email, claims.client_id, claims.sso_entity], ['ada@people.example', clientId, `https://idp.example/${provider}`])
  const me = (await t.ask('GET', '/iam/users/me', { headers: bearer(access) })).body
  assert.deepEqual([me.auth_types, me.sso_auth, me.name], [['sso'], true, 'Ada'])
  const again = await signInBy(t, provider, { ...person, email: 'renamed@elsewhere.example' })
  assert.equal(claimsOf(await accessOf(t, again.answer)).user_id, claims.user_id, 'the subject names the person, not the address')
  const [session] = await system`SELECT auth_type, provider_session, amr FROM sessions WHERE user_id = ${claims.user_id} LIMIT 1`
  assert.deepEqual(session, { auth_type: 'sso', provider_session: 'session of ada', amr: ['pwd'] })
  const [logged] = await system`SELECT count(*)::int FROM logins WHERE user_id = ${claims.user_id} AND auth_type = 'sso' AND is_successful`
  assert.equal(logged?.count, 2)
})

test('nobody comes in whose domain is not proven, whose address is not verified, or who has none', async () => {
  for (const identity of [
    { subject: 'n1', email: 'x@other.example' },
    { subject: 'n2', email: 'x@people.example', emailVerified: false },
    { subject: 'n3' },
    { subject: 'n4', email: 'x@sub.people.example' },
  ])
    assert.equal((await signInBy(t, provider, identity)).to, '/sign-in?sso_error=not_allowed')
  await system`UPDATE identity_providers SET creates_users = false WHERE id = ${provider}`
  assert.equal((await signInBy(t, provider, { subject: 'n5', email: 'y@people.example' })).to, '/sign-in?sso_error=no_account')
  await system`UPDATE identity_providers SET creates_users = true WHERE id = ${provider}`
})

test('an existing user joins by the password, once; a wrong one joins nobody', async () => {
  const [user] = await system`UPDATE users SET email = 'joins@people.example' WHERE id = (
    SELECT m.user_id FROM client_users m JOIN users u ON u.id = m.user_id WHERE m.client_id = ${clientId} AND u.deleted_at IS NULL AND u.id <> ${administrator.userId}
      AND u.password_hash IS NOT NULL AND u.totp_secret IS NULL AND u.is_active AND u.activated_at IS NOT NULL LIMIT 1) RETURNING id`
  assert.ok(user)
  const person = { subject: 'joins', email: 'joins@people.example' }
  const { to, browser = '' } = await signInBy(t, provider, person)
  assert.equal(to, '/sign-in?sso=join')
  const headers = { ...page, cookie: browser }
  assert.deepEqual((await t.ask('GET', '/reeve/sso/join', { headers })).body, {
    email: 'joins@people.example',
    provider: 'Example',
    code: false,
  })
  assert.equal((await t.ask('POST', '/reeve/sso/join', { headers, body: { password: 'wrong' } })).status, 400)
  assert.equal((await t.ask('POST', '/reeve/sso/join', { headers: page, body: { password: demoPassword } })).status, 400, 'another browser')
  assert.equal((await t.ask('POST', '/reeve/sso/join', { headers: { cookie: browser }, body: { password: demoPassword } })).status, 403)
  const joined = await t.ask('POST', '/reeve/sso/join', { headers, body: { password: demoPassword } })
  assert.equal(joined.status, 200)
  assert.equal(joined.body.caller.user_id, user.id)
  assert.equal((await t.ask('POST', '/reeve/sso/join', { headers, body: { password: demoPassword } })).status, 400, 'once')
  assert.equal((await t.ask('GET', '/reeve/sso/join', { headers })).status, 400)
  assert.equal((await signInBy(t, provider, person)).to, '/sign-in?sso=done', 'the next time no password is asked for')
  const own = await t.ask('GET', '/reeve/identities', { headers: bearer(joined.body.access) })
  assert.deepEqual(
    own.body.map((one: { provider: { id: number } }) => one.provider.id),
    [provider],
  )
  const gone = await t.ask('DELETE', `/reeve/identities/${own.body[0].id}`, { headers: bearer(joined.body.access) })
  assert.equal(gone.status, 204)
  assert.equal((await t.ask('DELETE', `/reeve/identities/${own.body[0].id}`, { headers: bearer(joined.body.access) })).status, 404)
})

test('roles follow the groups at each sign-in, the first rule that matches, and the last Administrator stays one', async () => {
  const rules = system.json([
    { group: 'engineers', role: 5 },
    { group: 'admins', role: 1 },
  ])
  await system`UPDATE identity_providers SET roles = ${rules}, default_role = 2 WHERE id = ${provider}`
  const roleAfter = async (groups: string[]) => {
    const access = await accessOf(t, (await signInBy(t, provider, { subject: 'grace', email: 'grace@people.example', groups })).answer)
    return claimsOf(access).user_groups[0]
  }
  assert.equal(await roleAfter(['admins']), 'Administrators')
  assert.equal(await roleAfter(['other', 'engineers', 'admins']), 'Engineers')
  assert.equal(await roleAfter([]), 'Users')
  assert.equal(await roleAfter(['admins']), 'Administrators')
  await system`UPDATE client_users SET role_id = 2 WHERE client_id = ${clientId} AND user_id <> (SELECT id FROM users WHERE email = 'grace@people.example')`
  assert.equal(await roleAfter([]), 'Administrators', 'the last one')
  await system`UPDATE client_users SET role_id = 1 WHERE client_id = ${clientId} AND user_id = ${administrator.userId}`
  await system`UPDATE identity_providers SET roles = '[]' WHERE id = ${provider}`
})

test('an answer counts once, in the browser that asked, while its time lasts', async () => {
  says.next = { subject: 'ada' }
  const { state, browser = '', to } = await goThrough(t, await startOf(t, provider))
  assert.equal(to, '/sign-in?sso=done')
  const again = await t.ask('GET', `/reeve/sso/callback?state=${state}`, { headers: { cookie: browser } })
  assert.equal(again.headers.location, '/sign-in?sso_error=expired')
  const started = await t.ask('GET', `${await startOf(t, provider)}&again=1`)
  const [own, next] = [cookieOf(started, 'reeve_sso') ?? '', new URL(String(started.headers.location)).searchParams.get('state')]
  for (const headers of [{}, { cookie: browser }])
    assert.equal((await t.ask('GET', `/reeve/sso/callback?state=${next}`, { headers })).headers.location, '/sign-in?sso_error=expired')
  await system`UPDATE authentication_requests SET expires_at = now() WHERE answered_at IS NULL`
  assert.equal(
    (await t.ask('GET', `/reeve/sso/callback?state=${next}`, { headers: { cookie: own } })).headers.location,
    '/sign-in?sso_error=expired',
  )
})

test('SAML’s answer comes from another site without the cookie: it is kept, and the browser comes for it', async () => {
  const saml = await insertProvider(t, { reseller_id: resellerId, client_id: clientId, kind: 'saml', name: 'SAML' })
  await insertIdentity(t, saml, resellerId, administrator.userId, 'by saml')
  says.next = { subject: 'by saml' }
  const started = await t.ask('GET', `${await startOf(t, saml)}&again=1`)
  const state = new URL(String(started.headers.location)).searchParams.get('state')
  const cookie = cookieOf(started, 'reeve_sso') ?? ''
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const post = (relay: string) =>
    t.ask('POST', '/iam/auth/saml2/acs', {
      headers: form,
      body: new URLSearchParams({ SAMLResponse: 'PHg+', RelayState: relay }).toString(),
    })
  assert.equal((await post('_nothing')).headers.location, '/sign-in?sso_error=expired')
  const posted = await post(`_${state}`)
  assert.equal(posted.status, 303)
  assert.equal(posted.headers.location, `http://test/reeve/sso/callback?state=${state}`)
  assert.equal((await post(`_${state}`)).headers.location, '/sign-in?sso_error=expired', 'once')
  const back = await t.ask('GET', `/reeve/sso/callback?state=${state}`, { headers: { cookie } })
  assert.equal(back.headers.location, '/sign-in?sso=done')
  assert.equal((await t.ask('POST', '/iam/auth/saml2/acs', { headers: form, body: 'RelayState=x' })).status, 400)
})

test('discovery answers the same for a domain that somebody has and for one of nobody', async () => {
  const ask = (name: string) => t.ask('POST', '/reeve/sso/discover', { body: { domain: name } })
  const [known, unknown] = [await ask(domain), await ask('nobody.example')]
  assert.deepEqual([known.status, known.body.url.length], [unknown.status, unknown.body.url.length])
  assert.notEqual(known.body.url, unknown.body.url)
  assert.equal((await goThrough(t, unknown.body.url)).to, '/sign-in?sso_error=unknown')
  says.next = { subject: 'ada' }
  assert.equal((await goThrough(t, known.body.url)).to, '/sign-in?sso=done')
  assert.equal((await ask('anna@people.example')).body.url.length, known.body.url.length)
  assert.equal((await t.ask('POST', '/reeve/sso/discover', { body: {} })).status, 400)
})

test('a test sign-in signs nobody in, and tells whoever began it what it saw or what is wrong', async () => {
  await system`UPDATE identity_providers SET state = 'draft' WHERE id = ${provider}`
  const headers = { authorization: administrator.authorization }
  const begin = async () => {
    const { status, body, headers: set } = await t.ask('POST', `/reeve/identity_providers/${provider}/test`, { headers })
    assert.equal(status, 200)
    return { ...body, cookie: cookieOf({ status, body, headers: set, text: '' }, 'reeve_sso') }
  }
  const outcome = async (id: string) => (await t.ask('GET', `/reeve/identity_providers/${provider}/tests/${id}`, { headers })).body
  const other = await begin()
  assert.equal((await goThrough(t, other.url)).to, '/sign-in?sso_error=expired', 'not in another browser')
  says.next = new ProviderError('signature', 'The assertion is signed with a certificate that is not in the metadata.')
  const wrong = await begin()
  assert.equal((await outcome(wrong.id)).state, 'waiting')
  await goThrough(t, wrong.url, wrong.cookie)
  assert.deepEqual(await outcome(wrong.id), {
    state: 'failed',
    error: { code: 'signature', message: 'The assertion is signed with a certificate that is not in the metadata.' },
    identity: null,
  })
  says.next = { subject: 'eve', email: 'eve@people.example', groups: ['a'] }
  const right = await begin()
  const { to, answer } = await goThrough(t, right.url, right.cookie)
  assert.equal(to, `/identity_providers/${provider}?test=${right.id}`)
  assert.equal(cookieOf(answer, 'reeve_session'), undefined)
  const { state, identity } = await outcome(right.id)
  assert.deepEqual([state, identity.subject, identity.domain_proven, identity.groups], ['succeeded', 'eve', true, ['a']])
  assert.equal((await t.ask('GET', `/reeve/identity_providers/${provider}`, { headers })).body.state, 'tested')
  assert.equal((await system`SELECT FROM identities WHERE subject = 'eve'`).length, 0)
  const foreseen = async (identity: Partial<ExternalIdentity>) => {
    says.next = identity
    const begun = await begin()
    await goThrough(t, begun.url, begun.cookie)
    const { arrival, user } = (await outcome(begun.id)).identity
    return [arrival, user?.email]
  }
  const activity = async () => (await system`SELECT count(*) FROM activity`)[0]?.count
  const before = await activity()
  assert.deepEqual(await foreseen({ subject: 'foreseen', email: 'foreseen@people.example' }), ['created', undefined])
  assert.deepEqual(await foreseen({ subject: 'foreseen', email: 'foreseen@elsewhere.example' }), ['not_allowed', undefined])
  assert.deepEqual(await foreseen({ subject: 'ada' }), ['known', 'ada@people.example'])
  await system`UPDATE identity_providers SET creates_users = false WHERE id = ${provider}`
  assert.deepEqual(await foreseen({ subject: 'foreseen', email: 'foreseen@people.example' }), ['no_account', undefined])
  await system`UPDATE identity_providers SET creates_users = true WHERE id = ${provider}`
  assert.equal((await system`SELECT FROM users WHERE email LIKE 'foreseen@%'`).length, 0, 'nobody was made')
  assert.equal(await activity(), before, 'nothing is in the activity')
  assert.equal((await t.ask('GET', `/reeve/identity_providers/${provider}/tests/${'0'.repeat(64)}`, { headers })).body.state, 'waiting')
  assert.equal((await t.ask('GET', `/reeve/identity_providers/${provider}/tests/none`, { headers })).status, 404)
  await system`UPDATE identity_providers SET state = 'on' WHERE id = ${provider}`
})

test('an identity is linked from the profile, in the browser of the user alone, and is nobody else’s', async () => {
  const { body: session } = await t.ask('POST', '/reeve/session/login', {
    headers: page,
    body: { username: administrator.email, password: demoPassword },
  })
  const begin = () => t.ask('POST', '/reeve/identities', { headers: bearer(session.access), body: { provider_id: provider } })
  const asked = await begin()
  assert.equal(asked.status, 200)
  says.next = { subject: 'linked' }
  assert.equal((await goThrough(t, asked.body.url)).to, '/sign-in?sso_error=expired')
  const own = await begin()
  assert.equal((await goThrough(t, own.body.url, cookieOf(own, 'reeve_sso'))).to, '/profile?tab=identities&sso=linked')
  const [mail] =
    await system`SELECT details ->> 'change' AS change FROM outbox WHERE user_id = ${administrator.userId} ORDER BY id DESC LIMIT 1`
  assert.equal(mail?.change, 'identity_linked')
  const taken = await begin()
  assert.equal((await goThrough(t, taken.body.url, cookieOf(taken, 'reeve_sso'))).to, '/profile?tab=identities&sso_error=taken')
  const unknown = await t.ask('POST', '/reeve/identities', { headers: bearer(session.access), body: { provider_id: 2 ** 40 } })
  assert.equal(unknown.status, 404)
  assert.equal((await t.ask('POST', '/reeve/identities', { headers: bearer(session.access), body: {} })).status, 400)
  const signed = await signInBy(t, provider, { subject: 'linked' })
  assert.equal(claimsOf(await accessOf(t, signed.answer)).user_id, administrator.userId)
  assert.ok(asCaller(administrator))
})

test('who must set up two-step verification first is shown no identities before', async () => {
  await system`UPDATE resellers SET administrators_need_two_step = true WHERE id = ${resellerId}`
  const { body } = await t.ask('POST', '/reeve/session/login', {
    headers: page,
    body: { username: administrator.email, password: demoPassword },
  })
  const { status, headers } = await t.ask('GET', '/reeve/identities', { headers: bearer(body.access) })
  assert.deepEqual([status, headers['x-error-code']], [403, 'two_step_required'])
  await system`UPDATE resellers SET administrators_need_two_step = false WHERE id = ${resellerId}`
})

test('an account’s provider counts in that account alone', async () => {
  const [member] = await system`INSERT INTO client_users (client_id, user_id, reseller_id, role_id)
    SELECT c.id, ${administrator.userId}, c.reseller_id, 2 FROM clients c
    WHERE c.reseller_id = ${resellerId} AND c.client_type = 'common' AND c.deleted_at IS NULL AND c.id <> ${clientId}
      AND NOT EXISTS (SELECT FROM client_users m WHERE m.client_id = c.id AND m.user_id = ${administrator.userId}) LIMIT 1 RETURNING client_id`
  const access = await accessOf(t, (await signInBy(t, provider, { subject: 'linked' })).answer)
  const elsewhere = await t.ask('GET', `/iam/auth/jwt/clients/${member?.client_id}/login`, { headers: bearer(access) })
  assert.equal(elsewhere.status, 403)
  assert.equal(elsewhere.headers['x-error-code'], 'provider_elsewhere')
  const list = await t.ask('GET', '/iam/clients', { headers: bearer(access) })
  assert.deepEqual(
    list.body.map(({ id }: { id: number }) => id),
    [clientId],
    'nothing of the other account is read',
  )
  assert.equal((await t.ask('GET', `/iam/clients/${member?.client_id}`, { headers: bearer(access) })).status, 404)
  // Whoever runs the provider could else add a way of its own into the other account.
  const other = await insertProvider(t, { reseller_id: resellerId, client_id: null, for_clients: true })
  const link = () => t.ask('POST', '/reeve/identities', { headers: bearer(access), body: { provider_id: other } })
  assert.equal((await link()).headers['x-error-code'], 'recent_proof_required')
  const proof = await t.ask('POST', '/reeve/sessions/current/proof', { headers: bearer(access), body: { password: demoPassword } })
  assert.equal(proof.status, 204, proof.text)
  assert.equal((await link()).status, 200)
})

test('an account that requires a provider is out of sight in a session that came otherwise, and refused in words', async () => {
  const [home] = await system<
    { client_id: number }[]
  >`SELECT client_id FROM client_users WHERE user_id = ${administrator.userId} AND client_id <> ${clientId}`
  assert.ok(home)
  await system`UPDATE identity_providers SET state = 'enforced' WHERE id = ${provider}`
  const { body: session } = await t.ask('POST', '/reeve/session/login', {
    headers: page,
    body: { username: administrator.email, password: demoPassword },
  })
  assert.equal(claimsOf(session.access).client_id, home.client_id)
  assert.equal((await t.ask('GET', `/iam/clients/${clientId}`, { headers: bearer(session.access) })).status, 404)
  const refused = await t.ask('GET', `/iam/auth/jwt/clients/${clientId}/login`, { headers: bearer(session.access) })
  assert.deepEqual([refused.status, refused.headers['x-error-code']], [403, 'sso_required'])
  await system`UPDATE identity_providers SET state = 'on' WHERE id = ${provider}`
})

test('an account that moves to another reseller takes its provider along, and the word of its reseller does not count any more', async () => {
  const [account] =
    await system`INSERT INTO clients (reseller_id, email, company_name) VALUES (${resellerId}, 'm@moves.example', 'Moves') RETURNING id`
  await system`SELECT refresh_clients(${[account?.id]}::bigint[])`
  const own = await insertProvider(t, { reseller_id: resellerId, client_id: account?.id, creates_users: true }, 'moves.example')
  await system`UPDATE identity_provider_domains SET proven_by = 'reseller' WHERE provider_id = ${own}`
  await accessOf(t, (await signInBy(t, own, { subject: 'm', email: 'm@moves.example' })).answer)
  const operator = shownCallers(t).find(({ kind }) => kind === 'platform')
  const moved = await t.ask('PATCH', `/iam/clients/${account?.id}`, {
    headers: { authorization: operator?.authorization ?? '' },
    body: { reseller: 3 },
  })
  assert.ok(moved.status < 300, moved.text)
  const [now] = await system`SELECT p.reseller_id, i.reseller_id AS of_identity, d.proven_at FROM identity_providers p
    JOIN identities i ON i.provider_id = p.id JOIN identity_provider_domains d ON d.provider_id = p.id WHERE p.id = ${own}`
  assert.deepEqual(now, { reseller_id: 3, of_identity: 3, proven_at: null })
  assert.equal((await signInBy(t, own, { subject: 'm' })).to, '/sign-in?sso=done')
})
