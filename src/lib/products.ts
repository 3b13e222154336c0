/** The products that a client may use and the statuses of their services (docs/domain.md, Services; contract schemas ServiceName and ServiceStatus). */

/** The products of every account, and of every documented enum. */
export const commonProducts = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD'] as const
/** All products. The last two exist only in accounts that were given them; filters accept them, but responses never show them. */
export const products = [...commonProducts, 'INFRASTRUCTURE_PROTECTION', 'CONNECT'] as const
export type Product = (typeof products)[number]

export const serviceStatuses = ['new', 'trial', 'trialend', 'active', 'paused', 'activating', 'deleted'] as const
export type ServiceStatus = (typeof serviceStatuses)[number]
/** While a service has one of these statuses, its product must stay available to the account. */
export const inUse: readonly ServiceStatus[] = ['trial', 'activating', 'active']

export const clientStatuses = ['new', 'trial', 'trialend', 'active', 'integration', 'paused', 'preparation', 'ready'] as const
