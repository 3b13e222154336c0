/** Where a page lies: every documented order, and offsets near the ends and in the middle. Only the count is cached. */
import { type Asker, asker, times, uncached } from '../asking.ts'
import { median, quantile, worst } from '../samples.ts'
import type { Measure } from '../stage.ts'
import { atMost, type Row } from '../table.ts'

/** The orders of the contract, GET /iam/clients. */
const ordersOfClients = ['id', 'email', 'name', 'status', 'companyName', 'created_at'].flatMap((field) => [field, `-${field}`])
const TIMES = 100

const repeated = async (ask: Asker, path: string, count: number) => {
  await times(ask, [uncached(path)]) // the count is cached from here on
  return times(
    ask,
    Array.from({ length: count }, () => uncached(path)),
  )
}

export const orders: Measure = {
  name: 'any documented order',
  async run(world) {
    const ask = asker(world)
    const of = async (orderings: string[], count: number) => {
      const all: { ordering: string; p95: number; p50: number }[] = []
      for (const ordering of orderings) {
        const taken = await repeated(ask, `/iam/clients?limit=20&ordering=${ordering}`, count)
        all.push({ ordering, p95: quantile(taken, 0.95), p50: median(taken) })
      }
      return worst(all, ({ p95 }) => p95)
    }
    const one = await of(ordersOfClients, TIMES)
    const two = await of(['email,-created_at', 'status,-created_at', '-status,companyName', 'name,-id', 'status,name,-email'], TIMES)
    ask.close()
    const row = (what: string, { ordering, p95, p50 }: typeof one): Row => ({
      work: `/iam/clients?limit=20, ${what}, first page`,
      goal: atMost(10),
      figure: p95,
      unit: 'ms p95',
      remark: `the worst: ${ordering}, p50 ${p50.toFixed(1)} ms`,
    })
    return [row(`any of ${ordersOfClients.length} orders by one field`, one), row('orders by several fields', two)]
  },
}

export const offsets = (list: 'clients' | 'users'): Measure => ({
  name: `GET /iam/${list}, offsets`,
  async run(world, stage) {
    const ask = asker(world)
    const { body } = await ask(`/iam/${list}?limit=0`)
    const { count } = JSON.parse(body.toString()) as { count: number }
    const places = list === 'clients' ? ['', '&ordering=companyName', '&ordering=-created_at'] : ['']
    const from = async (offset: number) => {
      const all: { order: string; ms: number }[] = []
      for (const order of places)
        all.push({ order, ms: median(await repeated(ask, `/iam/${list}?limit=100&offset=${offset}${order}`, stage.rounds * 4)) })
      return worst(all, ({ ms }) => ms)
    }
    const row = async (offset: number, most: number): Promise<Row> => {
      const { order, ms } = await from(offset)
      return {
        work: `/iam/${list}?limit=100&offset=${offset}`,
        goal: atMost(most),
        figure: ms,
        unit: 'ms p50',
        remark: order ? `of ${count}; the worst: ${order.slice(1)}` : `of ${count}`,
      }
    }
    const rows = [
      await row(Math.floor((count * 89) / 90), 10),
      await row(Math.floor(count / 90), 10),
      await row(Math.floor(count / 2), 120),
    ]
    ask.close()
    return rows
  },
})
