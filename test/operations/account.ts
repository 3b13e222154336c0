/** Signing in and as whom, passwords, links by mail, another account. */
import { everybody, type Operation, open, refused, staffChange } from './table.ts'

export const account: Record<string, Operation> = {
  'POST /iam/auth/jwt/login': { ...open, body: (one) => ({ username: one.email, password: 'reeve-demo-password' }) },
  'POST /iam/auth/jwt/refresh': { ...open, body: () => ({ refresh: 'a token of the test' }) },

  // An API token stays in its own account; with a session one goes to one's other accounts, staff into no account but their own.
  'GET /iam/auth/jwt/clients/{clientId}/login': {
    object: 'client',
    expect: {
      own: refused,
      neighbour: [403, 403, 403, 404, 404],
      foreign: [403, 404, 404, 404, 404],
      unknown: [404, 404, 404, 404, 404],
    },
    session: { own: everybody, another: everybody },
  },

  // Log in as: never into more rights than one's own, so a seller no staff, and nobody an operator; the account one works in is the technical one.
  'GET /iam/auth/jwt/clients/{clientId}/admin_token': {
    object: 'client',
    expect: { ...staffChange, own: [403, 200, 403, 403, 403] },
    session: { another: refused },
  },
  'GET /iam/auth/jwt/users/{userId}/token': {
    object: 'user',
    expect: {
      own: [403, 200, 403, 403, 403],
      colleague: [403, 200, 403, 403, 403],
      neighbour: [200, 200, 200, 403, 403],
      foreign: [200, 404, 404, 403, 403],
      unknown: [404, 404, 404, 403, 403],
    },
  },

  'POST /iam/clients/create': {
    object: 'none',
    body: () => ({ company: `Another ${crypto.randomUUID()}` }),
    expect: { own: [403, 403, 403, 201, 403] },
  },

  // With a wrong old password, or everybody here could not sign in any more: 400 says that one may.
  'PUT /iam/users/{userId}/password': {
    object: 'user',
    body: () => ({ old: 'not the password', new: 'a very new password', double: 'a very new password' }),
    expect: {
      own: [400, 400, 400, 400, 400],
      colleague: [403, 403, 403, 403, 404],
      neighbour: [403, 403, 403, 404, 404],
      foreign: [403, 404, 404, 404, 404],
      unknown: [404, 404, 404, 404, 404],
    },
  },
  // Of nobody, for one address is mailed only so often.
  'POST /iam/auth/password/forgot': { ...open, body: () => ({ email: `${crypto.randomUUID()}@nowhere.example` }) },
  'POST /iam/auth/reset_password': { object: 'none', body: (one) => ({ email: one.email }), expect: { own: [200, 200, 200, 403, 403] } },
  // Of oneself, who is activated: 400 says that one may.
  'POST /iam/auth/renew_invitation': { object: 'none', body: (one) => ({ email: one.email }), expect: { own: [400, 400, 400, 400, 403] } },
}
