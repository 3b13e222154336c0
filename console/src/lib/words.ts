/** The server's names for states, roles and products in the reader's language, and the tone each state is shown in. */
import { t } from '@lingui/core/macro'
import type { Answer } from '../api/client.ts'
import type { Service } from '../api/types.ts'
import type { Tone } from '../components/Status.tsx'

export type ClientStatus = Answer<'GET /iam/clients/{clientId}'>['status']
export type ServiceStatus = Service['status']
export type Product = Service['name']

/** In the order of the server's answers. */
export const products: readonly Product[] = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD']
/** Ids and names of the roles, from most rights to fewest. */
export const roles = [
  { id: 1, name: 'Administrators' },
  { id: 5, name: 'Engineers' },
  { id: 3009, name: 'Purge and Prefetch only (API+Web)' },
  { id: 3022, name: 'Purge and Prefetch only (API)' },
  { id: 2, name: 'Users' },
] as const

export const productName = (product: string): string =>
  ({ CDN: 'CDN', STORAGE: t`Storage`, STREAMING: t`Streaming`, DNS: 'DNS', DDOS: t`DDoS protection`, CLOUD: t`Cloud` })[product] ?? product

/** Of accounts and of services alike: the same word means the same. */
export const statusName = (status: string): string =>
  ({
    new: t`New`,
    trial: t`Trial`,
    trialend: t`Trial ended`,
    active: t`Active`,
    integration: t`Integration`,
    paused: t`Paused`,
    preparation: t`Preparation`,
    ready: t`Ready`,
    activating: t`Activating`,
    deleted: t`Deleted`,
  })[status] ?? status

const tones: Record<string, Tone> = { active: 'good', ready: 'good', trial: 'info', activating: 'info', trialend: 'warn', deleted: 'bad' }
export const statusTone = (status: string): Tone => tones[status] ?? 'quiet'

/** @param role a name as the server has it, or the text of an id as in `user_roles` */
export const roleName = (role: string | undefined): string =>
  ({
    Administrators: t`Administrator`,
    Engineers: t`Engineer`,
    'Purge and Prefetch only (API+Web)': t`Purge and prefetch only (API and web)`,
    'Purge and Prefetch only (API)': t`Purge and prefetch only (API)`,
    Users: t`User`,
  })[roles.find(({ id }) => String(id) === role)?.name ?? role ?? ''] ??
  role ??
  '–'

/** Kinds of users: `user_type` of the server. */
export const userTypeName = (type: string): string =>
  ({ common: t`Account user`, seller: t`Seller`, reseller: t`Reseller staff` })[type] ?? type
