/** Signing in. */
import { everybody, type Operation, open, refused } from './table.ts'

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
}
