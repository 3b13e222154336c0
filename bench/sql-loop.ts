/** The ceiling of SQL where pgbench is missing: one query over and over, its rows taken as bytes. Argument: a task as JSON. */
import { openPool } from '../src/db/pool.ts'

const { login, text, parameters, connections, seconds } = JSON.parse(process.argv[2] ?? '')
const sql = openPool(login, { max: connections, name: 'reeve bench' })
const times: number[] = []
/** `random(0, 5000)`, as pgbench has it, draws a number; everything else is itself. */
const drawn = () =>
  parameters.map((value: number | string) => {
    const [, low, high] = /^random\((\d+), (\d+)\)$/.exec(String(value)) ?? []
    return low === undefined ? value : Number(low) + Math.floor(Math.random() * (Number(high) - Number(low) + 1))
  })
const ask = () => sql.unsafe(text, drawn()).raw()
await Promise.all(Array.from({ length: connections }, ask))

const began = performance.now()
const until = began + seconds * 1000
await Promise.all(
  Array.from({ length: connections }, async () => {
    for (let now = performance.now(); now < until; ) {
      await ask()
      const then = now
      now = performance.now()
      times.push(now - then)
    }
  }),
)
console.log(JSON.stringify({ times, took: (performance.now() - began) / 1000 }))
await sql.end()
