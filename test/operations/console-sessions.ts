/** Sessions of the console: for pages of this server, by cookie, or by the access token of a session. */
import { demoPassword } from '../../src/demo/world.ts'
import { passkeys } from './passkeys.ts'
import { everybody, nobody, type Operation, open, type Row, refused } from './table.ts'

const headers = { 'sec-fetch-site': 'same-origin' }
/** No cookie comes with it. */
const none: Row = [401, 401, 401, 401, 401]
const page: Operation = { ...open, headers }
const byToken = { own: refused, neighbour: refused, foreign: refused, unknown: refused } as const

export const consoleSessions: Record<string, Operation> = {
  'POST /reeve/session/login': { ...page, body: (one) => ({ username: one.email, password: demoPassword }) },
  'POST /reeve/session/passkey': { ...passkeys['POST /reeve/auth/passkeys/login'], headers } as Operation,
  'POST /reeve/session/refresh': { ...page, expect: { own: none } },
  'POST /reeve/session/stop_acting': { ...page, expect: { own: none } },
  'POST /reeve/session/sign_out': { ...page, expect: { own: [204, 204, 204, 204, 204] } },

  'POST /reeve/csp_reports': { ...open, body: () => ({ 'csp-report': {} }), expect: { own: [204, 204, 204, 204, 204] } },

  // As GET /iam/auth/jwt/clients/{clientId}/login and …/admin_token, but for no API token.
  'POST /reeve/session/account': {
    object: 'client',
    headers,
    body: (_, { clientId }) => ({ client_id: clientId }),
    expect: byToken,
    session: {
      own: everybody,
      another: everybody,
      neighbour: [403, 403, 403, 404, 404],
      foreign: [403, 404, 404, 404, 404],
      unknown: nobody,
    },
  },
  'POST /reeve/session/act_as': {
    object: 'client',
    headers,
    body: (_, { clientId }) => ({ client_id: clientId, reason: 'A test', read_only: true }),
    expect: byToken,
    session: {
      own: [403, 200, 403, 403, 403],
      another: refused,
      neighbour: [200, 200, 200, 403, 403],
      foreign: [200, 404, 404, 403, 403],
      unknown: [404, 404, 404, 403, 403],
    },
  },
}
