/** Users and what they are in an account. */
import { demoPassword } from '../../src/demo/world.ts'
import { everybody, forEverybody, nobody, type Operation, onlyPlatform, refused, staffOnly } from './table.ts'

let made = 0
/** An address and a company that nobody has. */
const fresh = () => `fresh${made++}@operations.example`

export const users: Record<string, Operation> = {
  'GET /iam/users': forEverybody,
  'GET /iam/users/me': forEverybody,
  'GET /reeve/users': forEverybody,
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

  'POST /iam/users': {
    object: 'none',
    body: () => ({ email: fresh(), password: 'a long enough word', company: `Fresh ${made}` }),
    expect: { own: [201, 201, 201, 403, 403] },
  },
  // Nobody itself; Administrators and staff, sellers client users alone.
  'DELETE /iam/users/{userId}': {
    object: 'member',
    expect: {
      own: refused,
      colleague: [200, 200, 403, 200, 403],
      neighbour: [200, 200, 200, 404, 403],
      foreign: [200, 404, 404, 404, 403],
      unknown: [404, 404, 404, 404, 403],
    },
  },
  // As PATCH, but a seller only itself, unless the reseller lets it: whoever asks says its own password.
  'PUT /iam/users/{userId}/email': {
    object: 'user',
    body: () => ({ new_email: fresh(), password: demoPassword }),
    expect: {
      own: everybody,
      colleague: [200, 200, 403, 403, 404],
      neighbour: [200, 200, 403, 404, 404],
      foreign: onlyPlatform,
      unknown: nobody,
    },
  },
  // Staff whom they manage, also themselves.
  'GET /reeve/users/{userId}/lockdown': {
    object: 'user',
    expect: {
      own: [200, 200, 200, 403, 403],
      colleague: [200, 200, 403, 403, 403],
      neighbour: [200, 200, 200, 403, 403],
      foreign: [200, 404, 404, 403, 403],
      unknown: [404, 404, 404, 403, 403],
    },
  },
  // Oneself in a session, which would end all sessions here: test/lockdown.test.ts has that.
  'POST /reeve/users/{userId}/lockdown': {
    object: 'member',
    body: () => ({ reason: 'A laptop was stolen' }),
    expect: {
      colleague: [200, 200, 403, 403, 404],
      neighbour: [200, 200, 200, 404, 404],
      foreign: [200, 404, 404, 404, 404],
      unknown: nobody,
    },
  },
  'DELETE /reeve/users/{userId}/lockdown': {
    object: 'locked',
    expect: {
      colleague: [200, 200, 403, 403, 403],
      neighbour: [200, 200, 200, 403, 403],
      foreign: [200, 404, 404, 403, 403],
      unknown: [404, 404, 404, 403, 403],
    },
  },
  // Staff, sellers client users alone, nobody itself.
  'PATCH /reeve/users/{userId}': {
    object: 'member',
    body: () => ({ is_active: false }),
    expect: {
      own: refused,
      colleague: [200, 200, 403, 403, 403],
      neighbour: [200, 200, 200, 403, 403],
      foreign: [200, 404, 404, 403, 403],
      unknown: [404, 404, 404, 403, 403],
    },
  },
}
