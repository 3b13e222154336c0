/** Operations that docs/openapi.json does not have yet. Gone once it has them. */
import type {} from './types.ts'

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
declare module './types.ts' {
  interface Operations {
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
