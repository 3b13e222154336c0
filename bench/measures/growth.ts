/** The same work in a smaller world, in turns: what grows with the number of clients shows here. */
import { type Asker, asker, times, uncached } from '../asking.ts'
import { makeStale, nextName, people, renaming } from '../changes.ts'
import { type Contender, compete, summary } from '../load.ts'
import { closeWorld, type Measure, type World } from '../stage.ts'
import { type Row, ratioAtMost } from '../table.ts'

/** One piece of work, and how long it took in ms. */
type Work = (world: World, ask: Asker) => Promise<() => Promise<number>>

const page =
  (path: string): Work =>
  async (_world, ask) =>
  async () =>
    (await times(ask, [uncached(path)]))[0] as number

/** The time to make everything stale is not counted. */
const count =
  (query: string): Work =>
  async (world, ask) =>
  async () => {
    await makeStale(world)
    return (await times(ask, [`/iam/clients?limit=0&${query}`]))[0] as number
  }

const rename: Work = async (world, ask) => {
  const some = await people(world, 500)
  const { rename } = await renaming(world, ask)
  let turn = 0
  return async () => {
    const person = some[turn++ % some.length] as (typeof some)[number]
    person.name = nextName(person.name)
    const began = performance.now()
    await rename(person, person.name)
    return performance.now() - began
  }
}

const works: [string, Work][] = [
  ...[
    '/iam/clients?limit=100',
    '/iam/clients?limit=100&ordering=companyName',
    '/iam/clients?limit=100&cdn=active',
    '/iam/users?limit=100',
  ].map((path): [string, Work] => [`${path}, not cached`, page(path)]),
  ['exact count of /iam/clients?cdn=active&deleted=false, cold', count('cdn=active&deleted=false')],
  ['rename of a user', rename],
]

export const growth: Measure = {
  name: 'p50 against a smaller world',
  async run(world, stage) {
    const small = await stage.beside(world)
    const asks = { big: asker(world), little: asker(small) }
    const size = ({ clients }: World) => clients.toLocaleString('en')
    try {
      const rows: Row[] = []
      for (const [work, of] of works) {
        const contender = async (where: World, ask: Asker): Promise<Contender> => {
          const once = await of(where, ask)
          return async (seconds) => {
            const until = performance.now() + seconds * 1000
            const taken: number[] = []
            while (performance.now() < until) taken.push(await once())
            return summary(taken, seconds)
          }
        }
        const contenders = { big: await contender(world, asks.big), little: await contender(small, asks.little) }
        const { big, little } = await compete(contenders, { rounds: stage.rounds, seconds: stage.seconds / 2 })
        rows.push({
          work: `${work}, at ${size(world)} against ${size(small)} clients`,
          goal: ratioAtMost(1.5),
          figure: big.p50,
          unit: 'ms p50',
          ceiling: { figure: little.p50, what: `the same at ${size(small)}` },
        })
      }
      return rows
    } finally {
      for (const ask of Object.values(asks)) ask.close()
      await closeWorld(small)
    }
  },
}
