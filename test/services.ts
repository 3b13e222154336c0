/** What docs/domain.md says of services, written out once more: tests hold the server against this, never against tables of its own. */

/** The products that every account has, in the order of the answers. */
export const common = ['CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD'] as const

/** "Transitions". */
export const leadsTo: Record<string, string[]> = {
  new: ['trial', 'activating', 'active', 'paused'],
  trial: ['trialend', 'active', 'paused'],
  trialend: ['trial', 'active', 'paused', 'deleted'],
  activating: ['active', 'paused'],
  active: ['paused', 'trialend'],
  paused: ['active', 'trial', 'trialend', 'deleted'],
  deleted: ['new'],
}

/** The status of an account whose services have these. */
export const statusDue = (services: string[]) => {
  if (services.includes('active')) return 'active'
  if (services.includes('trial')) return 'trial'
  return services.some((status) => ['trialend', 'paused', 'deleted'].includes(status)) ? 'trialend' : 'preparation'
}
