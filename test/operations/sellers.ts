/** Sellers and the documentation of a reseller's operations: staff read, resellers change; a client user is refused whatever it names. */
import { answering, type Operation } from './table.ts'

const staff = { object: 'none', expect: { own: [200, 200, 200, 403, 403] } } as const satisfies Operation
const resellers = [200, 200, 403, 403, 403] as const

/** `own` is one of the own reseller's; the platform's own reseller has none. */
const read = {
  own: [200, 200, 200, 403, 403],
  foreign: [200, 404, 404, 403, 403],
  unknown: [404, 404, 404, 403, 403],
} as const
const write = {
  own: resellers,
  foreign: [200, 404, 403, 403, 403],
  unknown: [404, 404, 403, 403, 403],
} as const

let made = 0

export const sellers: Record<string, Operation> = {
  'GET /iam/admin/sellers': staff,
  'POST /iam/admin/sellers': {
    object: 'none',
    body: () => ({ email: `seller.${++made}@access.example`, full_name: 'Made by a test' }),
    expect: { own: resellers },
  },
  'GET /iam/admin/sellers/{sellerId}': { object: 'seller', expect: read },
  'PATCH /iam/admin/sellers/{sellerId}': { object: 'seller', body: () => ({ phone: '+49 30 1234567' }), expect: write },
  'DELETE /iam/admin/sellers/{sellerId}': { object: 'seller', expect: answering(204, write) },
  'GET /reeve/sellers': staff,
  'PATCH /reeve/sellers/{sellerId}': { object: 'seller', body: () => ({ is_active: true }), expect: write },
  'GET /iam/docs/platform/resellers': staff,
}
