/**
 * The statistics of the dashboard. What a request reads costs the same however long the tenant has existed, at a million accounts:
 *
 * | figure               | read from                                       | cost                                             |
 * |----------------------|-------------------------------------------------|--------------------------------------------------|
 * | accounts by status   | bitmaps of client_bits, a count for each status | 735 rows of 512 bytes for each of eight statuses |
 * | trials               | services_trials, then the accounts by id        | as many rows as trials end within a week         |
 * | sign-ins of today    | logins_time                                     | as many rows as sign-ins today                   |
 * | users                | tenant_versions                                 | 64 rows of each reseller                         |
 * | mails                | partial indexes of the outbox                   | as many rows as mails that were not sent         |
 * | days before today    | memory: they do not change any more             | read once an hour for each tenant: see daysBefore |
 */
import { LRUCache } from 'lru-cache'
import type { Static } from 'typebox'
import { countClients } from '../../accounts/clients/list/list.counts.ts'
import type { Scope, ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import { ownerOf } from '../../lib/owner.ts'
import { clientStatuses } from '../../lib/products.ts'
import type { Semaphore } from '../../lib/semaphore.ts'
import { countTenantUsers } from '../../people/users/users.queries.ts'
import { countUnsent } from '../outbox/outbox.queries.ts'
import { type Counted, resellerExists, type SignIns, type StatusEvent, signInsByDay, statusEvents, times } from './statistics.queries.ts'
import type { Statistics } from './statistics.schema.ts'

type ByStatus = Static<typeof Statistics>['accounts']['by_status']
type Day = Static<typeof Statistics>['accounts_by_day'][number]

const DAYS = 90
const SIGN_IN_DAYS = 30
const HOUR = 3_600_000

/** The days before today. */
interface Past {
  accounts: Day[]
  signIns: SignIns[]
}

export function createStatistics({ scope, costly, sharedMail }: { scope: Scope; costly: Semaphore; sharedMail: () => boolean }) {
  // For an hour and not for ever: an account that is moved, restored or given to a seller changes the past of both.
  const known = new LRUCache<string, Promise<Past>>({ max: 1000, ttl: HOUR })

  /** Concurrent requests share one read. */
  function daysBefore(caller: Caller, counted: Counted, today: string): Promise<Past> {
    const key = JSON.stringify([counted.resellerId, counted.sellerId, today])
    let past = known.get(key)
    if (!past) {
      past = costly.run(ownerOf(caller), () => scope.read(caller, (db) => readPast(db, caller, counted, today), 'custom'))
      known.set(key, past)
      past.catch(() => known.delete(key))
    }
    return past
  }

  return async function statistics(caller: Caller, resellerId: number | undefined): Promise<Static<typeof Statistics>> {
    const counted = countedBy(caller, resellerId)
    const read = async (db: ScopedSql) => {
      // Of another tenant, a reseller does not exist.
      if (resellerId !== undefined && !(await resellerExists(db, resellerId))) throw errors.notFound()
      const { at, until, today } = await times(db)
      const [by_status, trials, signIns, users, mails] = await Promise.all([
        countByStatus(db, caller, counted),
        countClients(db, caller, { ...filtersOf(counted), trial_end_lte: until }),
        signInsByDay(db, counted.resellerId, today, null),
        countTenantUsers(db, counted.resellerId),
        caller.kind === 'seller' ? null : countUnsent(db, sharedMail(), counted.resellerId),
      ])
      return { at, until, today, by_status, trials, signIns, users, mails }
    }
    const { at, until, today, by_status, trials, signIns, users, mails } = await scope.read(caller, read, 'custom')
    const past = await daysBefore(caller, counted, today)
    return {
      at,
      scope: { reseller_id: counted.resellerId, seller_id: counted.sellerId },
      accounts: { total: clientStatuses.reduce((sum, status) => sum + (by_status[status] ?? 0), 0), by_status },
      accounts_by_day: [...past.accounts, { day: today, ...by_status }],
      trials: { accounts: trials, until },
      sign_ins_by_day: [...past.signIns, onDay(signIns, today)],
      users,
      mails,
    }
  }
}

/** Operators count one reseller or all, others their own; sellers the accounts that are theirs. */
const countedBy = (caller: Caller, resellerId: number | undefined): Counted => ({
  resellerId: caller.kind === 'platform' ? (resellerId ?? null) : caller.resellerId,
  sellerId: caller.kind === 'seller' ? caller.userId : null,
})

/** The filters of the list that shows what is counted. */
const filtersOf = ({ resellerId, sellerId }: Counted) =>
  definedFields({ deleted: false, reseller_id: resellerId ?? undefined, seller_id: sellerId ?? undefined })

async function countByStatus(db: ScopedSql, caller: Caller, counted: Counted): Promise<ByStatus> {
  const counts = await Promise.all(clientStatuses.map((status) => countClients(db, caller, { ...filtersOf(counted), status })))
  return Object.fromEntries(clientStatuses.map((status, n) => [status, counts[n] as number]))
}

/** In one snapshot: the past is what there is now, less what happened since. */
async function readPast(db: ScopedSql, caller: Caller, counted: Counted, today: string): Promise<Past> {
  const [start, signInStart] = [daysAgo(today, DAYS - 1), daysAgo(today, SIGN_IN_DAYS - 1)]
  const [now, events, signIns] = await Promise.all([
    countByStatus(db, caller, counted),
    statusEvents(db, counted, start),
    signInsByDay(db, counted.resellerId, signInStart, today),
  ])
  return {
    accounts: accountsBefore(today, now, events),
    signIns: Array.from({ length: SIGN_IN_DAYS - 1 }, (_, n) => onDay(signIns, daysAgo(signInStart, -n))),
  }
}

/** Walks back from the numbers of now: those at the end of a day are those of the next day less what changed on it. */
function accountsBefore(today: string, now: ByStatus, events: readonly StatusEvent[]): Day[] {
  const changes = Map.groupBy(events, ({ day }) => day)
  const numbers = { ...now }
  const days: Day[] = []
  for (let back = 1; back < DAYS; back++) {
    for (const { status, change } of changes.get(daysAgo(today, back - 1)) ?? []) numbers[status] = (numbers[status] ?? 0) - change
    days.unshift({ day: daysAgo(today, back), ...numbers })
  }
  return days
}

const onDay = (found: readonly SignIns[], day: string) => found.find((one) => one.day === day) ?? { day, successful: 0, failed: 0 }

const daysAgo = (day: string, count: number) => new Date(Date.parse(day) - count * 86_400_000).toISOString().slice(0, 10)
