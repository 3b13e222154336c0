/** Operations that docs/openapi.json does not have yet. Gone once it has them. */
import type { CountedLogin, LoggedRequest, StatusChange } from './types.ts'

type TimelineEntry =
  | { kind: 'request'; at: string; entry: LoggedRequest }
  | { kind: 'sign_in'; at: string; entry: CountedLogin }
  | { kind: 'status_change'; at: string; entry: StatusChange }
interface FoundUser {
  id: number
  email: string
  name: string | null
  user_type: string
  deleted: boolean
  client_id: number
}
declare module './types.ts' {
  interface Operations {
    'GET /reeve/clients/{clientId}/staff_access': {
      path: { clientId: number }
      query: object
      body: undefined
      response: { access: 'open' | 'closed'; until: string | null }
    }
    'GET /reeve/clients/{clientId}/timeline': {
      path: { clientId: number }
      query: { limit?: number; cursor?: string }
      body: undefined
      response: { results: TimelineEntry[]; next_cursor: string | null }
    }
    'GET /reeve/search': {
      path: object
      query: { q: string }
      body: undefined
      response: { users: FoundUser[] }
    }
  }
}
