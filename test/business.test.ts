/** A reseller's whole business through the API alone: a client with products, a trial, people, tokens, a portal of its own, and the log of it all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from './harness.ts'
import { form, svg } from './images.ts'

const t = await openWorld()
const password = 'a long enough word for everybody'
const apiKey = (token: string) => `APIKey ${token}`

/** Asks as somebody, and answers the body where the status is the one due. */
async function as(authorization: string | undefined, method: string, path: string, status: number, body?: unknown) {
  const headers = authorization === undefined ? {} : { authorization }
  const answer = await t.ask(method, path, { headers, ...(body !== undefined && { body }) })
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text.slice(0, 500)}`)
  return answer.body
}

const signIn = async (username: string) =>
  `Bearer ${(await as(undefined, 'POST', '/iam/auth/jwt/login', 200, { username, password })).access}`
const reseller = apiKey(t.shown.resellers[0]?.token ?? '')
const seller = apiKey(t.shown.sellers[0]?.token ?? '')
const platform = apiKey(t.shown.platform.token)

test('from the first client to the log of what was done', async () => {
  // The house rules: what everybody may have, who is told, how the portal looks.
  const { user_id: resellerId, reseller: ownReseller } = await as(reseller, 'GET', '/iam/users/me', 200).then((me) => ({
    user_id: me.id,
    ...me,
  }))
  await as(reseller, 'PATCH', '/iam/products/availability/defaults', 200, { product_name: 'CDN', available: true })
  await as(reseller, 'POST', `/iam/reselling/resellers/${ownReseller}/notification_settings`, 201, {
    email: 'alerts@business.example',
    notification_type: 'deletion_request',
  })
  await as(reseller, 'PUT', '/iam/reselling/settings', 200, {
    domain: 'console.business.example',
    publicSettings: { showApiDoc: true, showStatusPage: 'false', showKnowledgeBase: true, showTickets: false },
    privateSettings: {},
  })
  const logo = form({ logo: svg })
  const uploaded = await t.ask('POST', '/iam/reselling/settings/upload', {
    headers: { authorization: reseller, 'content-type': logo.type },
    body: logo.body,
  })
  assert.equal(uploaded.status, 200, uploaded.text)

  // A client, by the seller who won it: the user can work at once.
  const email = 'ada@business.example'
  const created = await as(seller, 'POST', '/iam/users', 201, {
    email,
    password,
    company: 'Analytical Engines',
    name: 'Ada',
    services: [{ product_name: 'DNS', available: true }],
  })
  const [{ id: clientId }] = await as(seller, 'GET', '/iam/clients?companyName=analytical%20engines', 200)
  const account = `/iam/clients/${clientId}`
  const me = (await as(seller, 'GET', '/iam/users/me', 200)).id
  await as(seller, 'PATCH', account, 200, { seller: me, custom_id: 'K-1' })
  assert.partialDeepStrictEqual(await as(seller, 'GET', account, 200), {
    companyName: 'Analytical Engines',
    status: 'preparation',
    seller: me,
    custom_id: 'K-1',
    entryBaseDomain: 'console.business.example',
  })

  // Products: a trial of one, another for good; what is in use cannot be taken away.
  const services = await as(seller, 'GET', `${account}/services`, 200)
  const serviceOf = (name: string) => `${account}/services/${services.find((one: { name: string }) => one.name === name)?.id}`
  const trial = await as(seller, 'PUT', serviceOf('CDN'), 200, { status: 'trial', enabled: true })
  assert.ok(trial.start, 'a trial has begun')
  assert.equal((await as(seller, 'GET', account, 200)).status, 'trial')
  await as(seller, 'PUT', serviceOf('DNS'), 200, { status: 'active' })
  assert.equal((await as(seller, 'GET', account, 200)).status, 'active')
  const inUse = await as(seller, 'PATCH', `/iam/products/availability/clients/${clientId}`, 403, { product_name: 'DNS', available: false })
  assert.deepEqual(inUse.active, ['DNS'])
  const [free] = (await as(seller, 'GET', '/iam/admin/feature', 200)).filter((one: { is_free: boolean }) => one.is_free)
  await as(seller, 'POST', '/iam/admin/free_features', 201, { client_id: clientId, feature_id: free.id })
  await as(seller, 'POST', '/iam/admin/free_features', 400, { client_id: clientId, feature_id: free.id })

  // Its people: Ada brings them in, gives roles and takes them.
  const ada = await signIn(email)
  assert.equal((await as(ada, 'GET', '/iam/clients/me', 200)).id, clientId)
  const invited = await as(ada, 'POST', '/iam/clients/invite_user', 200, {
    email: 'charles@business.example',
    user_role: { id: 5 },
    client_id: clientId,
  })
  assert.equal(invited.status, 'sent')
  await as(seller, 'POST', `${account}/client-users/create`, 200, {
    username: 'george@business.example',
    password,
    user_role: { user_role: { id: 2 } },
  })
  const george = await signIn('george@business.example')
  const { id: georgeId } = await as(george, 'GET', '/iam/users/me', 200)
  await as(george, 'POST', '/iam/clients/invite_user', 403, { email: 'x@business.example', user_role: { id: 2 }, client_id: clientId })
  await as(ada, 'PUT', `${account}/client-users/${georgeId}`, 204, { user_role: { id: 5 } })
  assert.deepEqual(
    (await as(ada, 'GET', '/iam/users', 200)).results.map((one: { email: string }) => one.email).sort(),
    [email, 'charles@business.example', 'george@business.example'].sort(),
  )

  // Tokens: no more than one's role; they fall with it.
  const wanted = (role: number) => ({ name: 'Terraform', exp_date: null, client_user: { role: { id: role } } })
  await as(george, 'POST', `/iam/v2/clients/${clientId}/tokens`, 400, wanted(1))
  const { token, id: tokenId } = await as(george, 'POST', `/iam/v2/clients/${clientId}/tokens`, 200, wanted(5))
  assert.equal((await as(apiKey(token), 'GET', '/iam/clients/me', 200)).id, clientId)
  assert.deepEqual(await as(ada, 'DELETE', `/iam/users/${georgeId}`, 403), {
    message: "You can't remove the user as they have active tokens",
  })
  await as(ada, 'DELETE', `/iam/v2/clients/${clientId}/tokens/${tokenId}`, 204)
  await as(apiKey(token), 'GET', '/iam/clients/me', 401)
  await as(ada, 'DELETE', `/iam/users/${georgeId}`, 200)
  await as(george, 'GET', '/iam/clients/me', 401)

  // Help from outside, in Ada's name, is seen for what it is; another reseller sees nothing of all this.
  const { access } = await as(reseller, 'GET', `/iam/auth/jwt/clients/${clientId}/admin_token`, 200)
  await as(`Bearer ${access}`, 'PATCH', `/iam/users/${created.id}`, 200, { phone: '+44 20' })
  await as(platform, 'PATCH', account, 200, { name: 'Ada Lovelace' })
  await as(apiKey(t.shown.resellers[1]?.token ?? ''), 'GET', account, 404)

  // What was done, as the account, its reseller and everybody who has to answer for it see it.
  const { results } = await as(ada, 'GET', `/reeve/activity?affected_client_id=${clientId}&limit=1000`, 200)
  const done = results.map((one: { actions: string; status_code: number }) => `${one.actions} ${one.status_code}`)
  const due = [
    'createUser 201',
    'updateClient 200',
    'updateService 200',
    'updateService 200',
    'setClientAvailability 403',
    'enableFreeFeature 201',
    'inviteUser 200',
    'createClientUser 200',
    'updateUserRole 204',
    'createToken 400',
    'createToken 200',
    'deleteToken 204',
    'deleteUser 200',
    'getClientAdminToken 200',
    'updateUser 200',
    'updateClient 200',
  ]
  assert.deepEqual(done.sort(), due.sort()) // what is refused is recorded a moment after its answer
  const [last, inHerName] = results
  assert.partialDeepStrictEqual(last, { user_email: t.shown.platform.email, data: '{"name":"Ada Lovelace"}' })
  assert.partialDeepStrictEqual(inHerName, { user: created.id, user_email: email, actor: resellerId, method: 'PATCH' })
  assert.ok(!JSON.stringify(results).includes(password), 'no password is in the log')
  const seenBy = async (who: string) => (await as(who, 'GET', `/reeve/activity?affected_client_id=${clientId}&limit=1000`, 200)).results
  for (const who of [reseller, seller, platform]) assert.deepEqual(await seenBy(who), results)
  assert.deepEqual(await seenBy(apiKey(t.shown.resellers[1]?.token ?? '')), [])
  const changes = await as(seller, 'GET', `/iam/activity_log/account_status_changes?client_id=${clientId}&ordering=id`, 200)
  assert.deepEqual(
    changes.result.map((one: { old_status: string; new_status: string }) => `${one.old_status} → ${one.new_status}`).slice(-2),
    ['preparation → trial', 'trial → active'],
  )
  const logins = await as(ada, 'GET', '/iam/activity_log/logins', 200)
  assert.deepEqual(
    logins.result.map((one: { user: number; is_successful: boolean }) => [one.user, one.is_successful]),
    [
      [georgeId, true],
      [created.id, true],
    ],
  )
})
