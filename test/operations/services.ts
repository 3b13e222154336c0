/** Services of accounts. */
import { type Operation, refused, staffChange } from './table.ts'

export const services: Record<string, Operation> = {
  'PUT /iam/clients/{clientId}/services/{serviceId}': {
    object: 'service',
    body: () => ({ status: 'paused' }), // where every status but deleted may go
    expect: { ...staffChange, misplaced: [404, 404, 403, 403, 403], unknown: [404, 404, 403, 403, 403] },
    session: { another: refused },
  },
}
