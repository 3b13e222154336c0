/** The sign-ins of demo.json are those of people of the world, found again from the seed alone. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { commonProducts } from '../lib/products.ts'
import { roles } from '../lib/roles.ts'
import { showcase } from './showcase.ts'
import { layout } from './tenants.ts'
import { collectWorld, demoPassword } from './world.ts'

for (const clients of [20, 300, 1000])
  test(`the showcase names people of the world who may sign in (${clients} clients)`, () => {
    const world = collectWorld({ seed: 7, clients })
    const shown = showcase({ seed: 7, clients, baseUrl: 'http://127.0.0.1:8080' })
    const user = (email: string) => world.users.find((one) => one.email === email)
    const account = new Map(world.clients.map((one) => [one.id, one]))
    const all = [shown.platform, ...shown.resellers, ...shown.sellers, ...shown.clients]
    for (const { email, password, token } of all) {
      const [id, secret = ''] = token.split('_')
      const row = world.api_tokens.find((one) => one.id === Number(id))
      const owner = user(email)
      assert.ok(row && owner, `${email} and token ${id} must be in the world`)
      assert.deepEqual(
        Buffer.from(row.secret_hash),
        createHash('sha256').update(secret).digest(),
        'the row keeps the SHA-256 of the secret',
      )
      assert.equal(secret, createHash('sha256').update(`reeve demo token 7 ${id}`).digest('hex'))
      assert.deepEqual([row.user_id, row.exp_date, row.deleted_at, password], [owner.id, null, null, demoPassword])
      assert.ok(
        owner.is_active && owner.activated_at && !owner.deleted_at && !account.get(row.client_id)?.deleted_at,
        `${email} must be able to sign in`,
      )
      assert.equal(world.client_users.find((m) => m.client_id === row.client_id && m.user_id === owner.id)?.role_id, row.role_id)
    }
    assert.equal(user(shown.platform.email)?.is_admin, true)
    assert.deepEqual(
      shown.resellers.map((r) => [r.id, r.clients, user(r.email)?.user_type]),
      [2, 3].map((id) => [id, layout(clients).accountsOf(id), 'reseller']),
    )
    assert.deepEqual(
      shown.sellers.map((s) => [s.reseller, user(s.email)?.id, user(s.email)?.user_type]),
      shown.sellers.map((s, n) => [n + 2, s.id, 'seller']),
    )
    const expected = [2, 3].flatMap((reseller) => roles.map((role) => [reseller, role.name]))
    assert.deepEqual(
      shown.clients.map((c) => [c.reseller, c.role]),
      expected,
      'a user of every role in each of the first two resellers',
    )
    for (const { id, email } of shown.clients) assert.equal(user(email)?.client_id, id, 'id is that of the account')
    const named = new Set(world.client_users.filter((m) => all.some(({ email }) => user(email)?.id === m.user_id)).map((m) => m.client_id))
    assert.deepEqual(
      world.services.filter((s) => named.has(s.client_id) && s.status === 'activating'),
      [],
      'strict readers of the vendor’s newest SDK refuse `activating`',
    )
    for (const product of commonProducts)
      assert.ok(
        world.services.some((s) => s.product === product && s.status === 'activating'),
        `an account whose ${product} is activating`,
      )
  })
