/** The rows of a demo world as plain objects. Column names are those of src/db/schema. */
import type { clientStatuses, Product, ServiceStatus } from '../lib/products.ts'

export type ClientStatus = (typeof clientStatuses)[number]
/** RFC 3339 in UTC with microseconds, as in the contract. */
export type Time = string

export interface ResellerRow {
  id: number
  name: string
  is_platform: boolean
  technical_client_id: number
  created_at: Time
  deleted_at: Time | null
}

export interface FeatureRow {
  id: number
  name: string
  product: Product
  is_free: boolean
}

export interface PromoCodeRow {
  reseller_id: number
  code: string
  description: string
  created_at: Time
}

export interface ClientRow {
  id: number
  reseller_id: number
  seller_id: number | null
  owner_id: number
  client_type: 'common' | 'reseller' | 'sales'
  status: ClientStatus
  email: string
  company_name: string
  name: string | null
  phone: string | null
  website: string
  custom_id: string | null
  country_code: string | null
  bill_type: string
  promocode: string | null
  allowed_traffic: number
  signup_process: 'sign_up_full' | 'sign_up_simple' | null
  is_test: boolean
  deletion_requested_at: Time | null
  deleted_at: Time | null
  created_at: Time
}

export interface UserRow {
  id: number
  reseller_id: number
  client_id: number
  user_type: 'common' | 'reseller' | 'seller'
  is_admin: boolean
  email: string
  name: string | null
  phone: string | null
  lang: 'de' | 'en' | 'ru' | 'zh' | 'az'
  password_hash: string | null
  password_changed_at: Time | null
  sso_auth: boolean
  auth_types: string[]
  is_active: boolean
  activated_at: Time | null
  deleted_at: Time | null
  created_at: Time
}

export interface ClientUserRow {
  client_id: number
  user_id: number
  reseller_id: number
  role_id: number
  created_at: Time
}

export interface ClientHostnameRow {
  client_id: number
  reseller_id: number
  hostname: string
}

export interface ServiceRow {
  id: number
  client_id: number
  reseller_id: number
  product: Product
  status: ServiceStatus
  previous_status: ServiceStatus
  status_changed_at: Time
  start: Time | null
  trial_end: Time | null
  end_notified_at: Time | null
  deleted_date: Time | null
  enabled: boolean
}

export interface ClientFeatureRow {
  id: number
  client_id: number
  reseller_id: number
  feature_id: number
  created_at: Time
}

export interface DefaultAvailabilityRow {
  reseller_id: number
  product: Product
  available: boolean
}

export interface ClientAvailabilityRow extends DefaultAvailabilityRow {
  client_id: number
}

export interface BrandingRow {
  reseller_id: number
  domain: string
  public_settings: Record<string, unknown>
  mail_server: Record<string, unknown>
  deleted_at: Time | null
}

export interface NotificationSettingRow {
  id: number
  reseller_id: number
  notification_type: 'deletion_request' | 'failed_login'
  email: string
  enabled: boolean
}

export interface ApiTokenRow {
  id: number
  client_id: number
  reseller_id: number
  user_id: number
  role_id: number
  name: string
  description: string
  secret_hash: Uint8Array
  exp_date: Time | null
  last_usage: Time | null
  deleted_at: Time | null
  created_at: Time
}

export interface LoginRow {
  id: number
  reseller_id: number | null
  client_id: number | null
  user_id: number | null
  is_successful: boolean
  auth_type: string
  ip_address: string
  user_agent: string
  login_at: Time
}

export interface ActivityRow {
  id: number
  reseller_id: number
  client_id: number
  affected_client_id: number
  affected_reseller_id: number
  user_id: number
  user_email: string
  token_id: number | null
  action: string
  method: string
  path: string
  data: string
  status_code: number
  remote_ip: string
  host: string
  requested_at: Time
}

export interface AccountStatusChangeRow {
  id: number
  client_id: number
  reseller_id: number
  old_status: ClientStatus
  new_status: ClientStatus
  status_change_at: Time
}

/** Returns an empty world. Its keys are the names of the tables, each after those it references. */
export const emptyWorld = () => ({
  resellers: [] as ResellerRow[],
  features: [] as FeatureRow[],
  promo_codes: [] as PromoCodeRow[],
  clients: [] as ClientRow[],
  users: [] as UserRow[],
  client_users: [] as ClientUserRow[],
  client_hostnames: [] as ClientHostnameRow[],
  services: [] as ServiceRow[],
  client_features: [] as ClientFeatureRow[],
  default_availability: [] as DefaultAvailabilityRow[],
  client_availability: [] as ClientAvailabilityRow[],
  branding: [] as BrandingRow[],
  notification_settings: [] as NotificationSettingRow[],
  api_tokens: [] as ApiTokenRow[],
  logins: [] as LoginRow[],
  activity: [] as ActivityRow[],
  account_status_changes: [] as AccountStatusChangeRow[],
})
export type World = ReturnType<typeof emptyWorld>
