/** Where a page lies: every documented order, and offsets near the ends and in the middle. Only the count is cached. */
import { type Asker, asker, times, uncached } from '../asking.ts'
import { compete, summary } from '../load.ts'
import { median, quantile, worst } from '../samples.ts'
import { closeWorld, type Measure, type Stage, type World } from '../stage.ts'
import { atMost, type Row, ratioAtMost } from '../table.ts'

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

/** The same page of a world a hundredth or a tenth of the size: what grows with the world shows here. */
export const growth: Measure = {
  name: 'p50 against 10,000 clients',
  async run(world, stage) {
    const small = await stage.beside(world, 10_000)
    try {
      return [
        await grown(world, small, stage, '/iam/clients?limit=100', 1.5),
        await grown(world, small, stage, '/iam/clients?limit=100&ordering=companyName', 1.5),
        await grown(world, small, stage, '/iam/clients?limit=100&cdn=active', 1.5),
        await grown(world, small, stage, '/iam/users?limit=100', 1.5),
      ]
    } finally {
      await closeWorld(small)
    }
  },
}

async function grown(world: World, small: World, { rounds, seconds }: Stage, path: string, most: number): Promise<Row> {
  const asks = { big: asker(world), small: asker(small) }
  const contender = (ask: Asker) => async (length: number) => {
    const until = performance.now() + length * 1000
    const taken: number[] = []
    while (performance.now() < until) taken.push(...(await times(ask, [uncached(path)])))
    return summary(taken, length)
  }
  const { big, small: little } = await compete({ big: contender(asks.big), small: contender(asks.small) }, { rounds, seconds: seconds / 2 })
  asks.big.close()
  asks.small.close()
  return {
    work: `${path}, not cached, at ${world.clients.toLocaleString('en')} against ${small.clients.toLocaleString('en')} clients`,
    goal: ratioAtMost(most),
    figure: big.p50,
    unit: 'ms p50',
    ceiling: { figure: little.p50, what: `the same at ${small.clients.toLocaleString('en')}` },
  }
}
