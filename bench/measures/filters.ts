/** Exact counts with filters, counted anew and from the cache, and pages of what contains a text. */
import { type Asker, asker, times, uncached } from '../asking.ts'
import { makeStale } from '../changes.ts'
import { median, pick, worst } from '../samples.ts'
import type { Measure, World } from '../stage.ts'
import { atMost, type Row } from '../table.ts'

const products = ['cdn', 'storage', 'ddos', 'dns', 'cloud', 'infrastructure_protection', 'connect']

/** One or more values of each filter that is not a search for text. */
function exactFilters({ shown, reseller }: World): Record<string, string[]> {
  const seller = shown.sellers.find((one) => one.reseller === reseller)?.id ?? 0
  return {
    ...Object.fromEntries(products.map((product) => [product, ['active', 'trial', 'paused']])),
    deleted: ['false', 'true'],
    reseller_id: [String(reseller)],
    seller_id: [String(seller)],
    min_traffic: ['1', '1000', '5000'],
    max_traffic: ['0', '1000', '5000'],
    activated: ['true', 'false'],
    id__in__exclude: ['1500,2500,3500'],
    bill_type: ['by_max_traffic', 'fixed'],
    created_at_gte: ['2024-05-17', '2021-01-01'],
    created_at_lte: ['2024-05-17T08:00:00Z', '2025-06-01'],
    feature_id_in: ['1', '1,2,3'],
    is_test: ['false', 'true'],
    client_type: ['common', 'sales'],
    personal_product_availability: ['CDN', 'CDN,DNS'],
    country_code: ['LU', 'null'],
  }
}

interface Counted {
  query: string
  cold: number
  warm: number
}

/** The whole answer by HTTP, in ms: after a change of the tenant's data, and again. */
async function counted(world: World, ask: Asker, query: string, repeats = 5): Promise<Counted> {
  const path = `/iam/clients?limit=0${query && `&${query}`}`
  const cold: number[] = []
  const warm: number[] = []
  for (let n = 0; n < repeats; n++) {
    await makeStale(world)
    cold.push(...(await times(ask, [path])))
    warm.push(...(await times(ask, [path, path])))
  }
  return { query, cold: median(cold), warm: median(warm) }
}

const half = (all: Counted[], of: 'cold' | 'warm') => `median ${median(all.map((one) => one[of])).toFixed(1)} of ${all.length}`

function rowsOf(what: string, all: Counted[], coldGoal: number): Row[] {
  const row = (of: 'cold' | 'warm', goal: number): Row => {
    const most = worst(all, (one) => one[of])
    const remark = all.length > 1 ? `the worst: ${most.query}, ${half(all, of)}` : ''
    return { work: `exact count, ${what}, ${of}`, goal: atMost(goal), figure: most[of], unit: 'ms', remark }
  }
  return [row('cold', coldGoal), row('warm', 1)]
}

export const counts: Measure = {
  name: 'exact counts',
  async run(world, { full }) {
    const ask = asker(world)
    const exact = exactFilters(world)
    const text = await searches(world)
    const three = (first: string[]) => {
      const names = new Set(first)
      while (names.size < 3) names.add(pick(Object.keys(exact)))
      return [...names].map((name) => `${name}=${encodeURIComponent(pick(exact[name] ?? text.selective[name] ?? []))}`).join('&')
    }
    const all = async (queries: string[]) => {
      const done: Counted[] = []
      for (const query of queries) done.push(await counted(world, ask, query, queries.length > 40 ? 3 : 5))
      return done
    }
    const single = Object.entries(exact).flatMap(([name, values]) => values.map((value) => `${name}=${encodeURIComponent(value)}`))
    const rounds = full ? 60 : 40
    const rows = [
      ...rowsOf('no filter', await all(['']), 2),
      ...rowsOf('any one filter', await all(single), 5),
      ...rowsOf('any three filters', await all(Array.from({ length: rounds }, () => three([]))), 100),
      ...rowsOf(
        'any three, one of them a text',
        await all(Array.from({ length: rounds / 2 }, () => three([pick(Object.keys(text.selective))]))),
        100,
      ),
    ]
    ask.close()
    return rows
  },
}

/** Filters by text, and the columns they look in. */
const textFilters = {
  email: 'email',
  companyName: 'company_name',
  name: 'name',
  custom_id: 'custom_id',
  secondaryhostnames: 'hostnames',
  users_name: 'users_name',
  users_email: 'users_email',
  promocode: 'promocode',
}

