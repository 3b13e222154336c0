/** What the console keeps for its users: presets of staff, and everybody's preferences. */
import { answering, forEverybody, type Operation } from './table.ts'

let made = 0

// `own`: a private one; `colleague`: one that somebody else of the reseller shares; `neighbour`: a private one of that colleague.
const read = {
  own: [200, 200, 200, 403, 403],
  colleague: [200, 200, 200, 403, 403],
  neighbour: [404, 404, 404, 403, 403],
  foreign: [404, 404, 404, 403, 403],
  unknown: [404, 404, 404, 403, 403],
} as const satisfies Operation['expect']
const change = { ...read, colleague: [200, 200, 403, 403, 403] } as const satisfies Operation['expect']

export const consoleOperations: Record<string, Operation> = {
  'GET /reeve/statistics': { object: 'none', expect: { own: [200, 200, 200, 403, 403] } },
  // Without a text it is asked for nothing: whoever may ask is told that.
  'GET /reeve/search': { object: 'none', expect: { own: [400, 400, 400, 403, 403] } },
  'GET /reeve/presets': { object: 'none', expect: { own: [200, 200, 200, 403, 403] } },
  'POST /reeve/presets': {
    object: 'none',
    body: () => ({ list: 'clients', name: `Fresh ${made++}`, query: 'is_test=false' }),
    expect: { own: [201, 201, 201, 403, 403] },
  },
  'GET /reeve/presets/{presetId}': { object: 'preset', expect: read },
  'PATCH /reeve/presets/{presetId}': { object: 'preset', body: () => ({ query: 'is_test=true' }), expect: change },
  'DELETE /reeve/presets/{presetId}': { object: 'preset', expect: answering(204, change) },
  'GET /reeve/users/me/preferences': forEverybody,
  'PATCH /reeve/users/me/preferences': { ...forEverybody, body: () => ({ theme: 'dark' }) },
}
