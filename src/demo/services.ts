/** The services of a demo account, with statuses and dates that the rules of the domain allow. */

import { daysUntilDeleted, ending, NOTICE, transitions, trialDays } from '../accounts/services/services.rules.ts'
import { commonProducts, type Product, type ServiceStatus, serviceStatuses } from '../lib/products.ts'
import { DAY, type Random, time } from './random.ts'
import type { ServiceRow, Time } from './rows.ts'

/** Products that only some accounts have. */
const rareProducts: readonly Product[] = ['INFRASTRUCTURE_PROTECTION', 'CONNECT']

/** The statuses from which each can be reached. A service starts as new. */
export const cameFrom = Object.fromEntries(
  serviceStatuses.map((status) => {
    const before = (Object.keys(transitions) as ServiceStatus[]).filter((from) => transitions[from].includes(status))
    return [status, status === 'new' ? ['new', ...before] : before]
  }),
) as Record<ServiceStatus, ServiceStatus[]>

/** Typical statuses of one account's services: each account picks a list, and each service a status of it. */
const habits: readonly (readonly ServiceStatus[])[] = [
  ['new'],
  ['new', 'new', 'new', 'new', 'activating', 'deleted'],
  ['new', 'new', 'new', 'trial', 'trial', 'trialend'],
  ['new', 'new', 'trialend', 'trialend', 'paused', 'deleted'],
  ['new', 'new', 'active', 'active', 'trial', 'paused'],
  ['active', 'active', 'active', 'active', 'activating', 'trialend', 'new'],
  ['new', 'new', 'new', 'new', 'new', 'active'],
]

interface Account {
  id: number
  resellerId: number
  /** Milliseconds since 1970. */
  created: number
  createdAt: Time
}

const STANDING_IN = 3

/**
 * Creates the services of one account after another.
 * @param now when all dates are consistent, in milliseconds
 * @param shown indexes of the accounts that demo.json names
 */
export function createServices(random: Random, now: number, shown: readonly number[]) {
  let lastId = 0
  const given = new Map(rareProducts.map((product) => [product, 0]))

  function service(account: Account, product: Product, status: ServiceStatus): ServiceRow {
    const previous = status === 'new' && random.chance(0.9) ? 'new' : random.pick(cameFrom[status])
    const untouched = status === 'new' && previous === 'new'
    const passing = status === 'trial' ? trialDays(product) : ending.includes(status) ? daysUntilDeleted(product) : 400
    const changed = random.whole(Math.max(account.created, now - passing * DAY), now - 1)
    const micros = random.whole(0, 999)
    const began = status === 'trial' ? changed : previous === 'trial' ? Math.max(account.created, changed - trialDays(product) * DAY) : null
    const ends = changed + trialDays(product) * DAY
    return {
      id: ++lastId,
      client_id: account.id,
      reseller_id: account.resellerId,
      product,
      status,
      previous_status: previous,
      status_changed_at: untouched ? account.createdAt : time(changed, micros),
      start: began === null ? null : time(began, micros),
      trial_end: status === 'trial' ? time(ends, micros) : null,
      end_notified_at: status === 'trial' && ends - NOTICE * DAY <= now ? time(ends - NOTICE * DAY, micros) : null,
      deleted_date: ending.includes(status) ? time(changed + daysUntilDeleted(product) * DAY, micros) : null,
      enabled: status !== 'paused' && status !== 'deleted',
    }
  }

  return {
    /** All products active, for technical accounts. */
    all: (account: Account) => commonProducts.map((product) => service(account, product, 'active')),
    /**
     * The first seven accounts show every product in every status, and two more an account that ended and one that never began. In the
     * accounts of demo.json no service is `activating`, which the vendor's newest SDK does not know: they swap it with the fourth account.
     */
    some(account: Account, index: number) {
      const habit = random.pick(habits)
      const arranged = (place: number, p: number) => serviceStatuses[(place + p) % serviceStatuses.length] as ServiceStatus
      const draw = (p: number) => {
        const unknown = shown.find((one) => arranged(one, p) === 'activating')
        if (index < 7) return arranged(index === unknown ? STANDING_IN : index === STANDING_IN ? (unknown ?? index) : index, p)
        if (index === 12) return cameFrom.deleted[p % 2] as ServiceStatus
        return index === 16 ? 'new' : random.pick(habit)
      }
      const rows = commonProducts.map((product, p) => service(account, product, draw(p)))
      for (const product of rareProducts) {
        const turn = given.get(product) ?? 0
        if (!random.chance(0.1)) continue
        const status = serviceStatuses[turn % serviceStatuses.length] as ServiceStatus
        rows.push(service(account, product, shown.includes(index) && status === 'activating' ? 'active' : status))
        given.set(product, turn + 1)
      }
      return rows
    },
  }
}