/** Values of rows of the world, whole and a piece of each, by filter; and what nearly every row has. The table had another name once. */
async function searches({ sql, reseller }: World) {
  const [{ people } = { people: '' }] = await sql<{ people: string }[]>`
    SELECT CASE WHEN to_regclass('client_user_search') IS NULL THEN 'client_people' ELSE 'client_user_search' END AS people`
  const selective: Record<string, string[]> = {}
  const rows = await sql<Record<string, string | null>[]>`
    WITH span AS (SELECT min(id) AS low, max(id) AS high FROM client_list WHERE reseller_id = ${reseller})
    SELECT l.* FROM span, generate_series(1, 400) AS n, LATERAL (
      SELECT email, company_name, name, custom_id, hostnames, users_name, users_email, promocode
      FROM client_list JOIN ${sql(people)} p USING (id)
      WHERE client_list.reseller_id = ${reseller} AND id >= low + (high - low) * n / 401 ORDER BY id LIMIT 1) AS l`
  for (const [filter, column] of Object.entries(textFilters)) {
    const values = rows.map((row) => row[column]?.split('\x1f')[0]).filter((value) => value !== undefined && value.length > 3)
    const whole = Array.from({ length: 3 }, () => pick(values) ?? '')
    // Six letters from the middle: what somebody types who remembers a part.
    const parts = Array.from({ length: 3 }, () => pick(values) ?? '').map((value) => value.slice(value.length >> 2).slice(0, 6))
    selective[filter] = [...whole, ...parts].filter((value) => value.trim() === value && value.length > 3)
  }
  return { selective }
}

const common = ['email=example', 'email=.example', 'users_email=example', 'users_email=@', 'companyName=an', 'users_name=a', 'name=an']
const short = ['e', 'q', 'z', 'ж', '0', '-', 'an', 'zz', 'q1', '中', '.e', '%', '__']

export const texts: Measure = {
  name: 'substring filters',
  async run(world, { rounds }) {
    const ask = asker(world)
    const { selective } = await searches(world)
    const pages = async (queries: string[]) => {
      const all: { query: string; ms: number; count: number }[] = []
      for (const query of queries) {
        const taken: number[] = []
        let count = 0
        for (let n = 0; n < Math.min(rounds, 3); n++) {
          await makeStale(world)
          const { ms, status, body } = await ask(uncached(`/iam/clients?limit=20&${query}`))
          if (status !== 200) throw new Error(`${query} answered ${status}: ${body.toString().slice(0, 200)}`)
          taken.push(ms)
          count = Number(/"count":(\d+)/.exec(body.toString())?.[1])
        }
        all.push({ query, ms: median(taken), count })
      }
      return all
    }
    const row = (what: string, all: Awaited<ReturnType<typeof pages>>, most: number): Row => {
      const slowest = worst(all, ({ ms }) => ms)
      const found = `${decodeURIComponent(slowest.query)}, ${slowest.count.toLocaleString('en')} found`
      const remark = `the worst: ${found}; median ${median(all.map(({ ms }) => ms)).toFixed(1)} of ${all.length}`
      return { work: `/iam/clients?limit=20, ${what}, page and count`, goal: atMost(most), figure: slowest.ms, unit: 'ms', remark }
    }
    const parts = await pages(
      Object.entries(selective).flatMap(([name, values]) => values.map((value) => `${name}=${encodeURIComponent(value)}`)),
    )
    const few = parts.filter(({ count }) => count <= world.size / 100)
    const many = [...parts.filter(({ count }) => count > world.size / 100), ...(await pages(common))]
    const letters = await pages(Object.keys(textFilters).flatMap((name) => short.map((value) => `${name}=${encodeURIComponent(value)}`)))
    const ordered = await pages(
      few
        .slice(0, 8)
        .flatMap(({ query }) => [`${query}&ordering=-created_at`, `${query}&ordering=email`])
        .concat(common.flatMap((query) => [`${query}&ordering=-name`, `${query}&ordering=companyName,-id`])),
    )
    ask.close()
    return [
      row('a text in at most 1 % of the rows', few, 60),
      row('a text in more, up to all', many, 300),
      row('one letter or two', letters, 300),
      row('a text, in another order', ordered, 300),
    ]
  },
}
