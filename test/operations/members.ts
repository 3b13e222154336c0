/** People in accounts: roles, invitations, users created by staff. */
import { answering, everybody, nobody, type Operation, onlyPlatform, refused, staffChange, staffOnly } from './table.ts'

let made = 0
const fresh = () => `fresh${made++}@members.example`
const named = (clientId: unknown, role: number) => ({ email: fresh(), client_id: clientId, user_role: { id: role } })

/** Of somebody in an account: Administrators and staff, a seller nobody in the technical account. */
const change = {
  own: [200, 200, 403, 200, 403],
  colleague: [200, 200, 403, 200, 403],
  neighbour: [200, 200, 200, 404, 403],
  foreign: [200, 404, 404, 404, 403],
  misplaced: [404, 404, 404, 404, 403],
  unknown: [404, 404, 404, 404, 403],
} as const satisfies Operation['expect']

export const members: Record<string, Operation> = {
  'GET /iam/clients/{clientId}/client-users/{userId}': {
    object: 'member',
    expect: {
      own: everybody,
      colleague: [200, 200, 200, 200, 404],
      neighbour: staffOnly,
      foreign: onlyPlatform,
      misplaced: nobody,
      unknown: nobody,
    },
    session: { another: refused },
  },
  // The role that one has stays; in the technical account everybody is an Administrator.
  'PUT /iam/clients/{clientId}/client-users/{userId}': {
    object: 'member',
    body: (one, { clientId, userId }) => ({
      user_role: { id: clientId === one.clientId && (userId === one.userId || one.kind !== 'client') ? 1 : 5 },
    }),
    expect: answering(204, change),
    session: { another: refused },
  },
  'DELETE /iam/clients/{clientId}/client-users/{userId}': {
    object: 'departing member',
    expect: { ...change, own: refused },
    // Oneself, out of an account that one came to since.
    session: { another: [403, 403, 403, 200, 200] },
  },
  'POST /iam/clients/{clientId}/client-users/create': {
    object: 'client',
    body: (one, { clientId }) => ({
      username: fresh(),
      password: 'a long enough word',
      user_role: { user_role: { id: clientId === one.clientId ? 1 : 2 } },
    }),
    expect: staffChange,
    session: { another: refused },
  },
  // The account stands in the body: one out of sight is a wrong field.
  'POST /iam/clients/invite_user': {
    object: 'client',
    body: (one, { clientId }) => named(clientId, clientId === one.clientId ? 1 : 2),
    expect: {
      own: [200, 200, 403, 200, 403],
      neighbour: [200, 200, 200, 400, 403],
      foreign: [200, 400, 400, 400, 403],
      unknown: [400, 400, 400, 400, 403],
    },
    session: { another: refused },
  },
}
