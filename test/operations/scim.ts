/** Directories: an Administrator that of the account, a reseller its own. What a directory asks takes its own token: test/scim.test.ts has that. */
import { answering, type Operation } from './table.ts'

const owners = { object: 'none', expect: { own: [200, 200, 403, 200, 403] } } as const satisfies Operation
const nobody: Operation = { scim: true, object: 'none', expect: { own: [401, 401, 401, 401, 401] } }
const nobodyOf: Operation = {
  scim: true,
  object: 'ofDirectory',
  expect: { own: [401, 401, 401, 401, 401], unknown: [401, 401, 401, 401, 401] },
}
const body = () => ({})

export const scimOperations: Record<string, Operation> = {
  'GET /reeve/scim_directory': owners,
  'PATCH /reeve/scim_directory': { ...owners, body: () => ({ default_role: 2 }) },
  'GET /reeve/scim_tokens': owners,
  'GET /reeve/scim_requests': owners,
  // A name that is none: 400 says that one may, for a directory has two tokens at most. In a session of late enough proof likewise.
  'POST /reeve/scim_tokens': { object: 'none', body: () => ({ name: '' }), expect: { own: [400, 400, 403, 400, 403] } },
  'DELETE /reeve/scim_tokens/{tokenId}': {
    object: 'scimToken',
    expect: answering(204, {
      own: [200, 200, 403, 200, 403],
      foreign: [404, 404, 403, 404, 403],
      unknown: [404, 404, 403, 404, 403],
    }),
  },
  'GET /scim/v2/ServiceProviderConfig': nobody,
  'GET /scim/v2/ResourceTypes': nobody,
  'GET /scim/v2/ResourceTypes/{name}': nobodyOf,
  'GET /scim/v2/Schemas': nobody,
  'GET /scim/v2/Schemas/{name}': nobodyOf,
  'GET /scim/v2/Users': nobody,
  'POST /scim/v2/Users': { ...nobody, body },
  'POST /scim/v2/Users/.search': { ...nobody, body },
  'GET /scim/v2/Users/{id}': nobodyOf,
  'PUT /scim/v2/Users/{id}': { ...nobodyOf, body },
  'PATCH /scim/v2/Users/{id}': { ...nobodyOf, body },
  'DELETE /scim/v2/Users/{id}': nobodyOf,
  'GET /scim/v2/Groups': nobody,
  'POST /scim/v2/Groups': { ...nobody, body },
  'POST /scim/v2/Groups/.search': { ...nobody, body },
  'GET /scim/v2/Groups/{id}': nobodyOf,
  'PUT /scim/v2/Groups/{id}': { ...nobodyOf, body },
  'PATCH /scim/v2/Groups/{id}': { ...nobodyOf, body },
  'DELETE /scim/v2/Groups/{id}': nobodyOf,
  'POST /scim/v2/Bulk': { ...nobody, body },
}
