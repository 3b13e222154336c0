/** Users and what they are in an account. */
import { everybody, forEverybody, nobody, type Operation, onlyPlatform, staffOnly } from './table.ts'

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
}
