/**
 * npm run bench: our goals beside what this machine can do, in one table. Ratios within a run mean something, figures of different runs
 * on a shared machine do not.
 *
 *   --clients N     size of the demo world (100000)
 *   --full          a million, and what takes long
 *   --data FOLDER   a world that stays: made there at the first run (or by `REEVE_DATA=FOLDER npm run seed -- --clients N`), used
 *                   by the next. People in it are renamed; clients, counts and sizes stay.
 *   --rounds N      rounds of every contender, of which the median counts (3)
 *   --seconds N     length of one round (2)
 *   --only TEXT     measures whose name holds this text, in any case; several, separated by commas. One that none has prints the names
 *   --compare WHAT  another checkout (a folder with its packages) or another commit, measured likewise on a world of its own, each measure right
 *                   after ours
 *   --compare-data FOLDER  as --data, for the other
 *   --beside N      size of the smaller world that growth is measured against (10000)
 *   --beside-data FOLDER  as --data, for the smaller world
 *   --out FILE      writes the table to FILE.md and FILE.json as well; in a FILE.md that has marks for it (docs/performance.md) only there
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { revocation, tokenCheck } from './measures/callers.ts'
import { accountList } from './measures/console.ts'
import { costs, standbyCosts } from './measures/costs.ts'
import { counts, texts } from './measures/filters.ts'
import { growth } from './measures/growth.ts'
import { offsets, orders } from './measures/orders.ts'
import { changingPage, neverStale, unchangedPage } from './measures/pages.ts'
import { directorySync } from './measures/scim.ts'
import { starts } from './measures/starts.ts'
import { refusedSignIns } from './measures/timing.ts'
import { renames, signIns } from './measures/together.ts'
import { readers, whole } from './measures/whole.ts'
import { description, type Measure, openStage, type World } from './stage.ts'
import { asJson, printed, type Row } from './table.ts'

const measures: Measure[] = [
  whole('clients'),
  whole('users'),
  readers,
  changingPage('clients'),
  unchangedPage('clients'),
  neverStale,
  orders,
  counts,
  texts,
  offsets('clients'),
  changingPage('users'),
  offsets('users'),
  tokenCheck,
  revocation,
  renames,
  growth,
  signIns,
  refusedSignIns,
  starts,
  accountList,
  directorySync,
  costs,
  standbyCosts,
]

const { values } = parseArgs({
  options: {
    clients: { type: 'string' },
    full: { type: 'boolean', default: false },
    data: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    compare: { type: 'string' },
    'compare-data': { type: 'string' },
    beside: { type: 'string', default: '10000' },
    'beside-data': { type: 'string' },
    out: { type: 'string' },
  },
})

const names = values.only.toLowerCase().split(',')
const wanted = measures.filter(({ name }) => names.some((text) => name.toLowerCase().includes(text)))
if (wanted.length === 0) {
  console.error(`No measure is called like that; there are:\n${measures.map(({ name }) => `  ${name}`).join('\n')}`)
  process.exit(1)
}

const loads = loadavg()
const began = performance.now()
const since = (then: number) => `${((performance.now() - then) / 1000).toFixed(0)} s`
const stage = await openStage({
  clients: Number(values.clients ?? (values.full ? 1_000_000 : 100_000)),
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  full: values.full,
  data: values.data,
  compare: values.compare,
  compareData: values['compare-data'],
  beside: Number(values.beside),
  besideData: values['beside-data'],
})
const rows: Row[] = []
try {
  console.log(`ready: ${since(began)}`)
  for (const { name, run } of wanted) {
    const then = performance.now()
    try {
      const own = await run(stage.ours, stage)
      const others = stage.other ? await runOther(stage.other, name, run) : []
      const same = (row: Row) => (one: Row) => one.work === row.work && one.unit === row.unit && one.ceiling?.what === row.ceiling?.what
      for (const row of own) rows.push({ ...row, ...(stage.other && { other: others.find(same(row)) }) })
      console.log(`measured: ${name}, ${since(then)}`)
    } catch (error) {
      // The others are measured all the same.
      process.exitCode = 1
      console.error(`not measured: ${name}:`, error)
    }
  }
} finally {
  await stage.close()
  const about = [...description(stage, loads), `all in ${since(began)}`]
  const table = printed(rows, values.compare)
  console.log(`\n${about.join('\n')}\n\n${table}`)
  if (values.out !== undefined) {
    const file = values.out.replace(/\.(md|json)$/, '')
    writeFileSync(`${file}.md`, putInto(`${file}.md`, `${about.join('.\n')}.\n\n${table}\n`))
    writeFileSync(`${file}.json`, asJson(about, rows))
  }
}

/** The text of the file with `table` between its marks; `table` alone where there are none. */
function putInto(file: string, table: string): string {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const marks = /(?<=<!-- bench -->\n)[\s\S]*?(?=<!-- end of bench -->)/
  return marks.test(page) ? page.replace(marks, () => table) : table
}

/** What the other cannot do is a column without a figure. */
async function runOther(world: World, name: string, run: Measure['run']): Promise<Row[]> {
  try {
    return await run(world, stage)
  } catch (error) {
    console.error(`not measured there: ${name}:`, error)
    return []
  }
}
