/** The lifecycle of a service, as tables to compare with docs/domain.md. */
import type { Product, ServiceStatus } from '../../lib/products.ts'

/** The statuses that a service may pass into from each status. Any other transition is an error. */
export const transitions: Readonly<Record<ServiceStatus, readonly ServiceStatus[]>> = {
  new: ['trial', 'activating', 'active', 'paused'],
  trial: ['trialend', 'active', 'paused'],
  trialend: ['trial', 'active', 'paused', 'deleted'],
  activating: ['active', 'paused'],
  active: ['paused', 'trialend'],
  paused: ['active', 'trial', 'trialend', 'deleted'],
  deleted: ['new'],
}

/** The status that a service passes into when its time expires: at the end of a trial, at the deleted_date in the other statuses. */
export const whenOver: Readonly<Partial<Record<ServiceStatus, ServiceStatus>>> = {
  trial: 'trialend',
  trialend: 'deleted',
  paused: 'deleted',
}

/** The mail to the account's owner when a service passes into a status. */
export const mails: Readonly<Partial<Record<ServiceStatus, 'trial_began' | 'trial_ended'>>> = {
  trial: 'trial_began',
  trialend: 'trial_ended',
}

/** Services in these statuses are deleted after daysUntilDeleted. */
export const ending: readonly ServiceStatus[] = ['trialend', 'paused']

export const trialDays = (product: Product) => (['CDN', 'STREAMING', 'DNS'].includes(product) ? 14 : 30)
export const daysUntilDeleted = (product: Product) => (['CLOUD', 'STORAGE'].includes(product) ? 2 : 90)

/** Days before the end of a trial at which the owner is notified. */
export const NOTICE = 2

/** How long a status lasts, in days: a setting of the service, with the product's value as default. */
export interface Duration {
  name: string
  title: string
  category: string
  description: string
  usual: (product: Product) => number
}

const trialLength: Duration = {
  name: 'trial_length_days',
  title: 'Length of the trial',
  category: 'trial',
  description: 'Days from the start of the trial to its end.',
  usual: trialDays,
}
const timeLeft: Duration = {
  name: 'days_until_deleted',
  title: 'Days until deleted',
  category: 'deletion',
  description: 'Days that the service stays paused, or after its trial, until it is deleted.',
  usual: daysUntilDeleted,
}

export const durations: Readonly<Partial<Record<ServiceStatus, Duration>>> = { trial: trialLength, trialend: timeLeft, paused: timeLeft }
/** Maximum of a duration. */
export const LONGEST = 3650
