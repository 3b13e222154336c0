/** Change sets: staff see, draft, apply and stop those of their reseller. */
import type { Operation } from './table.ts'

/** `own` is one of the own reseller's. */
const staff = {
  own: [200, 200, 200, 403, 403],
  foreign: [200, 404, 404, 403, 403],
  unknown: [404, 404, 404, 403, 403],
} as const satisfies Operation['expect']

export const changeSets: Record<string, Operation> = {
  'GET /reeve/change_sets': { object: 'none', expect: { own: staff.own } },
  // The accounts are named by the body: those out of sight are refused in the preview, like those that do not exist.
  'POST /reeve/change_sets': {
    object: 'client',
    body: (_, { clientId }) => ({ change: { type: 'mark_test', is_test: true }, select: { ids: [clientId] } }),
    expect: {
      own: [201, 201, 201, 403, 403],
      neighbour: [201, 201, 201, 403, 403],
      foreign: [201, 201, 201, 403, 403],
      unknown: [400, 201, 201, 403, 403], // an operator names accounts of one reseller
    },
    session: { another: [403, 403, 403, 403, 403] },
  },
  'GET /reeve/change_sets/{changeSetId}': { object: 'drafted change set', expect: staff },
  'GET /reeve/change_sets/{changeSetId}/results': { object: 'drafted change set', expect: staff },
  'POST /reeve/change_sets/{changeSetId}/apply': { object: 'drafted change set', expect: staff },
  'POST /reeve/change_sets/{changeSetId}/stop': { object: 'change set being applied', expect: staff },
}
