/** How fast a whole list streams, and the memory that it takes: ours, the same bytes from a file by node:http, and a cursor on the column. */
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import postgres from 'postgres'
import { startChild } from './children.ts'
import { ask, type Measure, median, type Stage } from './stage.ts'

const MB = 1024 ** 2

export function whole(request: string): Measure {
  const what = `${request}, no limit`
  return {
    name: what,
    async run(stage) {
      const { ours, folder, rounds, signIns, other } = stage
      const path = request.replace('GET ', '')
      const headers = { authorization: `APIKey ${signIns.reseller.token}` }
      const file = join(folder, 'whole')
      const first = await ask(ours.url + path, headers)
      await pipeline(first, createWriteStream(file))
      const bare = startChild(`${file}.log`, [
        join(import.meta.dirname, 'bare-server.ts'),
        file,
        JSON.stringify({ 'content-type': 'application/json' }),
        'stream',
      ])
      const bareUrl = await bare.said(/http:\S+/)
      const contenders: Record<string, () => Promise<number>> = {
        ours: () => speed(ours.url + path, headers),
        'bare node:http, the same bytes from a file': () => speed(bareUrl, headers),
        'its SQL alone, postgres.js cursor': () => cursor(stage),
        ...(other && { [other.name]: () => speed(other.url + path, headers) }),
      }
      const speeds = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]))
      const idle = memory(ours.child.pid)
      let peak = idle
      const watch = setInterval(() => {
        peak = Math.max(peak, memory(ours.child.pid))
      }, 20)
      for (let round = 0; round < rounds; round++) for (const [name, run] of Object.entries(contenders)) speeds.get(name)?.push(await run())
      clearInterval(watch)
      await bare.stop()
      const middle = (name: string) => median(speeds.get(name) ?? [])
      const rows = Object.keys(contenders)
        .slice(1)
        .map((against) => ({ what, unit: 'MB/s', ours: middle('ours'), ceiling: middle(against), against }))
      return [...rows, { what, unit: 'MB of memory over idle', ours: (peak - idle) / MB, against: `idle at ${Math.round(idle / MB)} MB` }]
    },
  }
}

/** MB a second of one whole answer. */
async function speed(url: string, headers: Record<string, string>): Promise<number> {
  const began = performance.now()
  let bytes = 0
  for await (const chunk of await ask(url, headers)) bytes += (chunk as Buffer).length
  return bytes / MB / ((performance.now() - began) / 1000)
}

async function cursor({ login, signIns }: Stage): Promise<number> {
  const sql = postgres({ ...login, max: 1 })
  await sql`SELECT 1`
  const began = performance.now()
  let bytes = 0
  const rows = sql`SELECT doc FROM client_documents WHERE reseller_id = ${signIns.reseller.id} ORDER BY id`.raw().cursor(1000)
  for await (const batch of rows) for (const [doc] of batch as unknown as [Buffer][]) bytes += doc.length
  const took = (performance.now() - began) / 1000
  await sql.end()
  return bytes / MB / took
}

/** Resident memory of a process in bytes; 0 where the system has no /proc. */
function memory(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  } catch {
    return 0
  }
}
