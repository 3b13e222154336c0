/** Passkeys: of oneself and in a session; with one anybody signs in. */
import { demoPassword } from '../../src/demo/world.ts'
import { everybody, forEverybody, type Operation, open, type Row, refused } from './table.ts'

/** No authenticator is at hand here: 400 says that one may. */
const may: Row = [400, 400, 400, 400, 400]
const none: Row = [404, 404, 404, 404, 404]
const credential = { id: 'eA', rawId: 'eA', type: 'public-key' }
const one: Operation = {
  object: 'passkey',
  expect: { own: refused, colleague: refused, foreign: refused, unknown: refused },
  session: { own: everybody, colleague: none, foreign: none, unknown: none },
}

export const passkeys: Record<string, Operation> = {
  'POST /reeve/auth/passkeys/options': open,
  'POST /reeve/auth/passkeys/login': {
    ...open,
    body: () => ({ ...credential, response: { clientDataJSON: 'e30', authenticatorData: 'eA', signature: 'eA', userHandle: 'eA' } }),
    expect: { own: may },
  },
  'GET /reeve/users/me/passkeys': forEverybody,
  'POST /reeve/users/me/passkeys/options': {
    object: 'none',
    body: () => ({ password: demoPassword }),
    expect: { own: refused },
    session: { own: everybody },
  },
  'POST /reeve/users/me/passkeys': {
    object: 'none',
    body: () => ({ name: 'One', credential: { ...credential, response: { clientDataJSON: 'e30', attestationObject: 'eA' } } }),
    expect: { own: refused },
    session: { own: may },
  },
  'PATCH /reeve/users/me/passkeys/{passkeyId}': { ...one, body: () => ({ name: 'Another' }) },
  'DELETE /reeve/users/me/passkeys/{passkeyId}': {
    ...one,
    session: { ...one.session, own: [204, 204, 204, 204, 204] },
  },
}
