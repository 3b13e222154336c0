/** The products a client may use and the statuses their services pass through (DOMAIN, contract schemas ServiceName and ServiceStatus). */

/** In every account, and in every documented enum. */
export const commonProducts = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD'] as const
/** All products: the last two only on accounts given them, filtered by but never shown. */
export const products = [...commonProducts, 'INFRASTRUCTURE_PROTECTION', 'CONNECT'] as const
export type Product = (typeof products)[number]

export const serviceStatuses = ['new', 'trial', 'trialend', 'active', 'paused', 'activating', 'deleted'] as const
export type ServiceStatus = (typeof serviceStatuses)[number]
/** A product in one of these must stay available to the account. */
export const inUse: readonly ServiceStatus[] = ['trial', 'activating', 'active']

export const clientStatuses = ['new', 'trial', 'trialend', 'active', 'integration', 'paused', 'preparation', 'ready'] as const
