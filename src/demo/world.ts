/** Generates the demo world from a seed, chunk by chunk in constant memory, for a million clients or for small tests. */
import { addAccount, showcaseIndexes } from './accounts.ts'
import { addStranger, type Draft } from './people.ts'
import { createRandom } from './random.ts'
import { emptyWorld, type World } from './rows.ts'
import { createServices } from './services.ts'
import { addTenant, firstIds, layout } from './tenants.ts'
import { features } from './words.ts'

export type * from './rows.ts'

/** The password of every user of a demo world. */
export const demoPassword = 'reeve-demo-password'
/** The default `now` of a world. */
export const BASE = new Date('2026-01-01T00:00:00Z')

export interface WorldOptions {
  seed: number
  /** Client accounts, 20 or more; each reseller also has a technical account. */
  clients: number
  /** The time at which all dates of the world are consistent. Ids, emails and tokens do not depend on it. */
  now?: Date
  /** The hash of demoPassword, by the server's own function; without it no password matches. */
  passwordHash?: string
}

const CHUNK = 5_000

/** Yields the rows of some thousand accounts at a time, the first chunk with the catalogue and all resellers. */
export function* generateWorld({ seed, clients, now = BASE, passwordHash = '!' }: WorldOptions): Generator<World, void> {
  const random = createRandom(seed)
  const ids = { user: firstIds.user - 1, feature: 0, setting: 0, token: 0, login: 0, activity: 0, statusChange: 0 }
  const draft: Draft = { rows: emptyWorld(), random, now: now.getTime(), seed, passwordHash, ids }
  const services = createServices(random, draft.now, showcaseIndexes)
  const plan = layout(clients)

  for (const [product, ...names] of features)
    for (const [n, name] of names.entries()) draft.rows.features.push({ id: draft.rows.features.length + 1, name, product, is_free: n < 2 })
  const tenants = Array.from({ length: plan.resellers }, (_, r) => addTenant(draft, services, plan, r + 1))
  addStranger(draft)
  for (let index = 0; index < clients; index++) {
    const tenant = tenants[plan.resellerOf(index) - 1]
    if (!tenant) throw new Error(`Account ${index} has no reseller: correct layout() in tenants.ts.`)
    addAccount(draft, services, tenant, index, plan.accountId(index))
    if ((index + 1) % CHUNK === 0 || index + 1 === clients) {
      numberByTime(draft.rows.activity, ({ requested_at }) => requested_at)
      numberByTime(draft.rows.logins, ({ login_at }) => login_at)
      yield draft.rows
      draft.rows = emptyWorld()
    }
  }
}

/** Gives the entries of a log their ids in order of time, as a log that is written has them. The world of a demo is one chunk. */
function numberByTime<Row extends { id: number }>(rows: Row[], timeOf: (row: Row) => string): void {
  const first = rows[0]?.id ?? 0
  rows.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1))
  for (const [n, row] of rows.entries()) row.id = first + n
}

/** Returns the whole world, one array per table. */
export function collectWorld(options: WorldOptions): World {
  const world = emptyWorld()
  for (const chunk of generateWorld(options))
    for (const table of Object.keys(world) as (keyof World)[]) for (const row of chunk[table]) (world[table] as unknown[]).push(row)
  return world
}
