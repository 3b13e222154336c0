/** Sessions: one's own, and those of whom one administers. */
import { demoPassword } from '../../src/demo/world.ts'
import { answering, everybody, forEverybody, nobody, type Operation, onlyPlatform, refused, staffOnly } from './table.ts'

const ofUser = {
  colleague: [200, 200, 403, 200, 404],
  neighbour: staffOnly,
  foreign: onlyPlatform,
  unknown: nobody,
} as const satisfies Operation['expect']

export const sessions: Record<string, Operation> = {
  'GET /reeve/sessions': forEverybody,
  'DELETE /reeve/sessions/{sessionId}': {
    object: 'session',
    expect: { own: answering(204, { own: everybody }).own, colleague: nobody, foreign: nobody, unknown: nobody },
  },
  'POST /reeve/sign_out': {
    object: 'none',
    expect: { own: refused },
    session: { own: answering(204, { own: everybody }).own },
  },

  'POST /reeve/sessions/current/proof': {
    object: 'none',
    body: () => ({ password: demoPassword }),
    expect: { own: refused },
    session: { own: answering(204, { own: everybody }).own },
  },

  // With a wrong password, or everybody here would lose its tokens: 400 says that one may. test/recovery.test.ts has the right one.
  'POST /reeve/users/me/end_access': {
    object: 'none',
    body: () => ({ password: 'not the password' }),
    expect: { own: refused },
    session: { own: [400, 400, 400, 400, 400] },
  },

  // Oneself, staff whom they manage, Administrators their colleagues.
  'GET /reeve/users/{userId}/sessions': { object: 'user', expect: { own: everybody, ...ofUser } },
  // Of oneself it would end the sessions that this table asks with: test/sessions-ended.test.ts has that.
  'DELETE /reeve/users/{userId}/sessions': { object: 'member', expect: answering(204, ofUser) },
  'DELETE /reeve/users/{userId}/sessions/{sessionId}': {
    object: 'session',
    expect: answering(204, { ...ofUser, own: everybody, misplaced: nobody }),
  },
}
