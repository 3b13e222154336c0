/** API tokens, under both of their paths. */
import type { TestCaller } from '../callers.ts'
import { answering, everybody, nobody, type Operation, oneClient, onlyPlatform, refused, staffOnly } from './table.ts'

const token = (one: TestCaller) => ({
  name: 'Asked for',
  description: 'by a test',
  exp_date: null,
  client_user: { role: { id: one.roleId } },
})

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
const deleteToken: Operation = { ...getToken, expect: answering(204, getToken.expect) }

export const tokens: Record<string, Operation> = {
  'GET /iam/v2/clients/{clientId}/tokens': listTokens,
  'POST /iam/v2/clients/{clientId}/tokens': createToken,
  'GET /iam/v2/clients/{clientId}/tokens/{tokenId}': getToken,
  'DELETE /iam/v2/clients/{clientId}/tokens/{tokenId}': deleteToken,
  'GET /iam/clients/{clientId}/tokens': listTokens,
  'POST /iam/clients/{clientId}/tokens': createToken,
  'GET /iam/clients/{clientId}/tokens/{tokenId}': getToken,
  'DELETE /iam/clients/{clientId}/tokens/{tokenId}': deleteToken,
}
