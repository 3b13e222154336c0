/** The ceiling of SQL here: one query over and over on some connections of postgres.js, its rows taken as bytes. Argument: a task as JSON. */
import postgres from 'postgres'

const { login, text, parameters, connections, seconds } = JSON.parse(process.argv[2] ?? '')
const sql = postgres({ ...login, max: connections, connection: { application_name: 'reeve bench' } })
const times: number[] = []
await Promise.all(Array.from({ length: connections }, () => sql.unsafe(text, parameters, { prepare: true }).raw()))

const began = performance.now()
const until = began + seconds * 1000
await Promise.all(
  Array.from({ length: connections }, async () => {
    for (let now = performance.now(); now < until; ) {
      await sql.unsafe(text, parameters, { prepare: true }).raw()
      const then = now
      now = performance.now()
      times.push(now - then)
    }
  }),
)
console.log(JSON.stringify({ times, took: (performance.now() - began) / 1000 }))
await sql.end()
