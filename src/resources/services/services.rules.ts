/** The life of a service and of the account that follows from it, as tables to be held against DOMAIN.md. */
import type { Product, ServiceStatus } from '../../lib/products.ts'

/** Where a service may go from each status. Anything else is refused. */
export const transitions: Readonly<Record<ServiceStatus, readonly ServiceStatus[]>> = {
  new: ['trial', 'activating', 'active', 'paused'],
  trial: ['trialend', 'active', 'paused'],
  trialend: ['trial', 'active', 'paused', 'deleted'],
  activating: ['active', 'paused'],
  active: ['paused', 'trialend'],
  paused: ['active', 'trial', 'trialend', 'deleted'],
  deleted: ['new'],
}

/** A product in one of these must stay available to the account. */
export const inUse: readonly ServiceStatus[] = ['trial', 'activating', 'active']
/** Services in these are deleted after daysUntilDeleted. */
export const ending: readonly ServiceStatus[] = ['trialend', 'paused']

export const trialDays = (product: Product) => (['CDN', 'STREAMING', 'DNS'].includes(product) ? 14 : 30)
export const daysUntilDeleted = (product: Product) => (['CLOUD', 'STORAGE'].includes(product) ? 2 : 90)

export type AccountStatus = 'new' | 'paused' | 'active' | 'trial' | 'trialend' | 'preparation'

/** The status of an account: never set by hand. */
export function accountStatus(account: {
  emailConfirmed: boolean
  deletionRequested: boolean
  services: readonly ServiceStatus[]
}): AccountStatus {
  const any = (...statuses: ServiceStatus[]) => account.services.some((status) => statuses.includes(status))
  if (account.deletionRequested) return 'paused'
  if (!account.emailConfirmed) return 'new'
  if (any('active')) return 'active'
  if (any('trial')) return 'trial'
  if (any('trialend', 'paused', 'deleted')) return 'trialend'
  return 'preparation'
}
