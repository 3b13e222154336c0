/** API tokens of staff with a role below Administrators: users of the technical account, whoever issued them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { insertToken, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const the = shownBy(t)
const account = t.world.clients.find((c) => c.reseller_id === 2 && c.client_type === 'common' && !c.deleted_at) as { id: number }

const lesser = async (one: TestCaller, role_id: number) =>
  (await insertToken(t, { client_id: one.clientId, user_id: one.userId, reseller_id: one.resellerId, role_id })).token

for (const kind of ['platform', 'reseller', 'seller'] as const)
  for (const [role, name] of [
    [5, 'Engineers'],
    [3009, 'Purge and Prefetch only (API+Web)'],
    [3022, 'Purge and Prefetch only (API)'],
    [2, 'Users'],
  ] as const)
    test(`a token of a ${kind} with the role ${name} is one of a user of its account, and no more`, async () => {
      const one = the(kind)
      const token = await lesser(one, role)
      const ask = (method: string, path: string, body?: unknown) => t.ask(method, path, { token, ...(body !== undefined && { body }) })

      const clients = await ask('GET', '/iam/clients?limit=10')
      assert.deepEqual(
        clients.body.results.map(({ id }: { id: number }) => id),
        [one.clientId],
      )
      assert.equal(clients.body.count, 1)
      assert.deepEqual(
        (await ask('GET', '/iam/clients')).body.map(({ id }: { id: number }) => id),
        [one.clientId],
      )
      const me = (await ask('GET', '/iam/clients/me')).body
      assert.deepEqual([me.id, me.users.map(({ id }: { id: number }) => id)], [one.clientId, [one.userId]])
      const users = await ask('GET', '/iam/users?limit=10')
      assert.deepEqual([users.body.count, users.body.results[0].id], [1, one.userId])
      assert.equal((await ask('GET', '/iam/users/me')).body.id, one.userId)

      assert.equal((await ask('GET', `/iam/clients/${account.id}`)).status, 404)
      assert.equal((await ask('GET', `/iam/auth/jwt/clients/${account.id}/admin_token`)).status, 403)
      assert.equal((await ask('GET', `/iam/auth/jwt/users/${the('client').userId}/token`)).status, 403)
      const user = { username: `never.${role}@${kind}.example`, password: 'quite-Secret-2025-zz', user_role: { user_role: { id: 1 } } }
      assert.equal((await ask('POST', `/iam/clients/${account.id}/client-users/create`, user)).status, 403)
      assert.equal((await ask('PATCH', '/reeve/resellers/me/security', { sellers_need_two_step: false })).status, 403)
      assert.equal((await ask('GET', '/iam/admin/sellers')).status, 403)
      assert.equal((await ask('GET', '/reeve/resellers')).status, 403)

      const path = `/iam/v2/clients/${one.clientId}/tokens`
      const wanted = (id: number) => ({ name: 'Next', exp_date: null, client_user: { role: { id } } })
      assert.equal((await ask('POST', path, wanted(1))).status, 400, 'no token has more rights than the one that issues it')
      const tokens = (await ask('GET', path)).body as { client_user: { user_id: number } }[]
      assert.ok(tokens.every(({ client_user }) => client_user.user_id === one.userId))
    })

test('the same user’s token with all rights is staff, whatever was answered to the lesser one before', async () => {
  const one = the('reseller')
  const [less, full] = [await lesser(one, 2), await lesser(one, 1)]
  const path = '/iam/clients?limit=5'
  const count = async (token: string) => (await t.ask('GET', path, { token })).body.count as number
  const all = await count(full)
  assert.ok(all > 1)
  assert.deepEqual([await count(less), await count(full), await count(less)], [1, all, 1])
})
