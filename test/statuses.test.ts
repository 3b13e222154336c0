/** Documented statuses that no other test has a reason to ask for; test/every-status.ts names those that are missing. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from './harness.ts'

const t = await openWorld()
const { system } = t.database
const as = (token: string | undefined) => async (method: string, path: string, status: number, body?: unknown) => {
  const answer = await t.ask(method, path, { token, ...(body !== undefined && { body }) })
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`)
  return answer.body
}
const reseller = as(t.shown.resellers[0]?.token)
const [client] = t.shown.clients
const member = as(client?.token)

test('400 for a cursor that is none', async () => {
  assert.ok((await reseller('GET', '/reeve/users?cursor=x', 400)).errors.cursor)
})

test('400 at the older paths of tokens as well', async () => {
  assert.ok((await member('GET', `/iam/clients/${client?.id}/tokens?role=none`, 400)).errors.role)
  assert.ok((await member('POST', `/iam/clients/${client?.id}/tokens`, 400, {})).errors.name)
})

test('400 for a notification setting whose id is no number', async () => {
  const { reseller: resellerId } = await reseller('GET', '/iam/users/me', 200)
  for (const method of ['GET', 'DELETE']) {
    const path = `/iam/reselling/resellers/${resellerId}/notification_settings/x`
    assert.ok((await reseller(method, path, 400)).errors.notificationSettingsId)
  }
})

test('400 where something of a deleted account is taken away', async () => {
  const enabled = async (isFree: boolean) => {
    const [row] = await system`
      SELECT e.id, e.client_id FROM client_features e JOIN features f ON f.id = e.feature_id JOIN clients c ON c.id = e.client_id
      WHERE c.reseller_id = 2 AND c.client_type = 'common' AND f.is_free = ${isFree} LIMIT 1`
    return row as { id: number; client_id: number }
  }
  for (const [path, isFree] of [
    ['free_features', true],
    ['paid_features', false],
  ] as const) {
    const { id, client_id } = await enabled(isFree)
    await system`UPDATE clients SET deleted_at = coalesce(deleted_at, now()) WHERE id = ${client_id}`
    assert.deepEqual(await reseller('DELETE', `/iam/admin/${path}/${id}`, 400), { errors: { errors: ['The account was deleted.'] } })
  }
  const [membership] = await system`
    SELECT m.client_id, m.user_id FROM client_users m JOIN clients c ON c.id = m.client_id JOIN users u ON u.id = m.user_id
    WHERE c.reseller_id = 2 AND c.client_type = 'common' AND u.deleted_at IS NULL AND c.deleted_at IS NULL LIMIT 1`
  await system`UPDATE clients SET deleted_at = now() WHERE id = ${membership?.client_id}`
  await reseller('DELETE', `/iam/clients/${membership?.client_id}/client-users/${membership?.user_id}`, 400)
})

test('400 where somebody is taken out of a deleted account', async () => {
  const [row] = await system`
    SELECT m.client_id, m.user_id FROM client_users m JOIN clients c ON c.id = m.client_id JOIN users u ON u.id = m.user_id
    WHERE c.reseller_id = 2 AND c.client_type = 'common' AND c.deleted_at IS NULL AND u.deleted_at IS NULL ORDER BY c.id DESC LIMIT 1`
  assert.ok(row)
  await reseller('DELETE', `/reeve/clients/${row.client_id}`, 204)
  const { errors } = await reseller('DELETE', `/iam/clients/${row.client_id}/client-users/${row.user_id}`, 400)
  assert.ok(errors.errors)
})
