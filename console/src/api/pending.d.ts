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
interface AccountNumbers {
  new: number
  trial: number
  trialend: number
  active: number
  integration: number
  paused: number
  preparation: number
  ready: number
}
declare module './types.ts' {
  interface Operations {
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
      response: {
        clients: { id: number; company_name: string; email: string; status: string; deleted: boolean }[]
        users: FoundUser[]
        sellers: FoundUser[]
      }
    }
    'GET /reeve/statistics': {
      path: object
      query: { reseller_id?: number }
      body: undefined
      response: {
        at: string
        scope: { reseller_id: number | null; seller_id: number | null }
        accounts: { total: number; by_status: AccountNumbers }
        accounts_by_day: ({ day: string } & AccountNumbers)[]
        trials: { accounts: number; until: string }
        sign_ins_by_day: { day: string; successful: number; failed: number }[]
        users: number
        mails: { waiting: number; kept: number; failed: number } | null
      }
    }
  }
}
