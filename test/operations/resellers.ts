/** Resellers: the platform's alone. */
import type { Operation } from './table.ts'

const platform = [200, 403, 403, 403, 403] as const
const one = { own: platform, foreign: platform, unknown: [404, 403, 403, 403, 403] } as const
let made = 0

export const resellers: Record<string, Operation> = {
  'GET /reeve/resellers': { object: 'none', expect: { own: platform } },
  'POST /reeve/resellers': {
    object: 'none',
    body: () => ({ name: `Made by a test ${++made}`, email: `reseller.${made}@access.example` }),
    expect: { own: [201, 403, 403, 403, 403] },
  },
  'GET /reeve/resellers/{resellerId}': { object: 'reseller', expect: one },
  'PATCH /reeve/resellers/{resellerId}': { object: 'reseller', body: () => ({ deleted: false }), expect: one },
}
