/** Availability of products: staff read all of it, and sellers change what is single accounts' own. */
import { answering, type Operation, refused, staffChange, staffRead } from './table.ts'

const setting = () => ({ product_name: 'DNS', available: true })
const reset = () => ({ product_names: ['DNS'] })

export const availability: Record<string, Operation> = {
  'GET /iam/products/availability/defaults': { object: 'none', expect: { own: staffRead.own } },
  'PATCH /iam/products/availability/defaults': { object: 'none', body: setting, expect: { own: [200, 200, 403, 403, 403] } },
  'GET /iam/products/availability/clients/{clientId}': { object: 'client', expect: staffRead, session: { another: refused } },
  'PATCH /iam/products/availability/clients/{clientId}': {
    object: 'client',
    body: setting,
    expect: staffChange,
    session: { another: refused },
  },
  'DELETE /iam/products/availability/clients/{clientId}': {
    object: 'client',
    body: reset,
    expect: answering(204, staffChange),
    session: { another: refused },
  },
  'DELETE /iam/products/availability/clients': { object: 'none', body: reset, expect: answering(204, { own: staffRead.own }) },
}
