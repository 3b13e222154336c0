/** Whole lists, without limit: how fast they stream, the memory that takes, and readers who stop or leave. */
import { createWriteStream, readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { openPool } from '../../src/db/pool.ts'
import { startChild } from '../children.ts'
import { median } from '../samples.ts'
import type { Measure, World } from '../stage.ts'
import { atMost, type Row, ratioAtLeast } from '../table.ts'

const MB = 1024 ** 2
const LARGE = 400 * MB // from here on one round says enough
const columns = { clients: 'client_documents', users: 'user_list' }
type List = keyof typeof columns

export const whole = (list: List): Measure => ({
  name: `GET /iam/${list}, no limit`,
  async run(world, stage) {
    const path = `/iam/${list}`
    await world.restart() // what others left in memory would hide what this takes
    await warmUp(world)
    const idle = memory(world.child.pid)
    let peak = idle
    const watch = setInterval(() => {
      peak = Math.max(peak, memory(world.child.pid))
    }, 20)
    const file = join(stage.folder, 'whole')
    const warm = await stream(world.url + path, world.headers, file)
    const given = JSON.stringify({ 'content-type': 'application/json' })
    const bare = startChild(`${file}.log`, [join(import.meta.dirname, '../bare-server.ts'), file, given, 'stream'])
    const bareUrl = await bare.said(/http:\S+/)
    const [ours, plain, cursors]: [Streamed[], number[], number[]] = [[], [], []]
    for (let round = 0; round < (warm.bytes > LARGE ? 1 : stage.rounds); round++) {
      ours.push(await stream(world.url + path, world.headers))
      plain.push((await stream(bareUrl, {})).speed)
      cursors.push(await cursor(world, columns[list]))
    }
    clearInterval(watch)
    await bare.stop()
    const work = `${path}, no limit, ${Math.round(warm.bytes / MB).toLocaleString('en')} MB`
    const speed = median(ours.map((one) => one.speed))
    return [
      {
        work,
        goal: ratioAtLeast(0.35),
        figure: speed,
        unit: 'MB/s',
        ceiling: { figure: median(plain), what: 'bare node:http, from a file' },
      },
      {
        work,
        figure: speed,
        unit: 'MB/s',
        ceiling: { figure: median(cursors), what: 'its documents alone by id, a cursor of the driver' },
      },
      { work, goal: atMost(160), figure: (peak - idle) / MB, unit: 'MB over idle', remark: `idle at ${Math.round(idle / MB)} MB` },
      { work, goal: atMost(100), figure: median(ours.map((one) => one.first)), unit: 'ms to the first byte' },
    ]
  },
})

/** Small answers, so that what any first request takes is not counted as the list's. */
async function warmUp({ url, headers }: World) {
  for (let n = 0; n < 20; n++) await (await fetch(`${url}/iam/clients?limit=1&offset=${n}`, { headers })).arrayBuffer()
}

interface Streamed {
  bytes: number
  speed: number
  first: number
}

/** Reads one whole answer, into `file` if it is given. `speed` in MB a second, `first` in ms. */
async function stream(url: string, headers: Record<string, string>, file?: string): Promise<Streamed> {
  const began = performance.now()
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers }, (reply) => {
      if (reply.statusCode === 200) resolve(reply)
      else reject(new Error(`${url} answered ${reply.statusCode}`))
    }).once('error', reject)
  })
  let bytes = 0
  let first = 0
  const counted = async function* (pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      first ||= performance.now() - began
      bytes += piece.length
      yield piece
    }
  }
  if (file) await pipeline(answer, counted, createWriteStream(file))
  else for await (const _ of counted(answer));
  return { bytes, first, speed: bytes / MB / ((performance.now() - began) / 1000) }
}

async function cursor({ login, reseller }: World, table: string): Promise<number> {
  const sql = openPool(login, { max: 1 })
  await sql`SELECT 1`
  const began = performance.now()
  let bytes = 0
  await sql.begin(async (db) => {
    await db`DECLARE whole NO SCROLL CURSOR FOR SELECT doc FROM ${sql(table)} WHERE reseller_id = ${reseller} ORDER BY id`
    for (let rows = 1; rows > 0; ) {
      const batch = await db.unsafe('FETCH 1000 FROM whole').raw()
      for (const [doc] of batch) bytes += doc?.length ?? 0
      rows = batch.length
    }
  })
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

const READERS = 4
const LONGEST = 60_000 // ms that one waits for a reader to be cut

export const readers: Measure = {
  name: 'readers who stop or leave',
  async run(world, { full }) {
    const rows: Row[] = []
    const left = await Promise.all(Array.from({ length: READERS }, () => begin(world)))
    const began = performance.now()
    for (const socket of left) socket.destroy()
    const freed = await freedAfter(world, 10_000)
    rows.push({
      work: `${READERS} readers who leave: all connections free again`,
      goal: atMost(1000),
      figure: freed - began,
      unit: 'ms',
    })

    const idle = memory(world.child.pid)
    const stopped = await Promise.all(Array.from({ length: READERS }, () => begin(world)))
    const since = performance.now()
    let peak = 0
    let cut: number | undefined
    while (performance.now() - since < (full ? LONGEST : 5000) && cut === undefined) {
      await delay(50)
      peak = Math.max(peak, memory(world.child.pid))
      if ((await busy(world)) === 0) cut = performance.now()
    }
    for (const socket of stopped) socket.destroy()
    const work = `${READERS} readers who stop reading`
    rows.push({ work: `${work}: memory`, goal: atMost(20), figure: (peak - idle) / MB, unit: 'MB over before' })
    if (full) {
      const seconds = ((cut ?? Number.POSITIVE_INFINITY) - since) / 1000
      rows.push({ work: `${work}: cut after`, goal: atMost(40), figure: seconds, unit: 's' })
    }
    return rows
  },
}

/** Asks for the whole list and takes its beginning only. */
function begin({ url, headers }: World): Promise<Socket> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    socket.once('error', reject)
    socket.once('data', () => {
      socket.pause()
      socket.removeListener('error', reject)
      socket.on('error', () => {}) // it is cut: that is what we wait for
      resolve(socket)
    })
    socket.write(`GET /iam/clients HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: ${headers.authorization}\r\n\r\n`)
  })
}

/** Connections of the server that are in the middle of something. */
async function busy({ sql }: World): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'reeve' AND state <> 'idle'`
  return row?.count ?? 0
}

async function freedAfter(world: World, longest: number): Promise<number> {
  const began = performance.now()
  while (performance.now() - began < longest) {
    if ((await busy(world)) === 0) return performance.now()
    await delay(5)
  }
  return Number.NaN
}
