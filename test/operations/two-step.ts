/** Two-step verification: of oneself and in a session, by staff for whom they manage. */
import { demoPassword } from '../../src/demo/world.ts'
import { everybody, forEverybody, type Operation, type Row, refused } from './table.ts'

/** It is off for everybody here: 400 says that one may. */
const may: Row = [400, 400, 400, 400, 400]
const settings: Operation = { object: 'none', expect: { own: [200, 200, 403, 403, 403] } }

export const twoStep: Record<string, Operation> = {
  'GET /reeve/users/me/totp': forEverybody,
  'POST /reeve/users/me/totp': {
    object: 'none',
    body: () => ({ password: demoPassword }),
    expect: { own: refused },
    session: { own: everybody },
  },
  'POST /reeve/users/me/totp/confirm': {
    object: 'none',
    body: () => ({ one_time_password: 'none' }),
    expect: { own: refused },
    session: { own: may },
  },
  'POST /reeve/users/me/totp/backup_codes': {
    object: 'none',
    body: () => ({ password: demoPassword, one_time_password: 'none' }),
    expect: { own: refused },
    session: { own: may },
  },
  'DELETE /reeve/users/me/totp': {
    object: 'none',
    body: () => ({ password: demoPassword, one_time_password: 'none' }),
    expect: { own: refused },
    session: { own: may },
  },
  'POST /reeve/users/{userId}/totp/reset': {
    object: 'user',
    expect: {
      own: refused,
      colleague: [400, 400, 403, 403, 403],
      neighbour: [400, 400, 403, 403, 403], // a seller only where its reseller lets it
      foreign: [400, 404, 404, 403, 403],
      unknown: [404, 404, 404, 403, 403],
    },
  },
  'GET /reeve/resellers/me/security': settings,
  'PATCH /reeve/resellers/me/security': { ...settings, body: () => ({ sellers_need_two_step: false }) },
}
