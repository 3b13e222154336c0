/** Who may do what to which object, by DOMAIN and not by the routes: a new operation gets its lines here without a look at its code. */
import type { TestCaller } from './callers.ts'

/** Statuses for: platform, reseller, seller, Administrators, every other role of a client user. */
export type Row = readonly [number, number, number, number, number]

/**
 * Kinds of objects, as a caller sees them. `own`: the account one works in, oneself. `colleague`: another of the own account.
 * `neighbour`: of the same reseller, in an account one does not belong to. `foreign`: of another reseller. `another`: an account of
 * one's own that one does not work in, which only a session can see. `misplaced`: a foreign thing below one's own account.
 */
export type Kind = 'own' | 'another' | 'colleague' | 'neighbour' | 'foreign' | 'misplaced' | 'unknown'

export interface Operation {
  /** `public` never asks who calls; every other operation answers 401 to whoever is nobody. */
  public?: true
  /** What is asked for: `none` where the path names nothing. */
  object: 'none' | 'client' | 'user' | 'token' | 'service'
  /** A body that succeeds where the caller may. */
  body?: (one: TestCaller) => unknown
  /** By API token; `session` holds what differs for a session. */
  expect: Partial<Record<Kind, Row>>
  session?: Partial<Record<Kind, Row>>
}

const everybody: Row = [200, 200, 200, 200, 200]
/** Of objects nobody but the platform finds: those of another tenant. */
const onlyPlatform: Row = [200, 404, 404, 404, 404]
const staffOnly: Row = [200, 200, 200, 404, 404]
const nobody: Row = [404, 404, 404, 404, 404]
const refused: Row = [403, 403, 403, 403, 403]

const token = (one: TestCaller) => ({
  name: 'Asked for',
  description: 'by a test',
  exp_date: null,
  client_user: { role: { id: one.roleId } },
})

const oneClient: Operation = {
  object: 'client',
  expect: { own: everybody, neighbour: staffOnly, foreign: onlyPlatform, unknown: nobody },
  session: { another: everybody },
}

const listTokens: Operation = { ...oneClient, session: { another: refused } }

const createToken: Operation = {
  object: 'client',
  body: token,
  // Tokens are issued in the account one works in; whoever can see another account learns so, everybody else that there is none.
  expect: { own: everybody, neighbour: [403, 403, 403, 404, 404], foreign: [403, 404, 404, 404, 404], unknown: nobody },
  session: { another: refused },
}

/** Staff see every token, a seller in the technical account its own alone; of client users Administrators see all of the account. */
const getToken: Operation = {
  object: 'token',
  expect: {
    own: everybody,
    colleague: [200, 200, 404, 200, 404],
    neighbour: staffOnly,
    foreign: onlyPlatform,
    misplaced: nobody,
    unknown: nobody,
  },
  session: { another: refused },
}

const deleted = (row: Row) => row.map((status) => (status === 200 ? 204 : status)) as unknown as Row
const deleteToken: Operation = {
  ...getToken,
  expect: Object.fromEntries(Object.entries(getToken.expect).map(([kind, row]) => [kind, deleted(row)])),
}

/** Of the account one works in or another: staff may, a seller not at the technical account, which is its own. */
const staffChange = {
  own: [200, 200, 403, 403, 403],
  neighbour: [200, 200, 200, 403, 403],
  foreign: [200, 404, 404, 403, 403],
  unknown: [404, 404, 404, 403, 403],
} as const satisfies Operation['expect']

const open: Operation = { public: true, object: 'none', expect: { own: everybody } }

export const operations: Record<string, Operation> = {
  'POST /iam/auth/jwt/login': { ...open, body: (one) => ({ username: one.email, password: 'reeve-demo-password' }) },
  'POST /iam/auth/jwt/refresh': { ...open, body: () => ({ refresh: 'a token of the test' }) },
  'GET /healthz': open,
  'GET /readyz': open,
  'GET /metrics': open,
  'GET /.well-known/jwks.json': open,

  // An API token stays in its own account; with a session one goes to one's other accounts, staff into no account but their own.
  'GET /iam/auth/jwt/clients/{clientId}/login': {
    object: 'client',
    expect: { own: refused, neighbour: [403, 403, 403, 404, 404], foreign: [403, 404, 404, 404, 404], unknown: nobody },
    session: { own: everybody, another: everybody },
  },

  'GET /iam/clients': { object: 'none', expect: { own: everybody } },
  'GET /iam/clients/me': { object: 'none', expect: { own: everybody } },
  'GET /iam/clients/{clientId}': oneClient,

  'GET /reeve/clients': { object: 'none', expect: { own: everybody } },
  'GET /reeve/users': { object: 'none', expect: { own: everybody } },
  'GET /iam/users': { object: 'none', expect: { own: everybody } },
  'GET /iam/users/me': { object: 'none', expect: { own: everybody } },
  'GET /iam/users/{userId}': {
    object: 'user',
    expect: { own: everybody, colleague: [200, 200, 200, 200, 404], neighbour: staffOnly, foreign: onlyPlatform, unknown: nobody },
  },

  // Oneself; staff everybody, a seller client users alone. Administrators see their colleagues and may not change them.
  'PATCH /iam/users/{userId}': {
    object: 'user',
    body: () => ({ phone: '+49 30 1234567' }),
    expect: { own: everybody, colleague: [200, 200, 403, 403, 404], neighbour: staffOnly, foreign: onlyPlatform, unknown: nobody },
  },
  'PATCH /iam/clients/{clientId}': {
    object: 'client',
    body: () => ({ phone: '+49 30 1234567' }),
    expect: staffChange,
    session: { another: refused },
  },
  'PUT /iam/clients/{clientId}/services/{serviceId}': {
    object: 'service',
    body: () => ({ status: 'paused' }), // where every status but deleted may go
    expect: { ...staffChange, misplaced: [404, 404, 403, 403, 403], unknown: [404, 404, 403, 403, 403] },
    session: { another: refused },
  },

  'GET /iam/v2/clients/{clientId}/tokens': listTokens,
  'POST /iam/v2/clients/{clientId}/tokens': createToken,
  'GET /iam/v2/clients/{clientId}/tokens/{tokenId}': getToken,
  'DELETE /iam/v2/clients/{clientId}/tokens/{tokenId}': deleteToken,
  'GET /iam/clients/{clientId}/tokens': listTokens,
  'POST /iam/clients/{clientId}/tokens': createToken,
  'GET /iam/clients/{clientId}/tokens/{tokenId}': getToken,
  'DELETE /iam/clients/{clientId}/tokens/{tokenId}': deleteToken,
}

const columns = ['platform', 'reseller', 'seller'] as const

/** The status due, or undefined where the table does not speak of this kind of object. */
export function due(operation: Operation, one: TestCaller, kind: Kind): number | undefined {
  const row = (one.by === 'session' ? operation.session?.[kind] : undefined) ?? operation.expect[kind]
  const column = one.kind === 'client' ? (one.roleId === 1 ? 3 : 4) : columns.indexOf(one.kind)
  return row?.[column]
}
