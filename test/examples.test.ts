/** The document at /docs: every body it proposes is accepted, and it says how to begin, under our name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionOf, shownBy, shownCallers, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { objectsOf } from './objects.ts'
import type { Kind } from './operations/table.ts'
import { due, operations } from './operations.ts'
import { directoryOf } from './scim-world.ts'

const t = await openWorld()
const objects = objectsOf(t)
const the = shownBy(t)

interface Documented {
  tags: string[]
  requestBody?: { content: Record<string, { example?: unknown }> }
}
const document = t.app.swagger() as unknown as {
  info: { title: string; description: string }
  servers: object[]
  tags: { name: string; description?: string }[]
  paths: Record<string, Record<string, Documented>>
}
const documented = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
)
const withBody = documented.flatMap(([name, { requestBody }]) => {
  const content = requestBody?.content['application/json']
  return content ? [[name, content.example] as const] : []
})

/** What an example cannot hold: it is refused for what it says, never for its shape. */
const refusals: Record<string, { status: number; says: RegExp; own?: true }> = {
  'POST /iam/auth/jwt/refresh': { status: 401, says: /Given token not valid/ },
  'POST /iam/auth/renew_invitation': { status: 400, says: /already activated/ },
  'POST /reeve/auth/passkeys/login': { status: 400, says: /No active account found/ },
  'POST /reeve/session/passkey': { status: 400, says: /No active account found/ },
  'POST /reeve/sso/join': { status: 400, says: /identity provider again/ },
  'POST /reeve/identities': { status: 404, says: /Not found/, own: true },
  'POST /reeve/users/me/passkeys': { status: 400, says: /credential/, own: true },
  'DELETE /reeve/users/me/totp': { status: 400, says: /is off/, own: true },
  'POST /reeve/users/me/totp/confirm': { status: 400, says: /one_time_password/, own: true },
  'POST /reeve/users/me/totp/backup_codes': { status: 400, says: /is off/, own: true },
}
/** Asked by the person itself, in a session. */
const ofOneself = new Set([
  'POST /reeve/users/me/totp',
  'POST /reeve/scim_tokens',
  'POST /reeve/session/account',
  'POST /reeve/session/act_as',
  'POST /reeve/sessions/current/proof',
  'POST /reeve/users/me/end_access',
  'POST /reeve/users/me/passkeys/options',
  'PATCH /reeve/users/me/passkeys/{passkeyId}',
  'PUT /iam/users/{userId}/password',
  'POST /reeve/clients/{clientId}/deletion_request',
])
/** By whom, where it takes something from the person that the other examples need. */
const apart: Record<string, TestCaller> = {
  'POST /reeve/session/act_as': the('reseller'),
  'PUT /iam/users/{userId}/password': the('client', 2, 5),
  'POST /reeve/clients/{clientId}/deletion_request': the('client', 3),
  'POST /reeve/users/me/end_access': the('client', 3, 2),
}

/** What a directory sends takes a token of its own, and is about a user or group that its own examples made. */
const directory = await directoryOf(t, the('client'), the('client').clientId, { domain: 'lovelace-media.example' })
async function asDirectory(name: string, body: unknown) {
  const [method = '', path = ''] = name.split(' ')
  const list = path.startsWith('/scim/v2/Users') ? '/Users' : '/Groups'
  const { Resources } = (await directory.ask('GET', list)).body as { Resources: { id: string; userName?: string; displayName?: string }[] }
  const made = Resources.find(({ userName, displayName }) => userName === 'ada@lovelace-media.example' || displayName === 'Engineering')
  return directory.ask(method, path.replace('/scim/v2', '').replace('{id}', made?.id ?? ''), body)
}

/** Somebody who may, and what to: accounts of clients before one's own. */
async function somebody(name: string): Promise<{ one: TestCaller; ids: Record<string, number | string> }> {
  const operation = operations[name]
  assert.ok(operation, name)
  const own = refusals[name]?.own || ofOneself.has(name)
  const callers = [the('reseller'), the('client'), ...shownCallers(t)]
  const kinds: Kind[] = own ? ['own'] : ['neighbour', 'colleague', 'own']
  for (const one of own ? [apart[name] ?? the('client')] : callers)
    for (const kind of kinds) {
      const status = due(operation, one, kind) ?? 500
      const ids = await objects[operation.object]?.(one, kind)
      if (ids && (own || refusals[name] || status < 300)) return { one, ids }
    }
  return assert.fail(`nobody may ${name}`)
}

for (const [name, body] of withBody)
  test(`${name}: the example is accepted`, async () => {
    assert.ok(body, 'the schema of the body has no example')
    if (name.includes('/scim/v2/')) {
      const { status, text } = await asDirectory(name, body)
      assert.ok(status < 300, `${status} ${text}`)
      return
    }
    const { one, ids } = await somebody(name)
    const { authorization } = refusals[name]?.own || ofOneself.has(name) ? await sessionOf(t, one.email, one.clientId) : one
    if (name.startsWith('PUT') && name.includes('notification'))
      await t.database.system`DELETE FROM notification_settings WHERE email LIKE 'security@%'`
    const path = (name.split(' ')[1] as string).replace(/\{(\w+)\}/g, (_, key) => String(ids[key]))
    const answer = await t.ask(name.split(' ')[0] as string, path, { headers: { ...operations[name]?.headers, authorization }, body })
    const { status = answer.status, says = /^/ } = refusals[name] ?? {}
    assert.equal(answer.status, status, answer.text)
    assert.ok(refusals[name] || answer.status < 300, `${answer.status} ${answer.text}`)
    assert.match(answer.text, says)
  })

test('every tag has a description and a place in the order, and none is without operations', () => {
  const used = new Set(documented.flatMap(([, { tags }]) => tags))
  assert.deepEqual([...used].sort(), document.tags.map(({ name }) => name).sort())
  for (const { name, description } of document.tags) assert.ok(description, name)
})

test('the page is ours and says how to begin', async () => {
  assert.equal(document.info.title, 'Reeve API')
  assert.ok(document.servers.length > 0)
  const anchors = [...document.info.description.matchAll(/\(#\/([^/)]+)\/(\w+)\)/g)].map(
    ([, tag = '', id]) => `${decodeURIComponent(tag)} ${id}`,
  )
  const places = documented.flatMap(([, operation]) =>
    operation.tags.map((tag) => `${tag} ${(operation as { operationId?: string }).operationId}`),
  )
  assert.ok(anchors.length >= 2)
  for (const anchor of anchors) assert.ok(places.includes(anchor), `${anchor} is no operation`)
  for (const path of ['/docs', '/docs/static/swagger-initializer.js', '/docs/static/theme/reeve.js']) {
    const { payload, statusCode } = await t.app.inject({ url: path })
    assert.equal(statusCode, 200)
    assert.doesNotMatch(payload, /<title>Swagger UI|fastify|"layout":\s*"StandaloneLayout"[^}]*"url"/i)
  }
  assert.match((await t.app.inject({ url: '/docs' })).payload, /<title>Reeve API<\/title>/)
})
