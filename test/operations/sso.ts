/** Identity providers: resellers set up their own and those of their accounts, Administrators those of their account. Signing in is for all. */
import { demoPassword } from '../../src/demo/world.ts'
import { answering, everybody, forEverybody, type Operation, open, type Row, refused } from './table.ts'

const body = () => ({ kind: 'oidc', name: 'Asked' })
const setUp = {
  own: [200, 200, 403, 200, 403],
  neighbour: [200, 200, 403, 404, 403],
  foreign: [200, 404, 403, 404, 403],
  unknown: [404, 404, 403, 404, 403],
} as const satisfies Operation['expect']
const one: Operation = { object: 'identity provider', expect: setUp }
const gone = { ...one, expect: answering(204, setUp) }
const exception = { ...gone, object: 'exception' }
const path = '/reeve/identity_providers'
const provider = `${path}/{providerId}`
const domain = `${provider}/domains/{domainId}`
const ofDomain: Operation = { object: 'domain of a provider', expect: setUp }
const statuses = (status: number): Row => [status, status, status, status, status]
const headers = { 'sec-fetch-site': 'same-origin' }
const nobodys: Row = [404, 404, 404, 404, 404]
let asked = 0

export const sso: Record<string, Operation> = {
  [`GET ${path}`]: { object: 'none', expect: { own: setUp.own } },
  [`POST ${path}`]: { object: 'owner of providers', body, expect: { own: [201, 201, 403, 201, 403] } },
  [`GET ${provider}`]: one,
  [`PATCH ${provider}`]: { ...one, body: () => ({ force_redirect: true }) },
  [`DELETE ${provider}`]: gone,
  [`POST ${provider}/state`]: { ...one, body: () => ({ state: 'draft' }) },
  [`GET ${provider}/enforcement`]: one,
  [`GET ${provider}/exceptions`]: one,
  [`PUT ${provider}/exceptions/{userId}`]: exception,
  [`DELETE ${provider}/exceptions/{userId}`]: exception,
  [`POST ${provider}/domains`]: { ...one, body: () => ({ domain: `asked${asked++}.example` }), expect: answering(201, setUp) },
  // The tests' resolver knows no record.
  [`POST ${domain}/verify`]: { ...ofDomain, expect: answering(400, setUp) },
  // A reseller vouches for its accounts, not for itself.
  [`POST ${domain}/vouch`]: {
    ...ofDomain,
    expect: {
      own: [200, 403, 403, 403, 403],
      neighbour: [200, 200, 403, 403, 403],
      foreign: [200, 404, 403, 403, 403],
      unknown: [404, 404, 403, 403, 403],
    },
  },
  [`DELETE ${domain}`]: { ...ofDomain, expect: answering(204, setUp) },
  [`POST ${provider}/test`]: one,
  [`GET ${provider}/tests/{testId}`]: { ...one, object: 'test of a provider' },

  'GET /reeve/identities': forEverybody,
  'POST /reeve/identities': {
    object: 'provider of one’s own',
    body: (_, { providerId }) => ({ provider_id: providerId }),
    expect: { own: refused, foreign: refused, unknown: refused },
    session: { own: everybody, foreign: nobodys, unknown: nobodys },
  },
  'DELETE /reeve/identities/{identityId}': {
    object: 'identity',
    expect: { own: refused, colleague: refused, foreign: refused, unknown: refused },
    session: { own: statuses(204), colleague: nobodys, foreign: nobodys, unknown: nobodys },
  },

  'POST /reeve/sso/discover': { ...open, body: () => ({ domain: 'nobody.example' }) },
  'GET /reeve/sso/providers': open,
  'GET /reeve/sso/start': { ...open, expect: { own: statuses(302) } },
  'GET /reeve/sso/callback': { ...open, expect: { own: statuses(302) } },
  // No browser waits.
  'GET /reeve/sso/join': { ...open, expect: { own: statuses(400) } },
  'POST /reeve/sso/join': { ...open, headers, body: () => ({ password: demoPassword }), expect: { own: statuses(400) } },
  'POST /iam/auth/saml2/acs': {
    ...open,
    type: 'application/x-www-form-urlencoded',
    body: () => 'SAMLResponse=eA%3D%3D&RelayState=_unknown',
    expect: { own: statuses(303) },
  },
}
