import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from './harness.ts'

const { ask, shown } = await openWorld()

test('lists', async () => {
  const r = await ask('GET', '/iam/clients?limit=5', { token: shown.resellers[0]?.token })
  assert.equal(r.status, 200)
  const c = shown.clients[4]
  for (const p of ['/iam/clients', '/iam/clients/me', '/iam/users', '/iam/users/me', `/iam/v2/clients/${c?.id}/tokens`, `/iam/clients/${c?.id}/tokens`]) {
    const a = await ask('GET', p, { token: c?.token })
    assert.equal(a.status, 200, p + a.text)
  }
  const n = await ask('POST', `/iam/v2/clients/${c?.id}/tokens`, { token: c?.token, body: { name: 'x', exp_date: null, client_user: { role: { name: 'Users' } } } })
  assert.equal(n.status, 200, n.text)
  const d = await ask('DELETE', `/iam/v2/clients/${c?.id}/tokens/${n.body.id}`, { token: n.body.token, headers: { 'content-type': 'application/json' } })
  assert.equal(d.status, 204, d.text)
  const e = await ask('GET', '/iam/users/me', { token: n.body.token })
  assert.equal(e.status, 401, e.text)
})
