/** Services of accounts. */
import { type Operation, refused, staffChange, staffRead } from './table.ts'

const changed: Operation = {
  object: 'service',
  body: () => ({ status: 'paused' }), // where every status but deleted may go
  expect: { ...staffChange, misplaced: [404, 404, 403, 403, 403], unknown: [404, 404, 403, 403, 403] },
  session: { another: refused },
}

export const services: Record<string, Operation> = {
  'GET /iam/clients/{clientId}/services': { object: 'client', expect: staffRead, session: { another: refused } },
  'GET /iam/clients/{clientId}/services/{serviceId}': {
    object: 'service',
    expect: { ...staffRead, misplaced: staffRead.unknown },
    session: { another: refused },
  },
  'PUT /iam/clients/{clientId}/services/{serviceId}': changed,
  'PATCH /iam/clients/{clientId}/services/{serviceId}': changed,
}
