/** Operations that docs/openapi.json does not have yet. Gone once it has them. */
import type { CountedLogin, LoggedRequest, StatusChange } from './types.ts'

interface Caller {
  kind: 'platform' | 'reseller' | 'seller' | 'client'
  role: string
  user_id: number
  email: string
  name: string | null
  company: string
  client_id: number
  lang: 'de' | 'en' | 'ru' | 'zh' | 'az'
  must_enrol: boolean
}
interface Acting {
  actor: { id: number; email: string; name: string | null }
  read_only: boolean
  ends_at: string
}
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
    'POST /reeve/session/refresh': {
      path: object
      query: object
      body: undefined
      response: { access: string; expires_in: number; caller: Caller; acting: null | Acting; acting_ended: boolean }
    }
    'POST /reeve/session/login': {
      path: object
      query: object
      body: { username: string; password: string; one_time_password?: string }
      response: undefined
    }
    'POST /reeve/session/passkey': {
      path: object
      query: object
      body: Operations['POST /reeve/auth/passkeys/login']['body']
      response: undefined
    }
    'GET /reeve/session/brand': {
      path: object
      query: object
      body: undefined
      response: {
        name: string
        logo: string | null
        favicon: string | null
        languages: string[]
        passkeys: boolean
        colors: { header: string; primary: string; on_header: string; on_primary: string }
        support: {
          website: string | null
          email: string | null
          phone: string | null
          agreement: string | null
          status_page: string | null
        }
      }
    }
  }
}
