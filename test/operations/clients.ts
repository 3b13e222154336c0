/** Accounts. */
import { forEverybody, type Operation, oneClient, refused, staffChange } from './table.ts'

export const clients: Record<string, Operation> = {
  'GET /iam/clients': forEverybody,
  'GET /iam/clients/me': forEverybody,
  'GET /reeve/clients': forEverybody,
  'GET /iam/clients/{clientId}': oneClient,
  'PATCH /iam/clients/{clientId}': {
    object: 'client',
    body: () => ({ phone: '+49 30 1234567' }),
    expect: staffChange,
    session: { another: refused },
  },
}
