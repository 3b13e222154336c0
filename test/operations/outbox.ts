/** The outbox of all resellers: the platform's alone. */
import type { Operation } from './table.ts'

const platform = [200, 403, 403, 403, 403] as const
const mail = {
  object: 'mail',
  expect: { own: platform, foreign: platform, unknown: [404, 403, 403, 403, 403] },
} as const satisfies Operation

export const outbox: Record<string, Operation> = {
  'GET /reeve/outbox': { object: 'none', expect: { own: platform } },
  'GET /reeve/outbox/{id}': mail,
  'POST /reeve/outbox/{id}/retry': mail,
}
