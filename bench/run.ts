/**
 * npm run bench: our server beside the ceilings of this machine, interleaved in one run, as one table. Ratios within a run mean something,
 * figures of different runs on a shared machine do not.
 *
 *   --clients N     size of the demo world (10000)
 *   --rounds N      rounds of every contender, of which the median counts (5)
 *   --seconds N     length of one round (2)
 *   --only TEXT     measures whose name holds this text
 *   --compare REV   another commit as one more contender
 */
import { parseArgs } from 'node:util'
import { pages } from './pages.ts'
import { type Measure, openStage, type Row } from './stage.ts'
import { starts } from './starts.ts'
import { whole } from './whole.ts'

const measures: Measure[] = [
  whole('GET /iam/clients'), // first: what later ones leave in memory would hide what it takes
  pages('GET /iam/clients?limit=100', 'reseller', ({ reseller }) => [
    'SELECT doc FROM client_documents JOIN (SELECT id FROM client_list WHERE reseller_id = $1 ORDER BY id LIMIT 100) page USING (id) ORDER BY id',
    reseller.id,
  ]),
  pages('GET /iam/clients?limit=20', 'reseller', ({ reseller }) => [
    'SELECT doc FROM client_documents JOIN (SELECT id FROM client_list WHERE reseller_id = $1 ORDER BY id LIMIT 20) page USING (id) ORDER BY id',
    reseller.id,
  ]),
  pages('GET /iam/users?limit=100', 'reseller', ({ reseller }) => [
    'SELECT doc FROM user_list WHERE reseller_id = $1 ORDER BY id LIMIT 100',
    reseller.id,
  ]),
  pages('GET /iam/users/me', 'client', (_signIns, { id, reseller }) => [
    'SELECT doc FROM user_list WHERE reseller_id = $1 AND id = $2',
    reseller,
    id,
  ]),
  starts('fresh start, embedded database', { again: false }),
  starts('start again', { again: true }),
]

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    compare: { type: 'string' },
  },
})

const stage = await openStage({
  clients: Number(values.clients),
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  compare: values.compare,
})
const rows: Row[] = []
try {
  console.log(stage.description)
  for (const { name, run } of measures.filter((one) => one.name.includes(values.only))) {
    const began = Date.now()
    rows.push(...(await run(stage)))
    console.log(`measured: ${name}, ${((Date.now() - began) / 1000).toFixed(0)} s`)
  }
} finally {
  await stage.close()
}
print(rows)

function print(all: Row[]) {
  const lines = [['what', 'ours', 'ceiling', 'ratio', 'the ceiling is'], ...all.map(cells)]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  console.log()
  for (const [n, line] of lines.entries()) {
    console.log(
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : column === 4 ? cell : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    if (n === 0) console.log('-'.repeat(widths.reduce((sum, width) => sum + width + 2, 16)))
  }
}

function cells({ what, unit, ours, ceiling, against = '' }: Row): string[] {
  const ratio = ceiling === undefined ? '' : (ours / ceiling).toFixed(2)
  return [`${what}, ${unit}`, figure(ours), ceiling === undefined ? '' : figure(ceiling), ratio, against]
}

function figure(value: number) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
