/** Setting identity providers up: what each kind takes, domains and their proof, the states, and whom enforcing locks out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownBy } from './callers.ts'
import { openWorld } from './harness.ts'
import { accessOf, insertIdentity, insertProvider, protocols, signInBy } from './sso-world.ts'

const records: Record<string, string[]> = {}
const t = await openWorld({ protocols, readTxt: async (name) => records[name] ?? Promise.reject(new Error('ENOTFOUND')) })
const { system } = t.database
const the = shownBy(t)
const [administrator, reseller, platform] = [the('client'), the('reseller'), the('platform')]
const { clientId, resellerId } = administrator
const path = '/reeve/identity_providers'
const as = (one: { authorization: string }) => async (method: string, url: string, body?: unknown) =>
  t.ask(method, url, { headers: { authorization: one.authorization }, ...(body !== undefined && { body }) })
const [byAdministrator, byReseller, byPlatform] = [as(administrator), as(reseller), as(platform)]
const codeOf = ({ headers }: { headers: Record<string, unknown> }) => headers['x-error-code']
const forget = () => system`UPDATE identity_providers SET state = 'draft', deleted_at = now() WHERE deleted_at IS NULL`

test('a draft takes a name; OpenID Connect its issuer, id and a secret that is never shown', async () => {
  const made = await byAdministrator('POST', path, { kind: 'oidc', name: 'Ours' })
  assert.equal(made.status, 201)
  assert.deepEqual([made.body.state, made.body.client_id, made.body.oauth, made.body.has_client_secret], ['draft', clientId, null, false])
  assert.equal(made.body.addresses.redirect_uri, 'http://test/reeve/sso/callback')
  const one = `${path}/${made.body.id}`
  const oauth = { issuer: 'https://id.example', client_id: 'reeve', client_secret: 'never shown again' }
  const changed = await byAdministrator('PATCH', one, { oauth, groups_claim: 'groups', roles: [{ group: 'a', role: 5 }] })
  assert.equal(changed.status, 200)
  assert.deepEqual(
    [changed.body.oauth.issuer, changed.body.oauth.client_id, changed.body.has_client_secret],
    ['https://id.example', 'reeve', true],
  )
  assert.ok(!changed.text.includes('never shown again'))
  const [stored] = await system`SELECT settings::text AS settings, client_secret FROM identity_providers WHERE id = ${made.body.id}`
  assert.ok(!stored?.settings.includes('never shown') && !Buffer.from(stored?.client_secret).includes('never shown'))
  const logged = await system`SELECT data FROM activity WHERE action IN ('updateIdentityProvider', 'createIdentityProvider') ORDER BY id`
  assert.ok(logged.length >= 2 && logged.every(({ data }) => !data.includes('never shown')))
  assert.deepEqual(
    (await byAdministrator('GET', path)).body.map(({ id }: { id: number }) => id),
    [made.body.id],
  )
  assert.deepEqual(
    (await byReseller('GET', `${path}?client_id=${clientId}`)).body.map(({ id }: { id: number }) => id),
    [made.body.id],
  )
  const draft = await byAdministrator('POST', path, { kind: 'saml', name: 'Nothing yet' })
  assert.equal(codeOf(await byAdministrator('POST', `${path}/${draft.body.id}/test`)), 'provider_state')
  await byAdministrator('DELETE', `${path}/${draft.body.id}`)
  assert.equal((await byAdministrator('DELETE', one)).status, 204)
  assert.equal((await byAdministrator('GET', one)).status, 404)
})

test('what does not go together is refused by field', async () => {
  const refusals: [object, string][] = [
    [{ kind: 'oidc', name: 'x', saml: {} }, 'saml'],
    [{ kind: 'saml', name: 'x', oauth: {} }, 'oauth'],
    [{ kind: 'google', name: 'x', oauth: { issuer: 'https://x.example' } }, 'oauth'],
    [{ kind: 'oidc', name: 'x', oauth: { base_url: 'https://x.example' } }, 'oauth'],
    [{ kind: 'oidc', name: 'x', for_staff: true }, 'for_staff'],
    [{ kind: 'oidc', name: 'x', default_role: 99 }, 'default_role'],
    [{ kind: 'oidc', name: 'x', roles: [{ group: 'a', role: 99 }] }, 'roles'],
    [{ kind: 'oidc', name: 'x', roles: Array.from({ length: 201 }, (_, i) => ({ group: `${i}`, role: 2 })) }, 'roles'],
    [{ kind: 'ldap', name: 'x' }, 'kind'],
    [{ kind: 'oidc' }, 'name'],
    [{ kind: 'saml', name: 'x', saml: { metadata: '<x/>' } }, 'saml'],
  ]
  for (const [body, field] of refusals) {
    const { status, body: said } = await byAdministrator('POST', path, body)
    assert.equal(status, 400, JSON.stringify(body))
    assert.ok(said.errors[field], `${JSON.stringify(said)} names ${field}`)
  }
  assert.equal((await byAdministrator('POST', path, { kind: 'oidc', name: 'x', client_id: clientId + 1 })).status, 404)
  assert.equal((await byReseller('POST', path, { kind: 'oidc', name: 'x', client_id: 2 ** 40 })).status, 404)
  assert.equal((await byPlatform('POST', path, { kind: 'oidc', name: 'x', client_id: clientId })).body.reseller_id, resellerId)
  await forget()
  for (let n = 0; n < 5; n++) assert.equal((await byAdministrator('POST', path, { kind: 'github', name: `${n}` })).status, 201)
  assert.equal(codeOf(await byAdministrator('POST', path, { kind: 'github', name: '6' })), 'provider_limit')
  await forget()
})

test('another issuer is another provider: the identities of the former one are forgotten, and its sessions end', async () => {
  const provider = await insertProvider(t, { reseller_id: resellerId, client_id: clientId })
  await insertIdentity(t, provider, resellerId, administrator.userId, 'former')
  const access = await accessOf(t, (await signInBy(t, provider, { subject: 'former' })).answer)
  const me = () => t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${access}` } })
  assert.equal((await me()).status, 200)
  const [before] = await system`SELECT auth_types, sso_auth FROM users WHERE id = ${administrator.userId}`
  assert.deepEqual(before, { auth_types: ['password', 'sso'], sso_auth: true })
  await byAdministrator('PATCH', `${path}/${provider}`, { oauth: { issuer: 'https://another.example' } })
  assert.equal((await me()).status, 401)
  assert.equal((await signInBy(t, provider, { subject: 'former' })).to, '/sign-in?sso_error=not_allowed')
  const [after] = await system`SELECT auth_types, sso_auth FROM users WHERE id = ${administrator.userId}`
  assert.deepEqual(after, { auth_types: ['password'], sso_auth: false })
  await forget()
})

test('a domain counts once its TXT record or its reseller says so, and never where anybody can have an address', async () => {
  const provider = await insertProvider(t, { reseller_id: resellerId, client_id: clientId })
  const domains = `${path}/${provider}/domains`
  for (const domain of ['gmail.com', 'GMail.com.', 'hotmail.com'])
    assert.equal(codeOf(await byAdministrator('POST', domains, { domain })), 'domain_public')
  for (const domain of ['nothing', 'a b.example', '', 'http://x.example', '*.example.com'])
    assert.equal((await byAdministrator('POST', domains, { domain })).status, 400, domain)
  const { status, body: claimed } = await byAdministrator('POST', domains, { domain: 'Bücher.example' })
  assert.equal(status, 201)
  assert.deepEqual(
    [claimed.domain, claimed.proven, claimed.record_name],
    ['xn--bcher-kva.example', false, '_reeve-challenge.xn--bcher-kva.example'],
  )
  assert.equal(codeOf(await byAdministrator('POST', domains, { domain: 'bücher.example' })), 'domain_taken')
  const verify = () => byAdministrator('POST', `${domains}/${claimed.id}/verify`)
  assert.equal(codeOf(await verify()), 'domain_not_proven')
  records[claimed.record_name] = ['something else']
  assert.equal(codeOf(await verify()), 'domain_not_proven')
  records[claimed.record_name] = ['v=spf1', claimed.record_value]
  const proven = await verify()
  assert.deepEqual([proven.status, proven.body.proven, proven.body.proven_by], [200, true, 'dns'])

  const { body: theirs } = await byAdministrator('POST', domains, { domain: 'vouched.example' })
  assert.equal((await byAdministrator('POST', `${domains}/${theirs.id}/vouch`)).status, 403)
  assert.equal((await byReseller('POST', `${domains}/${theirs.id}/vouch`)).body.proven_by, 'reseller')
  const other = await insertProvider(t, { reseller_id: resellerId, client_id: null })
  const { body: again } = await byReseller('POST', `${path}/${other}/domains`, { domain: 'vouched.example', client_id: clientId })
  records[again.record_name] = [again.record_value]
  assert.equal(codeOf(await byReseller('POST', `${path}/${other}/domains/${again.id}/verify`)), 'domain_taken')
  assert.equal((await byReseller('POST', `${path}/${other}/domains/${again.id}/vouch`)).status, 403, 'not for itself')
  assert.equal(codeOf(await byPlatform('POST', `${path}/${other}/domains/${again.id}/vouch`)), 'domain_taken')
  assert.equal((await byReseller('POST', `${path}/${other}/domains`, { domain: 'x.example', client_id: 2 ** 40 })).status, 400)
  assert.equal((await byAdministrator('POST', domains, { domain: 'x.example', client_id: clientId })).status, 400)
  assert.equal((await byAdministrator('DELETE', `${domains}/${theirs.id}`)).status, 204)
  assert.equal((await byReseller('POST', `${path}/${other}/domains/${again.id}/verify`)).status, 200)
  await forget()
})

test('a provider is tested before it is on, and on before it is enforced; off, its sessions end', async () => {
  const provider = await insertProvider(t, { reseller_id: resellerId, client_id: clientId, state: 'draft' })
  const set = (state: string) => byAdministrator('POST', `${path}/${provider}/state`, { state })
  assert.equal(codeOf(await set('on')), 'provider_state')
  await system`UPDATE identity_providers SET state = 'tested' WHERE id = ${provider}`
  assert.equal(codeOf(await set('enforced')), 'provider_state')
  assert.equal((await set('on')).body.state, 'on')
  await insertIdentity(t, provider, resellerId, administrator.userId, 'off')
  const access = await accessOf(t, (await signInBy(t, provider, { subject: 'off' })).answer)
  assert.equal((await set('draft')).body.state, 'tested')
  assert.equal((await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${access}` } })).status, 401)
  assert.equal((await signInBy(t, provider, { subject: 'off' })).to, '/sign-in?sso_error=unknown')
  assert.equal((await byAdministrator('PATCH', `${path}/${provider}`, { oauth: { client_id: 'new' } })).body.state, 'draft')
  assert.equal((await set('tested')).status, 400)
  await forget()
})

test('enforcing names whom it locks out, refuses to lock out the caller or everybody, and ends the sessions that do not conform', async () => {
  await system`UPDATE client_users SET role_id = 2 WHERE client_id = ${clientId} AND user_id <> ${administrator.userId}`
  const provider = await insertProvider(t, { reseller_id: resellerId, client_id: clientId })
  const preview = async () => (await byAdministrator('GET', `${path}/${provider}/enforcement`)).body
  const enforce = () => byAdministrator('POST', `${path}/${provider}/state`, { state: 'enforced' })
  const first = await preview()
  assert.equal(first.may_enforce, false)
  assert.equal(first.objections.length, 2)
  assert.ok(first.people.some(({ id }: { id: number }) => id === administrator.userId) && first.without_identity === first.people.length)
  assert.ok(first.earlier_tokens > 0 && first.tokens.length > 0)
  assert.equal(codeOf(await enforce()), 'would_lock_out')

  await insertIdentity(t, provider, resellerId, administrator.userId, 'admin')
  const second = await preview()
  assert.deepEqual([second.may_enforce, second.without_identity], [true, first.without_identity - 1])
  const { body: password } = await t.ask('POST', '/iam/auth/jwt/login', {
    body: { username: administrator.email, password: 'reeve-demo-password' },
  })
  const own = await accessOf(t, (await signInBy(t, provider, { subject: 'admin' })).answer)
  assert.ok((await preview()).sessions >= 1)
  assert.equal((await enforce()).status, 200)
  const [ended] = await system`SELECT revoked_at IS NOT NULL AS ended FROM sessions s JOIN refresh_tokens r ON r.session_id = s.id
    WHERE r.jti = ${JSON.parse(Buffer.from(password.refresh.split('.')[1], 'base64url').toString()).jti}`
  assert.equal(ended?.ended, true)
  assert.equal((await t.ask('GET', '/iam/users/me', { headers: { authorization: `Bearer ${own}` } })).status, 200)
  assert.equal((await byAdministrator('GET', path)).status, 200, 'earlier tokens work on, for the owner said so')
  await system`UPDATE identity_providers SET accepts_earlier_tokens = false WHERE id = ${provider}`
  assert.equal((await byAdministrator('GET', path)).status, 401)
  await system`UPDATE identity_providers SET accepts_earlier_tokens = true WHERE id = ${provider}`

  // Another one for the same people waits until this one is not enforced any more.
  const other = await insertProvider(t, { reseller_id: resellerId, client_id: clientId })
  await insertIdentity(t, other, resellerId, administrator.userId, 'other')
  assert.equal(codeOf(await byAdministrator('POST', `${path}/${other}/state`, { state: 'enforced' })), 'provider_state')
  assert.equal((await byAdministrator('PATCH', `${path}/${provider}`, { for_clients: false })).status, 400)
  await forget()
})

test('exceptions are people whom the provider covers, twenty at most, and the last way in stays', async () => {
  const provider = await insertProvider(t, { reseller_id: resellerId, client_id: clientId })
  const exception = (userId: number) => `${path}/${provider}/exceptions/${userId}`
  assert.equal((await byAdministrator('PUT', exception(administrator.userId))).status, 204)
  assert.equal((await byAdministrator('PUT', exception(reseller.userId))).status, 404)
  assert.deepEqual(
    (await byAdministrator('GET', `${path}/${provider}/exceptions`)).body.map(({ id }: { id: number }) => id),
    [administrator.userId],
  )
  assert.equal(
    (await byAdministrator('GET', `${path}/${provider}/enforcement`)).body.may_enforce,
    false,
    'without a second step it is no way in',
  )
  await system`UPDATE users SET totp_secret = '\\x00' WHERE id = ${administrator.userId}`
  assert.equal((await byAdministrator('GET', `${path}/${provider}/enforcement`)).body.may_enforce, true)
  assert.equal((await byAdministrator('POST', `${path}/${provider}/state`, { state: 'enforced' })).status, 200)
  assert.equal(codeOf(await byAdministrator('DELETE', exception(administrator.userId))), 'would_lock_out')
  await insertIdentity(t, provider, resellerId, administrator.userId, 'way in')
  assert.equal((await byAdministrator('DELETE', exception(administrator.userId))).status, 204)
  assert.equal((await byAdministrator('DELETE', exception(administrator.userId))).status, 404)
  await system`INSERT INTO identity_provider_exceptions (provider_id, reseller_id, user_id)
    SELECT ${provider}, reseller_id, id FROM users WHERE reseller_id = ${resellerId} AND id <> ${administrator.userId} LIMIT 20`
  assert.equal(codeOf(await byAdministrator('PUT', exception(administrator.userId))), 'provider_limit')
  await system`UPDATE users SET totp_secret = NULL WHERE id = ${administrator.userId}`
  await forget()
})

test('the buttons of a host are those of its reseller that are on', async () => {
  await forget()
  const buttons = async () => (await t.ask('GET', '/reeve/sso/providers')).body
  assert.deepEqual(await buttons(), [])
  await insertProvider(t, { reseller_id: resellerId, client_id: null, name: 'Off', state: 'tested' })
  await insertProvider(t, { reseller_id: resellerId, client_id: clientId, name: 'Account' })
  const shown = await insertProvider(t, { reseller_id: resellerId, client_id: null, name: 'On', force_redirect: true, kind: 'google' })
  const [button, ...more] = await buttons()
  assert.deepEqual([button.id, button.kind, button.name, button.force_redirect, more], [shown, 'google', 'On', true, []])
  assert.match(button.url, /^\/reeve\/sso\/start\?provider=[0-9a-f-]{36}$/)
  await insertProvider(t, { reseller_id: 3, client_id: null, name: 'Another reseller' })
  assert.deepEqual(await buttons(), [], 'on a host of nobody, only where there is no doubt')
})

test('an account closed to staff sets its providers up by itself', async () => {
  await system`UPDATE clients SET closed_to_staff_from = now() WHERE id = ${clientId}`
  assert.equal(codeOf(await byReseller('POST', path, { kind: 'oidc', name: 'x', client_id: clientId })), 'account_closed')
  await system`UPDATE clients SET closed_to_staff_from = NULL WHERE id = ${clientId}`
})
