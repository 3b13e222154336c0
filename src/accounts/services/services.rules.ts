/** The life of a service, as tables to be held against DOMAIN.md. */
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

/** What becomes of a service by itself when its time in a status is over: the end of a trial, the deleted_date of the others. */
export const whenOver: Readonly<Partial<Record<ServiceStatus, ServiceStatus>>> = {
  trial: 'trialend',
  trialend: 'deleted',
  paused: 'deleted',
}

/** The mail to the account's owner that goes with passing into a status. */
export const mails: Readonly<Partial<Record<ServiceStatus, 'trial_began' | 'trial_ended'>>> = {
  trial: 'trial_began',
  trialend: 'trial_ended',
}

/** Services in these are deleted after daysUntilDeleted. */
export const ending: readonly ServiceStatus[] = ['trialend', 'paused']

export const trialDays = (product: Product) => (['CDN', 'STREAMING', 'DNS'].includes(product) ? 14 : 30)
export const daysUntilDeleted = (product: Product) => (['CLOUD', 'STORAGE'].includes(product) ? 2 : 90)

/** So many days before its end the owner of a trial is told. */
export const NOTICE = 2

/** How long a status lasts: a setting of the service that begins as the product's and may be set otherwise, in days. */
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
/** The longest that a duration may be set to. */
export const LONGEST = 3650
