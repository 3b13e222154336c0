/** Accounts. */
import { demoPassword } from '../../src/demo/world.ts'
import { answering, forEverybody, type Operation, oneClient, refused, staffChange } from './table.ts'

const resellersChange = {
  own: refused,
  neighbour: [200, 200, 403, 403, 403],
  foreign: [200, 404, 403, 403, 403],
  unknown: [404, 404, 403, 403, 403],
} as const satisfies Operation['expect']

export const clients: Record<string, Operation> = {
  'GET /iam/clients': forEverybody,
  'GET /iam/clients/me': forEverybody,
  'GET /reeve/clients': forEverybody,
  'GET /reeve/clients/export': { object: 'none', expect: { own: [200, 200, 200, 403, 403] } },
  'GET /iam/clients/{clientId}': oneClient,
  'PATCH /iam/clients/{clientId}': {
    object: 'client',
    body: () => ({ phone: '+49 30 1234567' }),
    expect: staffChange,
    session: { another: refused },
  },

  // What the contract lacks. Client users are refused before it is looked at which account they name.
  'GET /reeve/clients/{clientId}': { object: 'client', expect: { ...staffChange, own: [200, 200, 200, 403, 403] } },
  'PATCH /reeve/clients/{clientId}': {
    object: 'client',
    body: () => ({ bill_type: 'by_max_traffic' }),
    expect: staffChange,
    session: { another: refused },
  },
  // Never the technical account, in which staff work.
  'DELETE /reeve/clients/{clientId}': { object: 'new account', expect: answering(204, resellersChange) },
  'POST /reeve/clients/{clientId}/restore': { object: 'deleted account', expect: resellersChange },
  // Its Administrators decide, in the account they work in; staff may know.
  'GET /reeve/clients/{clientId}/staff_access': {
    object: 'client',
    expect: {
      own: [200, 200, 200, 200, 403],
      neighbour: [200, 200, 200, 404, 403],
      foreign: [200, 404, 404, 404, 403],
      unknown: [404, 404, 404, 404, 403],
    },
    session: { another: refused },
  },
  'PUT /reeve/clients/{clientId}/staff_access': {
    object: 'client',
    body: () => ({ access: 'open' }),
    expect: {
      own: [403, 403, 403, 200, 403],
      neighbour: [403, 403, 403, 404, 403],
      foreign: [403, 403, 403, 404, 403],
      unknown: [403, 403, 403, 404, 403],
    },
    session: { another: refused },
  },
  'POST /reeve/clients/{clientId}/deletion_request': {
    object: 'account to keep',
    body: () => ({ password: demoPassword }),
    expect: { own: refused, neighbour: refused, foreign: refused, unknown: refused },
    session: {
      own: [403, 403, 403, 200, 403],
      another: refused,
      neighbour: [403, 403, 403, 404, 403],
      foreign: [403, 403, 403, 404, 403],
      unknown: [403, 403, 403, 404, 403],
    },
  },
  'DELETE /reeve/clients/{clientId}/deletion_request': {
    object: 'account to delete',
    expect: {
      own: [403, 403, 403, 204, 403],
      neighbour: [204, 204, 204, 404, 403],
      foreign: [204, 404, 404, 404, 403],
      unknown: [404, 404, 404, 404, 403],
    },
    session: { another: refused },
  },
}
